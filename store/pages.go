package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// page is one page of a bbolt file, with those that overflow from it.
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
