package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"runtime/debug"
)

// guard runs fn; a panic of bbolt over a damaged file, or a fault in its map
// because the file was cut off, becomes [ErrDamaged].
func guard(path string, fn func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			err = damaged(path, fmt.Errorf("%v", p))
		}
	}()
	return fn()
}

// bbolt's file format, as far as it must be read to trust it. Numbers are in
// the machine's own byte order.
const (
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	pageHeaderLen  = 16 // id u64, flags u16, count u16, overflow u32
	elementLen     = 16
	metaLen        = 64
	metaSumAt      = 56
	flagBranch     = 0x01
	flagLeaf       = 0x02
	flagFreelist   = 0x10
	noFreelist     = ^uint64(0)
	leafIsBucket   = 0x01
	bigFreelist    = 0xFFFF // count of a freelist that holds its real count in the first id
	minPage        = 1024
	maxPage        = 1 << 24
	bucketValueLen = 16 // root page u64, sequence u64
)

// inspectLeaves bounds how many leaf pages of each table inspect reads. Its
// branch pages, about one in a hundred, are all read, so that opening a store
// stays quick and yet no damage to them can lead bbolt round in circles.
// Damage in other leaves shows when it is met.
const inspectLeaves = 256

type boltMeta struct {
	pageSize                  int64
	root, freelist, high, txn uint64
}

// inspector walks a file's pages without bbolt.
type inspector struct {
	f    *os.File
	size int64
	meta boltMeta

	headers int      // how many of the two are intact
	older   boltMeta // the other one, where both are
}

// inspect reports whether the file at path has the structure of a bbolt file:
// nil, an error that wraps [ErrDamaged], or the operating system's.
func inspect(path string) error {
	in, err := openInspector(path)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer func() { _ = in.f.Close() }()
	if err := in.start(); err != nil {
		return damaged(path, err)
	}
	if problem := in.quickly(); problem != "" {
		return damaged(path, errors.New(problem))
	}
	return nil
}

func openInspector(path string) (*inspector, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &inspector{f: f, size: info.Size()}, nil
}

// again opens the file as it is now: while its lock was waited for it may have
// grown, or another may have taken its place.
func (in *inspector) again(path string) error {
	now, err := openInspector(path)
	if err != nil {
		return err
	}
	_ = in.f.Close()
	*in = *now
	return nil
}

var errEmpty = errors.New("the file is empty")

// start finds the header that counts.
func (in *inspector) start() error {
	if in.size == 0 {
		return errEmpty
	}
	if err := in.findMeta(); err != nil {
		return err
	}
	if in.meta.high < 3 || in.meta.high > uint64(in.size/in.meta.pageSize) {
		return fmt.Errorf("the file ends early: %d octets, %d pages of %d expected", in.size, in.meta.high, in.meta.pageSize)
	}
	return nil
}

// findMeta takes the younger of the two meta pages that is intact, as bbolt does.
func (in *inspector) findMeta() error {
	in.headers = 0
	take := func(at int64) {
		m, ok := in.readMeta(at)
		switch {
		case !ok:
			return
		case in.headers == 0:
			in.meta = m
		case m.txn > in.meta.txn:
			in.meta, in.older = m, in.meta
		default:
			in.older = m
		}
		in.headers++
	}
	take(0)
	if in.headers > 0 {
		take(in.meta.pageSize)
		return nil
	}
	for at := int64(minPage); at <= maxPage && at < in.size && in.headers == 0; at *= 2 {
		take(at)
	}
	if in.headers == 0 {
		return errors.New("no intact header")
	}
	return nil
}

func (in *inspector) readMeta(at int64) (m boltMeta, ok bool) {
	buf, err := in.read(at+pageHeaderLen, metaLen)
	if err != nil {
		return m, false
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	_, _ = sum.Write(buf[:metaSumAt])
	if order.Uint32(buf) != boltMagic || order.Uint32(buf[4:]) != boltVersion || order.Uint64(buf[metaSumAt:]) != sum.Sum64() {
		return m, false
	}
	m = boltMeta{pageSize: int64(order.Uint32(buf[8:])), root: order.Uint64(buf[16:]),
		freelist: order.Uint64(buf[32:]), high: order.Uint64(buf[40:]), txn: order.Uint64(buf[48:])}
	return m, m.pageSize >= minPage && m.pageSize <= maxPage
}

func (in *inspector) read(at int64, n int) ([]byte, error) {
	buf := make([]byte, n)
	return buf, in.readInto(buf, at)
}

func (in *inspector) readInto(buf []byte, at int64) error {
	_, err := in.f.ReadAt(buf, at)
	if errors.Is(err, io.EOF) {
		return errors.New("the file ends early")
	}
	return err
}
