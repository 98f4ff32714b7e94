package store

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
const childEnv = "VACANT_STORE_TEST_CHILD"

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

var children = map[string]func(args []string) error{
	"hold":  childHolds,
	"hunt":  childHunts,
	"lists": childLists,
	"open":  childOpens,
}

// child returns the command that runs job in a process of its own.
func child(t *testing.T, job string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	// The race detector would sleep a second at each exit.
	cmd.Env = append(os.Environ(), childEnv+"="+job, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = new(bytes.Buffer)
	return cmd
}

// t0 is when most tests play.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a wall clock that tests set.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

// tester is what helpers need of a *testing.T, and a *rapid.T has too.
type tester interface {
	Helper()
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

func open(t *testing.T, path string, c *clock) *Store {
	t.Helper()
	s, err := Open(path, Options{World: "test", Command: "vacant test", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		checkFile(t, path)
	})
	return s
}

func checkFile(t tester, path string) {
	t.Helper()
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Error(err)
		return
	}
	if err := firstError(s.Check(), s.Close()); err != nil {
		t.Error(err)
	}
}

func fresh1(t *testing.T) (*Store, *clock) {
	t.Helper()
	c := &clock{t0}
	return open(t, filepath.Join(t.TempDir(), "vacant.db"), c), c
}

func begin(t tester, s *Store, info RunInfo) *Run {
	t.Helper()
	if info.ID == "" {
		info.ID = "run"
	}
	r, err := s.Begin(info)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func finish(t tester, r *Run) {
	t.Helper()
	if err := r.Finish(vacant.Counts{}, "done"); err != nil {
		t.Fatal(err)
	}
}

// listBatch is a batch of names of a list.
func listBatch(names ...string) *vacant.Batch {
	b := new(vacant.Pool).Get()
	for _, name := range names {
		b.AppendName(vacant.Name(name), vacant.NoIndex)
	}
	b.Servers = vacant.NewServers()
	return b
}

// spaceBatch is a batch of the indexes [lo, hi) of the test space.
func spaceBatch(lo, hi uint64) *vacant.Batch {
	b := new(vacant.Pool).Get()
	for i := lo; i < hi; i++ {
		b.Append(spaceName(nil, i), i)
	}
	b.Servers = vacant.NewServers()
	return b
}

// spaceName is the name at index i of the test space, sorted as its index.
func spaceName(dst []byte, i uint64) []byte {
	var label [8]byte
	for k := len(label) - 1; k >= 0; k-- {
		label[k], i = byte('a'+i%26), i/26
	}
	return append(append(dst, label[:]...), ".com"...)
}

// answer gives every name of b status at time at.
func answer(b *vacant.Batch, at time.Time, status func(i int) vacant.Status) {
	server := b.Servers.Intern("192.0.2.1:53")
	for i := range b.Answers {
		st := status(i)
		a := vacant.Answer{At: uint32(at.Unix()), RTT: 12, Server: server, Status: st}
		switch st {
		case vacant.StatusUnasked:
			a = vacant.Answer{}
		case vacant.StatusNXDomain:
			a.Rcode, a.Flags = 3, vacant.FlagProven
		case vacant.StatusTimeout:
			a.Rcode = vacant.RcodeNone
		}
		b.Answers[i] = a
	}
}

func all(s vacant.Status) func(int) vacant.Status { return func(int) vacant.Status { return s } }

// names copies the names of b.
func names(b *vacant.Batch) []string {
	out := []string{}
	for i := range b.Len() {
		out = append(out, string(b.Name(i)))
	}
	return out
}

func available(t tester, name string, at time.Time) vacant.Result {
	t.Helper()
	r, err := vacant.NewAvailable(vacant.Name(name), vacant.Proof{
		DNS:           vacant.DNSProof{At: at, Status: vacant.StatusNXDomain, Rcode: 3, Server: "192.0.2.1:53", Flags: vacant.FlagProven},
		Registry:      vacant.Evidence{At: at, Kind: vacant.KindRDAP, Asked: name, Server: "rdap.example", Code: "404", Says: "available"},
		ControlBefore: at, ControlAfter: at,
	}, at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func registered(name string, at, expires time.Time) vacant.Result {
	r := vacant.NewRegistered(vacant.Name(name), vacant.Active)
	r.CheckedAt, r.Method, r.ExpiresAt, r.Registrar = at, "rdap", expires, "Example, Inc."
	return r
}

func undetermined(name string, why vacant.Reason, at, retry time.Time) vacant.Result {
	r := vacant.NewUndetermined(vacant.Name(name), why, retry)
	r.CheckedAt, r.Method = at, "rdap"
	return r
}
