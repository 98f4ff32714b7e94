package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vacant"
)

// smallDisk mounts a file system of 4 MB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip("SKIPPED: needs root to mount a tmpfs")
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// A full disk is one clear error; what was committed stays, and after there is
// room again the store goes on.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t)
	path := filepath.Join(dir, "vacant.db")
	c := &clock{t0}
	s, err := Open(path, Options{World: "test", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	r := begin(t, s, RunInfo{ID: "1", Space: [16]byte{1}, SpaceSize: 1 << 30})
	settled := uint64(0)
	for err == nil && settled < 100_000 {
		var results []vacant.Result
		for i := range uint64(100) {
			results = append(results, registered(string(spaceName(nil, settled+i)), c.t, c.t))
		}
		if err = r.Settle(results); err == nil {
			settled += 100
		}
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), path) {
		t.Fatalf("full disk: %v", err)
	}
	b := spaceBatch(0, 20_000)
	answer(b, c.t, all(vacant.StatusNXDomain))
	if err := firstError(r.Answered(b), r.Flush()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("full disk, by a group: %v", err)
	}
	if err := r.Answered(b); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("answers are taken after a commit was lost: %v", err)
	}
	if err := s.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("close: %v", err)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, c)
	if got := len(resultNames(t, s, Query{})); got < int(settled) {
		t.Errorf("%d results of %d committed ones", got, settled)
	}
	r = begin(t, s, RunInfo{ID: "2"})
	settle(t, r, registered("after.com", c.t, c.t))
}

func TestFullDiskLeavesTheOldOutput(t *testing.T) {
	path := filepath.Join(smallDisk(t), "out.csv")
	writeSink(t, path, "old\n")
	k, err := CreateSink(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(k, strings.Repeat("x", 8<<20))
	if err = firstError(err, k.Commit()); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), path) {
		t.Errorf("full disk: %v", err)
	}
	k.Abort()
	wantFile(t, path, "old\n")
	wantEntries(t, filepath.Dir(path), 1)
}

func TestReadOnlyFileSystem(t *testing.T) {
	dir := smallDisk(t)
	path := filepath.Join(dir, "vacant.db")
	c := &clock{t0}
	s, err := Open(path, Options{World: "test", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip("SKIPPED: needs root to mount a tmpfs")
	}
	if _, err := Open(path, Options{World: "test"}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("write: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "new.db"), Options{World: "test"}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("create: %v", err)
	}
	s, err = Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
