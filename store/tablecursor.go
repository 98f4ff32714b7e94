package store

import (
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"
	"go.etcd.io/bbolt"
)

// tableCursor reads the names of a table for which it counts, in order. What it
// reads is checked: checksums, order, and that each name is in its block.
type tableCursor struct {
	*tableSpan
	b     *bbolt.Bucket
	tails *tails
	no    uint32 // the block that is read
	block block
	at    int
	read  int // names of the block
	e     listed
	done  bool
}

// openCursor goes to the first name of a hash of at least from.
func openCursor(tx *bbolt.Tx, t *tableSpan, tails *tails, from uint64) (*tableCursor, error) {
	from = max(from, t.first)
	c := &tableCursor{tableSpan: t, b: tx.Bucket(bucketSorted), tails: tails, no: blockOf(from, t.blocks)}
	c.done = t.empty || from > t.last
	if c.done {
		return c, nil
	}
	if err := c.open(); err != nil {
		return nil, err
	}
	for {
		if err := c.advance(); err != nil || c.done || c.e.hash >= from {
			return c, err
		}
	}
}

func (c *tableCursor) open() (err error) {
	var buf [8]byte
	key := partKey(buf[:0], c.number, c.no)
	v := c.b.Get(key)
	if v == nil {
		return c.damage("is missing")
	}
	if c.block, err = openBlock(key, v, true); err != nil {
		return c.damage(err.Error())
	}
	c.at, c.read = 0, 0
	return nil
}

func (c *tableCursor) damage(what string) error {
	return fmt.Errorf("table %d of names, block %d: %s: %w", c.number, c.no, what, errRecord)
}

// advance goes to the next name, or sets done.
func (c *tableCursor) advance() error {
	for c.at >= len(c.block.entries) {
		if c.read != c.block.count {
			return c.damage("wrong number of names")
		}
		if c.no++; c.no >= c.next {
			c.done = true
			return nil
		}
		if err := c.open(); err != nil {
			return err
		}
	}
	e, next := c.block.entry(c.at)
	if next < 0 || int(e.tail) >= len(c.tails.mixes) {
		return c.damage("an entry cannot be read")
	}
	e.hash = xxhash.Sum64(e.text) ^ c.tails.mixes[e.tail]
	if blockOf(e.hash, c.blocks) != c.no || (c.read > 0 && e.hash < c.e.hash) {
		return c.damage("out of order")
	}
	c.e, c.at = e, next
	c.read++
	c.done = e.hash > c.last
	return nil
}

// merger reads several tables as one.
type merger struct {
	cursors []*tableCursor // youngest first, those that are not done
	heads   []uint64       // the hash that each is at
	read    int            // entries taken, those that a younger table rules over too
}

func openMerger(tx *bbolt.Tx, tables []tableSpan, tails *tails, from uint64) (*merger, error) {
	m := &merger{}
	for i := range tables {
		c, err := openCursor(tx, &tables[i], tails, from)
		if err != nil {
			return nil, err
		}
		if !c.done {
			m.cursors, m.heads = append(m.cursors, c), append(m.heads, c.e.hash)
		}
	}
	return m, nil
}

// upTo appends all names up to a hash to dst, which has none of the first of these hashes yet.
func (m *merger) upTo(last uint64, dst []listed) ([]listed, error) {
	for len(m.heads) > 0 {
		at, least := 0, m.heads[0]
		for i, hash := range m.heads {
			if hash < least { // of equal ones the youngest table's
				at, least = i, hash
			}
		}
		if least > last {
			break
		}
		c := m.cursors[at]
		if !hasListed(dst, &c.e) {
			dst = append(dst, c.e)
		}
		m.read++
		if err := c.advance(); err != nil {
			return dst, err
		}
		m.heads[at] = c.e.hash
		if c.done {
			m.cursors, m.heads = slices.Delete(m.cursors, at, at+1), slices.Delete(m.heads, at, at+1)
		}
	}
	return dst, nil
}

// hasListed reports whether the name of e is in names, at whose end those of its hash are.
func hasListed(names []listed, e *listed) bool {
	for i := len(names) - 1; i >= 0 && names[i].hash == e.hash; i-- {
		if names[i].tail == e.tail && string(names[i].text) == string(e.text) {
			return true
		}
	}
	return false
}
