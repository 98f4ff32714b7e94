package dnsstage

import (
	"fmt"
	"hash/fnv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"vacant"
	"vacant/dnsstage/wire"
)

// lie changes a resolver's honest answer.
type lie func(q *wire.Query, m *dns.Msg)

func denies(q *wire.Query, m *dns.Msg, zone string) {
	if string(q.Name) != zone {
		m.Answer, m.Ns = nil, nil
		nx(m, zone)
	}
}

func delegates(q *wire.Query, m *dns.Msg) {
	m.Rcode, m.Ns, m.Answer = 0, nil, nsRecords(string(q.Name), []string{"ns.liar.example"})
}

// oneIn picks every n-th name, the same ones each time.
func oneIn(n uint32, q *wire.Query) bool {
	h := fnv.New32a()
	_, _ = h.Write(q.Name) // never fails
	return h.Sum32()%n == 0
}

func isAbsent(m *dns.Msg) bool { return m.Rcode == dns.RcodeNameError }

// lies are ways in which resolvers are wrong.
func lies() map[string]lie {
	return map[string]lie{
		"NXDOMAIN for all": func(q *wire.Query, m *dns.Msg) { denies(q, m, "com") },
		"NXDOMAIN for one TLD": func(q *wire.Query, m *dns.Msg) {
			if within(string(q.Name), "uk") {
				denies(q, m, "uk")
			}
		},
		"NXDOMAIN for one name in ten": func(q *wire.Query, m *dns.Msg) {
			if len(m.Answer) > 0 && oneIn(10, q) {
				denies(q, m, parentOf(q))
			}
		},
		"NS for all": delegates,
		"its own address for what is absent": func(q *wire.Query, m *dns.Msg) {
			if isAbsent(m) {
				m.Rcode, m.Ns, m.Answer = 0, nil, addresses4(string(q.Name), []string{"198.51.100.1"})
			}
		},
		"a wildcard for what is absent": func(_ *wire.Query, m *dns.Msg) {
			if isAbsent(m) {
				m.Rcode = 0
			}
		},
		"no such TLD": func(q *wire.Query, m *dns.Msg) {
			m.Answer, m.Ns = nil, nil
			nx(m, "")
		},
		"recursion not available": func(_ *wire.Query, m *dns.Msg) { m.RecursionAvailable = false },
		"SERVFAIL for one name in three": func(q *wire.Query, m *dns.Msg) {
			if oneIn(3, q) {
				m.Rcode, m.Answer, m.Ns = dns.RcodeServerFailure, nil, nil
			}
		},
	}
}

func parentOf(q *wire.Query) string {
	for i, c := range q.Name {
		if c == '.' {
			return string(q.Name[i+1:])
		}
	}
	return ""
}

// manyResolvers is a net of n resolvers, with so many taken and free names under
// com and uk each.
func manyResolvers(n, names int) (net *fakeNet, all []*fakeServer, cfg Config, want map[string]vacant.Status) {
	net = world()
	clear(net.servers)
	cfg = Config{RatePerServer: -1, RateLimit: -1}
	for i := range n {
		addr := fmt.Sprintf("9.9.%d.%d", i/200, 1+i%200)
		all = append(all, net.resolve(addr))
		cfg.Resolvers = append(cfg.Resolvers, addrPort(addr))
	}
	want = make(map[string]vacant.Status)
	for _, tld := range []string{"com", "uk"} {
		taken := numbered(names, "t%d."+tld)
		net.zones[tld].delegate(taken...)
		for _, name := range taken {
			want[name] = vacant.StatusDelegated
		}
		for _, name := range numbered(names/10, "f%d."+tld) {
			want[name] = vacant.StatusNXDomain
		}
	}
	return net, all, cfg, want
}

func TestTenLiarsOfFiftyMakeNoStatusWrong(t *testing.T) {
	for _, hold := range []bool{false, true} {
		t.Run(fmt.Sprintf("hold=%v", hold), func(t *testing.T) {
			n, all, cfg, want := manyResolvers(50, 4000)
			i := 0
			for _, how := range lies() {
				all[5*i].mangle = how
				i++
			}
			cfg.Hold = hold
			in(t, n, cfg, func(t *testing.T, s *Stage) {
				t.Helper()
				expect(t, s, want)
				for i, r := range all {
					if i%5 > 0 && r.asked < 50 {
						t.Errorf("honest resolver %d was asked %d times", i, r.asked)
					}
				}
			})
		})
	}
}

func TestAResolverThatTurnsLiarInMidRunMakesNoStatusWrong(t *testing.T) {
	for name, how := range lies() {
		for _, hold := range []bool{false, true} {
			if !hold && name == "NS for all" {
				continue // printed at once, and delegated names are only checked now and then
			}
			t.Run(fmt.Sprintf("%s hold=%v", name, hold), func(t *testing.T) {
				n, all, cfg, want := manyResolvers(5, 1200)
				cfg.Hold = hold
				in(t, n, cfg, func(t *testing.T, s *Stage) {
					t.Helper()
					answers(t, s, "t1.com", "t1.uk", "x1.com", "x1.uk")
					n.change(func() { all[2].mangle = how })
					expect(t, s, want)
				})
			})
		}
	}
}

func TestOneThatDelegatesEverythingIsFoundOutByTheOthers(t *testing.T) {
	n, all, cfg, want := manyResolvers(5, 1200)
	in(t, n, cfg, func(t *testing.T, s *Stage) {
		t.Helper()
		answers(t, s, "t1.com", "t1.uk", "x1.com", "x1.uk")
		n.change(func() { all[2].mangle = delegates })
		wrong := 0
		for name, a := range answers(t, s, sortedNames(want)...) {
			if a.Status != want[name] {
				wrong++
			}
		}
		if state := stateOf(s, cfg.Resolvers[2].String()); state != "liar" {
			t.Errorf("it is %q after %d wrong answers", state, wrong)
		}
		for i, addr := range cfg.Resolvers {
			if state := stateOf(s, addr.String()); i != 2 && state != "ok" {
				t.Errorf("honest resolver %d is %q", i, state)
			}
		}
	})
}

func TestALyingResolversSamplesConvictNoHonestOne(t *testing.T) {
	n, all, cfg, _ := manyResolvers(3, 0)
	in(t, n, cfg, func(t *testing.T, s *Stage) {
		t.Helper()
		answers(t, s, "taken.com", "free.com")
		n.change(func() { all[0].mangle = delegates })
		feed, out, done := startRun(t, s)
		for i := range 40 { // a few names every five seconds, over several controls
			time.Sleep(5 * time.Second)
			feed(numbered(3, fmt.Sprintf("s%d-%%d.com", i))...)
			<-out
		}
		done()
		for i, addr := range cfg.Resolvers[1:] {
			if state := stateOf(s, addr.String()); state != "ok" {
				t.Errorf("honest resolver %d is %q", i+1, state)
			}
		}
	})
}

func TestAResolverWithAFewStaleNamesIsStillBelieved(t *testing.T) {
	n, all, cfg, want := manyResolvers(4, 4000)
	stale := make(map[string]bool) // sold a moment ago, and fewer than what convicts
	all[1].mangle = func(q *wire.Query, m *dns.Msg) {
		if len(m.Answer) == 0 || !oneIn(300, q) {
			return
		}
		if name := string(q.Name); stale[name] || len(stale) < wrongLimit-1 {
			stale[name] = true
			denies(q, m, parentOf(q))
		}
	}
	in(t, n, cfg, func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, want)
		if state := stateOf(s, cfg.Resolvers[1].String()); state != "ok" {
			t.Errorf("it is %q", state)
		}
	})
}

func TestAResolverThatFailsItsControlIsTriedAgain(t *testing.T) {
	n, bad, good := withResolvers()
	fail := func(q *wire.Query, m *dns.Msg) {
		if len(m.Answer) > 0 || string(q.Name) == "com" {
			m.Rcode, m.Answer = dns.RcodeServerFailure, nil
		}
	}
	bad.mangle = fail
	in(t, n, viaResolvers(false), func(t *testing.T, s *Stage) {
		t.Helper()
		answers(t, s, "taken.com", "free.com")
		if state := stateOf(s, addrPort(resolverA).String()); state == "liar" {
			t.Error("SERVFAIL was taken for a lie")
		}
		n.change(func() { bad.mangle, good.silent = nil, true })
		feed, out, done := startRun(t, s)
		for i := range 4 {
			time.Sleep(15 * time.Second)
			feed(numbered(20, fmt.Sprintf("r%d-%%d.com", i))...)
			b := <-out
			for k, a := range b.Answers {
				if i == 3 && a.Status != vacant.StatusNXDomain {
					t.Errorf("%s: %s after it was well again", b.Name(k), a.Status)
				}
			}
		}
		done()
	})
}

func TestFiveHundredResolversAreAllUsed(t *testing.T) {
	n, all, cfg, want := manyResolvers(500, 6_000)
	cfg.RatePerServer, cfg.RateLimit = 0, 0 // a hundred a second each
	for i, r := range all {
		switch {
		case i%10 == 3:
			r.silent = true
		case i%10 == 7:
			r.noTCP = true
		case i%50 == 1:
			r.loss = 0.05
		}
	}
	in(t, n, cfg, func(t *testing.T, s *Stage) {
		t.Helper()
		started := time.Now()
		expect(t, s, want)
		for i, r := range all {
			if !r.silent && r.asked < 10 {
				t.Errorf("resolver %d was asked %d times", i, r.asked)
			}
		}
		if took := time.Since(started); took > 8*time.Second {
			t.Errorf("it took %v: they were not asked side by side", took)
		}
	})
}

func TestControlsAreBounded(t *testing.T) {
	n, all, cfg, _ := manyResolvers(1000, 0)
	for _, r := range all {
		r.rtt = 100 * time.Millisecond
	}
	in(t, n, cfg, func(t *testing.T, s *Stage) {
		t.Helper()
		var most atomic.Int64
		stop := make(chan struct{})
		go func() {
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					_ = s.loop.post(t.Context(), func() { most.Store(max(most.Load(), int64(s.loop.controlling))) })
				case <-stop:
					return
				}
			}
		}()
		answers(t, s, "taken.com", "free.com", "taken.co.uk", "free.co.uk")
		time.Sleep(time.Minute)
		close(stop)
		if most := most.Load(); most < maxControls/2 || most > maxControls {
			t.Errorf("%d controls at once, want at most %d", most, maxControls)
		}
	})
}
