//go:build linux || darwin

package pipeline

import (
	"os"
	"path/filepath"
	"syscall"
)

// freeSpace returns how many octets this user may still write below dir, which
// need not exist yet; -1 where the system does not say.
func freeSpace(dir string) int64 {
	for {
		var st syscall.Statfs_t
		err := syscall.Statfs(dir, &st)
		if err == nil {
			return int64(st.Bavail) * int64(st.Bsize) //nolint:unconvert // their types differ between systems
		}
		parent := filepath.Dir(dir)
		if !os.IsNotExist(err) || parent == dir {
			return -1
		}
		dir = parent
	}
}
