//go:build linux

package campaign

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"vacant/cmd/internal/rig"
)

// sink is who reads a session's stdout.
type sink uint8

const (
	sinkReads  sink = iota
	sinkBlocks      // nobody, until the process has ended: the pipe fills
	sinkSlow        // a line now and then
	sinkLeaves      // somebody who goes away after a few lines
)

func (s sink) String() string {
	return [...]string{"stdout is read", "stdout is not read", "stdout is read slowly", "stdout's reader left"}[s]
}

// session is one process and its end.
type session struct {
	args   []string
	under  []string // a program in front, with its arguments
	env    []string
	sink   sink
	signal syscall.Signal // 0: it is left to end by itself
	goal   goal           // when the signal is sent
	after  time.Duration  // or after this long; 0 = goal alone
}

// ended is what a session came to.
type ended struct {
	number   int // of the ledger; 0 without
	seen     activity
	hit      bool // the signal reached it before it had ended
	exit     int  // -1: killed
	stdout   []byte
	stderr   string
	wall     time.Duration
	fromSign time.Duration // from the signal to the end
}

// setPipeSize is F_SETPIPE_SZ of fcntl(2), which package syscall has no name for.
const setPipeSize = 1031

// patience is how long a process may take to end by itself: far beyond what any
// does, but for the long form of the nights.
func patience(tb testing.TB) time.Duration {
	tb.Helper()
	if rig.Number(tb, "NIGHTS", 1) > 1 {
		return 30 * time.Minute
	}
	return 90 * time.Second
}

// run runs a session to its end.
func (w *world) run(t *testing.T, s session) ended {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	argv := slices.Concat(s.under, []string{binary}, s.args)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = write, &stderr
	cmd.Env = append([]string{"HOME=" + w.dir, "PATH=" + os.Getenv("PATH"), "VACANT_CONFIG=" + w.path("config.toml")}, s.env...)
	cmd.Dir = w.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if s.sink == sinkBlocks || s.sink == sinkSlow {
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, write.Fd(), setPipeSize, 4096); errno != 0 {
			t.Fatal(errno)
		}
	}
	var reached <-chan struct{}
	if w.ledger != nil {
		reached = w.ledger.begin(s.goal)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	reader := newReader(read, s.sink)
	e := ended{}
	e.await(t, cmd, s, reached)
	e.wall = time.Since(began)
	if w.ledger != nil {
		e.number, e.seen = w.ledger.end()
	}
	e.stdout, e.stderr, e.exit = reader.rest(), stderr.String(), cmd.ProcessState.ExitCode()
	return e
}

// await sends the signal when it is due and waits for the end.
func (e *ended) await(t *testing.T, cmd *exec.Cmd, s session, reached <-chan struct{}) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var due <-chan time.Time
	if s.after > 0 {
		due = time.After(s.after)
	}
	limit := patience(t)
	tooLong := time.After(limit)
	var signalled time.Time
	send := func() {
		reached, due = nil, nil
		if s.signal != 0 {
			signalled = time.Now()
			e.hit = cmd.Process.Signal(s.signal) == nil
		}
	}
	for {
		select {
		case <-reached:
			send()
		case <-due:
			send()
		case <-tooLong:
			_ = cmd.Process.Kill()
			t.Errorf("HANGS: %q did not end within %s", s.args, limit)
		case err := <-done:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if e.hit {
				e.fromSign = time.Since(signalled)
			}
			return
		}
	}
}

// reader reads a session's stdout in its own way.
type reader struct {
	mu   sync.Mutex
	got  bytes.Buffer // guarded by mu
	pipe *os.File
	gate chan struct{} // closed when the process has ended
	done chan struct{}
}

func newReader(pipe *os.File, how sink) *reader {
	r := &reader{pipe: pipe, gate: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		defer func() { _ = pipe.Close() }()
		switch how {
		case sinkBlocks:
			<-r.gate
		case sinkSlow:
			r.slowly()
		case sinkLeaves:
			_, _ = io.CopyN(r, pipe, 200)
			return
		}
		_, _ = io.Copy(r, pipe)
	}()
	return r
}

func (r *reader) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.Write(p)
}

// slowly reads a line's worth a tick until the process has ended.
func (r *reader) slowly() {
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-r.gate:
			return
		case <-tick.C:
			if _, err := io.CopyN(r, r.pipe, 16); err != nil {
				return
			}
		}
	}
}

// rest waits until all of a process that has ended is read, and returns it.
func (r *reader) rest() []byte {
	close(r.gate)
	<-r.done
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.Bytes()
}
