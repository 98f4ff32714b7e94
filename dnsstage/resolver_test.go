package dnsstage

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"vacant"
	"vacant/dnsstage/wire"
)

const (
	resolverA = "9.9.9.1"
	resolverB = "9.9.9.2"
)

// withResolvers adds two honest resolvers and takes everything else off the net.
func withResolvers() (*fakeNet, *fakeServer, *fakeServer) {
	n := world()
	clear(n.servers)
	return n, n.resolve(resolverA), n.resolve(resolverB)
}

func viaResolvers(hold bool) Config {
	return Config{Resolvers: addrs(resolverA, resolverB), Hold: hold, RatePerServer: -1, RateLimit: -1}
}

func TestResolversTellWhatTheZonesWould(t *testing.T) {
	for _, hold := range []bool{false, true} {
		n, _, _ := withResolvers()
		in(t, n, viaResolvers(hold), func(t *testing.T, s *Stage) {
			t.Helper()
			got := expect(t, s, map[string]vacant.Status{
				"taken.com": vacant.StatusDelegated, "free.com": vacant.StatusNXDomain, "ent.com": vacant.StatusNodata,
				"taken.co.uk": vacant.StatusDelegated, "free.co.uk": vacant.StatusNXDomain,
				"free.nosuchtld": vacant.StatusError, "free.nosuch.uk": vacant.StatusError,
			})
			for name, a := range got {
				if a.Status.Settled() && !a.Has(vacant.FlagResolver) {
					t.Errorf("%s: not marked as a resolver's", name)
				}
			}
		})
	}
}

func TestResolversThatLieAreNotAsked(t *testing.T) {
	for name, spoil := range map[string]func(*fakeServer){
		"an address for all": func(s *fakeServer) { s.hijack = true },
		"NXDOMAIN for all":   func(s *fakeServer) { s.nxAll = true },
		"NS for all": func(s *fakeServer) {
			s.mangle = func(q *wire.Query, m *dns.Msg) {
				m.Rcode, m.Answer = 0, nsRecords(string(q.Name), []string{"ns.liar.example"})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			n, liar, _ := withResolvers()
			spoil(liar)
			want := map[string]vacant.Status{"taken.com": vacant.StatusDelegated}
			for _, name := range numbered(500, "n%d.com") {
				want[name] = vacant.StatusNXDomain
			}
			in(t, n, viaResolvers(false), func(t *testing.T, s *Stage) {
				t.Helper()
				for name, a := range expect(t, s, want) {
					if by := s.loop.names.Text(a.Server); by != addrPort(resolverB).String() {
						t.Fatalf("%s answered by %s", name, by)
					}
				}
			})
		})
	}
}

func TestNothingIsAbsentWhenEveryResolverLies(t *testing.T) {
	n, a, b := withResolvers()
	a.hijack, b.nxAll = true, true
	in(t, n, viaResolvers(false), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusError, "taken.com": vacant.StatusDelegated})
		if state := stateOf(s, addrPort(resolverB).String()); state != "liar" {
			t.Errorf("the resolver that says NXDOMAIN to everything is %q", state)
		}
	})
}

func TestWhatAResolverSaidSinceItsLastControlIsAskedAgainWhenItTurnsBad(t *testing.T) {
	n, bad, _ := withResolvers()
	names := numbered(900, "n%d.com")
	want := make(map[string]vacant.Status)
	for _, name := range names {
		want[name] = vacant.StatusDelegated
	}
	n.zones["com"].delegate(names...)
	in(t, n, viaResolvers(true), func(t *testing.T, s *Stage) {
		t.Helper()
		answers(t, s, "taken.com", "free.com")
		bad.nxAll = true
		expect(t, s, want)
		if state := stateOf(s, addrPort(resolverA).String()); state != "liar" {
			t.Errorf("the resolver that turned bad is %q", state)
		}
	})
}

func TestResolversAreControlledEveryMinute(t *testing.T) {
	n, bad, good := withResolvers()
	in(t, n, viaResolvers(false), func(t *testing.T, s *Stage) {
		t.Helper()
		answers(t, s, "taken.com", "free.com", "free2.com", "free3.com")
		bad.nxAll = true
		feed, out, done := startRun(t, s)
		for i := range 14 { // a name every ten seconds
			time.Sleep(10 * time.Second)
			feed(numbered(2, string(rune('a'+i))+"%d.com")...)
			<-out
		}
		asked := bad.asked
		feed(numbered(50, "late%d.com")...)
		for _, a := range (<-out).Answers {
			if by := s.loop.names.Text(a.Server); by != addrPort(resolverB).String() {
				t.Errorf("a name was still answered by %s", by)
			}
		}
		if bad.asked != asked {
			t.Errorf("the bad resolver was asked %d times after its failed control", bad.asked-asked)
		}
		done()
		_ = good
	})
}

func TestABrokenDelegationIsPutToTheAuthority(t *testing.T) {
	n, _, _ := withResolvers()
	n.zones["com"].delegate("broken.com").broken["broken.com"] = true
	in(t, n, viaResolvers(false), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"broken.com": vacant.StatusServfail}) // nobody to put it to
	})
	n.serve(rootAddr, n.zones[""])
	n.serve(comAddr, n.zones["com"])
	cfg := viaResolvers(false)
	cfg.Roots = addrs(rootAddr)
	in(t, n, cfg, func(t *testing.T, s *Stage) {
		t.Helper()
		got := expect(t, s, map[string]vacant.Status{"broken.com": vacant.StatusDelegated, "free.com": vacant.StatusNXDomain})
		if got["broken.com"].Has(vacant.FlagResolver) {
			t.Error("the authority's answer is marked as a resolver's")
		}
	})
}

func TestResolversCannotTellInWildcardZones(t *testing.T) {
	n, _, _ := withResolvers()
	n.zones["com"].wildcard = true
	in(t, n, viaResolvers(false), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"taken.com": vacant.StatusDelegated, "free.com": vacant.StatusError})
	})
}

func TestSilentResolversMakeNothingAbsent(t *testing.T) {
	n, a, b := withResolvers()
	in(t, n, viaResolvers(true), func(t *testing.T, s *Stage) {
		t.Helper()
		answers(t, s, "taken.com", "free.com")
		a.silent, b.silent = true, true
		for name, a := range answers(t, s, numbered(20, "n%d.com")...) {
			if a.Status != vacant.StatusTimeout {
				t.Errorf("%s: %s", name, a.Status)
			}
		}
	})
}

// startRun starts a Run that is fed by hand; done closes its input and waits.
func startRun(t *testing.T, s *Stage) (feed func(names ...string), out chan *vacant.Batch, done func()) {
	t.Helper()
	in, ended := make(chan *vacant.Batch), make(chan error, 1)
	out = make(chan *vacant.Batch, 100)
	go func() { ended <- s.Run(t.Context(), in, out) }()
	feed = func(names ...string) {
		b := &vacant.Batch{}
		for _, name := range names {
			b.AppendName(vacant.Name(name), vacant.NoIndex)
		}
		in <- b
	}
	return feed, out, func() {
		t.Helper()
		close(in)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestAskDuringARunSharesTheMachinery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := world()
		s := n.stage(t, n.roots())
		defer closeStage(t, s)
		feed, out, done := startRun(t, s)
		feed("free.com", "taken.com")
		for name, want := range map[vacant.Name]vacant.Status{"asked.com": vacant.StatusNXDomain, "taken.co.uk": vacant.StatusDelegated} {
			p, err := s.Ask(t.Context(), name)
			if err != nil || p.Status != want {
				t.Errorf("%s: %s, %v", name, p.Status, err)
			}
			if want == vacant.StatusNXDomain && p.Supports(time.Now()) != nil {
				t.Errorf("%s: %v", name, p.Supports(time.Now()))
			}
		}
		<-out
		done()
	})
}
