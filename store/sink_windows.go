package store

import (
	"os"
	"path/filepath"
)

// windowsFile is a temporary file. renameio does not build here; os.Rename
// replaces in one step (MoveFileEx).
type windowsFile struct {
	*os.File
	target string
}

func newPendingFile(target string) (pendingFile, error) {
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+"-*")
	if err != nil {
		return nil, err
	}
	return &windowsFile{f, target}, nil
}

func (f *windowsFile) replace() error {
	return firstFailed(f.Sync, f.Close, func() error { return os.Rename(f.Name(), f.target) })
}

func (f *windowsFile) remove() error {
	_ = f.Close()
	return os.Remove(f.Name())
}
