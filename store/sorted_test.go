package store

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"vacant"
)

// A sort that does not fit into memory gives what one that does gives, whole,
// and leaves no file behind.
func TestSortedResults(t *testing.T) {
	s, c := fresh1(t)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	var results []vacant.Result
	for i := range uint64(1000) {
		results = append(results, registered(name(i), c.t.Add(time.Duration(i*7919%100)*time.Second), time.Time{}))
	}
	if err := s.Put(nil, results); err != nil {
		t.Fatal(err)
	}
	rank := func(r *vacant.Result) uint64 { return uint64(r.CheckedAt.Unix()) }
	want := slices.Clone(results)
	slices.SortStableFunc(want, func(a, b vacant.Result) int { return a.CheckedAt.Compare(b.CheckedAt) })
	for _, room := range []int{1, 7, 999, 1000, rankedInMemory} {
		var got []vacant.Result
		err := s.resultsBy(Query{}, rank, room, func(r vacant.Result, err error) bool {
			got = append(got, r)
			return err == nil
		})
		if err != nil || len(got) != len(want) {
			t.Fatalf("room for %d: %d results, %v", room, len(got), err)
		}
		for i := range want {
			if got[i].Name != want[i].Name || got[i].Registrar == "" {
				t.Fatalf("room for %d: result %d is %s, want %s", room, i, got[i].Name, want[i].Name)
			}
		}
	}
	stop := s.resultsBy(Query{}, rank, 10, func(vacant.Result, error) bool { return false })
	if !errors.Is(stop, errEnough) {
		t.Errorf("an end before the end: %v", stop)
	}
	for _, err := range s.ResultsBy(Query{Pattern: "("}, rank) {
		if err == nil {
			t.Error("a broken pattern selects")
		}
	}
	for _, err := range s.ResultsBy(Query{}, rank) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Where there is no room for the temporary file that is an error, not a short answer.
func TestSortWithoutATemporaryFolder(t *testing.T) {
	s, c := fresh1(t)
	t.Setenv("TMPDIR", "/nonexistent")
	if err := s.Put(nil, []vacant.Result{registered("a.com", c.t, c.t), registered("b.com", c.t, c.t)}); err != nil {
		t.Fatal(err)
	}
	err := s.resultsBy(Query{}, func(*vacant.Result) uint64 { return 0 }, 1, func(vacant.Result, error) bool { return true })
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
