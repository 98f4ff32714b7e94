package hurt

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk mounts a file system of so many MB, which resize changes.
func disk(t *testing.T, mb int) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // for those who are not root
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=755", mb)); err != nil {
		t.Skip("SKIPPED: needs root to mount a tmpfs")
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func remount(t *testing.T, dir string, flags uintptr, options string) {
	t.Helper()
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, options); err != nil {
		t.Fatal(err)
	}
}

// needs returns the path of a program, or skips.
func needs(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skip("SKIPPED: needs " + program + ", run make deps")
	}
	return path
}

// wide is a hunt whose names that wait fill a few MB within seconds.
func wide(db string, more ...string) []string {
	return append([]string{"hunt", "--lab", "-p", "[a-z]{4}", "-t", "com", "--density", "0.5", "-q", "--db", db}, more...)
}

// intact demands that the store is sound and has every name that was printed.
func intact(t *testing.T, home, db, printed string) {
	t.Helper()
	checked := vacant(t, home, "store", "verify", "--db", db)
	checked.want(t, "verify", 0)
	exported := vacant(t, home, "export", "--db", db, "--lab", "--lab-tlds", "com", "--density", "0.5", "-q")
	exported.want(t, "export", 0)
	have := lines(exported.stdout)
	for name := range lines(printed) {
		if !have[name] {
			t.Errorf("%s was printed and is not in the store", name)
		}
	}
}

// told demands that the error line names the file.
func told(t *testing.T, e ended, path string) {
	t.Helper()
	if !strings.Contains(e.stderr, path) || !strings.Contains(e.stderr, "vacant: hint: ") {
		t.Errorf("said %q: want the path %s and a hint", e.stderr, path)
	}
}

func TestDiskFullInTheMiddleOfAHunt(t *testing.T) {
	home, dir := t.TempDir(), disk(t, 4)
	db := filepath.Join(dir, "vacant.db")
	full := vacant(t, home, wide(db)...)
	full.want(t, "a hunt onto a full disk", 74)
	told(t, full, db)
	intact(t, home, db, full.stdout)
	remount(t, dir, 0, "size=512m")
	on := vacant(t, home, wide(db, "--deadline", "2s")...)
	on.want(t, "the same hunt, with room again", 5)
	if len(lines(on.stdout)) == 0 {
		t.Error("nothing was found after there was room again")
	}
	intact(t, home, db, on.stdout)
}

func TestFileThatMayNotGrow(t *testing.T) {
	prlimit := needs(t, "prlimit")
	home := t.TempDir()
	db := filepath.Join(home, "vacant.db")
	e := through(t, home, []string{prlimit, "--fsize=2000000"}, wide(db)...)
	e.want(t, "a hunt with a limit on file sizes", 74)
	told(t, e, db)
	intact(t, home, db, e.stdout)
}

func TestReadOnlyFolder(t *testing.T) {
	home, dir := t.TempDir(), disk(t, 256)
	db := filepath.Join(dir, "vacant.db")
	first := vacant(t, home, wide(db, "--deadline", "1s")...)
	first.want(t, "the first hunt", 5)
	remount(t, dir, syscall.MS_RDONLY, "")
	for _, args := range [][]string{wide(db), wide(filepath.Join(dir, "new.db")), wide(filepath.Join(dir, "sub", "new.db")),
		{"store", "compact", "--db", db}} {
		e := vacant(t, home, args...)
		e.want(t, strings.Join(args, " "), 74)
		if !strings.Contains(e.stderr, dir) {
			t.Errorf("said %q: want the path", e.stderr)
		}
	}
	intact(t, home, db, first.stdout)
}

func TestSomebodyElsesFile(t *testing.T) {
	setpriv := needs(t, "setpriv")
	home, dir := t.TempDir(), disk(t, 256)
	db := filepath.Join(dir, "vacant.db")
	hunted := vacant(t, home, wide(db, "--deadline", "1s")...)
	hunted.want(t, "the first hunt", 5)
	program := filepath.Join(dir, "vacant") // where nobody may run it
	data, err := os.ReadFile(binary)
	if err == nil {
		remount(t, dir, 0, "size=512m")
		err = os.WriteFile(program, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"export", "--db", db}, {"store", "verify", "--db", db}, {"store", "compact", "--db", db},
		{"store", "recover", "--db", db}, wide(db), wide(filepath.Join(dir, "new.db"))} {
		cmd := exec.Command(setpriv, append([]string{"--reuid=65534", "--regid=65534", "--clear-groups", program}, args...)...)
		var talk bytes.Buffer
		cmd.Dir, cmd.Stderr, cmd.Env = dir, &talk, []string{"PATH=" + os.Getenv("PATH")}
		_ = cmd.Run()
		e := ended{code: cmd.ProcessState.ExitCode(), stderr: talk.String()}
		e.want(t, strings.Join(args, " "), 74)
		if !strings.Contains(e.stderr, "permission denied") {
			t.Errorf("said %q", e.stderr)
		}
	}
}

// What writes the whole file anew leaves the old one as it was when there is no room.
func TestNoRoomToWriteAnew(t *testing.T) {
	home, dir := t.TempDir(), disk(t, 4)
	db := filepath.Join(dir, "vacant.db")
	for _, tt := range []struct {
		name string
		file []byte
		args []string
	}{
		{"compact", hunted(t, 4<<20), []string{"store", "compact"}},
		{"convert", schema1(t), []string{"hunt", "--lab", "-t", "com,io", "-q", "a.com"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(db, tt.file, 0o600); err != nil {
				t.Fatal(err)
			}
			ballast(t, dir)
			e := vacant(t, home, append(tt.args, "--db", db)...)
			e.want(t, tt.name, 74)
			told(t, e, db)
			if data, err := os.ReadFile(db); err != nil || !bytes.Equal(data, tt.file) {
				t.Errorf("the store is not as it was: %v", err)
			}
			if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 {
				t.Errorf("left in the folder: %v, %v", entries, err)
			}
		})
	}
}

// ballast leaves no more than 64 KB free.
func ballast(t *testing.T, dir string) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	free := int(st.Bavail)*int(st.Bsize) - 64<<10
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, max(free, 0)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// hunted returns a store of about half the octets given.
func hunted(t *testing.T, size int64) []byte {
	t.Helper()
	home := t.TempDir()
	db := filepath.Join(home, "vacant.db")
	for n := 0; n < 20; n++ {
		e := vacant(t, home, wide(db, "--deadline", "300ms")...)
		e.want(t, "hunt", 5)
		if info, err := os.Stat(db); err == nil && info.Size() >= size/2 {
			break
		}
	}
	done := vacant(t, home, "store", "compact", "--db", db)
	done.want(t, "compact", 0)
	data, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// schema1 returns a store of version 1.
func schema1(t *testing.T) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "store", "testdata", "schema1", "vacant.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
