package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"go.etcd.io/bbolt"
)

// rewriteTx is how many octets of records a rewriter puts into one transaction:
// what of the new file lies in memory at one time.
const rewriteTx = 8 << 20

// rewriter writes a store file anew, beside the place it is meant for: records
// come in any order, best in that of their keys, and go to the disk in bounded
// transactions. The file gets its name when it is whole and synced, or never.
type rewriter struct {
	target string // where it is meant for, symbolic links resolved
	temp   string
	db     *bbolt.DB
	tx     *bbolt.Tx
	tables map[string]*bbolt.Bucket // of tx
	held   int                      // octets put into tx
}

// newRewriter begins a file with all tables of this version, meant for path.
// With locked the caller holds the lock of the file that is there: what lies
// about under the temporary name is then left over from a process that was killed.
func newRewriter(path string, locked bool) (*rewriter, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		target, err = path, nil
	}
	if err != nil {
		return nil, err
	}
	w := &rewriter{target: target}
	if w.temp, err = tempFor(target, locked); err != nil {
		return nil, err
	}
	opt := boltOptions(false, time.Second)
	opt.NoSync, opt.NoFreelistSync, opt.NoGrowSync = true, true, true // done once, by finish
	if w.db, err = bbolt.Open(w.temp, 0o600, opt); err != nil {
		return nil, errors.Join(err, os.Remove(w.temp))
	}
	if err := w.begin(); err != nil {
		w.abort()
		return nil, err
	}
	return w, nil
}

// tempFor makes an empty file in target's folder.
func tempFor(target string, locked bool) (string, error) {
	dir, base := filepath.Split(target)
	if !locked {
		f, err := os.CreateTemp(filepath.Clean(dir), "."+base+"-*")
		if err != nil {
			return "", err
		}
		return f.Name(), f.Close()
	}
	name := filepath.Join(dir, "."+base+".new")
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	return name, f.Close()
}

// begin opens the next transaction.
func (w *rewriter) begin() (err error) {
	if w.tx, err = w.db.Begin(true); err != nil {
		return err
	}
	w.tables, w.held = make(map[string]*bbolt.Bucket, len(allBuckets)), 0
	for _, name := range allBuckets {
		b, err := w.tx.CreateBucketIfNotExists(name)
		if err != nil {
			return err
		}
		b.FillPercent = 1 // records come in order: no page will be split again soon
		w.tables[string(name)] = b
	}
	return nil
}

// bucket returns a table, for reading back and for its counter. It is good until
// the next put.
func (w *rewriter) bucket(table []byte) *bbolt.Bucket { return w.tables[string(table)] }

// put writes one record; key and value must stay as they are until [rewriter.finish]
// or the end of the transaction they were read in.
func (w *rewriter) put(table, key, value []byte) error {
	if err := w.bucket(table).Put(key, value); err != nil {
		return err
	}
	w.held += len(key) + len(value)
	if w.held < rewriteTx {
		return nil
	}
	return w.commit()
}

// commit ends the transaction and begins the next. bbolt keeps the keys it is
// given until then, so that whoever reads them out of another file keeps that open.
func (w *rewriter) commit() error {
	tx := w.tx
	w.tx = nil
	if err := tx.Commit(); err != nil {
		return err
	}
	return w.begin()
}

// abort removes what was written. After finish it does nothing.
func (w *rewriter) abort() {
	if w.temp == "" {
		return
	}
	if w.tx != nil {
		_ = w.tx.Rollback()
		w.tx = nil
	}
	if w.db != nil {
		_ = closeDB(w.db)
		w.db = nil
	}
	_ = os.Remove(w.temp)
	w.temp = ""
}

// finish brings the whole file to the disk, still under its temporary name, and
// gives it the mode and, where allowed, the owner of like (nil for none).
func (w *rewriter) finish(like os.FileInfo) error {
	tx := w.tx
	w.tx = nil
	if err := tx.Commit(); err != nil {
		return err
	}
	w.db.NoFreelistSync = false
	if err := w.db.Update(func(*bbolt.Tx) error { return nil }); err != nil { // writes the list of free pages
		return err
	}
	err := w.db.Close()
	w.db = nil
	return firstFailed(
		func() error { return err },
		func() error { return trim(w.temp) },
		func() error { return dressAs(w.temp, like) },
		func() error { return syncFile(w.temp) })
}

// trim cuts off what bbolt added at the file's end for later growth.
func trim(path string) error {
	in, err := openInspector(path)
	if err != nil {
		return err
	}
	err = in.start()
	if closing := in.f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Truncate(path, int64(in.meta.high)*in.meta.pageSize)
}

// dressAs gives the file at path the mode and owner of like.
func dressAs(path string, like os.FileInfo) error {
	if like == nil {
		return nil
	}
	if err := os.Chmod(path, like.Mode().Perm()); err != nil {
		return err
	}
	return chownAs(path, like)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return firstError(f.Sync(), f.Close())
}

// replace gives the finished file the target's name. old is the target as it is
// open and locked by us: closed before where a system renames no open files.
func (w *rewriter) replace(old *bbolt.DB) error {
	if runtime.GOOS == "windows" {
		_ = closeDB(old)
	}
	if err := os.Rename(w.temp, w.target); err != nil {
		return err
	}
	w.temp = ""
	return syncParent(w.target)
}

// syncParent makes path's name last.
func syncParent(path string) error { return syncDir(filepath.Dir(path)) }

// create gives the finished file the target's name if nothing has it.
func (w *rewriter) create() error {
	if err := publish(w.temp, w.target); err != nil {
		return err
	}
	_ = os.Remove(w.temp) // where it was linked
	w.temp = ""
	return syncParent(w.target)
}

// publish makes what is at temp be at path too; it never replaces.
func publish(temp, path string) error {
	err := os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	return os.Rename(temp, path) // where a file system has no links
}

// setAside keeps the file at path, which stays, under another name too: base,
// or base.2, base.3 ... never one that is taken. It returns the name.
func setAside(path, base string) (string, error) {
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s.%d", base, n)
		}
		err := os.Link(path, name)
		switch {
		case err == nil:
			return name, syncDir(filepath.Dir(name))
		case errors.Is(err, fs.ErrExist):
			if sameFile(path, name) { // of an attempt that was killed before it could replace path
				return name, nil
			}
			continue
		}
		if _, err := os.Lstat(name); err == nil {
			continue
		}
		return name, copyFile(path, name) // where a file system has no links
	}
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// copyFile copies from to to, which must not exist, and syncs it.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(to)
		}
	}()
	_, err = io.Copy(out, in)
	return firstError(err, out.Sync(), out.Close(), syncDir(filepath.Dir(to)))
}
