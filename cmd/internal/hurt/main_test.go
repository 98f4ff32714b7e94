package hurt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vacant/cmd/internal/rig"
)

// binary is the built program, made once by TestMain.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	return rig.WithVacant(func(built string) int {
		binary = built
		return m.Run()
	})
}

// ended is how a command ended.
type ended struct {
	code           int // -1 = killed by a signal
	stdout, stderr string
	took           time.Duration
}

// patience is how long a command is waited for before it counts as hanging. It
// is longer than the promise, which is 5 s on a machine with nothing else to do.
const patience = 30 * time.Second

// vacant runs the binary in a home of its own.
func vacant(t *testing.T, home string, args ...string) ended {
	t.Helper()
	return through(t, home, nil, args...)
}

// through is vacant, run by another program: strace, prlimit, setpriv.
func through(t *testing.T, home string, by []string, args ...string) ended {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	line := append(append(append([]string{}, by...), binary), args...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=dumb"}
	cmd.Dir = home
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &talk, time.Second
	start := time.Now()
	err := cmd.Run()
	e := ended{stdout: out.String(), stderr: talk.String(), took: time.Since(start)}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Errorf("vacant %s: hangs\n%s", strings.Join(args, " "), e.stderr)
		e.code = -1
	case errors.As(err, &exit):
		e.code = exit.ExitCode()
	case err != nil:
		t.Fatalf("vacant %s: %v", strings.Join(args, " "), err)
	}
	return e
}

// clean reports what is wrong with how a command ended, "" for nothing: the
// code must be one of codes, and a failure one line with the program's name.
func (e *ended) clean(codes ...int) string {
	known := false
	for _, code := range codes {
		known = known || e.code == code
	}
	errorLines := 0
	for line := range strings.Lines(e.stderr) {
		switch {
		case !strings.HasPrefix(line, "vacant: "):
			return fmt.Sprintf("said %q", line)
		case strings.HasPrefix(line, "vacant: error: "):
			errorLines++
		}
	}
	switch {
	case !known:
		return fmt.Sprintf("exit code %d, want one of %v: %s", e.code, codes, e.stderr)
	case strings.Contains(e.stderr, "goroutine ") || strings.Contains(e.stderr, "panic"):
		return "a trace: " + e.stderr
	case e.code == 0 && errorLines > 0, e.code != 0 && e.code != 5 && errorLines != 1:
		return fmt.Sprintf("exit code %d with %d error lines: %s", e.code, errorLines, e.stderr)
	}
	return ""
}

// want fails the test if the command did not end as it should.
func (e *ended) want(t *testing.T, what string, codes ...int) {
	t.Helper()
	if bad := e.clean(codes...); bad != "" {
		t.Errorf("%s: %s", what, bad)
	}
}

// lines is the set of lines of a text.
func lines(text string) map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(text) {
		set[strings.TrimSpace(line)] = true
	}
	return set
}
