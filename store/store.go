// Package store remembers: which candidates were asked, which wait for stage
// two, what was proven about each, and which runs there were. One bbolt file,
// one world. It asks nobody anything and prints nothing.
//
// What must be remembered differs by kind, and so does its form: progress in a
// space is a bitmap per 65,536 indexes; names of lists are exact, in sorted
// tables that are merged; a name that needs or needed the registry has a record
// of its own, and while it waits a place in a queue. Results are committed before anybody may show them.
//
// A [Run] owns one goroutine, which groups what stage one answers into commits;
// [Run.Finish] or [Store.Close] ends it. A [Store] and a [Run] are safe for
// concurrent use.
package store

import (
	"errors"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// Options opens a store.
type Options struct {
	World    string        // the world the names live in: "internet", or the lab's seed, density and TLDs; "" takes the file's own (read commands)
	ReadOnly bool          // shared lock; the file must exist
	LockWait time.Duration // how long to wait for another process's lock; 0 = not at all
	Command  string        // this process's command line, shown to whoever finds the store locked
	Now      func() time.Time
	Notice   func(line string) // told what happened to the file, for the user; nil = nobody asks
}

// Store is an open store file.
type Store struct {
	path     string
	world    string
	schema   uint32 // of the file: schemaVersion, or less in one opened for reading
	db       *bbolt.DB
	now      func() time.Time
	readOnly bool

	// mu guards run and closed.
	mu     sync.Mutex
	run    *Run // the one that goes on, nil if none
	closed bool
}

// Close waits for what is being committed and closes the file. A run that was
// not finished is left without an end. Closing twice does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	run, closed := s.run, s.closed
	s.run, s.closed = nil, true
	s.mu.Unlock()
	if closed {
		return nil
	}
	var err error
	if run != nil {
		if err = run.stop(); errors.Is(err, ErrRunOver) {
			err = nil // Finish failed, and has said why
		}
	}
	if !s.readOnly {
		dropHolder(s.path)
	}
	return firstError(err, closeDB(s.db))
}

// World returns the world the store was made for.
func (s *Store) World() string { return s.world }

// Path returns where the file is.
func (s *Store) Path() string { return s.path }

// view runs fn in a read transaction; damage it meets is an error, not a panic.
// fn must not wait for anything: a commit that needs to grow the map waits for it.
func (s *Store) view(fn func(*bbolt.Tx) error) error {
	return s.explain(guard(s.path, func() error { return s.db.View(fn) }))
}

// update runs fn in a write transaction and syncs the file before it returns.
func (s *Store) update(fn func(*bbolt.Tx) error) error {
	return wrapIO(s.path, s.explain(guard(s.path, func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			s.db.AllocSize = growth(tx.Size()) // under the lock of the only writer, who alone reads it
			return fn(tx)
		})
	})))
}

// explain makes a record that cannot be read what it is: damage.
func (s *Store) explain(err error) error {
	if errors.Is(err, errRecord) {
		return damaged(s.path, err)
	}
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
