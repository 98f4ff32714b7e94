package store

import (
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// lists looks names up in the tables of a file. It is for one goroutine at a time.
type lists struct {
	*tailMemo
	tables []openTable // the youngest first
	seen   map[uint32]*checked
	left   []int32 // scratch: what is still looked for
	key    []byte  // scratch

	// For which state of the file, mapped where, the sieves in tables are good.
	// A commit makes another state, a file that grows may be mapped anew.
	txn  int
	base uintptr
}

// openTable is a table with its sieve as it lies in the file's map.
type openTable struct {
	tableSpan
	sieve [][]byte
	open  [][]byte // blocks that were looked at
	*checked
}

// checked is of which blocks and parts of a sieve this process has seen that
// their checksums hold. A block is never written twice.
type checked struct{ goodBlocks, goodParts bitset }

type bitset []uint64

func (s bitset) has(i uint32) bool { return s[i>>6]>>(i&63)&1 != 0 }
func (s bitset) set(i uint32)      { s[i>>6] |= 1 << (i & 63) }

func newBitset(n uint32) bitset { return make(bitset, (n+63)/64) }

func openLists(tx *bbolt.Tx) (*lists, error) {
	t, err := loadTails(tx)
	return &lists{tailMemo: newTailMemo(t), seen: make(map[uint32]*checked), txn: -1}, err
}

// query is a name that is looked for, and what was found.
type query struct {
	hash  uint64
	text  []byte
	tail  uint32
	name  int // its place in the batch
	entry int // its place among the recent names
	found bool
	mark  mark
}

// find looks for all names of qs. It goes through them table by table: looks at
// sieves do not depend on each other, so the processor waits for several at once.
func (l *lists) find(tx *bbolt.Tx, qs []query) error {
	if err := l.refresh(tx); err != nil || len(l.tables) == 0 {
		return err
	}
	l.left = l.left[:0]
	for i := range qs {
		l.left = append(l.left, int32(i))
	}
	c := tx.Bucket(bucketSorted).Cursor()
	for i := range l.tables {
		if t := &l.tables[i]; !t.empty {
			if err := l.findIn(t, c, qs); err != nil {
				return fmt.Errorf("table %d of names: %w", t.number, err)
			}
		}
	}
	return nil
}

// findIn looks in one table and takes what it finds out of left.
func (l *lists) findIn(t *openTable, c *bbolt.Cursor, qs []query) error {
	kept := l.left[:0]
	for _, i := range l.left {
		q := &qs[i]
		if q.hash < t.first || q.hash > t.last || !t.mayHave(q.hash) {
			kept = append(kept, i)
			continue
		}
		if err := l.look(t, c, q); err != nil {
			return err
		}
		if !q.found {
			kept = append(kept, i)
		}
	}
	l.left = kept
	return nil
}

func (t *openTable) mayHave(hash uint64) bool {
	line := lineOf(hash, t.lines)
	return lineHas(partLine(t.sieve[line/linesPerPart], line), hash)
}

// look looks for q in the block where it would be.
func (l *lists) look(t *openTable, c *bbolt.Cursor, q *query) error {
	no := blockOf(q.hash, t.blocks)
	v := t.open[no]
	sum := v == nil && !t.goodBlocks.has(no)
	if v == nil {
		l.key = partKey(l.key[:0], t.number, no)
		var k []byte
		if k, v = c.Seek(l.key); string(k) != string(l.key) {
			return fmt.Errorf("block %d is missing: %w", no, errRecord)
		}
	}
	blk, err := openBlock(l.key, v, sum)
	if err != nil {
		return fmt.Errorf("block %d: %w", no, err)
	}
	t.goodBlocks.set(no)
	t.open[no] = v
	q.mark, q.found, err = blk.find(q.hash, q.text, q.tail, t.blocks)
	return err
}

// refresh reads which tables there are, if the file is not as it was.
func (l *lists) refresh(tx *bbolt.Tx) error {
	base := tx.DB().Info().Data
	if l.txn == tx.ID() && l.base == base {
		return nil
	}
	l.txn = -1
	spans, err := readTables(tx)
	if err != nil {
		return err
	}
	seen, old := make(map[uint32]*checked, len(spans)), l.tables
	l.tables = l.tables[:0]
	for i := range spans {
		t := openTable{tableSpan: spans[i], checked: l.seen[spans[i].number]}
		if t.checked == nil {
			t.checked = &checked{newBitset(t.blocks), newBitset(partsFor(t.lines))}
		}
		if len(l.tables) < len(old) {
			t.sieve, t.open = old[len(l.tables)].sieve[:0], old[len(l.tables)].open[:0]
		}
		t.open = slices.Grow(t.open, int(t.blocks))[:t.blocks]
		clear(t.open)
		if err := t.openSieve(tx); err != nil {
			return fmt.Errorf("table %d of names: %w", t.number, err)
		}
		seen[t.number] = t.checked
		l.tables = append(l.tables, t)
	}
	l.seen, l.txn, l.base = seen, tx.ID(), base
	return nil
}

// openSieve finds the parts of the sieve for the hashes for which the table counts.
func (t *openTable) openSieve(tx *bbolt.Tx) error {
	if t.empty {
		return nil
	}
	first, last := lineOf(t.first, t.lines)/linesPerPart, lineOf(t.last, t.lines)/linesPerPart
	for range first {
		t.sieve = append(t.sieve, nil)
	}
	c := tx.Bucket(bucketSorted).Cursor()
	k, v := c.Seek(partKey(nil, t.number, sieveParts|first))
	for n := first; n <= last; n++ {
		if string(k) != string(partKey(nil, t.number, sieveParts|n)) {
			return fmt.Errorf("a part of its sieve is missing: %w", errRecord)
		}
		if err := checkPart(k, v, n, t.lines, !t.goodParts.has(n)); err != nil {
			return err
		}
		if n < last || t.whole() { // the last one of an output may be filled further
			t.goodParts.set(n)
		}
		t.sieve = append(t.sieve, v)
		k, v = c.Next()
	}
	return nil
}
