package store

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeSink(t tester, path, text string) {
	t.Helper()
	k, err := CreateSink(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(k, text); err != nil {
		t.Fatal(err)
	}
	if err := k.Commit(); err != nil {
		t.Fatal(err)
	}
	k.Abort() // does nothing now
}

func wantFile(t tester, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v, want %q", path, got, err, want)
	}
}

func wantEntries(t tester, dir string, n int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != n {
		t.Errorf("%d files in the folder, want %d: %v %v", len(entries), n, entries, err)
	}
}

func TestSinkReplacesWholeFilesOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	k, err := CreateSink(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(k, "half"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there before Commit: %v", err)
	}
	k.Abort()
	wantEntries(t, dir, 0)

	writeSink(t, path, "one\n")
	wantFile(t, path, "one\n")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	writeSink(t, path, "two\n")
	wantFile(t, path, "two\n")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("permissions %v, %v", info.Mode(), err)
	}
	wantEntries(t, dir, 1)
}

func TestSinkFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	sub := filepath.Join(dir, "sub")
	if err := os.Mkdir(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	link, second := filepath.Join(dir, "link.csv"), filepath.Join(dir, "second.csv")
	for old, newName := range map[string]string{filepath.Join("sub", "target.csv"): link, "link.csv": second} {
		if err := os.Symlink(old, newName); err != nil {
			t.Fatal(err)
		}
	}
	target := filepath.Join(sub, "target.csv")
	writeSink(t, second, "made\n") // dangling
	wantFile(t, target, "made\n")
	writeSink(t, link, "replaced\n")
	wantFile(t, target, "replaced\n")
	for _, l := range []string{link, second} {
		if info, err := os.Lstat(l); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v", l, err)
		}
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	if _, err := CreateSink(loop, nil); err == nil {
		t.Error("a link to itself is opened")
	}
}

func TestSinkErrorsComeBeforeTheHunt(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"no folder": filepath.Join(dir, "none", "out.csv"), "a folder": dir,
		"below a file": filepath.Join(file, "out.csv"), "nothing": "", "no stdout": "-"} {
		if _, err := CreateSink(path, nil); err == nil {
			t.Errorf("%s: opened", name)
		} else if path != "" && path != "-" && !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error does not name it: %v", name, err)
		}
	}
}

func TestSinkStdoutIsWrittenAtOnce(t *testing.T) {
	var out bytes.Buffer
	for _, path := range []string{"-", "/dev/stdout"} {
		out.Reset()
		k, err := CreateSink(path, &out)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(k, "a"); err != nil || out.String() != "a" {
			t.Errorf("%q, %v", out.String(), err)
		}
		if err := k.Commit(); err != nil {
			t.Error(err)
		}
	}
}

// quickDir is a folder in memory where there is one, since a disk would sync
// each of many files, and how many renames a test may ask of it.
func quickDir(t *testing.T) (dir string, renames int) {
	t.Helper()
	if testing.Short() {
		return t.TempDir(), 100
	}
	dir, err := os.MkdirTemp("/dev/shm", "vacant-sink-*") //nolint:usetesting // in memory, not where TempDir is
	if err != nil {
		return t.TempDir(), 300
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir, 10_000
}

// A reader sees one whole file or the other, never a part.
func TestSinkIsNeverSeenHalf(t *testing.T) {
	dir, renames := quickDir(t)
	path := filepath.Join(dir, "out.csv")
	texts := []string{strings.Repeat("a", 10_000), strings.Repeat("b", 150_000)}
	writeSink(t, path, texts[0])
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range renames {
			writeSink(t, path, texts[i%2])
		}
	}()
	for reads := 0; ; reads++ {
		got, err := os.ReadFile(path)
		if err != nil || (string(got) != texts[0] && string(got) != texts[1]) {
			t.Fatalf("read %d octets, %v", len(got), err)
		}
		select {
		case <-done:
			if reads < 10 {
				t.Errorf("only %d reads", reads)
			}
			return
		default:
		}
	}
}
