//go:build unix

package store

import (
	"os"
	"syscall"
)

// chownAs gives the file at path the owner of like, where we may: root may, and
// everybody else owns the file already or keeps it under his own name.
func chownAs(path string, like os.FileInfo) error {
	st, ok := like.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(path, int(st.Uid), int(st.Gid))
}
