package dnsstage

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"vacant"
	"vacant/dnsstage/wire"
)

const (
	proxyA = "socks5://127.0.0.1:1"
	proxyB = "socks5://127.0.0.1:2"
)

// deny is a proxy that makes every name below com absent, as com's servers would.
func deny(q *wire.Query, m *dns.Msg) {
	if name := string(q.Name); within(name, "com") && name != "com" {
		m.Authoritative, m.Answer, m.Extra = true, nil, nil
		nx(m, "com")
	}
}

// delegate is a proxy that delegates every name below com.
func delegate(q *wire.Query, m *dns.Msg) {
	if name := string(q.Name); within(name, "com") && name != "com" {
		m.Authoritative, m.Rcode, m.Ns = false, 0, nsRecords(name, []string{"ns.liar.example"})
	}
}

func proxied() Config {
	return Config{Roots: addrs(rootAddr), Proxies: []string{proxyA, proxyB}, Hold: true, RateLimit: -1, RatePerServer: -1}
}

func TestAProxyThatChangesAnswersMakesNothingAbsent(t *testing.T) {
	n := world()
	names := numbered(500, "n%d.com")
	want := map[string]vacant.Status{"free.com": vacant.StatusNXDomain}
	for _, name := range names {
		want[name] = vacant.StatusDelegated
	}
	n.zones["com"].delegate(names...)
	n.proxies = map[string]func(*wire.Query, *dns.Msg){proxyB: deny}
	in(t, n, proxied(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, want)
		if left := s.loop.watch.urls; len(left) != 1 || left[0] != proxyA {
			t.Errorf("proxies left: %v", left)
		}
	})
}

func TestAProxyThatTurnsBadIsFoundOut(t *testing.T) {
	n := world()
	names := numbered(500, "n%d.com")
	want := map[string]vacant.Status{"free.com": vacant.StatusNXDomain}
	for _, name := range names {
		want[name] = vacant.StatusDelegated
	}
	n.zones["com"].delegate(names...)
	in(t, n, proxied(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free2.com": vacant.StatusNXDomain, "taken.com": vacant.StatusDelegated})
		n.mu.Lock()
		n.proxies = map[string]func(*wire.Query, *dns.Msg){proxyA: deny}
		n.mu.Unlock()
		expect(t, s, want)
	})
}

func TestALyingProxysSampleConvictsNoHonestOne(t *testing.T) {
	n := world()
	in(t, n, proxied(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free2.com": vacant.StatusNXDomain})
		n.mu.Lock()
		n.proxies = map[string]func(*wire.Query, *dns.Msg){proxyB: delegate}
		n.mu.Unlock()
		for name, a := range answers(t, s, numbered(40, "n%d.com")...) {
			if a.Status != vacant.StatusNXDomain && a.Status != vacant.StatusDelegated {
				t.Errorf("%s: %s", name, a.Status)
			}
		}
		for _, url := range s.loop.watch.urls {
			if url == proxyA {
				return
			}
		}
		t.Error("the honest proxy was left out")
	})
}

func TestARunWithoutAnHonestProxyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := world()
		s := n.stage(t, proxied())
		defer closeStage(t, s)
		expect(t, s, map[string]vacant.Status{"free2.com": vacant.StatusNXDomain, "taken.com": vacant.StatusDelegated})
		n.mu.Lock()
		n.proxies = map[string]func(*wire.Query, *dns.Msg){proxyA: deny, proxyB: deny}
		n.mu.Unlock()
		got, err := runNames(t, s, []string{"taken.com", "free.com"})
		if !errors.Is(err, ErrAllProxiesDead) {
			t.Errorf("Run returned %v", err)
		}
		for name, a := range got {
			if a.Status.Settled() {
				t.Errorf("%s: %s through lying proxies", name, a.Status)
			}
		}
	})
}

func TestAskIsNotHeldForEver(t *testing.T) {
	for name, cfg := range map[string]Config{"proxied": proxied(), "resolver": viaResolvers(true)} {
		t.Run(name, func(t *testing.T) {
			n := world()
			n.resolve(resolverA)
			n.resolve(resolverB)
			in(t, n, cfg, func(t *testing.T, s *Stage) {
				t.Helper()
				started := time.Now()
				p, err := s.Ask(t.Context(), "free.com")
				if err != nil || p.Supports(time.Now()) != nil {
					t.Errorf("got %+v, %v", p, err)
				}
				if took := time.Since(started); took > 3*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestADeadProxyDelaysNobodyForLong(t *testing.T) {
	for name, s := range map[string]wire.Outcome{"refuses": wire.Unreachable, "is silent": wire.TimedOut} {
		t.Run(name, func(t *testing.T) {
			n := world()
			in(t, n, proxied(), func(t *testing.T, stage *Stage) {
				t.Helper()
				expect(t, stage, map[string]vacant.Status{"free.com": vacant.StatusNXDomain, "taken.com": vacant.StatusDelegated})
				n.mu.Lock()
				n.dead = map[string]wire.Outcome{proxyB: s}
				n.mu.Unlock()
				started := time.Now()
				expect(t, stage, map[string]vacant.Status{"free2.com": vacant.StatusNXDomain, "free3.com": vacant.StatusNXDomain})
				if took := time.Since(started); took > 15*time.Second {
					t.Errorf("it took %v", took)
				}
				if len(stage.loop.watch.urls) != 2 {
					t.Error("a dead proxy was taken for a liar")
				}
			})
		})
	}
}

// proxiedResolvers asks two resolvers through two proxies.
func proxiedResolvers() (*fakeNet, Config, map[string]vacant.Status) {
	n := world()
	clear(n.servers)
	n.resolve(resolverA)
	n.resolve(resolverB)
	want := make(map[string]vacant.Status)
	taken := numbered(500, "n%d.com")
	n.zones["com"].delegate(taken...)
	for _, name := range taken {
		want[name] = vacant.StatusDelegated
	}
	for _, name := range numbered(100, "f%d.com") {
		want[name] = vacant.StatusNXDomain
	}
	cfg := proxied()
	cfg.Roots, cfg.Resolvers = nil, addrs(resolverA, resolverB)
	return n, cfg, want
}

func TestAProxyThatLiesIsFoundOutBeforeResolversToo(t *testing.T) {
	for name, how := range map[string]func(*wire.Query, *dns.Msg){"denies": deny, "delegates": delegate} {
		for _, fromTheStart := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				n, cfg, want := proxiedResolvers()
				spoil := func() {
					n.mu.Lock()
					n.proxies = map[string]func(*wire.Query, *dns.Msg){proxyB: how}
					n.mu.Unlock()
				}
				if fromTheStart {
					spoil()
				}
				in(t, n, cfg, func(t *testing.T, s *Stage) {
					t.Helper()
					expect(t, s, map[string]vacant.Status{"taken.com": vacant.StatusDelegated, "free.com": vacant.StatusNXDomain})
					spoil()
					expect(t, s, want)
					if left := s.loop.watch.urls; len(left) != 1 || left[0] != proxyA {
						t.Errorf("proxies left: %v", left)
					}
					for _, addr := range []string{resolverA, resolverB} {
						if state := stateOf(s, addrPort(addr).String()); state != "ok" {
							t.Errorf("honest resolver %s is %q", addr, state)
						}
					}
				})
			})
		}
	}
}

func TestLyingResolversConvictNoProxy(t *testing.T) {
	n, cfg, _ := proxiedResolvers()
	for _, s := range n.servers {
		s.nxAll = true
	}
	in(t, n, cfg, func(t *testing.T, s *Stage) {
		t.Helper()
		for name, a := range answers(t, s, numbered(50, "n%d.com")...) {
			if a.Status.Settled() {
				t.Errorf("%s: %s", name, a.Status)
			}
		}
		if left := s.loop.watch.urls; len(left) != 2 {
			t.Errorf("proxies left: %v", left)
		}
	})
}
