package pipeline

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vacant/cmd/internal/lab"
)

// middlebox stands between stage one and a server of the lab. About victims it
// gives, octet for octet, the server's own answer about a name that is free:
// an NXDOMAIN with all that belongs to it. Every other answer is the server's own.
type middlebox struct {
	conn     *net.UDPConn
	upstream netip.AddrPort
	victim   func(name string) bool
	free     func(like string) string // a free name of the same length
	honest   atomic.Bool              // from now on
	lies     atomic.Int64
	left     atomic.Int64 // answers until it falls silent
	relays   sync.WaitGroup
}

func interpose(t *testing.T, l *lab.Lab, upstream netip.AddrPort, victim func(name string) bool) *middlebox {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	m := &middlebox{conn: conn, upstream: upstream, victim: victim, free: freeLike(l)}
	m.left.Store(1 << 40)
	m.relays.Go(m.serve)
	t.Cleanup(func() { _ = conn.Close(); m.relays.Wait() })
	return m
}

func (m *middlebox) addr() netip.AddrPort { return m.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (m *middlebox) serve() {
	width := make(chan struct{}, 256)
	for {
		query := make([]byte, 512)
		n, from, err := m.conn.ReadFromUDPAddrPort(query)
		if err != nil {
			return
		}
		width <- struct{}{}
		m.relays.Go(func() {
			defer func() { <-width }()
			if reply := m.relay(query[:n]); reply != nil && m.left.Add(-1) >= 0 {
				_, _ = m.conn.WriteToUDPAddrPort(reply, from)
			}
		})
	}
}

// relay returns the answer to query, nil if there is none.
func (m *middlebox) relay(query []byte) []byte {
	name, end := questionName(query)
	asked := append([]byte(nil), query...)
	if !m.honest.Load() && m.victim(name) {
		m.lies.Add(1)
		copy(asked[13:], m.free(name)[:asked[12]])
	}
	reply := exchange(m.upstream, asked)
	if len(reply) < end {
		return nil
	}
	copy(reply[12:end], query[12:end])
	return reply
}

// questionName returns the name a message asks about, and where it ends.
func questionName(msg []byte) (name string, end int) {
	var labels []string
	i := 12
	for i < len(msg) && msg[i] != 0 && i+1+int(msg[i]) < len(msg) {
		labels = append(labels, string(msg[i+1:i+1+int(msg[i])]))
		i += 1 + int(msg[i])
	}
	return strings.ToLower(strings.Join(labels, ".")), i + 1
}

// freeLike finds, for a name, one of the same length and suffix that nobody has.
func freeLike(l *lab.Lab) func(string) string {
	return func(like string) string {
		label, suffix, _ := strings.Cut(like, ".")
		for i := 0; ; i++ {
			b := []byte(label)
			for j, n := 0, i; j < len(b); j, n = j+1, n/10 {
				b[j] = byte('0' + n%10)
			}
			if free := string(b) + "." + suffix; l.Truth(free).Verdict == "available" {
				return free
			}
		}
	}
}

// share picks one delegated name in n, always the same.
func share(l *lab.Lab, n uint32) func(name string) bool {
	return func(name string) bool {
		label, _, _ := strings.Cut(name, ".")
		h := fnv.New32a()
		_, _ = h.Write([]byte(name))
		return len(label) == 4 && h.Sum32()%n == 0 && l.Truth(name).Verdict == "registered" && delegated(l, name)
	}
}

// delegated asks the lab's own server: a referral has rcode 0 and no AA.
func delegated(l *lab.Lab, name string) bool {
	label, tld, _ := strings.Cut(name, ".")
	query := []byte("\x00\x07\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00")
	for _, part := range []string{label, tld, ""} {
		query = append(append(query, byte(len(part))), part...)
	}
	reply := exchange(l.Authorities(tld)[0], append(query, 0, 1, 0, 1))
	return len(reply) > 12 && reply[2]&4 == 0 && reply[3]&15 == 0
}

// exchange sends a query and returns what comes back within a second, nil if nothing does.
func exchange(server netip.AddrPort, query []byte) []byte {
	there, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(server))
	if err != nil {
		return nil
	}
	defer func() { _ = there.Close() }()
	_ = there.SetDeadline(time.Now().Add(time.Second))
	if _, err := there.Write(query); err != nil {
		return nil
	}
	reply := make([]byte, 4096)
	n, err := there.Read(reply)
	if err != nil {
		return nil
	}
	return reply[:n]
}

// front stands before the lab's RDAP servers, with a bootstrap file of its own.
// Where lie says so it answers instead of them.
type front struct {
	*httptest.Server
	lies  atomic.Int64
	asked atomic.Int64
}

func frontFor(t *testing.T, l *lab.Lab, tlds []string, lie func(n int64, name string) http.HandlerFunc) *front {
	t.Helper()
	f := &front{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/dns.json" {
			f.bootstrap(w, tlds)
			return
		}
		if h := lie(f.asked.Add(1), path.Base(r.URL.Path)); h != nil {
			f.lies.Add(1)
			h(w, r)
			return
		}
		tld, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		relayHTTP(w, r, l.RDAPBase(tld)+rest)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *front) bootstrap(w http.ResponseWriter, tlds []string) {
	services := [][][]string{}
	for _, tld := range tlds {
		services = append(services, [][]string{{tld}, {f.URL + "/" + tld + "/"}})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"version": "1.0", "services": services})
}

func relayHTTP(w http.ResponseWriter, r *http.Request, target string) {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, target, nil)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = resp.Body.Close() }()
	for _, key := range []string{"Content-Type", "Retry-After"} {
		w.Header().Set(key, resp.Header.Get(key))
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

// says404 is a registry's own way of saying that nobody has a name.
func says404(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/rdap+json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"rdapConformance":["rdap_level_0"],"errorCode":404,"title":"Not Found","description":["object not found"]}`)
}

// startLab starts a lab that ends with the test.
func (tr *trial) startLab(t *testing.T) *lab.Lab {
	t.Helper()
	tr.lab.TLDs = tr.tlds
	l, err := lab.Start(t.Context(), tr.lab)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		_ = l.Close()
	})
	return l
}

var fourLetters = []string{"{C}{V}{C}[a-c]"}

// A TLD server or a resolver that denies some delegated names alone passes all
// its controls: the registry must still know them.
func TestServersThatDenySomeDelegatedNames(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	for _, way := range []string{"authority", "resolver"} {
		t.Run(way, func(t *testing.T) {
			tr := trial{patterns: fourLetters, tlds: []string{"com", "io"}, lab: lab.Config{Seed: 71}}
			l := tr.startLab(t)
			var boxes []*middlebox
			tr.change = func(c *Config) {
				if way == "resolver" {
					boxes = append(boxes, interpose(t, l, l.Resolvers()[0], share(l, 5)))
					c.DNS.Roots, c.DNS.Resolvers = nil, []netip.AddrPort{boxes[0].addr()}
					return
				}
				c.DNS.Authority = map[string][]netip.AddrPort{}
				for _, tld := range tr.tlds {
					m := interpose(t, l, l.Authorities(tld)[0], share(l, 5))
					boxes, c.DNS.Authority[tld] = append(boxes, m), []netip.AddrPort{m.addr()}
				}
			}
			o := tr.runIn(t.Context(), t, l)
			if missed := o.neverWrong(t); missed != 0 {
				t.Errorf("%d names were missed", missed)
			}
			for _, m := range boxes {
				if m.lies.Load() < 50 {
					t.Errorf("only %d lies were told", m.lies.Load())
				}
			}
		})
	}
}

// A registry that knows nothing for a while, again and again: what it says in
// those times must not count, and its honest times must.
func TestRegistryThatForgetsAgainAndAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	for _, period := range []int64{100, 400} {
		tr := trial{patterns: fourLetters, tlds: []string{"com", "io"}, lab: lab.Config{Seed: 72, Density: 0.7}}
		l := tr.startLab(t)
		f := frontFor(t, l, tr.tlds, func(n int64, _ string) http.HandlerFunc {
			if n/period%2 == 1 {
				return says404
			}
			return nil
		})
		tr.change = func(c *Config) { c.RDAP.Bootstrap = f.URL + "/dns.json" }
		o := tr.runIn(t.Context(), t, l)
		missed := o.neverWrong(t)
		t.Logf("every %d: %d lies, %d available, %d missed", period, f.lies.Load(), len(o.emitted), missed)
		if f.lies.Load() == 0 || len(o.emitted) == 0 {
			t.Errorf("every %d: %d lies and %d available names show nothing", period, f.lies.Load(), len(o.emitted))
		}
	}
}

// Names wait with an NXDOMAIN of yesterday; by now they are delegated, and the
// registry's RDAP has not heard of them. Yesterday's proof must not count.
func TestProofsOfYesterdayAreRenewed(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	t.Run("a day later", func(t *testing.T) { proofsAreRenewed(t, 25*time.Hour) })
	t.Run("by a clock that was ahead", func(t *testing.T) { proofsAreRenewed(t, -3*time.Hour) })
}

func proofsAreRenewed(t *testing.T, after time.Duration) {
	t.Helper()
	tr := trial{patterns: fourLetters, tlds: []string{"com"}, lab: lab.Config{Seed: 73}}
	l := tr.startLab(t)
	m := interpose(t, l, l.Authorities("com")[0], share(l, 5))
	down := frontFor(t, l, tr.tlds, func(int64, string) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	})
	tr.db = t.TempDir() + "/v.db"
	tr.change = func(c *Config) {
		c.RDAP.Bootstrap, c.RDAP.NoWHOIS, c.Grace = down.URL+"/dns.json", true, 100*time.Millisecond
		c.DNS.Authority = map[string][]netip.AddrPort{"com": {m.addr()}}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	o := tr.runIn(ctx, t, l)
	cancel()
	o.neverWrong(t)
	if waiting := o.summary.Counts.Waiting; waiting < 100 || m.lies.Load() < 50 {
		t.Fatalf("%d names wait, %d lies were told: nothing is shown", waiting, m.lies.Load())
	}
	m.honest.Store(true)
	late := frontFor(t, l, tr.tlds, func(_ int64, name string) http.HandlerFunc {
		if share(l, 5)(name) {
			return says404
		}
		return nil
	})
	tr.change = func(c *Config) {
		c.RDAP.Bootstrap, c.RDAP.NoWHOIS = late.URL+"/dns.json", true
		c.DNS.Authority = map[string][]netip.AddrPort{"com": {m.addr()}}
		c.Now = func() time.Time { return time.Now().Add(after) }
	}
	o = tr.runIn(t.Context(), t, l)
	if missed := o.neverWrong(t); missed != 0 || o.summary.Counts.Carried < 100 {
		t.Errorf("%d missed, %d carried", missed, o.summary.Counts.Carried)
	}
}

// A clock that leaps a day ahead in the middle of a hunt makes proofs old, not names free.
func TestClockThatLeapsMidway(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	tr := trial{patterns: []string{"{C}{V}{C}[a-c]"}, tlds: []string{"com"}, lab: lab.Config{Seed: 74, Density: 0.8, Limit: 400}}
	l := tr.startLab(t)
	began := time.Now()
	tr.change = func(c *Config) {
		c.Now = func() time.Time {
			if now := time.Now(); now.Sub(began) < 2500*time.Millisecond {
				return now
			}
			return time.Now().Add(25 * time.Hour)
		}
	}
	o := tr.runIn(t.Context(), t, l)
	missed := o.neverWrong(t)
	if o.summary.End != EndDone || missed == 0 || len(o.emitted) == 0 {
		t.Errorf("ended with %q, %d available, %d missed: the clock did not leap between proof and verdict", o.summary.End, len(o.emitted), missed)
	}
	if o = tr.runIn(t.Context(), t, l); o.neverWrong(t) != 0 {
		t.Error("the names whose proof was too old are not asked about again")
	}
}
