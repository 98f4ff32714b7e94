//go:build !windows

package store

import (
	"path/filepath"

	"github.com/google/renameio/v2"
)

// unixFile is renameio's pending file, and the folder it is in.
type unixFile struct {
	*renameio.PendingFile
	dir string
}

// newPendingFile makes a file beside target. It takes target's permissions, or
// for a new file those that the umask leaves of rw-rw-rw-.
func newPendingFile(target string) (pendingFile, error) {
	dir := filepath.Dir(target)
	f, err := renameio.NewPendingFile(target, renameio.WithTempDir(dir), renameio.WithPermissions(0o666), renameio.WithExistingPermissions())
	if err != nil {
		return nil, err
	}
	return &unixFile{f, dir}, nil
}

func (f *unixFile) replace() error {
	if err := f.CloseAtomicallyReplace(); err != nil {
		return err
	}
	return syncDir(f.dir)
}

func (f *unixFile) remove() error { return f.Cleanup() }
