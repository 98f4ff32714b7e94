//go:build !windows

package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

func TestSinkNeverReplacesADevice(t *testing.T) {
	null := nullDevice(t)
	link := filepath.Join(t.TempDir(), "null.csv")
	if err := os.Symlink(null, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{null, link} {
		writeSink(t, path, "gone\n")
		info, err := os.Stat(path)
		if err != nil || info.Mode()&fs.ModeCharDevice == 0 {
			t.Fatalf("%s is no device any more: %v %v", path, info.Mode(), err)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	k, err := CreateSink("/dev/full", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Abort()
	if _, err := io.WriteString(k, "x"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("/dev/full: %v", err)
	}
}

// nullDevice is a null device that a broken sink may destroy: for root one of the
// test's own, since root's mistakes reach the machine's.
func nullDevice(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		return os.DevNull
	}
	path := filepath.Join(t.TempDir(), "null")
	if err := syscall.Mknod(path, syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Skip("SKIPPED: root cannot make a device here")
	}
	if f, err := os.OpenFile(path, os.O_WRONLY, 0); err != nil {
		t.Skip("SKIPPED: devices do not work in the folder for temporary files")
	} else if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSinkWritesIntoAFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		text, _ := os.ReadFile(path)
		read <- string(text)
	}()
	writeSink(t, path, "through\n")
	if got := <-read; got != "through\n" {
		t.Errorf("read %q", got)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("no FIFO any more: %v", err)
	}
}

// "vacant hunt -o /dev/fd/3 3>>file" adds to the file and leaves it in its place.
func TestSinkAppendsToADescriptor(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: needs /proc")
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.WriteString("before\n"); err != nil {
		t.Fatal(err)
	}
	writeSink(t, filepath.Join("/proc/self/fd", fmt.Sprint(f.Fd())), "after\n")
	wantFile(t, f.Name(), "before\nafter\n")
}
