package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// values are small values by key. What get returns is good within the call of do.
type values interface {
	get(key string) []byte
	put(key string, value []byte) error
}

// budgetVersion is that of the layout of budget.db.
const budgetVersion = 1

// box holds values. do runs fn alone: no other process or goroutine changes
// them in between, and an error of fn leaves them as they were. Only with write
// may fn put; without it the call costs no sync of the disk.
type box interface {
	do(ctx context.Context, write bool, fn func(values) error) error
}

// memoryBox is the box of one process. Budgets' turn guards it.
type memoryBox map[string][]byte

func (m memoryBox) do(_ context.Context, _ bool, fn func(values) error) error { return fn(m) }

func (m memoryBox) get(key string) []byte { return m[key] }

func (m memoryBox) put(key string, value []byte) error {
	m[key] = value
	return nil
}

// fileBox is a bbolt file that is opened for each call alone.
type fileBox struct{ path string }

// lockPatience is how long one attempt waits for the file's lock; attempts go
// on until the context ends.
const lockPatience = 200 * time.Millisecond

var (
	bucketBudgets = []byte("budgets")
	budgetSchema  = []byte("\x00schema") // beside keys that start with a word
)

func openFileBox(path string) (*fileBox, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = firstFailed(
			func() error { return os.MkdirAll(filepath.Dir(path), 0o700) },
			func() error { return createDB(path, makeBudgets) })
	}
	if err != nil {
		return nil, err
	}
	f := &fileBox{path}
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	return f, f.do(ctx, false, func(v values) error { return checkBudgets(path, v.get(string(budgetSchema))) })
}

func makeBudgets(tx *bbolt.Tx) error {
	b, err := tx.CreateBucket(bucketBudgets)
	if err != nil {
		return err
	}
	return b.Put(budgetSchema, binary.BigEndian.AppendUint32(nil, budgetVersion))
}

func checkBudgets(path string, schema []byte) error {
	if len(schema) != 4 {
		return damaged(path, errors.New("its schema version cannot be read"))
	}
	if v := binary.BigEndian.Uint32(schema); v > budgetVersion {
		return fmt.Errorf("%w: %s has schema %d, this program knows %d", ErrNewer, path, v, budgetVersion)
	}
	return nil
}

// do opens the file, which locks it, runs fn in one transaction, and closes it.
func (f *fileBox) do(ctx context.Context, write bool, fn func(values) error) (err error) {
	db, err := f.open(ctx, write)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, closeDB(db)) }()
	transact := db.View
	if write {
		transact = db.Update
	}
	err = guard(f.path, func() error {
		return transact(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketBudgets)
			if b == nil {
				return damaged(f.path, errors.New("it holds no budgets"))
			}
			return fn(boltValues{b})
		})
	})
	if errors.Is(err, errRecord) {
		return damaged(f.path, err)
	}
	if write {
		return wrapIO(f.path, err)
	}
	return err
}

func (f *fileBox) open(ctx context.Context, write bool) (*bbolt.DB, error) {
	for {
		db, err := openDB(f.path, !write, lockPatience)
		var locked *LockedError
		if !errors.As(err, &locked) {
			return db, err
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}

type boltValues struct{ b *bbolt.Bucket }

func (v boltValues) get(key string) []byte { return v.b.Get([]byte(key)) }

func (v boltValues) put(key string, value []byte) error { return v.b.Put([]byte(key), value) }
