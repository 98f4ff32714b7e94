package store

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// checkLists looks at all tables of names: checksums, order, counts, that each
// sieve knows each name, and that no part belongs to no table. It tells problem
// of each table that is not as it must be, and returns how many entries it read.
func checkLists(tx *bbolt.Tx, problem func(error)) (names uint64) {
	if tx.Bucket(bucketTables) == nil { // version 1
		err := eachListed(tx, func([]byte, mark) error { names++; return nil })
		if err != nil {
			problem(err)
		}
		return names
	}
	tails, err := loadTails(tx)
	if err != nil {
		problem(err)
		return 0
	}
	tables, err := readTables(tx)
	if err != nil {
		problem(err)
		return 0
	}
	for i := range tables {
		n, err := checkTable(tx, &tables[i], &tails)
		if err != nil {
			problem(err)
		}
		names += n
	}
	if err := checkParts(tx, tables); err != nil {
		problem(err)
	}
	return names
}

func checkTable(tx *bbolt.Tx, t *tableSpan, tails *tails) (names uint64, err error) {
	o := openTable{tableSpan: *t, checked: &checked{newBitset(t.blocks), newBitset(partsFor(t.lines))}}
	if err := o.openSieve(tx); err != nil {
		return 0, fmt.Errorf("table %d of names: %w", t.number, err)
	}
	c, err := openCursor(tx, t, tails, 0)
	if err != nil {
		return 0, err
	}
	for !c.done {
		names++
		if !o.mayHave(c.e.hash) {
			return names, c.damage(fmt.Sprintf("its sieve does not know %q", c.e.text))
		}
		if err := c.advance(); err != nil {
			return names, err
		}
	}
	if t.into == 0 && names != t.names {
		return names, fmt.Errorf("table %d of names has %d, not %d: %w", t.number, names, t.names, errRecord)
	}
	return names, nil
}

// checkParts looks for blocks and parts of sieves that no table counts on.
func checkParts(tx *bbolt.Tx, tables []tableSpan) error {
	known := make(map[uint32]*tableSpan, len(tables))
	for i := range tables {
		known[tables[i].number] = &tables[i]
	}
	return tx.Bucket(bucketSorted).ForEach(func(k, _ []byte) error {
		if len(k) == 8 {
			t, part := known[binary.BigEndian.Uint32(k)], binary.BigEndian.Uint32(k[4:])
			if t != nil && t.hasPart(part) {
				return nil
			}
		}
		return fmt.Errorf("part %x belongs to no table of names: %w", k, errRecord)
	})
}

func (t *tableSpan) hasPart(part uint32) bool {
	if part&sieveParts != 0 {
		part &^= sieveParts
		return part >= lineOf(t.first, t.lines)/linesPerPart && part < partsFor(t.lines)
	}
	return part >= blockOf(t.first, t.blocks) && part < t.next
}
