//go:build !windows

package budget

import (
	"errors"
	"os"
	"syscall"
)

// openShared opens the file at path for the time of the process.
func openShared(path string, write bool) (*os.File, error) {
	if write {
		return os.OpenFile(path, os.O_RDWR, 0o600)
	}
	return os.Open(path)
}

// tryLock locks an open file, and reports whether it could. The lock ends with
// unlock, or with the process.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return false, nil
	}
	return err == nil, err
}

func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// keepsOpen says that a file may stay open while it is not locked.
const keepsOpen = true
