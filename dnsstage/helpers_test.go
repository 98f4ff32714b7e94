package dnsstage

import (
	"maps"
	"net/netip"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"vacant"
	"vacant/dnsstage/dnstest"
)

func TestMain(m *testing.M) {
	if dnstest.BePlain() {
		return
	}
	goleak.VerifyTestMain(m)
}

func addrs(texts ...string) []netip.AddrPort {
	var all []netip.AddrPort
	for _, text := range texts {
		all = append(all, addrPort(text))
	}
	return all
}

func closeStage(tb testing.TB, s *Stage) {
	tb.Helper()
	checkSums(tb, s.Stats())
	if err := s.Close(); err != nil {
		tb.Error(err)
	}
}

// checkSums demands that every query that was sent has ended in one way, or is in flight.
func checkSums(tb testing.TB, st Stats) {
	tb.Helper()
	if st.Asked != st.Answered+st.TimedOut+st.Failed+st.Inflight || st.TimedOut != st.LostByUs+st.LostByNetwork || st.Resent > st.Asked {
		tb.Errorf("queries in all do not add up: %+v", st)
	}
	var sum ServerStats
	for _, s := range st.Servers {
		if s.Sent != s.Answered+s.TimedOut+s.Failed+s.Inflight || s.Resent > s.Sent {
			tb.Errorf("queries to a server do not add up: %+v", s)
		}
		sum.Sent, sum.Answered, sum.TimedOut = sum.Sent+s.Sent, sum.Answered+s.Answered, sum.TimedOut+s.TimedOut
		sum.Failed, sum.Resent, sum.Inflight = sum.Failed+s.Failed, sum.Resent+s.Resent, sum.Inflight+s.Inflight
	}
	if sum.Sent != st.Asked || sum.Answered != st.Answered || sum.TimedOut != st.TimedOut || sum.Failed != st.Failed ||
		sum.Resent != st.Resent || sum.Inflight != st.Inflight {
		tb.Errorf("the servers' sums %+v are not those of the stage %+v", sum, st)
	}
}

// expect runs the names of want and compares statuses; whatever is NXDOMAIN must be proven.
func expect(tb testing.TB, s *Stage, want map[string]vacant.Status) map[string]vacant.Answer {
	tb.Helper()
	names := slices.Sorted(maps.Keys(want))
	got := answers(tb, s, names...)
	wrong := 0
	for _, name := range names {
		if wrong > 5 {
			tb.Fatal("and more")
		}
		if got[name].Status != want[name] {
			wrong++
		}
		if got[name].Status != want[name] {
			tb.Errorf("%s: got %s (rcode %d), want %s", name, got[name].Status, got[name].Rcode, want[name])
		}
		if got[name].Status == vacant.StatusNXDomain && !got[name].Has(vacant.FlagProven) {
			tb.Errorf("%s: NXDOMAIN without proof", name)
		}
	}
	return got
}

func sortedNames(want map[string]vacant.Status) []string { return slices.Sorted(maps.Keys(want)) }
