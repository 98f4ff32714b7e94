package store

import (
	"testing"
	"time"

	"vacant"
)

// What a killed run left in steps is foreseen, since the next run begins with
// folding it: among chunks that progress has, among others, and of indexes gone.
func TestForesightSeesTheStepsOfAKilledRun(t *testing.T) {
	s, c := fresh1(t)
	path := s.Path()
	info := sparseInfo
	r := begin(t, s, info)
	b := new(vacant.Pool).Get()
	b.Servers = vacant.NewServers()
	for i := range uint64(40_000) {
		b.Append(spaceName(nil, i+7), i+7)
	}
	answered(t, r, b, c.t, all(vacant.StatusDelegated))
	finish(t, r)
	c.t = c.t.Add(2 * time.Hour)
	info.ID = "2"
	r = begin(t, s, info)
	for nth := range uint64(3) {
		answered(t, r, sparseBatch(sparseSize, nth), c.t, everyOther)
		flush(t, r)
	}
	answered(t, r, sparseBatch(sparseSize, 9), c.t, func(int) vacant.Status { return vacant.StatusTimeout })
	abandon(t, s, r)
	s = open(t, path, c)
	if n := stepsIn(t, s); n != 4 {
		t.Fatalf("%d steps", n)
	}
	st, err := s.Stats()
	if want := uint64(40_000 - 1 + 3*sparseSize/2); err != nil || len(st.Spaces) != 1 || st.Spaces[0].Delegated != want {
		t.Errorf("stats say %+v, %v, want %d", st.Spaces, err, want)
	}
	info.ID = "3"
	f := s.Foreseer(info)
	in := Indexes{Stretches: []Stretch{{Hi: info.SpaceSize, Suffixes: []string{"com"}}}}
	got, err := f.Look(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if want := uint64(40_000 - 1 + 3*sparseSize/2); got.Known["com"] != want {
		t.Errorf("%v known, want %d", got.Known, want)
	}
	for nth := range uint64(11) {
		b := sparseBatch(sparseSize, nth)
		each, err := f.Known(nil, b)
		if err != nil {
			t.Fatal(err)
		}
		for i, known := range each {
			want := nth < 3 && i%2 == 0 || (nth == 7 || nth == 8 || nth == 10) && i == 0
			if known != want {
				t.Fatalf("name %d of chunk %d is foreseen known: %v", nth, i, known)
			}
		}
	}
}
