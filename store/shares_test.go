package store

import (
	"slices"
	"testing"
	"time"

	"vacant"
)

func shares(t *testing.T, s *Store, scope func(string) string) []Share {
	t.Helper()
	out, err := s.Shares(scope)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAnswersAreCountedBySuffixAndLength(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{})
	status := map[string]vacant.Status{"ab.com": vacant.StatusDelegated, "cd.com": vacant.StatusNXDomain, "abc.com": vacant.StatusDelegated,
		"xy.co.uk": vacant.StatusNodata, "yz.co.uk": vacant.StatusTimeout, "zz.co.uk": vacant.StatusUnasked, "ef.com": vacant.StatusDelegated}
	b := listBatch("ab.com", "cd.com", "xy.co.uk", "yz.co.uk", "zz.co.uk", "abc.com", "ef.com")
	answered(t, r, b, c.t, func(i int) vacant.Status { return status[string(b.Name(i))] })
	finish(t, r)
	want := []Share{
		{Suffix: "co.uk", Length: 2, Nodata: 1, Undetermined: 1, At: t0},
		{Suffix: "com", Length: 2, Delegated: 2, NXDomain: 1, At: t0},
		{Suffix: "com", Length: 3, Delegated: 1, At: t0},
	}
	if got := shares(t, s, nil); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if n := want[1].Asked(); n != 3 {
		t.Errorf("%d asked, want 3", n)
	}
}

// What a server named by hand said is known to those who name the same.
func TestSharesHaveScopes(t *testing.T) {
	s, c := fresh1(t)
	byHand := func(string) string { return "127.0.0.1:53" }
	r := begin(t, s, RunInfo{Scope: byHand})
	answered(t, r, listBatch("ab.com"), c.t, all(vacant.StatusNXDomain))
	finish(t, r)
	if got := shares(t, s, nil); len(got) != 0 {
		t.Errorf("known to all: %+v", got)
	}
	if got := shares(t, s, byHand); len(got) != 1 || got[0].Suffix != "com" || got[0].Length != 2 || got[0].NXDomain != 1 {
		t.Errorf("got %+v", got)
	}
}

// After 30 days an answer weighs half, so what was seen lately decides.
func TestYoungAnswersWeighMore(t *testing.T) {
	s, c := fresh1(t)
	ask := func(lo, hi uint64, st vacant.Status) {
		r := begin(t, s, RunInfo{Space: [16]byte{1}, SpaceSize: 1 << 20})
		answered(t, r, spaceBatch(lo, hi), c.t, all(st))
		finish(t, r)
	}
	ask(0, 1000, vacant.StatusDelegated)
	c.t = c.t.Add(halfLife)
	want := Share{Suffix: "com", Length: 8, Delegated: 500, At: t0}
	if got := shares(t, s, nil); len(got) != 1 || got[0] != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	ask(1000, 2000, vacant.StatusNXDomain)
	want = Share{Suffix: "com", Length: 8, Delegated: 500, NXDomain: 1000, At: c.t}
	if got := shares(t, s, nil); got[0] != want {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
	c.t = t0 // a clock that was set back takes and gives nothing
	if got := shares(t, s, nil); got[0] != want {
		t.Errorf("by an older clock %+v, want %+v", got[0], want)
	}
}

// A handful a night does not fade to nothing by rounding.
func TestFewAnswersFadeSlowly(t *testing.T) {
	share := Share{Delegated: shareUnit, At: t0}
	for i := range 30 {
		share.fade(t0.Add(time.Duration(i+1) * day))
	}
	if share.Delegated < shareUnit/2-8 || share.Delegated > shareUnit/2+8 {
		t.Errorf("%d/%d of a name is left after 30 days of single steps, want half", share.Delegated, shareUnit)
	}
}
