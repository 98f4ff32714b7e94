package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// boxes are the two ways to keep budgets: in memory and in a file.
func boxes(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "budget.db")}
}

func openBudgets(t tester, path string, c *clock) *Budgets {
	t.Helper()
	b, err := OpenBudgets(path, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lease(t tester, b *Budgets, limit Limit, want, expect int) (again time.Time) {
	t.Helper()
	got, again, locked, err := b.Lease(t.Context(), "op.example", limit, want)
	if err != nil || !locked.IsZero() || got != expect {
		t.Fatalf("lease: %d of %d, want %d; locked until %v; %v", got, want, expect, locked, err)
	}
	return again
}

func TestLeaseFollowsRateAndBurst(t *testing.T) {
	for where, path := range boxes(t) {
		t.Run(where, func(t *testing.T) {
			c := &clock{t0}
			b := openBudgets(t, path, c)
			limit := Limit{PerSecond: 2, Burst: 5}
			lease(t, b, limit, 9, 5)
			if again := lease(t, b, limit, 1, 0); !again.Equal(t0.Add(500 * time.Millisecond)) {
				t.Errorf("again at %v", again)
			}
			c.t = c.t.Add(500 * time.Millisecond)
			lease(t, b, limit, 9, 1)
			c.t = c.t.Add(time.Hour)
			lease(t, b, limit, 9, 5)
			if err := b.Return("op.example", 2); err != nil {
				t.Fatal(err)
			}
			lease(t, b, limit, 9, 2)
			if err := b.Return("op.example", 100); err != nil { // more than were ever leased
				t.Fatal(err)
			}
			lease(t, b, limit, 99, 5)
			lease(t, b, Limit{}, 1000, 1000) // no limit
		})
	}
}

// Returning, or asking often, must not cost tokens.
func TestFrequentVisitsLoseNoTokens(t *testing.T) {
	for where, path := range boxes(t) {
		t.Run(where, func(t *testing.T) {
			c := &clock{t0}
			b := openBudgets(t, path, c)
			limit := Limit{PerSecond: 1, Burst: 2}
			lease(t, b, limit, 2, 2)
			for range 9 {
				c.t = c.t.Add(100 * time.Millisecond)
				lease(t, b, limit, 1, 0)
				if err := b.LockOut("op.example", c.t); err != nil { // over before it begins
					t.Fatal(err)
				}
			}
			c.t = c.t.Add(101 * time.Millisecond)
			lease(t, b, limit, 1, 1)
		})
	}
}

func TestDayQuotaRolls(t *testing.T) {
	for where, path := range boxes(t) {
		t.Run(where, func(t *testing.T) {
			c := &clock{t0.Add(30 * time.Minute)} // in the middle of an hour
			b := openBudgets(t, path, c)
			limit := Limit{PerDay: 10}
			lease(t, b, limit, 4, 4)
			c.t = c.t.Add(3 * time.Hour)
			lease(t, b, limit, 100, 6)
			again := lease(t, b, limit, 1, 0)
			if least := t0.Add(24*time.Hour + 30*time.Minute); again.Before(least) || again.After(least.Add(time.Hour)) {
				t.Errorf("again at %v", again)
			}
			c.t = t0.Add(24*time.Hour + 29*time.Minute) // less than a day after the first
			lease(t, b, limit, 1, 0)
			c.t = again
			lease(t, b, limit, 100, 4)
			if err := b.Return("op.example", 3); err != nil {
				t.Fatal(err)
			}
			lease(t, b, limit, 100, 3)
		})
	}
}

func TestLockOut(t *testing.T) {
	for where, path := range boxes(t) {
		t.Run(where, func(t *testing.T) {
			c := &clock{t0}
			b := openBudgets(t, path, c)
			locked := func(want time.Time) {
				t.Helper()
				for _, limit := range []Limit{{}, {PerSecond: 5}} {
					got, again, until, err := b.Lease(t.Context(), "op.example", limit, 1)
					if err != nil || (got == 0) != !want.IsZero() || !until.Equal(want) || (got == 0 && !again.Equal(want)) {
						t.Errorf("got %d, again %v, until %v (want %v), %v", got, again, until, want, err)
					}
				}
			}
			lock := func(d time.Duration) {
				t.Helper()
				if err := b.LockOut("op.example", c.t.Add(d)); err != nil {
					t.Fatal(err)
				}
			}
			locked(time.Time{})
			lock(time.Hour)
			locked(t0.Add(time.Hour))
			lock(time.Minute) // a shorter one changes nothing
			locked(t0.Add(time.Hour))
			lock(2 * time.Hour)
			locked(t0.Add(2 * time.Hour))
			c.t = c.t.Add(2 * time.Hour)
			locked(time.Time{})
			lock(time.Minute) // the longer one is over
			locked(c.t.Add(time.Minute))
			lock(10 * 365 * day)
			locked(c.t.Add(MaxLockOut))
			if got, _, _, err := b.Lease(t.Context(), "other.example", Limit{}, 1); got != 1 || err != nil {
				t.Error("another operator is locked out too", err)
			}
		})
	}
}

func TestBudgetFileOutlivesItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "budget.db")
	c := &clock{t0}
	reopen := func() *Budgets { return openBudgets(t, path, c) }
	limit := Limit{PerSecond: 1, Burst: 3, PerDay: 4}
	lease(t, reopen(), limit, 9, 3)
	lease(t, reopen(), limit, 9, 0)
	c.t = c.t.Add(3 * time.Second)
	lease(t, reopen(), limit, 9, 1) // the day's last
	if err := reopen().LockOut("op.example", c.t.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, _, until, err := reopen().Lease(t.Context(), "op.example", limit, 1); err != nil || !until.Equal(c.t.Add(time.Hour)) {
		t.Errorf("locked until %v, %v", until, err)
	}
	if err := reopen().Remember("calibration", []byte("good")); err != nil {
		t.Fatal(err)
	}
	if v, err := reopen().Recall("calibration"); string(v) != "good" || err != nil {
		t.Errorf("recalled %q, %v", v, err)
	}
	if v, err := reopen().Recall("other"); v != nil || err != nil {
		t.Errorf("recalled %q, %v", v, err)
	}
}

// A wall clock that jumps gives nothing away and locks nobody out for long.
func TestClockJumps(t *testing.T) {
	limit := Limit{PerSecond: 1, Burst: 2, PerDay: 10}
	t.Run("back by a day", func(t *testing.T) {
		path, c := filepath.Join(t.TempDir(), "budget.db"), &clock{t0}
		b := openBudgets(t, path, c)
		lease(t, b, limit, 2, 2)
		if err := b.LockOut("op.example", t0.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(-day)
		for _, b := range []*Budgets{b, openBudgets(t, path, c)} { // the same process, and another
			if got, _, until, err := b.Lease(t.Context(), "op.example", limit, 1); err != nil || got != 0 || !until.Equal(c.t.Add(time.Minute)) {
				t.Errorf("%d, until %v, %v", got, until, err)
			}
		}
		c.t = c.t.Add(61 * time.Second)
		lease(t, openBudgets(t, path, c), limit, 2, 2)
		c.t = c.t.Add(time.Hour)
		lease(t, openBudgets(t, path, c), Limit{PerDay: 10}, 10, 6) // what was taken "tomorrow" still counts
		c.t = c.t.Add(26 * time.Hour)
		lease(t, openBudgets(t, path, c), Limit{PerDay: 10}, 10, 10) // ... and ends
	})
	t.Run("two processes whose clocks differ", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "budget.db")
		early, late := &clock{t0}, &clock{t0.Add(day)}
		a, b := openBudgets(t, path, early), openBudgets(t, path, late)
		limit := Limit{PerSecond: 1, Burst: 2}
		total := 0
		const seconds = 6
		for range seconds * 10 {
			for _, x := range []*Budgets{a, b} {
				got, _, _, err := x.Lease(t.Context(), "op.example", limit, 5)
				if err != nil {
					t.Fatal(err)
				}
				total += got
			}
			early.t, late.t = early.t.Add(100*time.Millisecond), late.t.Add(100*time.Millisecond)
		}
		// Once per process the wall clock is all there is: a burst each at most.
		if most := seconds + 2*limit.Burst; total > most {
			t.Errorf("%d tokens in %d s, at most %d", total, seconds, most)
		}
	})
}

// childLeases leases from the file args[0] for the time args[1] and prints when
// it got how many.
func childLeases(args []string) error {
	b, err := OpenBudgets(args[0], time.Now)
	if err != nil {
		return err
	}
	lasts, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	for end := time.Now().Add(lasts); time.Now().Before(end); {
		got, _, _, err := b.Lease(context.Background(), "op.example", leaseLimit, 3)
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, time.Now().UnixNano(), got)
	}
	return nil
}

var leaseLimit = Limit{PerSecond: 50, Burst: 10}

// In no window do three processes, one of them killed, get more than one may.
func TestProcessesShareOneBudget(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	outs := make([]strings.Builder, 3)
	wait := make([]func() error, 3)
	for i := range outs {
		cmd := child(t, "lease", path, "1.2s")
		cmd.Stdout = &outs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait[i] = cmd.Wait
		if i == 0 {
			time.AfterFunc(700*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
	}
	for i, w := range wait {
		if err := w(); err != nil && i != 0 {
			t.Fatal(err)
		}
	}
	type event struct {
		at  int64
		got int
	}
	var events []event
	total := 0
	for i := range outs {
		for line := range strings.Lines(outs[i].String()) {
			var e event
			if n, _ := fmt.Sscan(line, &e.at, &e.got); n == 2 && e.got > 0 {
				events = append(events, e)
				total += e.got
			}
		}
	}
	slices.SortFunc(events, func(a, b event) int { return int(a.at - b.at) })
	if total < 20 {
		t.Fatalf("only %d tokens in 1.2 s", total)
	}
	// The children read their clocks after the lease, each a little late.
	const slack = 0.3
	for i := range events {
		sum := 0
		for j := i; j < len(events); j++ {
			sum += events[j].got
			window := float64(events[j].at-events[i].at)/1e9 + slack
			if most := float64(leaseLimit.Burst) + leaseLimit.PerSecond*window; float64(sum) > most {
				t.Fatalf("%d tokens in %.3f s, at most %.1f", sum, window-slack, most)
			}
		}
	}
}

func TestBudgetFileThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "budget.db")
	if err := os.WriteFile(bad, []byte("not a budget"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBudgets(bad, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
	if _, err := OpenBudgets(filepath.Join(bad, "budget.db"), nil); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func TestLeaseGivesUpWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	b, err := OpenBudgets(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	holder, err := openDB(path, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, _, err := b.Lease(ctx, "op.example", Limit{PerSecond: 1}, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func BenchmarkLease(b *testing.B) {
	for _, limit := range []Limit{{}, {PerSecond: 1e9, Burst: 1e9}} {
		b.Run(fmt.Sprintf("rate=%g", limit.PerSecond), func(b *testing.B) {
			x, err := OpenBudgets(filepath.Join(b.TempDir(), "budget.db"), nil)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, _, _, err := x.Lease(b.Context(), "op.example", limit, 10); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The wall clock of a long-lived process went back a day after its last visit;
// its own clock knows that 5 s went by.
func TestOwnClockBeatsTheWallClock(t *testing.T) {
	b, err := OpenBudgets("", nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	b.visits["op"] = visit{at: now.Add(-5 * time.Second), writes: 3}
	for _, tt := range []struct {
		name    string
		updated time.Time
		writes  uint64
		want    time.Duration
	}{
		{"nobody came since, clock went back", now.Add(day), 3, 5 * time.Second},
		{"nobody came since, clock went ahead", now.Add(-day), 3, 5 * time.Second},
		{"another came since", now.Add(-2 * time.Second), 4, 2 * time.Second},
		{"another came since, clock went ahead", now.Add(-day), 4, 5 * time.Second},
		{"another came since, clock went back", now.Add(day), 4, 0},
	} {
		got := b.elapsed("op", account{updated: tt.updated.UnixNano(), writes: tt.writes}, now)
		if got.Round(time.Millisecond) != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
