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
	if err := s.Close(); err != nil {
		tb.Error(err)
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
