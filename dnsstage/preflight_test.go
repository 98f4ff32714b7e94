package dnsstage

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"vacant"
)

const systemResolver = "192.168.1.1"

func TestPreflightSettlesTheWayToAsk(t *testing.T) {
	open := func(n *fakeNet) { n.everyRoot() }
	blocked := func(n *fakeNet) {
		for _, addr := range append(rootHints[:len(rootHints):len(rootHints)], comAddr, ukAddr) {
			n.serve(addr).silent = true
		}
	}
	intercepted := func(n *fakeNet) {
		for _, addr := range append(rootHints[:len(rootHints):len(rootHints)], comAddr, ukAddr) {
			n.resolve(addr)
		}
	}
	tldBlocked := func(n *fakeNet) {
		n.everyRoot()
		n.servers[addrPort(comAddr)].silent, n.servers[addrPort(ukAddr)].silent = true, true
	}
	noRoute := func(n *fakeNet) { n.noUDP = true }
	for _, tt := range []struct {
		name   string
		set    func(*fakeNet)
		cfg    Config
		via    Via
		notice string // part of
		err    string // part of
	}{
		{name: "open", set: open, via: ViaAuthority},
		{name: "blocked", set: blocked, via: ViaResolvers, notice: "port 53 is blocked"},
		{name: "blocked beyond the root", set: tldBlocked, via: ViaResolvers, notice: "port 53 is blocked"},
		{name: "intercepted", set: intercepted, via: ViaResolvers, notice: "port 53 is intercepted"},
		{name: "blocked, no fallback wanted", set: blocked, cfg: Config{Via: ViaAuthority}, err: "port 53 is blocked"},
		{name: "blocked, no resolver", set: blocked, cfg: Config{SystemResolvers: addrs("192.168.1.9")}, err: "no answer from the resolvers: 192.168.1.9:53"},
		{name: "blocked, none configured", set: blocked, cfg: Config{SystemResolvers: []netip.AddrPort{}}, err: "no resolver is known"},
		{name: "no route", set: noRoute, err: "no route"},
		{name: "hand-named root", set: open, cfg: Config{Roots: addrs(rootAddr)}, via: ViaAuthority},
		{name: "silent hand-named root", set: blocked, cfg: Config{Roots: addrs(rootAddr)}, err: "no answer from the root 198.41.0.4:53"},
		{name: "a resolver named as root", set: intercepted, cfg: Config{Roots: addrs(rootAddr)}, err: "recursive resolver"},
		{name: "named resolver", set: blocked, cfg: Config{Resolvers: addrs(systemResolver)}, via: ViaResolvers},
		{name: "silent named resolver", set: open, cfg: Config{Resolvers: addrs("192.168.1.9")}, err: "192.168.1.9:53"},
		{name: "resolvers wanted", set: open, cfg: Config{Via: ViaResolvers}, via: ViaResolvers},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := world()
			tt.set(n)
			n.resolve(systemResolver)
			if tt.cfg.SystemResolvers == nil {
				tt.cfg.SystemResolvers = addrs(systemResolver)
			}
			in(t, n, tt.cfg, func(t *testing.T, s *Stage) {
				t.Helper()
				started := time.Now()
				rep, err := s.Preflight(t.Context(), []string{"com", "uk"})
				if took := time.Since(started); took > 2*time.Second {
					t.Errorf("it took %v", took)
				}
				if rep.Via != tt.via || !strings.Contains(rep.Notice, tt.notice) || (rep.Notice == "") != (tt.notice == "") {
					t.Errorf("got %+v", rep)
				}
				if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q in it", err, tt.err)
				}
			})
		})
	}
}

func TestTheFallbackAnswersAtAGentleRate(t *testing.T) {
	n := world()
	clear(n.servers)
	n.resolve("9.9.9.9")
	in(t, n, Config{SystemResolvers: addrs("9.9.9.9")}, func(t *testing.T, s *Stage) {
		t.Helper()
		want := map[string]vacant.Status{"taken.com": vacant.StatusDelegated}
		for _, name := range numbered(1000, "n%d.com") {
			want[name] = vacant.StatusNXDomain
		}
		expect(t, s, want)
	})
	if total, _ := busiest(n.sent); total > defaultResolverRate+20 { // and the preflight's own
		t.Errorf("%d queries in one second", total)
	}
}

func TestAFamilyWithoutARouteIsLeftOut(t *testing.T) {
	n := world()
	n.everyRoot()
	n.zones[""].cut("com", []string{"a.nic.com"}, comAddr, "2001:db8::30")
	in(t, n, Config{}, func(t *testing.T, s *Stage) {
		t.Helper()
		if _, err := s.Preflight(t.Context(), []string{"com"}); err != nil {
			t.Fatal(err)
		}
		var before int
		n.change(func() { before = len(n.sent) })
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusNXDomain})
		var sent []sending
		n.change(func() { sent = slices.Clone(n.sent[before:]) })
		for _, q := range sent {
			if q.server.Addr().Is6() {
				t.Errorf("%s was asked", q.server)
			}
		}
	})
}

func TestResolvConfIsReadAsFarAsItMakesSense(t *testing.T) {
	text := "# c\nnameserver\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 x\noptions rotate\nnameserver nine\nnameserver ::ffff:192.0.2.2\nnameserver 0.0.0.0\nnameserver fe80::1%eth0\n"
	got, err := parseResolvConf(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if want := "192.0.2.1:53, [2001:db8::1]:53, 192.0.2.2:53, [fe80::1%eth0]:53"; joinAddrs(got) != want {
		t.Errorf("got %s, want %s", joinAddrs(got), want)
	}
	if got, _ := parseResolvConf(strings.NewReader(strings.Repeat("\x00nameserver ", 1<<20))); len(got) != 0 {
		t.Errorf("got %v from garbage", got)
	}
}

// Through proxies every trial takes longer, the longest as long as a preflight may.
func TestProxiesGetMoreTime(t *testing.T) {
	direct, proxied := &preflight{}, &preflight{proxied: true}
	for _, d := range []time.Duration{firstTry, resolverTrial, authorityTrial, authorityTrial + resolverTrial} {
		if direct.trial(d) != d || proxied.trial(d) <= d || proxied.trial(d) > proxyTrial {
			t.Errorf("%s is tried for %s directly and for %s through proxies", d, direct.trial(d), proxied.trial(d))
		}
	}
}
