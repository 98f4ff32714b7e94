package budget

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	// lockPatience is how long the file's lock is waited for. It is held for
	// microseconds; who holds it longer has been stopped.
	lockPatience = 2 * time.Second
	lockPoll     = 20 * time.Microsecond // ... between the first two attempts
	lockPollMost = 2 * time.Millisecond  // ... and between later ones
	// maxFile is more than any user's operators and endpoints need.
	maxFile = 64 << 20
)

// file is a box that processes share. Budgets' turn guards it.
type file struct {
	path     string
	wall     func() time.Time
	machine  machine
	readOnly bool // it is only looked at
	patience time.Duration

	f     *os.File // nil while it is not open
	head  header
	index index
}

func newFile(path string, wall func() time.Time, m machine) *file {
	return &file{path: path, wall: wall, machine: m, patience: lockPatience}
}

// clock is the file's clock, as it was when the file was last read.
func (b *file) clock() int64 {
	now, _ := b.head.line.now(&b.machine, b.wall().UnixNano(), b.latest)
	return now
}

// do locks the file and runs fn.
func (b *file) do(ctx context.Context, fn func(values) error) (err error) {
	if err := b.acquire(ctx); err != nil {
		return err
	}
	t := &transaction{b: b}
	err = t.begin()
	if err == nil {
		err = fn(t)
	}
	return errors.Join(err, b.release(t.lasting && err == nil))
}

// acquire opens the file if need be and locks it.
func (b *file) acquire(ctx context.Context) error {
	wait, end := lockPoll, time.Now().Add(b.patience)
	for {
		locked, err := b.try()
		switch {
		case err != nil || locked:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(end):
			return &BusyError{b.path, int(b.lastPID())}
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, lockPollMost)
	}
}

func (b *file) try() (locked bool, err error) {
	if b.f == nil {
		if err := usable(b.path); err != nil {
			return false, err
		}
		b.f, err = openShared(b.path, !b.readOnly)
		if errors.Is(err, fs.ErrNotExist) && !b.readOnly {
			return false, create(b.path)
		}
		if err != nil || b.f == nil {
			return false, err
		}
	}
	if locked, err = tryLock(b.f); err != nil || !locked {
		return false, err
	}
	mine, err := b.f.Stat()
	if err != nil {
		return false, errors.Join(err, b.close())
	}
	if there, err := os.Stat(b.path); err != nil || !os.SameFile(mine, there) {
		return false, b.close() // it was replaced: the next attempt opens the one that is there now
	}
	return true, nil
}

// lastPID is who locked the file last, without a lock; 0 if that cannot be read.
func (b *file) lastPID() uint64 {
	var pid [8]byte
	if b.f == nil {
		return 0
	}
	if _, err := b.f.ReadAt(pid[:], pidAt); err != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(pid[:])
}

func (b *file) release(lasting bool) (err error) {
	if keepsOpen {
		err = unlock(b.f)
	}
	if lasting {
		err = errors.Join(err, b.f.Sync())
	}
	if !keepsOpen {
		err = errors.Join(err, b.close())
	}
	return err
}

func (b *file) close() error {
	if b.f == nil {
		return nil
	}
	err := b.f.Close()
	b.f = nil
	return err
}

// create makes an empty budget file where there is none, all at once.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return put(path, func(temp string) error {
		// Link, unlike Rename, never replaces. Where a file system has no links the
		// rename is next best: two first runs in the same instant are rarer still.
		err := os.Link(temp, path)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return nil
		}
		return os.Rename(temp, path)
	})
}

// replace makes an empty budget file in the place of one of no use.
func replace(path string) error {
	return put(path, func(temp string) error { return os.Rename(temp, path) })
}

func put(path string, name func(temp string) error) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(newHeader())
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return name(temp.Name())
}

// entries reads all that follows the header.
func (b *file) entries() ([]byte, error) {
	info, err := b.f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%w: %s has %d octets", ErrDamaged, b.path, info.Size())
	}
	data, err := io.ReadAll(io.NewSectionReader(b.f, page, max(info.Size()-page, 0)))
	return data, err
}
