package pipeline

import (
	"net"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vacant/cmd/internal/lab"
)

// Whatever dies in the middle of a hunt, the hunt ends by itself, soon, with
// every name accounted for; and the same command afterwards finds the rest.
func TestDNSThatDiesMidway(t *testing.T) {
	for _, way := range []string{"authority", "resolver"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			tr := trial{patterns: fourLetters, tlds: []string{"com"}, lab: lab.Config{Seed: 81}}
			l := tr.startLab(t)
			upstream := l.Authorities("com")[0]
			if way == "resolver" {
				upstream = l.Resolvers()[0]
			}
			m := interpose(t, l, upstream, func(string) bool { return false })
			m.left.Store(3000)
			tr.change = func(c *Config) {
				c.DNS.Timeout, c.DNS.Retries = 200*time.Millisecond, 2
				if way == "resolver" {
					c.DNS.Roots, c.DNS.Resolvers = nil, []netip.AddrPort{m.addr()}
					return
				}
				c.DNS.Authority = map[string][]netip.AddrPort{"com": {m.addr()}}
			}
			began := time.Now()
			o := tr.runIn(t.Context(), t, l)
			o.neverWrong(t)
			if took := time.Since(began); o.summary.End != EndDone || took > 30*time.Second {
				t.Errorf("ended with %q after %s", o.summary.End, took)
			}
			if c := o.summary.Counts; c.UndeterminedDNS == 0 || c.Generated != 6615 {
				t.Errorf("%d of %d names are undetermined", c.UndeterminedDNS, c.Generated)
			}
			m.left.Store(1 << 40)
			tr.change = withPatience(tr.change, 2*time.Hour)
			if o = tr.runIn(t.Context(), t, l); o.neverWrong(t) != 0 {
				t.Error("a later hunt does not find the rest")
			}
		})
	}
}

// withPatience is a change with the clock put forward, past what is to be asked again.
func withPatience(change func(*Config), d time.Duration) func(*Config) {
	return func(c *Config) {
		change(c)
		c.Now = func() time.Time { return time.Now().Add(d) }
	}
}

// cable is a TCP relay that is cut, or falls silent, after so many octets.
type cable struct {
	ln    net.Listener
	to    string
	mute  bool          // swallow rather than cut
	left  *atomic.Int64 // octets until it is cut
	mu    sync.Mutex
	ends  []net.Conn
	relay sync.WaitGroup
}

func lay(t *testing.T, to string, mute bool, left *atomic.Int64) *cable {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{ln: ln, to: to, mute: mute, left: left}
	c.relay.Go(c.serve)
	t.Cleanup(func() { c.cut(); c.relay.Wait() })
	return c
}

func (c *cable) serve() {
	for {
		here, err := c.ln.Accept()
		if err != nil {
			return
		}
		there, err := net.Dial("tcp", c.to)
		if err != nil {
			_ = here.Close()
			continue
		}
		c.mu.Lock()
		c.ends = append(c.ends, here, there)
		c.mu.Unlock()
		for _, way := range [][2]net.Conn{{here, there}, {there, here}} {
			c.relay.Go(func() { c.carry(way[0], way[1]) })
		}
	}
}

func (c *cable) carry(from, to net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		switch over := c.left.Add(-int64(n)) < 0; {
		case over && c.mute:
			n = 0
		case over:
			c.cut()
		}
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			_, _ = from.Close(), to.Close()
			return
		}
	}
}

// cut closes every connection and takes no more.
func (c *cable) cut() {
	_ = c.ln.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.ends {
		_ = conn.Close()
	}
}

// When every proxy dies midway, or carries nothing any more, the hunt ends
// cleanly, says so, and goes on later.
func TestProxiesThatAllDieMidway(t *testing.T) {
	for name, mute := range map[string]bool{"closed": false, "silent": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := trial{patterns: fourLetters, tlds: []string{"com"}, via: proxies, db: t.TempDir() + "/v.db", lab: lab.Config{Seed: 82}}
			l := tr.startLab(t)
			var left atomic.Int64
			left.Store(350_000)
			tr.change = func(c *Config) {
				c.DNS.Timeout, c.DNS.Concurrency = 300*time.Millisecond, 20
				c.DNS.Proxies = cabled(t, l.Proxies(), mute, &left)
			}
			began := time.Now()
			o := tr.runIn(t.Context(), t, l)
			// Short timeouts may bring every name to its end before silence counts as death.
			ended := o.summary.End == EndProxies || mute && o.summary.End == EndDone
			if took := time.Since(began); !ended || took > 60*time.Second {
				t.Errorf("ended with %q after %s: %v", o.summary.End, took, o.err)
			}
			o.err = nil
			o.neverWrong(t)
			if c := o.summary.Counts; c.Delegated == 0 || c.Unasked+c.UndeterminedDNS == 0 {
				t.Errorf("%d delegated, %d unasked: the proxies did not die midway", c.Delegated, c.Unasked)
			}
			left.Store(1 << 40)
			tr.change = withPatience(tr.change, 2*time.Hour)
			if o = tr.runIn(t.Context(), t, l); o.summary.End != EndDone || o.neverWrong(t) != 0 {
				t.Errorf("a later hunt ended with %q and does not find the rest", o.summary.End)
			}
		})
	}
}

// cabled returns the proxies as reached by cables.
func cabled(t *testing.T, proxies []string, mute bool, left *atomic.Int64) []string {
	t.Helper()
	var out []string
	for _, p := range proxies {
		u, err := url.Parse(p)
		if err != nil {
			t.Fatal(err)
		}
		u.Host = lay(t, u.Host, mute, left).ln.Addr().String()
		out = append(out, u.String())
	}
	return out
}
