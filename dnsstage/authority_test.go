package dnsstage

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"vacant"
	"vacant/dnsstage/wire"
)

// in runs a scenario in a bubble: n is changed by set, then a stage asks.
func in(t *testing.T, n *fakeNet, cfg Config, f func(t *testing.T, s *Stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := n.stage(t, cfg)
		defer closeStage(t, s)
		f(t, s)
	})
}

func numbered(n int, format string) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(format, i)
	}
	return names
}

const (
	zaAddr   = "196.4.160.1"
	cozaAddr = "196.4.160.2"
)

// withCuts adds za, with co.za delegated elsewhere.
func withCuts(n *fakeNet, hosts []string, glue ...string) *fakeNet {
	n.zones[""].cut("za", []string{"a.nic.za"}, zaAddr)
	za := n.zone("za").cut("co.za", hosts, glue...)
	n.serve(zaAddr, za)
	n.serve(cozaAddr, n.zone("co.za").delegate("taken.co.za"))
	return n
}

var cozaWant = map[string]vacant.Status{"taken.co.za": vacant.StatusDelegated, "free.co.za": vacant.StatusNXDomain, "free.za": vacant.StatusNXDomain}

func TestASuffixDelegatedElsewhereIsAskedThere(t *testing.T) {
	n := withCuts(world(), []string{"ns.coza.za"}, cozaAddr)
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		got := expect(t, s, cozaWant)
		if by := s.loop.names.Text(got["free.co.za"].Server); by != addrPort(cozaAddr).String() {
			t.Errorf("free.co.za answered by %s, want %s", by, cozaAddr)
		}
	})
}

func TestServersWithoutGlueAreLookedFor(t *testing.T) {
	n := withCuts(world(), []string{"ns.hoster.com"})
	n.zones["com"].data["ns.hoster.com"] = []string{cozaAddr}
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, cozaWant)
	})
}

func TestGlueOutsideTheSendersZoneIsNotBelieved(t *testing.T) {
	// za's servers give an address for a host below com: it is not theirs to give.
	n := withCuts(world(), []string{"ns.hoster.com"}, "203.0.113.66")
	n.zones["com"].data["ns.hoster.com"] = []string{cozaAddr}
	trap := n.serve("203.0.113.66", n.zones["co.za"])
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, cozaWant)
		if trap.asked != 0 {
			t.Errorf("the address was asked %d times", trap.asked)
		}
	})
}

func TestPrivateGlueIsNotBelievedBelowTheRealRoot(t *testing.T) {
	n := withCuts(world(), []string{"ns.coza.za"}, "10.0.0.1")
	trap := n.serve("10.0.0.1", n.zones["co.za"])
	n.everyRoot()
	in(t, n, Config{RateLimit: -1}, func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free.co.za": vacant.StatusError, "free.za": vacant.StatusNXDomain})
		if trap.asked != 0 {
			t.Errorf("a private address was asked %d times", trap.asked)
		}
	})
}

func TestHostsThatNeedEachOtherAreNoLoop(t *testing.T) {
	n := world()
	root := n.zones[""]
	root.cut("aa", []string{"ns.host.bb"}).cut("bb", []string{"ns.host.aa"})
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free.aa": vacant.StatusError, "free.bb": vacant.StatusError, "free.com": vacant.StatusNXDomain})
	})
}

func TestReferralsForNamesAreFollowedThreeCutsDeepAtMost(t *testing.T) {
	// The zone hides its cuts from questions about suffixes and refers only for names below.
	for cuts, want := range map[int]vacant.Status{1: vacant.StatusNXDomain, 3: vacant.StatusNXDomain, 4: vacant.StatusError} {
		t.Run(fmt.Sprint(cuts), func(t *testing.T) {
			n := world()
			suffix := "com"
			var hidden []string
			for i := range cuts {
				parent := suffix
				suffix = fmt.Sprintf("c%d.%s", i, suffix)
				hidden = append(hidden, suffix)
				addr := fmt.Sprintf("203.0.113.%d", i+1)
				n.zones[parent].cut(suffix, []string{"ns." + suffix}, addr)
				n.serve(addr, n.zone(suffix))
			}
			deepest := suffix
			for _, s := range n.servers {
				s.mangle = hideFrom(deepest, hidden)
			}
			in(t, n, n.roots(), func(t *testing.T, s *Stage) {
				t.Helper()
				expect(t, s, map[string]vacant.Status{"free." + deepest: want})
			})
		})
	}
}

// hideFrom makes a server pretend, to questions about suffix itself and to
// probes, that there are no cuts.
func hideFrom(suffix string, cuts []string) func(*wire.Query, *dns.Msg) {
	return func(q *wire.Query, m *dns.Msg) {
		name := string(q.Name)
		label, _, _ := strings.Cut(name, ".")
		if m.Authoritative || len(m.Ns) == 0 || name != suffix && len(label) != probeLength {
			return
		}
		owner := strings.TrimSuffix(m.Ns[0].Header().Name, ".")
		_, parent, _ := strings.Cut(owner, ".")
		if owner == "com" || owner == "uk" {
			return
		}
		m.Authoritative, m.Extra, m.Ns = true, nil, []dns.RR{soa(parent)}
		if name != suffix {
			m.Rcode = dns.RcodeNameError
		}
	}
}

func TestAServerThatSendsUpwardsIsPassedOver(t *testing.T) {
	n := world()
	lame := n.serve("192.5.6.31")
	lame.mangle = func(q *wire.Query, m *dns.Msg) { m.Rcode, m.Ns = 0, nsRecords("", []string{"a.root."}) }
	n.zones[""].cut("com", []string{"a.nic.com"}, comAddr, "192.5.6.31")
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		want := map[string]vacant.Status{"taken.com": vacant.StatusDelegated}
		for _, name := range numbered(200, "free%d.com") {
			want[name] = vacant.StatusNXDomain
		}
		expect(t, s, want)
		if lame.asked > 100 {
			t.Errorf("the lame server was asked %d times", lame.asked)
		}
	})
}

func TestUselessServersNeverMakeANameAbsentOrTaken(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(*fakeServer)
		want  vacant.Status
	}{
		"SERVFAIL":            {func(s *fakeServer) { s.rcode = dns.RcodeServerFailure }, vacant.StatusServfail},
		"REFUSED":             {func(s *fakeServer) { s.rcode = dns.RcodeRefused }, vacant.StatusRefused},
		"NOTIMP":              {func(s *fakeServer) { s.rcode = dns.RcodeNotImplemented }, vacant.StatusServfail},
		"FORMERR":             {func(s *fakeServer) { s.rcode = dns.RcodeFormatError }, vacant.StatusServfail},
		"silence":             {func(s *fakeServer) { s.silent = true }, vacant.StatusTimeout},
		"everything NXDOMAIN": {func(s *fakeServer) { s.nxAll = true }, vacant.StatusError},
		"no AA": {func(s *fakeServer) {
			s.mangle = func(q *wire.Query, m *dns.Msg) { m.Authoritative = false }
		}, vacant.StatusError},
		"delegates everything": {func(s *fakeServer) {
			s.mangle = func(q *wire.Query, m *dns.Msg) {
				m.Authoritative, m.Rcode, m.Ns = false, 0, nsRecords(string(q.Name), []string{"ns.liar.example"})
			}
		}, vacant.StatusError},
	} {
		t.Run(name, func(t *testing.T) {
			n := world()
			tt.spoil(n.servers[addrPort(comAddr)])
			if name == "everything NXDOMAIN" {
				n.servers[addrPort(rootAddr)].nxAll = true
			}
			in(t, n, n.roots(), func(t *testing.T, s *Stage) {
				t.Helper()
				got := answers(t, s, "taken.com", "free.com")
				if name == "no AA" {
					// A referral has no AA anyway; only what is absent cannot be told.
					delete(got, "taken.com")
				}
				for name, a := range got {
					if a.Status != tt.want {
						t.Errorf("%s: got %s, want %s", name, a.Status, tt.want)
					}
				}
			})
		})
	}
}

func TestAStormOfFailuresIsWaitedOutElsewhere(t *testing.T) {
	n := world()
	n.zones[""].cut("com", []string{"a.nic.com"}, comAddr, "192.5.6.31", "192.5.6.32")
	n.serve("192.5.6.31", n.zones["com"]).rcode = dns.RcodeServerFailure
	n.serve("192.5.6.32", n.zones["com"]).rcode = dns.RcodeRefused
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		want := map[string]vacant.Status{"taken.com": vacant.StatusDelegated}
		for _, name := range numbered(300, "free%d.com") {
			want[name] = vacant.StatusNXDomain
		}
		expect(t, s, want)
	})
}

func TestWildcardZonesTellOnlyWhatIsDelegated(t *testing.T) {
	n := world()
	com := n.zones["com"]
	for name, tt := range map[string]struct {
		set   func()
		flags uint8
	}{
		"NOERROR for all":  {func() { com.wildcard, com.wildA = true, false }, vacant.FlagWildcard | vacant.FlagProven},
		"wildcard address": {func() { com.wildcard, com.wildA = false, true }, vacant.FlagWildcard | vacant.FlagResolved},
	} {
		t.Run(name, func(t *testing.T) {
			tt.set()
			in(t, n, n.roots(), func(t *testing.T, s *Stage) {
				t.Helper()
				got := expect(t, s, map[string]vacant.Status{"taken.com": vacant.StatusDelegated, "free.com": vacant.StatusNodata})
				if got["free.com"].Flags != tt.flags {
					t.Errorf("flags %s, want %s", flagWords(got["free.com"].Flags), flagWords(tt.flags))
				}
			})
		})
	}
}

func TestExistingNamesWithoutDelegationAreNeverProof(t *testing.T) {
	n := world()
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		for name, a := range answers(t, s, "ent.com", "host.com") {
			if a.Status != vacant.StatusNodata || a.Has(vacant.FlagProven) || a.Has(vacant.FlagWildcard) {
				t.Errorf("%s: %s with flags %s", name, a.Status, flagWords(a.Flags))
			}
		}
	})
}

func TestTruncatedRepliesAreAskedAgainOverTCP(t *testing.T) {
	n := world()
	n.servers[addrPort(comAddr)].truncate = true
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"taken.com": vacant.StatusDelegated, "free.com": vacant.StatusNXDomain})
	})
}

func TestTruncationWithoutTCPEndsInDoubt(t *testing.T) {
	n := world()
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusNXDomain})
		com := n.servers[addrPort(comAddr)]
		com.truncate, com.noTCP = true, true
		expect(t, s, map[string]vacant.Status{"free2.com": vacant.StatusTimeout})
	})
}

func TestLossChangesNoStatus(t *testing.T) {
	n := world()
	n.zones[""].cut("com", []string{"a.nic.com"}, comAddr, "192.5.6.31")
	n.serve("192.5.6.31", n.zones["com"])
	for _, s := range n.servers {
		s.loss = 0.3
	}
	want := make(map[string]vacant.Status)
	for i, name := range numbered(3000, "n%d.com") {
		want[name] = vacant.StatusNXDomain
		if i%3 == 0 {
			n.zones["com"].delegate(name)
			want[name] = vacant.StatusDelegated
		}
	}
	in(t, n, Config{Roots: addrs(rootAddr), RateLimit: -1, RatePerServer: -1}, func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, want)
	})
}

func TestADyingServersNamesGoToTheOthers(t *testing.T) {
	n := world()
	n.zones[""].cut("com", []string{"a.nic.com"}, comAddr, "192.5.6.31")
	dying := n.serve("192.5.6.31", n.zones["com"])
	in(t, n, Config{Roots: addrs(rootAddr), RateLimit: -1, RatePerServer: -1}, func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusNXDomain})
		dying.silent = true
		before := dying.asked
		want := make(map[string]vacant.Status)
		for _, name := range numbered(40_000, "n%d.com") {
			want[name] = vacant.StatusNXDomain
		}
		expect(t, s, want)
		if asked := dying.asked - before; asked > 1000 {
			t.Errorf("a dead server was asked %d times", asked)
		}
		if state := stateOf(s, "192.5.6.31:53"); state != "quarantined" {
			t.Errorf("the dead server is %q", state)
		}
	})
}

func TestASilentServerComesBack(t *testing.T) {
	n := world()
	com := n.servers[addrPort(comAddr)]
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusNXDomain})
		n.change(func() { com.silent = true })
		for name, a := range answers(t, s, numbered(50, "n%d.com")...) {
			if a.Status != vacant.StatusTimeout {
				t.Fatalf("%s: %s from a silent server", name, a.Status)
			}
		}
		n.change(func() { com.silent = false })
		time.Sleep(longBench)
		expect(t, s, map[string]vacant.Status{"free2.com": vacant.StatusNXDomain, "taken.com": vacant.StatusDelegated})
	})
}

// A loop with nothing to do sleeps; a name that wakes it is not taken for one
// that has waited all that time.
func TestANameAfterALongIdleHasItsWholeBudget(t *testing.T) {
	n := world()
	com := n.servers[addrPort(comAddr)]
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		com.silent = true
		answers(t, s, numbered(50, "n%d.com")...)
		com.silent = false
		time.Sleep(2 * longBench)
		proof, err := s.Ask(t.Context(), "taken.com")
		if err != nil || proof.Status != vacant.StatusDelegated {
			t.Errorf("%s, %v", proof.Status, err)
		}
	})
}

// Names that wait longer for their turn than one may take are not given up
// unasked because the servers fall silent for a moment.
func TestAShortSilenceEndsNoNameThatWaits(t *testing.T) {
	n := world()
	com := n.servers[addrPort(comAddr)]
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusNXDomain})
		fallSilent := func(after time.Duration, silent bool) { // by the loop, which asks the fake
			time.AfterFunc(after, func() { _ = s.loop.post(t.Context(), func() { com.silent = silent }) })
		}
		fallSilent(2*s.loop.budget(), true)
		fallSilent(2*s.loop.budget()+4*time.Second, false)
		timeouts := 0
		for _, a := range answers(t, s, numbered(20_000, "n%d.com")...) {
			if a.Status == vacant.StatusTimeout {
				timeouts++
			}
		}
		if timeouts > 1000 {
			t.Errorf("%d names were given up", timeouts)
		}
	})
}

func TestNamesOfASilentZoneEndWithinTheirBudget(t *testing.T) {
	n := world()
	n.servers[addrPort(ukAddr)].silent = false
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"free.uk": vacant.StatusNXDomain})
		n.servers[addrPort(ukAddr)].silent = true
		started := time.Now()
		answers(t, s, numbered(2000, "n%d.uk")...)
		if took := time.Since(started); took > s.loop.budget()+5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestPinnedServersAreAskedInsteadOfTheRoot(t *testing.T) {
	for name, pins := range map[string]Config{
		"the TLD":                        {Authority: map[string][]netip.AddrPort{"uk": addrs(ukAddr)}},
		"the suffix, by the TLD's":       {Authority: map[string][]netip.AddrPort{"CO.uk.": addrs(ukAddr), "uk": addrs(ukAddr)}},
		"the suffix and the roots by us": {Authority: map[string][]netip.AddrPort{"uk": addrs(ukAddr)}, Roots: addrs(rootAddr)},
	} {
		t.Run(name, func(t *testing.T) {
			n := world()
			if len(pins.Roots) == 0 {
				delete(n.servers, addrPort(rootAddr))
			}
			in(t, n, pins, func(t *testing.T, s *Stage) {
				t.Helper()
				if _, err := s.Preflight(t.Context(), []string{"uk", "co.uk"}); err != nil {
					t.Fatal(err)
				}
				expect(t, s, map[string]vacant.Status{
					"taken.co.uk": vacant.StatusDelegated, "free.co.uk": vacant.StatusNXDomain, "free.uk": vacant.StatusNXDomain,
				})
			})
		})
	}
}

func TestReferralsBelowHandNamedRootsKeepTheirPort(t *testing.T) {
	n := newFakeNet()
	root := n.zone("").cut("com", []string{"a.nic.com"}, "127.0.0.2")
	n.serve("127.0.0.1:5353", root)
	n.serve("127.0.0.2:5353", n.zone("com").delegate("taken.com"))
	in(t, n, Config{Roots: addrs("127.0.0.1:5353")}, func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"taken.com": vacant.StatusDelegated, "free.com": vacant.StatusNXDomain})
	})
}

func stateOf(s *Stage, server string) string {
	for _, st := range s.Stats().Servers {
		if st.Server == server {
			return st.State
		}
	}
	return "unknown"
}

func TestOneServerMayHoldParentAndChild(t *testing.T) {
	n := newFakeNet()
	n.serve(rootAddr, n.zone("").cut("com", []string{"a.nic.com"}, rootAddr), n.zone("com").delegate("taken.com"))
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, map[string]vacant.Status{"taken.com": vacant.StatusDelegated, "free.com": vacant.StatusNXDomain})
	})
}

func TestHostsWithIPv6AloneAreFound(t *testing.T) {
	n := withCuts(world(), []string{"ns.hoster.com"})
	n.zones["com"].data["ns.hoster.com"] = []string{"2001:db8::53"}
	n.serve("2001:db8::53", n.zones["co.za"])
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, cozaWant)
	})
}

func TestConfigsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, cfg := range map[string]Config{
		"unknown way":             {Via: "carrier pigeon"},
		"resolvers beside":        {Via: ViaAuthority, Resolvers: addrs(resolverA)},
		"no address":              {Authority: map[string][]netip.AddrPort{"com": nil}},
		"no port":                 {Roots: []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), 0)}},
		"an invalid address":      {Resolvers: make([]netip.AddrPort, 1)},
		"proxies that are no URL": {Proxies: []string{"127.0.0.1"}},
	} {
		if s, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
			closeStage(t, s)
		}
	}
}
