package budget

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vacant"
)

// childEnv names what the test binary is to do when a test starts it again as a
// process of its own.
const childEnv = "VACANT_BUDGET_TEST_CHILD"

func TestMain(m *testing.M) {
	if job := os.Getenv(childEnv); job != "" {
		if err := children[job](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

var children = map[string]func(args []string) error{"ask": childAsks, "hold": childHolds}

// child returns the command that runs job in a process of its own.
func child(tb testing.TB, job string, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), os.Args[0], args...)
	// The race detector would sleep a second at each exit.
	cmd.Env = append(os.Environ(), childEnv+"="+job, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = new(bytes.Buffer)
	return cmd
}

// t0 is when most tests play.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests set.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func (c *clock) pass(d time.Duration) { c.t = c.t.Add(d) }

// boxes are the two ways to keep budgets: in memory and in a file.
func boxes(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "state", "budget.db")}
}

func open(tb testing.TB, path string, now func() time.Time) *Budgets {
	tb.Helper()
	b, err := Open(path, Options{Now: now, OnlyNow: true, Notice: func(line string) { tb.Errorf("notice: %s", line) }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := b.Close(); err != nil {
			tb.Error(err)
		}
	})
	return b
}

// lease leases from "op" and wants that many.
func lease(tb testing.TB, b *Budgets, limit vacant.Limit, want, expect int, arrived ...vacant.Arrival) vacant.Lease {
	tb.Helper()
	l, err := b.Lease(context.Background(), "op", limit, want, arrived)
	if err != nil || l.Got != expect || !l.LockedUntil.IsZero() {
		tb.Fatalf("leased %d of %d, want %d; locked until %v; %v", l.Got, want, expect, l.LockedUntil, err)
	}
	return l
}
