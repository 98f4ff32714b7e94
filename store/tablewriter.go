package store

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// tableWriter writes blocks of a table, from its next one on, with their part of the sieve.
type tableWriter struct {
	*table
	b    *bbolt.Bucket
	part []byte // of the sieve, the one that is being filled
	at   uint32 // its number
	mem  *arena // of what is written
}

// newTable makes a table for at most so many names in about so many octets, with
// no names in it yet. Age 0 makes it the youngest.
func newTable(tx *bbolt.Tx, age uint32, names, size uint64) (*table, error) {
	number, err := tx.Bucket(bucketTables).NextSequence()
	if err != nil {
		return nil, err
	}
	if age == 0 {
		age = uint32(number)
	}
	return &table{number: uint32(number), age: age, blocks: blocksFor(size), lines: linesFor(names)}, nil
}

// openWriter goes on where the table ends.
func openWriter(tx *bbolt.Tx, t *table, mem *arena) (*tableWriter, error) {
	w := &tableWriter{table: t, b: tx.Bucket(bucketSorted), mem: mem}
	w.b.FillPercent = 1 // parts are added at the end of what is there
	w.at = lineOf(firstHash(t.next, t.blocks), t.lines) / linesPerPart
	key := partKey(nil, t.number, sieveParts|w.at)
	v := w.b.Get(key)
	if v == nil {
		w.part = w.newPart()
		return w, nil
	}
	if err := checkPart(key, v, w.at, t.lines, true); err != nil {
		return nil, fmt.Errorf("table %d: %w", t.number, err)
	}
	w.part = w.mem.keep(append(w.mem.room(len(v)), v...))
	return w, nil
}

// block writes the next block. names are all names of its range, in order.
func (w *tableWriter) block(names []listed) error {
	v := w.mem.keep(appendBlock(w.mem.room(2*blockTarget), names, w.blocks))
	key := partKey(nil, w.number, w.next)
	sealBlock(key, v)
	if err := w.b.Put(key, v); err != nil {
		return err
	}
	for i := range names {
		if err := w.sift(names[i].hash); err != nil {
			return err
		}
	}
	w.next++
	w.size += uint64(len(v))
	w.names += uint64(len(names))
	return nil
}

func (w *tableWriter) sift(hash uint64) error {
	line := lineOf(hash, w.lines)
	if err := w.reach(line / linesPerPart); err != nil {
		return err
	}
	addToLine(partLine(w.part, line), hash)
	return nil
}

// reach goes on to a part of the sieve.
func (w *tableWriter) reach(part uint32) error {
	for w.at < part {
		if err := w.putPart(); err != nil {
			return err
		}
		w.at++
		w.part = w.newPart()
	}
	return nil
}

func (w *tableWriter) newPart() []byte {
	return w.mem.keep(newPart(w.mem.room(sieveHeadLen+linesPerPart*lineLen), w.at, w.lines))
}

func (w *tableWriter) putPart() error {
	key := partKey(nil, w.number, sieveParts|w.at)
	sealPart(key, w.part)
	return w.b.Put(key, w.part)
}

// close writes the sieve as far as blocks were written.
func (w *tableWriter) close() error {
	last := partsFor(w.lines) - 1
	if !w.whole() {
		last = lineOf(firstHash(w.next, w.blocks)-1, w.lines) / linesPerPart
	}
	return firstError(w.reach(last), w.putPart())
}

// writeTable writes a table of names that are in order.
func writeTable(tx *bbolt.Tx, names []listed, mem *arena) error {
	size := uint64(0)
	for i := range names {
		size += uint64(names[i].length())
	}
	t, err := newTable(tx, 0, uint64(len(names)), size)
	if err != nil {
		return err
	}
	w, err := openWriter(tx, t, mem)
	if err != nil {
		return err
	}
	for n := range t.blocks {
		end := 0
		for end < len(names) && blockOf(names[end].hash, t.blocks) == n {
			end++
		}
		if err := w.block(names[:end]); err != nil {
			return err
		}
		names = names[end:]
	}
	return firstError(w.close(), t.put(tx))
}
