package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// unfolded is what killed runs left in the steps of one space, in the order in
// which the next run folds it. It is for those who only read.
type unfolded []step

func readUnfolded(tx *bbolt.Tx, space [16]byte) (u unfolded, err error) {
	b := tx.Bucket(bucketSteps)
	if b == nil {
		return nil, nil // version 1
	}
	for from := space[:]; ; {
		if k, _ := b.Cursor().Seek(from); !bytes.HasPrefix(k, space[:]) {
			return u, nil
		}
		_, left, err := readSteps(tx, from)
		if err != nil {
			return u, err
		}
		u = append(u, left.folding)
		from = stepKey(space, left.first)
	}
}

// over returns c, chunk id of the space's progress, as it is once u is folded.
func (u unfolded) over(c chunk, id uint64) chunk {
	for i := range u {
		on, _ := takeChunk(fromChunk(u[i].delegated, id), id)
		off, _ := takeChunk(fromChunk(u[i].gone, id), id)
		if !on.empty() || !off.empty() {
			c = c.record(u[i].at, on, off)
		}
	}
	return c
}

// next returns the first chunk from id on of which u has delegated indexes.
func (u unfolded) next(id uint64) (least uint64, ok bool) {
	for i := range u {
		if rest := fromChunk(u[i].delegated, id); len(rest) > 0 && (!ok || rest[0]>>chunkBits < least) {
			least, ok = rest[0]>>chunkBits, true
		}
	}
	return least, ok
}

// fromChunk returns what of sorted indexes lies in chunk id or behind it.
func fromChunk(sorted []uint64, id uint64) []uint64 {
	n, _ := slices.BinarySearch(sorted, id<<chunkBits)
	return sorted[n:]
}

// eachChunk calls fn with every chunk of a space from number lo to hi of which
// anything is known, as it is once u is folded, in no order that matters.
func (u unfolded) eachChunk(tx *bbolt.Tx, space [16]byte, lo, hi uint64, fn func(id uint64, c chunk) error) error {
	b := tx.Bucket(bucketProgress)
	cursor, last := b.Cursor(), chunkKey(space, hi)
	for k, v := cursor.Seek(chunkKey(space, lo)); k != nil && bytes.Compare(k, last) <= 0; k, v = cursor.Next() {
		c, err := readChunk(k, v)
		if err != nil || len(k) != chunkKeyLen {
			return fmt.Errorf("progress %x: %w", k, errRecord)
		}
		id := binary.BigEndian.Uint64(k[16:])
		if err := fn(id, u.over(c, id)); err != nil {
			return err
		}
	}
	for id, ok := u.next(lo); ok && id <= hi; id, ok = u.next(id + 1) {
		if b.Get(chunkKey(space, id)) != nil {
			continue
		}
		if err := fn(id, u.over(nil, id)); err != nil {
			return err
		}
	}
	return nil
}
