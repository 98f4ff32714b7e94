package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// maxPageLen bounds one page with its overflow. The longest there is are lists
// of free pages: 8 octets for each 4 KB.
const maxPageLen = 256 << 20

var errOutside = errors.New("outside the page")

// page is one page of a bbolt file, with those that overflow from it.
type page struct {
	id    uint64
	flags uint16
	count int
	span  uint64 // how many pages it takes, overflow included
	data  []byte // all of it, the header too
}

// page reads page id into buf, which it grows at need.
func (in *inspector) page(id uint64, buf []byte) (p page, err error) {
	if id < 2 || id >= in.meta.high {
		return p, fmt.Errorf("page %d is outside the file", id)
	}
	size := int(in.meta.pageSize)
	at := int64(id) * in.meta.pageSize
	buf = slices.Grow(buf[:0], size)[:size]
	if err := in.readInto(buf, at); err != nil {
		return p, err
	}
	order := binary.NativeEndian
	overflow := uint64(order.Uint32(buf[12:]))
	p = page{id: id, flags: order.Uint16(buf[8:]), count: int(order.Uint16(buf[10:])), span: overflow + 1}
	length := p.span * uint64(size)
	if order.Uint64(buf) != id || overflow >= in.meta.high-id || length > maxPageLen {
		return p, fmt.Errorf("page %d has a wrong header", id)
	}
	if overflow > 0 {
		buf = slices.Grow(buf, int(length)-size)[:length]
		if err := in.readInto(buf[size:], at+int64(size)); err != nil {
			return p, err
		}
	}
	p.data = buf
	return p, nil
}

// tree reads page id, which must be one of a tree.
func (in *inspector) tree(id uint64, buf []byte) (page, error) {
	p, err := in.page(id, buf)
	switch {
	case err != nil:
		return p, err
	case p.flags != flagBranch && p.flags != flagLeaf:
		return p, fmt.Errorf("page %d is of no known kind", id)
	case pageHeaderLen+p.count*elementLen > len(p.data):
		return p, fmt.Errorf("page %d holds more than fits", id)
	case p.flags == flagBranch && p.count == 0:
		return p, fmt.Errorf("page %d has no children", id)
	}
	return p, nil
}

// freePages reads the list of free pages.
func (in *inspector) freePages() ([]uint64, error) {
	if in.meta.freelist == noFreelist {
		return nil, nil
	}
	p, err := in.page(in.meta.freelist, nil)
	if err != nil {
		return nil, err
	}
	if p.flags != flagFreelist {
		return nil, fmt.Errorf("page %d is no list of free pages", p.id)
	}
	buf, count := p.data[pageHeaderLen:], uint64(p.count)
	if count == bigFreelist {
		count, buf = binary.NativeEndian.Uint64(buf), buf[8:]
	}
	if count > uint64(len(buf)/8) {
		return nil, errors.New("the list of free pages is longer than its page")
	}
	ids := make([]uint64, count)
	last := uint64(1)
	for i := range ids {
		ids[i] = binary.NativeEndian.Uint64(buf[8*i:])
		if ids[i] <= last || ids[i] >= in.meta.high {
			return nil, errors.New("the list of free pages is out of order")
		}
		last = ids[i]
	}
	return ids, nil
}

// child returns the i-th element of a branch page.
func (p *page) child(i int) (key []byte, id uint64, err error) {
	at := pageHeaderLen + i*elementLen
	e := p.data[at:]
	order := binary.NativeEndian
	key, err = p.slice(int64(at)+int64(order.Uint32(e)), int64(order.Uint32(e[4:])))
	return key, order.Uint64(e[8:]), err
}

// element returns the i-th element of a leaf page.
func (p *page) element(i int) (key, value []byte, isBucket bool, err error) {
	at := pageHeaderLen + i*elementLen
	e := p.data[at:]
	order := binary.NativeEndian
	klen, vlen := int64(order.Uint32(e[8:])), int64(order.Uint32(e[12:]))
	both, err := p.slice(int64(at)+int64(order.Uint32(e[4:])), klen+vlen)
	if err != nil {
		return nil, nil, false, err
	}
	return both[:klen:klen], both[klen:], order.Uint32(e)&leafIsBucket != 0, nil
}

func (p *page) slice(at, n int64) ([]byte, error) {
	if at < pageHeaderLen || n < 0 || at+n > int64(len(p.data)) {
		return nil, errOutside
	}
	return p.data[at : at+n], nil
}

// within reports whether key lies in [lo, hi); nil is no bound.
func within(key, lo, hi []byte) bool {
	return (lo == nil || bytes.Compare(key, lo) >= 0) && (hi == nil || bytes.Compare(key, hi) < 0)
}

// pageSet is a set of page numbers.
type pageSet []uint64

func newPageSet(high uint64) pageSet { return make(pageSet, high/64+1) }

// add reports whether none of the n pages from id on was in the set, and adds them.
func (s pageSet) add(id, n uint64) bool {
	isNew := true
	for ; n > 0; id, n = id+1, n-1 {
		isNew = isNew && !s.has(id)
		s[id/64] |= 1 << (id % 64)
	}
	return isNew
}

func (s pageSet) has(id uint64) bool { return s[id/64]>>(id%64)&1 != 0 }
