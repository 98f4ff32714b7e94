package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"vacant"
)

// childHolds opens the store args[0] for writing, says so, and holds it until
// its stdin closes.
func childHolds(args []string) error {
	s, err := Open(args[0], Options{World: "test", Command: "vacant hunt -p x"})
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

func TestLockNamesItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vacant.db")
	cmd := child(t, "hold", path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Second)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}

	for _, readOnly := range []bool{false, true} {
		start := time.Now()
		_, err := Open(path, Options{World: "test", ReadOnly: readOnly, LockWait: 100 * time.Millisecond})
		var locked *LockedError
		if !errors.As(err, &locked) {
			t.Fatalf("read-only %v: %v", readOnly, err)
		}
		if locked.PID != cmd.Process.Pid || locked.Command != "vacant hunt -p x" || locked.Since.Before(before) || locked.Path != path {
			t.Errorf("%+v", locked)
		}
		if waited := time.Since(start); waited > 3*time.Second {
			t.Errorf("waited %v for the lock", waited)
		}
	}

	// kill -9 leaves the note behind; only the lock itself counts.
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = stdin.Close()
	_ = cmd.Wait()
	if _, err := os.Stat(holderPath(path)); err != nil {
		t.Fatalf("the killed process left no note: %v", err)
	}
	s, err := Open(path, Options{World: "test"})
	if err != nil {
		t.Fatalf("after kill -9: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(holderPath(path)); err == nil {
		t.Error("the note stays after Close")
	}
}

// childHunts hunts in the store args[0] for ever, printing every name whose
// result has been committed.
func childHunts(args []string) error {
	s, err := Open(args[0], Options{World: "test"})
	if err != nil {
		return err
	}
	r, err := s.Begin(RunInfo{ID: args[1], Space: [16]byte{1}, SpaceSize: 1 << 40, Started: time.Now()})
	if err != nil {
		return err
	}
	from, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return err
	}
	for ; ; from += 64 {
		if err := huntOnce(r, from); err != nil {
			return err
		}
	}
}

// huntOnce runs in a process of its own, which has no test's context.
func huntOnce(r *Run, from uint64) error {
	b := spaceBatch(from, from+64)
	if _, err := r.Admit(b); err != nil {
		return err
	}
	answer(b, time.Now(), nineInTen)
	if err := firstError(r.Answered(b), r.Flush()); err != nil {
		return err
	}
	waiting, err := r.Next(context.Background(), 4)
	if err != nil {
		return err
	}
	results := make([]vacant.Result, 0, len(waiting))
	for _, q := range waiting {
		results = append(results, registered(string(q.Name), time.Now(), time.Time{}))
	}
	if err := r.Settle(results); err != nil {
		return err
	}
	for _, q := range results {
		fmt.Fprintln(os.Stdout, q.Name)
	}
	return nil
}

// Whatever was shown is in the file, whenever the process was killed.
func TestKilledProcessLosesNothingItShowed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: no SIGKILL on windows")
	}
	path := filepath.Join(t.TempDir(), "vacant.db")
	shown := make(map[string]bool)
	for i := range 10 {
		cmd := child(t, "hunt", path, fmt.Sprintf("run-%d", i), fmt.Sprint(i*1_000_000))
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := func() *time.Timer {
			return time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		var timer *time.Timer
		if i%2 == 0 { // in its first moments, the making of the file among them
			timer = kill()
		}
		lines := bufio.NewReader(stdout)
		for {
			line, err := lines.ReadString('\n')
			if err != nil { // a last line cut off by the kill was not shown
				break
			}
			shown[strings.TrimSpace(line)] = true
			if timer == nil { // in the middle of its work
				timer = kill()
			}
		}
		_ = cmd.Wait()
		if timer == nil || timer.Stop() {
			t.Fatalf("the child ended by itself: %v", cmd.Stderr)
		}
		checkAfterKill(t, path, shown)
	}
	if len(shown) == 0 {
		t.Error("nothing was shown before a kill: the test proves nothing")
	}
}

func checkAfterKill(t *testing.T, path string, shown map[string]bool) {
	t.Helper()
	s, err := Open(path, Options{World: "test"})
	if errors.Is(err, ErrNoStore) && len(shown) == 0 {
		return
	}
	if err != nil {
		t.Fatalf("after kill -9: %v", err)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	for name := range shown {
		if _, ok, err := s.Get("", vacant.Name(name)); !ok || err != nil {
			t.Errorf("%s was shown and is not there: %v", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// childOpens opens the store args[0] and reads all of it; its exit says whether
// it ended well, with ErrDamaged, or in any other way.
func childOpens(args []string) error {
	s, err := Open(args[0], Options{World: "test"})
	if err == nil {
		_, statsErr := s.Stats()
		err = firstError(s.Check(), statsErr)
		for _, resultErr := range s.Results(Query{}) {
			err = firstError(err, resultErr)
		}
		_ = s.Close()
	}
	switch {
	case err == nil:
		fmt.Fprint(os.Stdout, "well")
	case errors.Is(err, ErrDamaged):
		fmt.Fprint(os.Stdout, "damaged")
	default:
		return err
	}
	return nil
}

func TestLockedStoreIsOpenedWhenTheLockEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vacant.db")
	first, err := Open(path, Options{World: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{World: "test"}); !errors.As(err, new(*LockedError)) {
		t.Fatalf("opened twice: %v", err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = first.Close() })
	second, err := Open(path, Options{World: "test", LockWait: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}
