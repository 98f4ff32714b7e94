package budget

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vacant"
)

func TestLeaseFollowsRateSpanAndBurst(t *testing.T) {
	for where, path := range boxes(t) {
		t.Run(where, func(t *testing.T) {
			c := &clock{t0}
			b := open(t, path, c.now)
			limit := vacant.Limit{PerSecond: 5, Burst: 5, Count: 60, Span: time.Minute}
			l := lease(t, b, limit, 9, 5) // the burst
			if l := lease(t, b, limit, 9, 0); !l.Again.After(t0.Add(time.Second)) || l.Again.After(t0.Add(3100*time.Millisecond)) {
				t.Errorf("again after %v", l.Again.Sub(t0))
			}
			c.pass(500 * time.Millisecond)
			lease(t, b, limit, 9, 0, vacant.Arrival{Lease: l.At, N: 5, At: c.t}) // they took half a second
			c.pass(time.Second)
			if l := lease(t, b, limit, 9, 0); l.Again.Sub(c.t) > 20*time.Millisecond {
				t.Errorf("a second after they arrived another %v is to be waited", l.Again.Sub(c.t))
			}
			c.pass(20 * time.Millisecond)
			lease(t, b, limit, 9, 1)                // the pace is one a second
			lease(t, b, vacant.Limit{}, 1000, 1000) // no limit
		})
	}
}

func TestWhatWasNotAskedCanBeLeasedAgain(t *testing.T) {
	for where, path := range boxes(t) {
		t.Run(where, func(t *testing.T) {
			b := open(t, path, (&clock{t0}).now)
			limit := vacant.Limit{PerSecond: 5, Burst: 5, PerDay: 7}
			l := lease(t, b, limit, 9, 5)
			if err := b.Settle("op", []vacant.Arrival{{Lease: l.At, N: 3}}); err != nil {
				t.Fatal(err)
			}
			if l := lease(t, b, limit, 2, 2); l.Left != 3 {
				t.Errorf("%d left of the day's seven", l.Left)
			}
			lease(t, b, limit, 9, 1, vacant.Arrival{Lease: l.At, N: 1, At: t0}, vacant.Arrival{Lease: t0.Add(-time.Hour), N: 50})
		})
	}
}

func TestDayQuotaRolls(t *testing.T) {
	for where, path := range boxes(t) {
		t.Run(where, func(t *testing.T) {
			c := &clock{t0}
			b := open(t, path, c.now)
			limit := vacant.Limit{PerDay: 10}
			lease(t, b, limit, 4, 4)
			c.pass(3 * time.Hour)
			lease(t, b, limit, 100, 6)
			again := lease(t, b, limit, 1, 0).Again
			if least := t0.Add(vacant.Day); again.Before(least) || again.After(least.Add(10*time.Minute)) {
				t.Errorf("again %v after the first", again.Sub(t0))
			}
			c.t = t0.Add(vacant.Day) // not a moment sooner
			lease(t, b, limit, 1, 0)
			c.t = again
			lease(t, b, limit, 100, 4)
		})
	}
}

func TestHandfulsAreGatheredAtASlowPace(t *testing.T) {
	c := &clock{t0}
	b := open(t, "", c.now)
	limit := vacant.Limit{PerSecond: 100, Burst: 12, Count: 100, Span: time.Hour}
	lease(t, b, limit, 100, 12)
	lease(t, b, limit, 100, 0)
	c.pass(2 * time.Minute) // three more are due, by the pace
	l := lease(t, b, limit, 100, 0)
	if wait := l.Again.Sub(t0); wait < 7*time.Minute || wait > 8*time.Minute {
		t.Errorf("the next handful comes after %v", wait)
	}
	c.t = l.Again
	lease(t, b, limit, 100, 12)
}

func TestLockOut(t *testing.T) {
	for where, path := range boxes(t) {
		t.Run(where, func(t *testing.T) {
			c := &clock{t0}
			b := open(t, path, c.now)
			locked := func(want time.Time) {
				t.Helper()
				for _, limit := range []vacant.Limit{{}, {PerSecond: 5}} {
					l, err := b.Lease(t.Context(), "op", limit, 1, nil)
					if err != nil || (l.Got == 0) != !want.IsZero() || !l.LockedUntil.Equal(want) || (l.Got == 0 && !l.Again.Equal(want)) {
						t.Errorf("%+v (locked until %v wanted), %v", l, want, err)
					}
				}
			}
			lock := func(d time.Duration) {
				t.Helper()
				if err := b.LockOut("op", c.t.Add(d)); err != nil {
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
			c.pass(2 * time.Hour)
			locked(time.Time{})
			lock(time.Minute) // the longer one is over
			locked(c.t.Add(time.Minute))
			lock(10 * 365 * vacant.Day)
			locked(c.t.Add(MaxLockOut))
			if l, err := b.Lease(t.Context(), "another", vacant.Limit{}, 1, nil); l.Got != 1 || err != nil {
				t.Error("another operator is locked out too", err)
			}
		})
	}
}

func TestFileOutlivesItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	c := &clock{t0}
	limit := vacant.Limit{PerSecond: 3, Burst: 3, PerDay: 4}
	lease(t, open(t, path, c.now), limit, 9, 3)
	lease(t, open(t, path, c.now), limit, 9, 0)
	c.pass(4 * time.Second)
	lease(t, open(t, path, c.now), limit, 9, 1) // the day's last
	if err := open(t, path, c.now).Remember("w/calibration", []byte("good")); err != nil {
		t.Fatal(err)
	}
	if v, err := open(t, path, c.now).Recall("w/calibration"); string(v) != "good" || err != nil {
		t.Errorf("recalled %q, %v", v, err)
	}
	if v, err := open(t, path, c.now).Recall("w/other"); v != nil || err != nil {
		t.Errorf("recalled %q, %v", v, err)
	}
	if got, err := Peek(t.Context(), path, []string{"op", "another"}, Options{Now: c.now, OnlyNow: true}); err != nil || got["op"].UsedToday != 4 || got["another"] != (Standing{}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// Without a clock of the machine, a wall clock that was set gives little away,
// and locks nobody out for long.
func TestWallClockIsSetBack(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "budget.db"), &clock{t0}
	limit := vacant.Limit{PerSecond: 2, Burst: 2, PerDay: 10}
	b := open(t, path, c.now)
	lease(t, b, limit, 2, 2)
	if err := b.LockOut("op", t0.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	c.pass(-vacant.Day)
	for _, b := range []*Budgets{b, open(t, path, c.now)} { // the same process, and another
		if l, err := b.Lease(t.Context(), "op", limit, 1, nil); err != nil || l.Got != 0 || !l.LockedUntil.Equal(c.t.Add(time.Minute)) {
			t.Errorf("%+v, %v", l, err)
		}
	}
	c.pass(61 * time.Second)
	lease(t, open(t, path, c.now), limit, 2, 2)
	c.pass(time.Hour)
	lease(t, open(t, path, c.now), vacant.Limit{PerDay: 10}, 10, 6) // what was asked "tomorrow" still counts
	c.pass(25 * time.Hour)
	lease(t, open(t, path, c.now), vacant.Limit{PerDay: 10}, 10, 10) // ... and ends
}

// With a clock of the machine, it matters to nobody that the wall clock is set,
// and after a restart it is not believed where it lies before what the file knows.
func TestMachinesClockBeatsTheWallClock(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "budget.db"), &clock{t0}
	up := 100 * time.Second
	openAt := func(boot byte) *Budgets {
		t.Helper()
		o := Options{Now: c.now}
		o.fill()
		b, err := openWith(path, o, machine{boot: [16]byte{boot}, read: func() (time.Duration, bool) { return up, true }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	left := func(b *Budgets) time.Duration {
		t.Helper()
		l, err := b.Lease(t.Context(), "op", vacant.Limit{}, 1, nil)
		if err != nil || l.Got > 0 {
			t.Fatalf("%+v, %v", l, err)
		}
		return l.LockedUntil.Sub(c.t)
	}
	b := openAt(1)
	if err := b.LockOut("op", c.t.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	up += time.Hour
	for _, set := range []time.Duration{time.Hour, -1000 * time.Hour, 3000 * time.Hour, -2000 * time.Hour} {
		c.pass(set)
		for _, b := range []*Budgets{b, openAt(1)} {
			if got := left(b); got != 23*time.Hour {
				t.Errorf("the clock was set by %v: locked for another %v", set, got)
			}
		}
	}
	up = time.Second // started anew, and the wall clock lost its battery
	c.t = time.Unix(0, 0)
	if got := left(openAt(2)); got < 22*time.Hour || got > 24*time.Hour {
		t.Errorf("after a restart in 1970: locked for another %v", got)
	}
}

func TestOldEntriesAreDropped(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "budget.db"), &clock{t0}
	b := open(t, path, c.now)
	fill := func(world string) {
		t.Helper()
		for _, name := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
			if err := errors.Join(b.Remember(world+"/"+name, make([]byte, 900)), b.LockOut(world+name, c.t.Add(time.Minute))); err != nil {
				t.Fatal(err)
			}
		}
	}
	fill("internet")
	fill("lab 1")
	size := func() int64 {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	full := size()
	for i := range 5 {
		c.pass(labKeptAge + time.Hour)
		if v, err := b.Recall("internet/1"); len(v) != 900 || err != nil {
			t.Errorf("a calibration in use was dropped: %d octets, %v", len(v), err)
		}
		fill("lab " + string(rune('2'+i)))
	}
	if grown := size(); grown > full {
		t.Errorf("the file grew from %d to %d octets", full, grown)
	}
	if v, _ := b.Recall("lab 1/1"); v != nil {
		t.Error("a lab of a month ago is remembered")
	}
	c.pass(keptAge)
	fill("new")
	if v, _ := b.Recall("internet/2"); v != nil {
		t.Error("a calibration that nobody asks for is remembered for ever")
	}
}

func TestFileThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "budget.db")
	write := func(data string) {
		t.Helper()
		if err := os.WriteFile(bad, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("not a budget, not at all, and not a short text either, so that its header is there")
	if _, err := Open(bad, Options{}); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), bad) {
		t.Errorf("damaged: %v", err)
	}
	write(headMagic + "\x09" + strings.Repeat("\x00", 100))
	if _, err := Open(bad, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("newer: %v", err)
	}
	if _, err := Open(filepath.Join(bad, "budget.db"), Options{}); err == nil {
		t.Error("a file is taken for a folder")
	}
	write("") // nothing yet
	lease(t, open(t, bad, time.Now), vacant.Limit{PerDay: 1}, 2, 1)
}

func TestFolderWithoutPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("SKIPPED: root may write anywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "budget.db"), Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
}

// Where the file may not be written, its lock-outs hold all the same.
func TestApartBeginsWithWhatTheFileSays(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "budget.db"), &clock{t0}
	b := open(t, path, c.now)
	if err := errors.Join(b.LockOut("op", t0.Add(time.Hour)), b.Remember("w/x", []byte("kept"))); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a := OpenApart(path, Options{Now: c.now, OnlyNow: true})
	if l, err := a.Lease(t.Context(), "op", vacant.Limit{}, 1, nil); err != nil || !l.LockedUntil.Equal(t0.Add(time.Hour)) {
		t.Errorf("%+v, %v", l, err)
	}
	if v, err := a.Recall("w/x"); string(v) != "kept" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	lease(t, OpenApart(filepath.Join(t.TempDir(), "none"), Options{Now: c.now, OnlyNow: true}), vacant.Limit{PerDay: 2}, 9, 2)
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed, %v", err)
	}
}

func TestDamagedEntriesAreForgottenAndTold(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "budget.db"), &clock{t0}
	b := open(t, path, c.now)
	for _, name := range []string{"a", "b", "c"} {
		if err := b.Remember("w/"+name, []byte("value of "+name)); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[strings.Index(string(data), "value of b")] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	told := ""
	again, err := Open(path, Options{Now: c.now, OnlyNow: true, Notice: func(line string) { told += line }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	for name, want := range map[string]string{"a": "value of a", "b": "", "c": "value of c"} {
		if v, err := again.Recall("w/" + name); string(v) != want || err != nil {
			t.Errorf("%s: %q, %v", name, v, err)
		}
	}
	if !strings.Contains(told, "1 damaged") || !strings.Contains(told, path) {
		t.Errorf("told %q", told)
	}
	if v, err := b.Recall("w/b"); v != nil || err != nil { // who had it open
		t.Errorf("%q, %v", v, err)
	}
}

// A file that is taken away is made anew by whoever has it open.
func TestFileThatIsTakenAway(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "budget.db"), &clock{t0}
	a, b := open(t, path, c.now), open(t, path, c.now)
	limit := vacant.Limit{PerDay: 10}
	lease(t, a, limit, 4, 4)
	lease(t, b, limit, 1, 1)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	lease(t, a, limit, 7, 7)
	lease(t, b, limit, 7, 3) // the new one is shared too
}

func TestLeaseGivesUpWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	b := open(t, path, time.Now)
	f := newFile(path, time.Now, machine{})
	if err := f.acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(f.release(false), f.close()) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Lease(ctx, "op", vacant.Limit{PerSecond: 1}, 1, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
