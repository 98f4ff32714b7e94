package dnsstage

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"vacant"
	"vacant/dnsstage/wire"
)

// hostRecords answer a resolver's questions about hosts: CNAME=target leads on,
// everything else is an address; a name without records has none.
var hostRecords = map[string][]string{
	"both.example":   {"192.0.2.1", "2001:db8::1"},
	"v4.example":     {"192.0.2.4", "192.0.2.5"},
	"v6.example":     {"2001:db8::6"},
	"empty.example":  {},
	"alias.example":  {"CNAME=both.example"},
	"twice.example":  {"CNAME=alias.example"},
	"dangle.example": {"CNAME=absent.example"},
	"tonone.example": {"CNAME=empty.example"},
	"self.example":   {"CNAME=self.example"},
	"ping.example":   {"CNAME=pong.example"},
	"pong.example":   {"CNAME=ping.example"},
	"localhost":      {"127.0.0.1"},
	"_srv.example":   {"192.0.2.9"},
}

// recordsOf returns the records of name: h7.example is 10.0.0.7, and c7.chain.example
// an alias of c8.chain.example, without end.
func recordsOf(name string) (records []string, ok bool) {
	label, zone, _ := strings.Cut(name, ".")
	n, err := strconv.Atoi(label[min(1, len(label)):])
	switch {
	case err == nil && label[0] == 'h' && zone == "example":
		return []string{hostAddr(n).String()}, true
	case err == nil && label[0] == 'c' && zone == "chain.example":
		return []string{fmt.Sprintf("CNAME=c%d.chain.example", n+1)}, true
	}
	records, ok = hostRecords[name]
	return records, ok
}

func hostAddr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

// answerHost makes m a resolver's answer; one that follows gives a whole chain of
// aliases at once, else each of them has to be asked for.
func answerHost(follow bool) func(q *wire.Query, m *dns.Msg) {
	return func(q *wire.Query, m *dns.Msg) {
		m.Rcode, m.RecursionAvailable, m.Answer, m.Ns = 0, true, nil, nil
		name := string(q.Name)
		for range 40 {
			records, ok := recordsOf(name)
			next := ""
			for _, text := range records {
				if target, alias := strings.CutPrefix(text, "CNAME="); alias {
					m.Answer = append(m.Answer, &dns.CNAME{Hdr: header(name, dns.TypeCNAME), Target: dns.Fqdn(target)})
					next = target
				} else if rr := addresses4(name, []string{text})[0]; rr.Header().Rrtype == q.Type {
					m.Answer = append(m.Answer, rr)
				}
			}
			switch {
			case !ok:
				nx(m, "example")
				return
			case next == "" && len(m.Answer) == 0:
				m.Ns = []dns.RR{soa("example")}
				return
			case next == "" && m.Answer[len(m.Answer)-1].Header().Rrtype == dns.TypeCNAME:
				m.Ns = []dns.RR{soa("example")}
				return
			case next == "" || !follow:
				return
			}
			name = next
		}
	}
}

// hostNet has two resolvers that know the hosts.
func hostNet(follow bool) (*fakeNet, *fakeServer, *fakeServer) {
	n, a, b := withResolvers()
	a.mangle, b.mangle = answerHost(follow), answerHost(follow)
	return n, a, b
}

func hostConfig() Config {
	return Config{Resolvers: addrs(resolverA, resolverB), Intensity: IntensityLine}
}

func resolveAll(tb testing.TB, s *Stage, network string, hosts []string) []Host {
	tb.Helper()
	found := make([]Host, len(hosts))
	calls := 0
	err := s.Resolve(tb.Context(), network, slices.Values(hosts), func(h Host) {
		calls++
		if found[h.Index].Name != "" || h.Name != hosts[h.Index] {
			tb.Errorf("host %d, %q: called twice, or for another", h.Index, h.Name)
		}
		found[h.Index] = h
	})
	if err != nil || calls != len(hosts) {
		tb.Fatalf("%d calls for %d hosts, %v", calls, len(hosts), err)
	}
	return found
}

func TestHostsAreResolvedAndTheirAliasesEnd(t *testing.T) {
	tests := []struct {
		host, network, addrs, canonical string
		err                             error
	}{
		{"both.example", "ip", "192.0.2.1 2001:db8::1", "both.example", nil},
		{"both.example", "ip4", "192.0.2.1", "both.example", nil},
		{"both.example", "ip6", "2001:db8::1", "both.example", nil},
		{"v4.example", "ip", "192.0.2.4 192.0.2.5", "v4.example", nil},
		{"v4.example", "ip6", "", "v4.example", ErrNoAddress},
		{"v6.example", "ip", "2001:db8::6", "v6.example", nil},
		{"BOTH.Example.", "ip4", "192.0.2.1", "both.example", nil},
		{"alias.example", "ip", "192.0.2.1 2001:db8::1", "both.example", nil},
		{"twice.example", "ip4", "192.0.2.1", "both.example", nil},
		{"dangle.example", "ip", "", "absent.example", ErrNoHost},
		{"tonone.example", "ip", "", "empty.example", ErrNoAddress},
		{"empty.example", "ip", "", "empty.example", ErrNoAddress},
		{"absent.example", "ip", "", "absent.example", ErrNoHost},
		{"self.example", "ip", "", "self.example", ErrAliasLoop},
		{"ping.example", "ip", "", "pong.example", ErrAliasLoop},
		{"c1.chain.example", "ip", "", "c17.chain.example", ErrAliasChain},
		{"localhost", "ip4", "127.0.0.1", "localhost", nil},
		{"_srv.example", "ip4", "192.0.2.9", "_srv.example", nil},
		{"192.0.2.77", "ip", "192.0.2.77", "192.0.2.77", nil},
		{"no host", "ip", "", "", vacant.ErrCharacter},
		{"a..b", "ip", "", "", vacant.ErrEmptyLabel},
		{"", "ip", "", "", vacant.ErrEmptyName},
	}
	for _, follow := range []bool{true, false} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s %s follow=%v", tt.host, tt.network, follow), func(t *testing.T) {
				n, _, _ := hostNet(follow)
				in(t, n, hostConfig(), func(t *testing.T, s *Stage) {
					t.Helper()
					h := resolveAll(t, s, tt.network, []string{tt.host})[0]
					var got []string
					for _, a := range h.Addrs {
						got = append(got, a.String())
					}
					if strings.Join(got, " ") != tt.addrs || h.Canonical != tt.canonical || !errors.Is(h.Err, tt.err) {
						t.Errorf("got %q, canonical %q, %v; want %q, %q, %v", got, h.Canonical, h.Err, tt.addrs, tt.canonical, tt.err)
					}
				})
			})
		}
	}
}

func TestTwentyThousandHostsAreAllRightOverALineThatLoses(t *testing.T) {
	n, a, b := hostNet(true)
	a.loss, b.loss = 0.05, 0.05
	hosts := make([]string, 20_000)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("h%d.example", i)
	}
	in(t, n, hostConfig(), func(t *testing.T, s *Stage) {
		t.Helper()
		for i, h := range resolveAll(t, s, "ip", hosts) {
			if h.Err != nil || len(h.Addrs) != 1 || h.Addrs[0] != hostAddr(i) {
				t.Fatalf("%s: %v, %v", h.Name, h.Addrs, h.Err)
			}
		}
		if st := s.Stats(); st.Resent == 0 || st.Asked < 40_000 {
			t.Errorf("%d askings, %d of them again: nothing was lost, so nothing was shown", st.Asked, st.Resent)
		}
	})
}

func TestAHostsTimeHoldsWhateverServersDo(t *testing.T) {
	for name, spoil := range map[string]func(*fakeServer){
		"silent":            func(s *fakeServer) { s.silent = true },
		"slow":              func(s *fakeServer) { s.rtt = time.Hour },
		"truncates":         func(s *fakeServer) { s.truncate, s.noTCP = true, true },
		"one alias a reply": func(s *fakeServer) { s.rtt = 700 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			n, a, b := hostNet(false)
			cfg := hostConfig()
			cfg.Timeout, cfg.Retries = 800*time.Millisecond, 2
			in(t, n, cfg, func(t *testing.T, s *Stage) {
				t.Helper()
				resolveAll(t, s, "ip4", []string{"v4.example"})
				n.change(func() { spoil(a); spoil(b) })
				started := time.Now()
				for _, h := range resolveAll(t, s, "ip4", append(numbered(300, "h%d.example"), "c1.chain.example")) {
					if h.Err == nil && name != "one alias a reply" {
						t.Errorf("%s: %v", h.Name, h.Addrs)
					}
					if h.Name == "c1.chain.example" && !errors.Is(h.Err, ErrHostTimeout) {
						t.Errorf("the chain ended with %v", h.Err)
					}
				}
				const budget = 3 * 800 * time.Millisecond
				if took := time.Since(started); took > budget+2*tickEvery {
					t.Errorf("it took %v, want at most %v", took, budget)
				}
			})
		})
	}
}

func TestHostsWaitForNoDeadServerForEver(t *testing.T) {
	n, a, b := hostNet(true)
	cfg := hostConfig()
	cfg.Timeout, cfg.Retries = 500*time.Millisecond, 1
	in(t, n, cfg, func(t *testing.T, s *Stage) {
		t.Helper()
		resolveAll(t, s, "ip4", []string{"v4.example"})
		n.change(func() { a.silent, b.silent = true, true })
		for _, h := range resolveAll(t, s, "ip4", numbered(20_000, "h%d.example")) {
			if !errors.Is(h.Err, ErrHostTimeout) {
				t.Fatalf("%s: %v, %v", h.Name, h.Addrs, h.Err)
			}
		}
		n.change(func() { a.silent, b.silent = false, false })
		time.Sleep(time.Minute) // until they may be tried again
		for i, h := range resolveAll(t, s, "ip4", numbered(500, "h%d.example")) {
			if h.Err != nil || h.Addrs[0] != hostAddr(i) {
				t.Fatalf("%s after the servers came back: %v, %v", h.Name, h.Addrs, h.Err)
			}
		}
	})
}

func TestOneResolverThatFailsOrRefusesHarmsNoHost(t *testing.T) {
	for _, rcode := range []int{dns.RcodeServerFailure, dns.RcodeRefused} {
		n, bad, worse := hostNet(true)
		fail := func(_ *wire.Query, m *dns.Msg) { m.Rcode, m.Answer, m.Ns = rcode, nil, nil }
		bad.mangle = fail
		in(t, n, hostConfig(), func(t *testing.T, s *Stage) {
			t.Helper()
			for _, h := range resolveAll(t, s, "ip4", numbered(200, "h%d.example")) {
				if h.Err != nil {
					t.Errorf("%s: %v", h.Name, h.Err)
				}
			}
			n.change(func() { worse.mangle = fail })
			for _, h := range resolveAll(t, s, "ip4", numbered(20, "h%d.example")) {
				if !errors.Is(h.Err, ErrHostRefused) {
					t.Errorf("%s: %v, %v", h.Name, h.Addrs, h.Err)
				}
			}
		})
	}
}

func TestResolveEndsWithItsContextAndItsStage(t *testing.T) {
	endless := func(yield func(string) bool) {
		for i := 0; yield(fmt.Sprintf("h%d.example", i)); i++ {
		}
	}
	synctest.Test(t, func(t *testing.T) {
		n, _, _ := hostNet(true)
		s := n.stage(t, hostConfig())
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		err := s.Resolve(ctx, "ip", endless, func(Host) {
			if calls++; calls == 1000 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || calls < 1000 {
			t.Errorf("ended with %v after %d calls", err, calls)
		}
		resolveAll(t, s, "ip", []string{"both.example"}) // and it can be used again
		closeStage(t, s)
		if err := s.Resolve(t.Context(), "ip", endless, func(Host) {}); err == nil {
			t.Error("a closed stage resolved hosts")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		n, _, _ := hostNet(true)
		s := n.stage(t, hostConfig())
		calls := 0
		err := s.Resolve(t.Context(), "ip", endless, func(Host) {
			if calls++; calls == 1000 {
				s.loop.udp.(*pipe).broken.Store(true)
			}
		})
		if !errors.Is(err, errBroken) {
			t.Errorf("with a broken transport it ended with %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestResolveIsRefusedWhereItCannotWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := world()
		s := n.stage(t, n.roots())
		defer closeStage(t, s)
		if err := s.Resolve(t.Context(), "ip", slices.Values([]string{"a.com"}), func(Host) {}); !errors.Is(err, ErrNoResolvers) {
			t.Errorf("on an authority's stage: %v", err)
		}
		if err := s.Resolve(t.Context(), "udp", slices.Values([]string{"a.com"}), func(Host) {}); err == nil {
			t.Error("an unknown network was taken")
		}
	})
}

func TestResolveAndRunShareAStage(t *testing.T) {
	n, a, b := withResolvers()
	know := func(q *wire.Query, m *dns.Msg) {
		if q.Type != wire.TypeNS {
			answerHost(true)(q, m)
		}
	}
	a.mangle, b.mangle = know, know
	in(t, n, viaResolvers(false), func(t *testing.T, s *Stage) {
		t.Helper()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i, h := range resolveAll(t, s, "ip4", numbered(3000, "h%d.example")) {
				if h.Err != nil || h.Addrs[0] != hostAddr(i) {
					t.Errorf("%s: %v, %v", h.Name, h.Addrs, h.Err)
				}
			}
		}()
		want := map[string]vacant.Status{"taken.com": vacant.StatusDelegated}
		for _, name := range numbered(3000, "n%d.com") {
			want[name] = vacant.StatusNXDomain
		}
		expect(t, s, want)
		<-done
	})
}

func TestIntensityFillsTheRatesThatAreOpen(t *testing.T) {
	for _, tt := range []struct {
		cfg       Config
		all, each float64
	}{
		{Config{}, 0, 0},
		{Config{Intensity: IntensityPolite}, politeRate, politeServerRate},
		{Config{Intensity: IntensityLine}, -1, -1},
		{Config{Intensity: IntensityPolite, RateLimit: 7, RatePerServer: -1}, 7, -1},
	} {
		if got := tt.cfg.withDefaults(); got.RateLimit != tt.all || got.RatePerServer != tt.each {
			t.Errorf("%+v: rates %v and %v, want %v and %v", tt.cfg.Intensity, got.RateLimit, got.RatePerServer, tt.all, tt.each)
		}
	}
	if (&Config{Intensity: "much"}).Validate() == nil {
		t.Error("an unknown intensity was taken")
	}
}

func TestPoliteHoldsForLocalServersToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := world()
		clear(n.servers)
		n.resolve("127.0.0.1").mangle = answerHost(true)
		s := n.stage(t, Config{Resolvers: addrs("127.0.0.1"), Intensity: IntensityPolite})
		defer closeStage(t, s)
		started := time.Now()
		resolveAll(t, s, "ip4", numbered(500, "h%d.example"))
		if took := time.Since(started); took < 9*time.Second {
			t.Errorf("500 queries to one server took %v", took)
		}
	})
}

// BenchmarkResolve is hosts a second on real sockets, one question each, against
// a responder in another process that has no address of any.
func BenchmarkResolve(b *testing.B) {
	s, err := New(Config{Resolvers: []netip.AddrPort{startResponder(b)}, Intensity: IntensityLine})
	if err != nil {
		b.Fatal(err)
	}
	defer closeStage(b, s)
	hosts := numbered(b.N, "n%d.com")
	b.ReportAllocs()
	b.ResetTimer()
	if err := s.Resolve(b.Context(), "ip4", slices.Values(hosts), func(h Host) {
		if !errors.Is(h.Err, ErrNoAddress) {
			b.Errorf("%s: %v", h.Name, h.Err)
		}
	}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hosts/s")
}
