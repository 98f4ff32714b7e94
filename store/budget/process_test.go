//go:build !windows

package budget

import (
	"bufio"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vacant"
)

// In no span do three processes, one of them killed again and again, get more
// than one may.
func TestProcessesShareOneBudget(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	const lasts = 2500 * time.Millisecond
	outs := make([]*lines, 3)
	var wg sync.WaitGroup
	for i := range outs {
		outs[i] = &lines{}
		wg.Go(func() {
			for end := time.Now().Add(lasts); time.Until(end) > 0; {
				cmd := child(t, "ask", path, time.Until(end).String())
				cmd.Stdout = outs[i]
				if err := cmd.Start(); err != nil {
					t.Error(err)
					return
				}
				if i == 0 {
					kill := time.AfterFunc(400*time.Millisecond, func() { _ = cmd.Process.Kill() })
					defer kill.Stop()
				}
				if err := cmd.Wait(); err != nil && i != 0 {
					t.Error(err, cmd.Stderr)
					return
				}
			}
		})
	}
	wg.Wait()
	srv := &server{}
	for _, out := range outs {
		srv.times = append(srv.times, out.times(t)...)
	}
	if len(srv.times) < 80 {
		t.Errorf("only %d questions in %v", len(srv.times), lasts)
	}
	for _, b := range processLimit.Spans() {
		if n := srv.most(b.Length); n > b.Most {
			t.Errorf("%d in %v, allowed are %d", n, b.Length, b.Most)
		}
	}
}

// lines is what several processes printed, one after the other.
type lines struct{ strings.Builder }

func (l *lines) times(t *testing.T) (times []time.Time) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		var at int64
		var n int
		if got, _ := fmt.Sscan(line, &at, &n); got == 2 && strings.HasSuffix(line, "\n") {
			times = append(times, slices.Repeat([]time.Time{time.Unix(0, at)}, n)...)
		}
	}
	return times
}

// hold starts a process that is stopped while it holds the file's lock; the
// function lets it go.
func hold(t *testing.T, path string) (*exec.Cmd, func()) {
	t.Helper()
	cmd := child(t, "hold", path)
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	return cmd, func() {
		_, _ = fmt.Fprintln(in)
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = cmd.Wait()
	}
}

// Who is stopped with the lock in its hand holds nobody up for long: the others
// say so, keep a slower pace of their own, and bring what they did to the file
// when it is free again.
func TestStoppedProcessDoesNotHoldUpTheOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	c := &clock{t0}
	var told []string
	b, err := Open(path, Options{Now: c.now, OnlyNow: true, Notice: func(line string) { told = append(told, line) }})
	if err != nil {
		t.Fatal(err)
	}
	b.box.(*file).patience = 50 * time.Millisecond
	limit := vacant.Limit{PerDay: 100}
	lease(t, b, limit, 10, 10)
	cmd, release := hold(t, path)
	began := time.Now()
	lease(t, b, limit, 100, 15) // a quarter of the quota, less what it had
	if err := b.LockOut("other", t0.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("held up for %v", took)
	}
	if len(told) != 1 || !strings.Contains(told[0], fmt.Sprintf("process %d", cmd.Process.Pid)) || !strings.Contains(told[0], path) {
		t.Errorf("told %q", told)
	}
	release()
	lease(t, b, limit, 100, 0) // not yet looked at again
	c.pass(retryFile)
	lease(t, b, limit, 100, 75)
	if got, err := Peek(t.Context(), path, []string{"op", "other"}, Options{Now: c.now, OnlyNow: true}); err != nil || got["op"].UsedToday != 100 || !got["other"].LockedUntil.Equal(t0.Add(time.Hour)) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// What was done apart is not lost when the run ends before the file is free.
func TestCloseBringsLockOutsToTheFile(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "budget.db"), &clock{t0}
	b, err := Open(path, Options{Now: c.now, OnlyNow: true})
	if err != nil {
		t.Fatal(err)
	}
	b.box.(*file).patience = 50 * time.Millisecond
	_, release := hold(t, path)
	err = b.LockOut("op", t0.Add(time.Hour))
	release()
	if err := errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := Peek(t.Context(), path, []string{"op"}, Options{Now: c.now, OnlyNow: true}); err != nil || !got["op"].LockedUntil.Equal(t0.Add(time.Hour)) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A process that is killed at once after it noted a lock-out has noted it.
func TestLockOutSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	b, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.LockOut("op", time.Now().Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	// b is not closed, as if it had been killed.
	again, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := again.Lease(t.Context(), "op", vacant.Limit{}, 1, nil)
	if err != nil || l.Got > 0 || time.Until(l.LockedUntil) < 23*time.Hour {
		t.Errorf("%+v, %v", l, err)
	}
	if err := errors.Join(again.Close(), b.Close()); err != nil {
		t.Error(err)
	}
}
