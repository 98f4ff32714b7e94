package store

import (
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// Compacted says what Compact did.
type Compacted struct {
	Path   string `json:"path"`
	Before int64  `json:"before"` // octets of the file
	After  int64  `json:"after"`
}

// Compact writes the file anew without its free pages and puts the new one in
// the old one's place: whole or not at all. Nothing in it changes. The old file
// is locked meanwhile, and both are on the disk at the end of it, so that there
// must be room for a second one.
func Compact(path string, opt Options) (c Compacted, err error) {
	before, err := os.Stat(path)
	if err != nil {
		return c, fmt.Errorf("compact store: %w", noStore(err))
	}
	s, err := Open(path, opt)
	if err != nil {
		return c, err
	}
	defer func() { err = firstError(err, s.Close()) }()
	c.Path, c.Before = path, before.Size()
	info, err := os.Stat(path)
	if err != nil {
		return c, fmt.Errorf("compact store: %w", err)
	}
	if err := s.rewrite(info, (*rewriter).copyTables, nil); err != nil {
		return c, fmt.Errorf("compact store: %w", err)
	}
	if info, err = os.Stat(path); err != nil {
		return c, fmt.Errorf("compact store: %w", err)
	}
	c.After = info.Size()
	return c, nil
}

// rewrite replaces the file by what fill writes. before, if there is one, is
// called when that is whole and on the disk, with the path of the file to be replaced.
func (s *Store) rewrite(like os.FileInfo, fill func(*rewriter, *bbolt.Tx) error, before func(path string) error) error {
	w, err := newRewriter(s.path, true)
	if err != nil {
		return wrapIO(s.path, err)
	}
	defer w.abort()
	if err := s.view(func(tx *bbolt.Tx) error { return fill(w, tx) }); err != nil {
		return wrapIO(w.target, err)
	}
	return wrapIO(w.target, firstFailed(
		func() error { return w.finish(like) },
		func() error {
			if before == nil {
				return nil
			}
			return before(w.target)
		},
		func() error { return w.replace(s.db) }))
}

// copyTables copies every table as it is, with its counter.
func (w *rewriter) copyTables(from *bbolt.Tx) error {
	for _, name := range allBuckets {
		if err := w.copyTable(from, name); err != nil {
			return err
		}
	}
	return nil
}

// copyTable copies one table, if there is one, with its counter.
func (w *rewriter) copyTable(from *bbolt.Tx, name []byte) error {
	b := from.Bucket(name)
	if b == nil {
		return nil
	}
	if err := w.bucket(name).SetSequence(b.Sequence()); err != nil {
		return err
	}
	return b.ForEach(func(k, v []byte) error { return w.put(name, k, v) })
}
