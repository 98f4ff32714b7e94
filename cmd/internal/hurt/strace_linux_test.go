package hurt

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tracer returns strace with a fault to be injected into the calls that touch a file.
func tracer(t *testing.T, fault string, paths ...string) []string {
	t.Helper()
	line := []string{needs(t, "strace"), "-f", "-qq", "-o", "/dev/null", "-e", "inject=" + fault, "-e", "signal=none"}
	for _, p := range paths {
		line = append(line, "-P", p)
	}
	if out, err := exec.Command(line[0], append(line[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: needs strace and the right to trace (%v: %s), run make deps", err, bytes.TrimSpace(out))
	}
	return line
}

// A disk that fails is exit 74 and one line; what was committed is there, and a
// hunt on a disk that works again goes on from it.
func TestDiskThatFails(t *testing.T) {
	for _, fault := range []string{"fdatasync:error=EIO:when=3+", "fdatasync:error=EIO:when=5", "pwrite64:error=EIO:when=12+",
		"pwrite64:error=ENOSPC:when=20+", "ftruncate:error=EIO:when=1+", "fsync:error=EIO:when=1+"} {
		t.Run(fault, func(t *testing.T) {
			home := t.TempDir()
			db := filepath.Join(home, "vacant.db")
			e := through(t, home, tracer(t, fault, db), wide(db, "--deadline", "20s")...)
			e.want(t, "a hunt", 74)
			told(t, e, db)
			intact(t, home, db, e.stdout)
			on := vacant(t, home, wide(db, "--deadline", "1s")...)
			on.want(t, "the hunt on a disk that works again", 5)
			intact(t, home, db, on.stdout)
		})
	}
}

// A disk that takes seconds for each sync makes a hunt slow, no more: one
// second, or HURT_SYNC of them.
func TestDiskThatIsSlow(t *testing.T) {
	seconds := os.Getenv("HURT_SYNC")
	if seconds == "" {
		seconds = "1"
	}
	home := t.TempDir()
	db := filepath.Join(home, "vacant.db")
	line := append(tracer(t, "fdatasync,fsync:delay_exit="+seconds+"000000", db), binary)
	cmd := exec.Command(line[0], append(line[1:], "hunt", "--lab", "-p", "[a-z]{4}", "-t", "com", "--density", "0.5", "--stats", "200ms", "--db", db)...)
	talk, err := os.Create(filepath.Join(home, "talk"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = talk.Close() }()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Dir = &out, talk, home
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=dumb"}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := childOf(t, cmd.Process.Pid)
	said := func() string {
		text, _ := os.ReadFile(talk.Name())
		return string(text)
	}
	if !waitFor(func() bool { return strings.Contains(said(), "asked=") }) {
		_ = cmd.Process.Kill()
		_ = syscall.Kill(pid, syscall.SIGKILL)
		t.Fatalf("the hunt did not begin: %s", said())
	}
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill(); _ = syscall.Kill(pid, syscall.SIGKILL) })
	start := time.Now()
	_ = cmd.Wait()
	if !late.Stop() {
		t.Fatalf("a stop did not end the hunt: %s", said())
	}
	t.Logf("ended %s after the interrupt", time.Since(start).Round(100*time.Millisecond))
	if code := cmd.ProcessState.ExitCode(); code != 5 {
		t.Errorf("exit code %d: %s", code, said())
	}
	intact(t, home, db, out.String())
}

// childOf returns the process that pid started.
func childOf(t *testing.T, pid int) (child int) {
	t.Helper()
	found := waitFor(func() bool {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		if _, err := fmt.Sscan(string(text), &child); err != nil {
			return false
		}
		exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", child))
		return exe == binary
	})
	if !found {
		t.Fatal("strace started nothing")
	}
	return child
}

// waitFor waits until something is so, for a minute at most.
func waitFor(so func() bool) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for {
		select {
		case <-tick.C:
			if so() {
				return true
			}
		case <-limit:
			return false
		}
	}
}

// Killed at any step of writing the file anew, a store is the old one or the new
// one, and knows the same.
func TestKilledWhileTheFileIsReplaced(t *testing.T) {
	old := schema1(t)
	home := t.TempDir()
	db := filepath.Join(home, "vacant.db")
	export := func() string {
		e := vacant(t, home, "export", "--db", db, "--all", "--stable", "-j")
		e.want(t, "export", 0)
		return e.stdout
	}
	put := func() {
		for _, path := range glob(t, home, "*") {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(db, old, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put()
	want := export()
	killed := 0
	for _, call := range []string{"linkat", "renameat", "renameat2", "rename", "link", "fsync", "ftruncate", "fdatasync", "pwrite64", "fchmodat", "chmod"} {
		for when := 1; when <= 3; when++ {
			put()
			fault := fmt.Sprintf("%s:signal=SIGKILL:when=%d", call, when)
			e := through(t, home, tracer(t, fault), "store", "compact", "--db", db)
			if e.code == 0 {
				break // so many of these calls there are not
			}
			killed++
			if got := export(); got != want {
				t.Errorf("%s: the export is another", fault)
			}
			again := vacant(t, home, "store", "compact", "--db", db)
			again.want(t, fault+", then compact", 0)
			if got := export(); got != want {
				t.Errorf("%s, then compact: the export is another", fault)
			}
			checked := vacant(t, home, "store", "verify", "--db", db)
			checked.want(t, fault+", verify", 0)
			backups := glob(t, home, "vacant.db.schema-1*")
			if len(backups) != 1 {
				t.Errorf("%s: backups %v", fault, backups)
			} else if data, err := os.ReadFile(backups[0]); err != nil || !bytes.Equal(data, old) {
				t.Errorf("%s: the backup is not the old file: %v", fault, err)
			}
			if left := glob(t, home, ".vacant.db*"); len(left) > 0 {
				t.Errorf("%s: left behind: %v", fault, left)
			}
		}
	}
	if killed < 6 {
		t.Errorf("killed %d times: the test shows little", killed)
	}
	t.Logf("killed %d times", killed)
}

func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
