package store

import (
	"os"
	"syscall"

	"go.etcd.io/bbolt"
)

// readAhead lets the system read ahead in a file that is only read: bbolt tells
// it not to, which is right for single records and makes a scan of a file that is
// not in memory one disk access a page. It is a hint: errors mean nothing.
func readAhead(db *bbolt.DB) {
	info, err := os.Stat(db.Path())
	if err != nil || info.Size() == 0 {
		return
	}
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, db.Info().Data, uintptr(info.Size()), syscall.MADV_NORMAL)
}
