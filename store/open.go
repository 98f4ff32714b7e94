package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// schemaVersion is that of the layout in schema.go. A file with a greater one
// is left alone: [ErrNewer].
const schemaVersion = 2

// closeWait bounds the closing of a file: one that turned out damaged while it
// was written may keep bbolt's locks for ever, and the process must still end.
const closeWait = 5 * time.Second

// Open opens or creates the store at path. Its errors are in errors.go; others
// wrap the operating system's.
func Open(path string, opt Options) (*Store, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if err := prepare(path, opt); err != nil {
		return nil, err
	}
	db, err := openDB(path, opt.ReadOnly, opt.LockWait)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, db: db, now: opt.Now, readOnly: opt.ReadOnly}
	if err := firstFailed(
		func() error { return s.migrate(opt) },
		func() error { return s.adopt(opt.World) }); err != nil {
		_ = closeDB(s.db)
		return nil, err
	}
	if opt.ReadOnly {
		dropHolder(path) // a shared lock is proof that no writer lives
		readAhead(db)
	} else {
		noteHolder(path, opt.Command, opt.Now())
	}
	return s, nil
}

// prepare makes sure that there is a store file at path, if one may be made.
func prepare(path string, opt Options) error {
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open store: %w", err)
	case opt.ReadOnly:
		return fmt.Errorf("%w: %w", ErrNoStore, err)
	case opt.World == "":
		return fmt.Errorf("%w, and no world to make one for: %w", ErrNoStore, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("create store: %w", err)
	}
	err = createDB(path, func(tx *bbolt.Tx) error { return makeSchema(tx, opt.World, opt.Now()) })
	if err != nil {
		return fmt.Errorf("create store: %w", err)
	}
	return nil
}

// createDB makes a bbolt file that appears under its name only when fill has
// been committed, so that a process killed here leaves no half-made store. If
// another process is quicker, its file stays.
func createDB(path string, fill func(*bbolt.Tx) error) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	name := temp.Name()
	defer func() { _ = os.Remove(name) }()
	if err := temp.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(name, 0o600, boltOptions(false, time.Second))
	if err != nil {
		return wrapIO(path, err)
	}
	if err := firstError(db.Update(fill), db.Close()); err != nil {
		return wrapIO(path, err)
	}
	// Link, unlike Rename, never replaces. Where a file system has no links the
	// rename is next best: two first runs in the same instant are rarer still.
	if err := os.Link(name, path); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(name, path); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a new name in dir last. Windows cannot, and does not need to.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) {
		err = nil // some file systems sync no directories
	}
	return firstError(err, d.Close())
}

func boltOptions(readOnly bool, wait time.Duration) *bbolt.Options {
	// bbolt takes a zero Timeout for "for ever".
	return &bbolt.Options{ReadOnly: readOnly, Timeout: max(wait, 1), FreelistType: bbolt.FreelistMapType, NoStatistics: true}
}

// openDB opens a file that exists, having looked at its structure first: bbolt
// itself panics, faults or spins on many kinds of damage.
func openDB(path string, readOnly bool, wait time.Duration) (*bbolt.DB, error) {
	if err := inspect(path); err != nil {
		return nil, confirmDamage(path, err)
	}
	return openBolt(path, readOnly, wait)
}

// A file grows by a sixteenth of what it has, within these bounds, in octets: a
// step costs a sync of the disk, and what is not used yet is part of the file. bbolt's own
// 16 MB would be most of the file of a run of some hundred thousand names.
const (
	growLeast = 1 << 20
	growMost  = 16 << 20
)

func growth(size int64) int { return int(min(max(size/16, growLeast), growMost)) }

// openBolt opens and locks a file that is not known to be damaged. A file that
// was replaced while its lock was waited for ("store compact" does that) is
// left for the one that has its name now.
func openBolt(path string, readOnly bool, wait time.Duration) (*bbolt.DB, error) {
	for end := time.Now().Add(wait); ; {
		var opened os.FileInfo
		opt := boltOptions(readOnly, max(time.Until(end), 0))
		opt.OpenFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag&^os.O_CREATE, perm)
			if err == nil {
				opened, err = f.Stat()
			}
			return f, err
		}
		var db *bbolt.DB
		err := guard(path, func() (err error) {
			db, err = bbolt.Open(path, 0o600, opt)
			return err
		})
		if err != nil {
			return nil, openError(path, err)
		}
		db.AllocSize = growLeast // see Store.update
		if now, err := os.Stat(path); err == nil && os.SameFile(opened, now) {
			return db, nil
		}
		_ = closeDB(db)
	}
}

// noStore makes an error of opening a file that is not there [ErrNoStore].
func noStore(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrNoStore, err)
	}
	return err
}

// confirmDamage looks again under a lock: a file that another process is
// writing may look damaged to one that reads along. Opening read-only touches
// no page but the two meta pages, which bbolt checks.
func confirmDamage(path string, found error) error {
	if !errors.Is(found, ErrDamaged) {
		return found
	}
	var db *bbolt.DB
	err := guard(path, func() (err error) {
		db, err = bbolt.Open(path, 0o600, boltOptions(true, 0))
		return err
	})
	if errors.Is(err, berrors.ErrTimeout) {
		return lockedError(path)
	}
	if err != nil {
		return found
	}
	defer func() { _ = closeDB(db) }()
	if again := inspect(path); again != nil {
		return again
	}
	return lockedError(path) // it was being written a moment ago
}

func openError(path string, err error) error {
	switch {
	case err == nil, errors.Is(err, ErrDamaged):
		return err
	case errors.Is(err, berrors.ErrTimeout):
		return lockedError(path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return damaged(path, err)
	case errors.As(err, new(*fs.PathError)), errors.As(err, new(*os.SyscallError)), errors.As(err, new(syscall.Errno)):
		return fmt.Errorf("open store: %w", err)
	}
	return damaged(path, err) // what bbolt says in words of its own: "file size too small"
}

// closeDB closes db, waiting no longer than closeWait.
func closeDB(db *bbolt.DB) error {
	done := make(chan error, 1)
	go func() { done <- db.Close() }()
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return fmt.Errorf("close store %s: %w: a transaction never ended", db.Path(), ErrDamaged)
	}
}

func makeSchema(tx *bbolt.Tx, world string, now time.Time) error {
	for _, name := range allBuckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(bucketMeta)
	stamp, err := now.UTC().MarshalText()
	return firstError(err,
		meta.Put(metaSchema, binary.BigEndian.AppendUint32(nil, schemaVersion)),
		meta.Put(metaWorld, []byte(world)),
		meta.Put(metaMade, stamp))
}

// adopt checks the schema and takes the file's world.
func (s *Store) adopt(want string) error {
	return s.view(func(tx *bbolt.Tx) error {
		var err error
		if s.schema, err = checkSchema(tx, s.path); err != nil {
			return err
		}
		s.world = string(tx.Bucket(bucketMeta).Get(metaWorld))
		return sameWorld(tx, s.path, want)
	})
}

// sameWorld refuses a file of another world than want, "" for any.
func sameWorld(tx *bbolt.Tx, path, want string) error {
	if have := string(tx.Bucket(bucketMeta).Get(metaWorld)); want != "" && want != have {
		return &WorldError{Path: path, Have: have, Want: want}
	}
	return nil
}

// checkSchema returns the version of the file's layout, which is this one's or,
// in a file opened for reading, an older one.
func checkSchema(tx *bbolt.Tx, path string) (uint32, error) {
	v, err := schemaOf(tx, path)
	if err != nil {
		return 0, err
	}
	for _, name := range bucketsOf(v) {
		if tx.Bucket(name) == nil {
			return 0, damaged(path, fmt.Errorf("its table %q is missing", name))
		}
	}
	return v, nil
}

func schemaOf(tx *bbolt.Tx, path string) (uint32, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return 0, damaged(path, errors.New("it is no store of vacant"))
	}
	schema := meta.Get(metaSchema)
	if len(schema) != 4 || binary.BigEndian.Uint32(schema) == 0 {
		return 0, damaged(path, errors.New("its schema version cannot be read"))
	}
	v := binary.BigEndian.Uint32(schema)
	if v > schemaVersion {
		return 0, fmt.Errorf("%w: %s has schema %d, this program knows %d", ErrNewer, path, v, schemaVersion)
	}
	return v, nil
}

// bucketsOf returns the tables of a version of the layout.
func bucketsOf(schema uint32) [][]byte {
	if schema == 1 {
		return bucketsOf1
	}
	return allBuckets
}
