package store

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"
)

// reopenWait is how long a file that was just converted is waited for, should
// another process be quicker to lock it.
const reopenWait = 10 * time.Second

// migrate brings a file of an older schema to this one, if it is open for
// writing: it is written anew beside the old one, which keeps its lock
// meanwhile, and takes its place when it is on the disk. The old one stays
// under another name. A file open for reading is read as it is.
func (s *Store) migrate(opt Options) error {
	var old uint32
	err := s.view(func(tx *bbolt.Tx) error {
		var err error
		if old, err = checkSchema(tx, s.path); err != nil {
			return err
		}
		return sameWorld(tx, s.path, opt.World)
	})
	if err != nil || old == schemaVersion || s.readOnly {
		return err
	}
	noteHolder(s.path, opt.Command, opt.Now())
	backup, err := s.convert(old)
	if err != nil {
		dropHolder(s.path)
		return fmt.Errorf("convert store: %w", err)
	}
	if err := closeDB(s.db); err != nil {
		return err
	}
	db, err := openBolt(s.path, false, max(opt.LockWait, reopenWait))
	if err != nil {
		return err
	}
	s.db = db
	if opt.Notice != nil {
		opt.Notice(fmt.Sprintf("the store %s was converted from schema %d to %d; the old file is kept as %s", s.path, old, schemaVersion, backup))
	}
	return nil
}

// convert replaces the file and returns where the old one is.
func (s *Store) convert(old uint32) (backup string, err error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return "", err
	}
	err = s.rewrite(info, (*rewriter).copyOld, func(path string) error {
		var err error
		backup, err = setAside(path, fmt.Sprintf("%s.schema-%d", path, old))
		return err
	})
	return backup, err
}

// copyOld copies what a file of schema 1 holds. What it does not have stays empty.
func (w *rewriter) copyOld(from *bbolt.Tx) error {
	if err := w.copyTables(from); err != nil {
		return err
	}
	if err := w.copyLists(from); err != nil {
		return err
	}
	return w.bucket(bucketMeta).Put(metaSchema, binary.BigEndian.AppendUint32(nil, schemaVersion))
}

// copyLists brings the names of lists into tables.
func (w *rewriter) copyLists(from *bbolt.Tx) error {
	names, err := newListWriter(w.tx)
	if err != nil {
		return err
	}
	n := 0
	err = eachListed(from, func(key []byte, m mark) error {
		if n++; n%listWriterNames == 0 {
			if err := names.finish(); err != nil {
				return err
			}
			if err := w.commit(); err != nil {
				return err
			}
			if names, err = newListWriter(w.tx); err != nil {
				return err
			}
		}
		return names.add(key, m)
	})
	if err != nil {
		return err
	}
	return names.finish()
}
