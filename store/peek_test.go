package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestPeekTellsWhatBindsAndChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	now := func() time.Time { return t0 }
	b, err := OpenBudgets(path, now)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, _, err := b.Lease(t.Context(), "w/a", Limit{PerDay: 100}, 30); err != nil || got != 30 {
		t.Fatal(got, err)
	}
	if err := b.LockOut("w/b", t0.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := PeekBudgets(t.Context(), path, []string{"w/a", "w/b", "w/c"}, t0.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got["w/a"].UsedToday != 30 || !got["w/a"].LockedUntil.IsZero() {
		t.Errorf("a: %+v", got["w/a"])
	}
	if !got["w/b"].LockedUntil.Equal(t0.Add(2 * time.Hour)) {
		t.Errorf("b: %+v", got["w/b"])
	}
	if got["w/c"] != (OperatorStanding{}) {
		t.Errorf("c: %+v", got["w/c"])
	}
	if later, err := PeekBudgets(t.Context(), path, []string{"w/a", "w/b"}, t0.Add(30*time.Hour)); err != nil || later["w/a"] != (OperatorStanding{}) || later["w/b"] != (OperatorStanding{}) {
		t.Errorf("thirty hours later: %+v, %v", later, err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed (%v)", err)
	}
}

func TestPeekMakesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	for _, p := range []string{path, ""} {
		got, err := PeekBudgets(t.Context(), p, []string{"a"}, t0)
		if err != nil || got["a"] != (OperatorStanding{}) {
			t.Errorf("%q: %v, %v", p, got, err)
		}
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("peeking made a file: %v", err)
	}
}
