package store

import (
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// The names of lists stand in tables, a log-structured tree. A commit writes the
// names it brings as one new table, in the order of their hashes; tables of about
// one size are merged into one. A younger table rules over an older one. The
// order of hashes, not of names, is what makes it cheap: names of a list come in
// no order, and so every part of a table is as full as every other, a look-up
// knows its block by arithmetic, and a merge writes blocks and sieve from the
// first to the last in constant memory. The exact name decides, never the hash.
//
// A merge goes on over many commits, a part of the blocks in each. What is
// written of its output rules over its inputs, whose blocks go as they are
// consumed: below the output's next block only the output counts, from there on only the inputs.
type table struct {
	number uint32
	age    uint32   // greater is younger: the number of the youngest table that went into it
	names  uint64   // entries written
	size   uint64   // octets of the blocks written
	blocks uint32   // of these,
	next   uint32   // so many are written: all, unless it is the output of a merge that goes on
	lines  uint32   // of the sieve
	into   uint32   // the output of the merge that consumes it, 0 for none
	from   []uint32 // the inputs of the merge that writes it, youngest first; none if it is whole
}

// blockTarget is how long blocks are on average: two to a leaf of bbolt's tree,
// eight pages, with room for three standard deviations of names of usual lengths.
const blockTarget = 15_200

const tableForm = 1

// sieveParts is set in the number of a part of a table that is one of its sieve.
const sieveParts = 1 << 31

func blocksFor(size uint64) uint32 { return uint32(size/blockTarget + 1) }

func (t *table) whole() bool { return t.next == t.blocks }

func tableKey(number uint32) []byte { return binary.BigEndian.AppendUint32(nil, number) }

func partKey(dst []byte, number, part uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, number), part)
}

func (t *table) append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, tableForm, 0, 0, 0, 0)
	for _, v := range []uint64{uint64(t.age), t.names, t.size, uint64(t.blocks), uint64(t.next), uint64(t.lines), uint64(t.into)} {
		dst = binary.AppendUvarint(dst, v)
	}
	dst = binary.AppendUvarint(dst, uint64(len(t.from)))
	for _, n := range t.from {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	binary.BigEndian.PutUint32(dst[start+1:], sumOf(tableKey(t.number), dst[start+5:]))
	return dst
}

func readTable(k, v []byte) (t table, err error) {
	if len(k) != 4 || len(v) < 5 || v[0] != tableForm || sumOf(k, v[5:]) != binary.BigEndian.Uint32(v[1:]) {
		return t, fmt.Errorf("table %x of names: %w", k, errRecord)
	}
	d := decoder{buf: v[5:]}
	t = table{number: binary.BigEndian.Uint32(k), age: uint32(d.uvarint()), names: d.uvarint(), size: d.uvarint(),
		blocks: uint32(d.uvarint()), next: uint32(d.uvarint()), lines: uint32(d.uvarint()), into: uint32(d.uvarint())}
	for n := d.uvarint(); n > 0 && !d.bad; n-- {
		t.from = append(t.from, uint32(d.uvarint()))
	}
	if d.err() != nil || t.blocks == 0 || t.next > t.blocks || t.lines == 0 || t.whole() != (len(t.from) == 0) {
		return t, fmt.Errorf("table %x of names: %w", k, errRecord)
	}
	return t, nil
}

// tableSpan is a table and the hashes for which it counts, both ends included.
type tableSpan struct {
	table
	first, last uint64
	empty       bool // it counts for none yet
}

// readTables returns all tables, the youngest first and an output before its inputs.
func readTables(tx *bbolt.Tx) (tables []tableSpan, err error) {
	c := tx.Bucket(bucketTables).Cursor()
	for k, v := c.First(); len(k) == 4; k, v = c.Next() {
		t, err := readTable(k, v)
		if err != nil {
			return nil, err
		}
		tables = append(tables, tableSpan{table: t, last: ^uint64(0)})
	}
	slices.SortFunc(tables, func(a, b tableSpan) int {
		if a.age != b.age {
			return int(int64(b.age) - int64(a.age))
		}
		return int(int64(b.number) - int64(a.number)) // an output is made after its inputs
	})
	return tables, setSpans(tables)
}

func setSpans(tables []tableSpan) error {
	for i := range tables {
		t := &tables[i]
		if !t.whole() {
			t.empty, t.last = t.next == 0, firstHash(t.next, t.blocks)-1
		}
		if t.into == 0 {
			continue
		}
		out := slices.IndexFunc(tables, func(o tableSpan) bool { return o.number == t.into && slices.Contains(o.from, t.number) })
		if out < 0 {
			return fmt.Errorf("table %d is merged into table %d, which is not there: %w", t.number, t.into, errRecord)
		}
		t.first = firstHash(tables[out].next, tables[out].blocks)
	}
	return nil
}

// total is how many names the table will have at most when it is whole.
func (t *tableSpan) total(tables []tableSpan) (n uint64) {
	for i := range tables {
		if tables[i].into == t.number {
			n += tables[i].names
		}
	}
	return max(n, t.names)
}

func (t *table) put(tx *bbolt.Tx) error {
	return tx.Bucket(bucketTables).Put(tableKey(t.number), t.append(nil))
}

// drop removes an input with all that is left of it.
func (t *tableSpan) drop(tx *bbolt.Tx) error {
	b := tx.Bucket(bucketSorted)
	err := dropRange(b, t.number, blockOf(t.first, t.blocks), t.blocks)
	part := lineOf(t.first, t.lines) / linesPerPart
	return firstError(err,
		dropRange(b, t.number, sieveParts|part, sieveParts|partsFor(t.lines)),
		tx.Bucket(bucketTables).Delete(tableKey(t.number)))
}

// dropBelow removes the blocks and parts of the sieve of an input that are of no more use
// when it counts from hash on.
func (t *tableSpan) dropBelow(tx *bbolt.Tx, hash uint64) error {
	b := tx.Bucket(bucketSorted)
	part, until := lineOf(t.first, t.lines)/linesPerPart, lineOf(hash, t.lines)/linesPerPart
	return firstError(
		dropRange(b, t.number, blockOf(t.first, t.blocks), blockOf(hash, t.blocks)),
		dropRange(b, t.number, sieveParts|part, sieveParts|until))
}

func dropRange(b *bbolt.Bucket, number, from, to uint32) error {
	var key [8]byte
	for ; from < to; from++ {
		if err := b.Delete(partKey(key[:0], number, from)); err != nil {
			return err
		}
	}
	return nil
}
