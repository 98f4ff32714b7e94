//go:build linux

package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Command is a program to be run to its end.
type Command struct {
	Argv  []string
	In    *Namespace    // nil is where we are
	Env   []string      // beyond our own
	Limit time.Duration // killed after it; 0 is five minutes
}

// Run is what a program did.
type Run struct {
	Wall, CPU time.Duration // CPU is user and system of the whole process
	PeakRSS   int64         // octets, the kernel's own high-water mark
	Anon      []int64       // anonymous resident memory in octets, a sample every samplePeriod
	Stdout    string
	Stderr    string
	Exit      int
}

// samplePeriod is how often memory is looked at: the last look misses what
// grew in the last period alone.
const samplePeriod = 20 * time.Millisecond

const defaultLimit = 5 * time.Minute

// Run runs the command. An exit code is no error; one that did not end in time is.
func (c *Command) Run(ctx context.Context) (*Run, error) {
	limit := c.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	var stdout, stderr bytes.Buffer
	cmd := c.exec(ctx)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &Run{}
	sampled := r.sample(cmd.Process.Pid)
	err := cmd.Wait()
	r.Wall = time.Since(began)
	sampled()
	r.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	r.Stdout, r.Stderr, r.Exit = stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return r, fmt.Errorf("%s: %w after %s\n%.2000s", c.Argv[0], ctx.Err(), r.Wall, r.Stderr)
	case err != nil && !errors.As(err, &exit):
		return r, err
	}
	return r, nil
}

// MustSucceed is [Command.Run] where an exit code is an error as well.
func (c *Command) MustSucceed(ctx context.Context) (*Run, error) {
	r, err := c.Run(ctx)
	if err == nil && r.Exit != 0 {
		err = fmt.Errorf("%s: exit %d\n%.2000s", strings.Join(c.Argv, " "), r.Exit, r.Stderr)
	}
	return r, err
}

func (c *Command) exec(ctx context.Context) *exec.Cmd {
	argv := append(c.In.Wrap(), c.Argv...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second
	return cmd
}

// sample looks at a process' memory until the function it returns is called.
func (r *Run) sample(pid int) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(samplePeriod)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				r.look(pid)
			}
		}
	}()
	return func() { close(quit); <-done }
}

// look reads the process' status; one that has just ended has none.
func (r *Run) look(pid int) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return
	}
	if peak := kibibytes(text, "VmHWM:"); peak > 0 {
		r.PeakRSS = peak
	}
	if anon := kibibytes(text, "RssAnon:"); anon > 0 {
		r.Anon = append(r.Anon, anon)
	}
}

// kibibytes reads a line such as "VmHWM:   1234 kB" as octets, 0 without one.
func kibibytes(status []byte, field string) int64 {
	_, rest, _ := bytes.Cut(status, []byte(field))
	words := strings.Fields(string(rest[:min(len(rest), 40)]))
	if len(words) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(words[0], 10, 64)
	return n << 10
}

// Daemon starts a server that runs until stop is called; stop may be called twice.
func (c *Command) Daemon(ctx context.Context) (stop func(), err error) {
	var out bytes.Buffer
	cmd := c.exec(ctx)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}, nil
}
