package store

import (
	"bytes"
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

// inspectPages bounds how many pages inspect reads: 8 MB of a file with pages
// of 4 KB, so that opening a large store stays instant. Damage behind them
// shows when it is met.
const inspectPages = 2048

type boltMeta struct {
	pageSize                  int64
	root, freelist, high, txn uint64
}

// inspector walks a file's pages without bbolt.
type inspector struct {
	f    *os.File
	size int64
	meta boltMeta
	seen map[uint64]bool
}

// inspect reports whether the file at path has the structure of a bbolt file:
// nil, an error that wraps [ErrDamaged], or the operating system's.
func inspect(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("open store: %s is no regular file", path)
	}
	in := &inspector{f: f, size: info.Size(), seen: make(map[uint64]bool)}
	if err := in.run(); err != nil {
		return damaged(path, err)
	}
	return nil
}

func (in *inspector) run() error {
	if in.size == 0 {
		return errors.New("the file is empty")
	}
	if err := in.findMeta(); err != nil {
		return err
	}
	if in.meta.high < 3 || in.meta.high > uint64(in.size/in.meta.pageSize) {
		return fmt.Errorf("the file ends early: %d octets, %d pages of %d expected", in.size, in.meta.high, in.meta.pageSize)
	}
	if err := in.checkFreelist(); err != nil {
		return err
	}
	return in.walk()
}

// findMeta takes the younger of the two meta pages that is intact, as bbolt does.
func (in *inspector) findMeta() error {
	found := false
	take := func(at int64) {
		m, ok := in.readMeta(at)
		if ok && (!found || m.txn > in.meta.txn) {
			in.meta, found = m, true
		}
	}
	take(0)
	if found {
		take(in.meta.pageSize)
		return nil
	}
	for at := int64(minPage); at <= maxPage && at < in.size && !found; at *= 2 {
		take(at)
	}
	if !found {
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
	if _, err := in.f.ReadAt(buf, at); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file ends early")
		}
		return nil, err
	}
	return buf, nil
}

type page struct {
	id     uint64
	flags  uint16
	count  int
	length int64  // octets, overflow pages included
	head   []byte // the header and the elements
}

// page reads the header and elements of page id.
func (in *inspector) page(id uint64) (p page, err error) {
	if id < 2 || id >= in.meta.high {
		return p, fmt.Errorf("page %d is outside the file", id)
	}
	at := int64(id) * in.meta.pageSize
	buf, err := in.read(at, pageHeaderLen)
	if err != nil {
		return p, err
	}
	order := binary.NativeEndian
	overflow := uint64(order.Uint32(buf[12:]))
	p = page{id: id, flags: order.Uint16(buf[8:]), count: int(order.Uint16(buf[10:])), length: int64(overflow+1) * in.meta.pageSize}
	if order.Uint64(buf) != id || overflow >= in.meta.high-id {
		return p, fmt.Errorf("page %d has a wrong header", id)
	}
	return p, nil
}

func (in *inspector) checkFreelist() error {
	if in.meta.freelist == noFreelist {
		return nil
	}
	p, err := in.page(in.meta.freelist)
	if err != nil {
		return err
	}
	if p.flags != flagFreelist {
		return fmt.Errorf("page %d is no list of free pages", p.id)
	}
	buf, err := in.read(int64(p.id)*in.meta.pageSize+pageHeaderLen, int(p.length)-pageHeaderLen)
	if err != nil {
		return err
	}
	count := uint64(p.count)
	if count == bigFreelist {
		count, buf = binary.NativeEndian.Uint64(buf), buf[8:]
	}
	if count > uint64(len(buf)/8) {
		return errors.New("the list of free pages is longer than its page")
	}
	last := uint64(1)
	for i := range count {
		id := binary.NativeEndian.Uint64(buf[8*i:])
		if id <= last || id >= in.meta.high {
			return errors.New("the list of free pages is out of order")
		}
		last = id
	}
	return nil
}

// walk looks at the tree of tables, then at each table's pages, breadth first.
func (in *inspector) walk() error {
	queue := []uint64{in.meta.root}
	tables := []uint64{}
	for len(queue) > 0 && len(in.seen) < inspectPages {
		next, roots, err := in.tree(queue[0], true)
		if err != nil {
			return err
		}
		queue, tables = append(queue[1:], next...), append(tables, roots...)
	}
	for len(tables) > 0 && len(in.seen) < inspectPages {
		next, _, err := in.tree(tables[0], false)
		if err != nil {
			return err
		}
		tables = append(tables[1:], next...)
	}
	return nil
}

// tree checks one page of a tree and returns its children, and in the top tree
// (top) the roots of the tables it names.
func (in *inspector) tree(id uint64, top bool) (children, roots []uint64, err error) {
	p, err := in.page(id)
	if err != nil {
		return nil, nil, err
	}
	if in.seen[id] {
		return nil, nil, fmt.Errorf("page %d is used twice", id)
	}
	in.seen[id] = true
	if pageHeaderLen+int64(p.count)*elementLen > p.length {
		return nil, nil, fmt.Errorf("page %d holds more than fits", id)
	}
	if p.head, err = in.read(int64(id)*in.meta.pageSize, int(p.length)); err != nil {
		return nil, nil, err
	}
	switch p.flags {
	case flagBranch:
		children, err = p.branch()
	case flagLeaf:
		roots, err = p.leaf(top)
	default:
		err = fmt.Errorf("page %d is of no known kind", id)
	}
	return children, roots, err
}

func (p *page) branch() (children []uint64, err error) {
	order := binary.NativeEndian
	if p.count == 0 {
		return nil, fmt.Errorf("page %d has no children", p.id)
	}
	var last []byte
	for i := range p.count {
		at := pageHeaderLen + int64(i)*elementLen
		e := p.head[at:]
		key, err := p.slice(at+int64(order.Uint32(e)), int64(order.Uint32(e[4:])))
		if err != nil || (i > 0 && bytes.Compare(last, key) >= 0) {
			return nil, fmt.Errorf("page %d is out of order", p.id)
		}
		last = key
		children = append(children, order.Uint64(e[8:]))
	}
	return children, nil
}

func (p *page) leaf(top bool) (roots []uint64, err error) {
	order := binary.NativeEndian
	var last []byte
	for i := range p.count {
		at := pageHeaderLen + int64(i)*elementLen
		e := p.head[at:]
		ksize, vsize := int64(order.Uint32(e[8:])), int64(order.Uint32(e[12:]))
		both, err := p.slice(at+int64(order.Uint32(e[4:])), ksize+vsize)
		if err != nil || (i > 0 && bytes.Compare(last, both[:ksize]) >= 0) {
			return nil, fmt.Errorf("page %d is out of order", p.id)
		}
		last = both[:ksize]
		if isBucket := order.Uint32(e)&leafIsBucket != 0; isBucket != top {
			return nil, fmt.Errorf("page %d holds what does not belong there", p.id)
		}
		if !top {
			continue
		}
		if vsize < bucketValueLen {
			return nil, fmt.Errorf("page %d names a table that is not there", p.id)
		}
		if root := order.Uint64(both[ksize:]); root != 0 { // 0: the table lies within the value
			roots = append(roots, root)
		}
	}
	return roots, nil
}

func (p *page) slice(at, n int64) ([]byte, error) {
	if at < pageHeaderLen || n < 0 || at+n > int64(len(p.head)) {
		return nil, errors.New("outside the page")
	}
	return p.head[at : at+n], nil
}
