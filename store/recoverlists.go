package store

import (
	"bytes"
	"encoding/binary"
	"slices"

	"go.etcd.io/bbolt"
)

// relist makes the tables of names of lists anew, from the blocks that can be
// read, if they are not whole. A name that is lost is asked again.
func (s *salvage) relist() error {
	whole := true
	checkLists(s.w.tx, func(error) { whole = false })
	if whole {
		return nil
	}
	s.rec.Mended++
	old, err := s.oldTables()
	if err != nil {
		return err
	}
	for _, number := range old.numbers {
		for after := uint32(0); ; {
			key, block := s.nextBlock(number, after)
			if key == nil {
				break
			}
			after = binary.BigEndian.Uint32(key[4:]) + 1
			if err := old.readBlock(block, s.addListed); err != nil {
				return err
			}
			if err := s.roomForListed(); err != nil {
				return err
			}
		}
	}
	return firstFailed(s.closeListed, func() error { return s.dropParts(old.most) })
}

// takeListed keeps a name of a list that stands by itself, as version 1 has them.
func (s *salvage) takeListed(key, value []byte) bool {
	m, _, err := readMark(value)
	if err != nil || len(key) == 0 {
		return false
	}
	s.counts[string(bucketLists)].Kept++
	s.seq = max(s.seq, m.run)
	s.fail(firstFailed(
		func() error { return s.addListed(key, m) },
		s.roomForListed))
	return true
}

// addListed gives a name of a list to the writer. Nothing else may be put until
// closeListed has been called.
func (s *salvage) addListed(key []byte, m mark) (err error) {
	if s.names == nil {
		if s.names, err = newListWriter(s.w.tx); err != nil {
			return err
		}
	}
	s.held++
	return s.names.add(key, m)
}

// roomForListed commits when many names have been given.
func (s *salvage) roomForListed() error {
	if s.held < listWriterNames {
		return nil
	}
	return s.closeListed()
}

func (s *salvage) closeListed() error {
	if s.names == nil {
		return nil
	}
	names := s.names
	s.names, s.held = nil, 0
	return firstFailed(names.finish, s.w.commit)
}

// nextBlock returns the first block of a table from number no on that can be
// read, nil at its end.
func (s *salvage) nextBlock(number, no uint32) (key []byte, b block) {
	c := s.w.bucket(bucketSorted).Cursor()
	for k, v := c.Seek(partKey(nil, number, no)); len(k) == 8 && binary.BigEndian.Uint32(k) == number; k, v = c.Next() {
		if binary.BigEndian.Uint32(k[4:])&sieveParts != 0 {
			break
		}
		if b, err := openBlock(k, v, true); err == nil {
			return k, b
		}
		s.lost(string(bucketSorted))
	}
	return nil, b
}

// oldTables is what can be known of tables of which parts are missing.
type oldTables struct {
	numbers []uint32 // of those with blocks, the oldest first: the later rule over the earlier
	most    uint32   // the greatest number
	tails   map[uint32]string
}

// oldTables reads heads and tails, and removes them: the tables that are written
// now must not be merged with what is left of the old.
func (s *salvage) oldTables() (old oldTables, err error) {
	old.tails = map[uint32]string{0: ""}
	ages := map[uint32]uint32{}
	b := s.w.bucket(bucketTables)
	var keys [][]byte
	_ = b.ForEach(func(k, v []byte) error {
		keys = append(keys, bytes.Clone(k))
		if t, err := readTable(k, v); err == nil {
			ages[t.number], old.most = t.age, max(old.most, t.number)
		} else if len(k) == 5 && k[0] == 't' {
			if text, err := readTail(k, v); err == nil {
				old.tails[binary.BigEndian.Uint32(k[1:])] = text
			} else {
				s.lost(string(bucketTables))
			}
		}
		return nil
	})
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return old, err
		}
	}
	old.numbers = tablesWithBlocks(s.w.bucket(bucketSorted))
	for _, n := range old.numbers {
		old.most = max(old.most, n)
	}
	slices.SortStableFunc(old.numbers, func(x, y uint32) int { return int(int64(ages[x]) - int64(ages[y])) })
	return old, b.SetSequence(max(b.Sequence(), uint64(old.most)))
}

func tablesWithBlocks(b *bbolt.Bucket) (numbers []uint32) {
	c := b.Cursor()
	for k, _ := c.First(); len(k) == 8; {
		n := binary.BigEndian.Uint32(k)
		numbers = append(numbers, n)
		if n == ^uint32(0) {
			break
		}
		k, _ = c.Seek(partKey(nil, n+1, 0))
	}
	return numbers
}

// readBlock gives out the names of a block whose tails are known.
func (old *oldTables) readBlock(b block, add func(key []byte, m mark) error) error {
	var key []byte
	for at := 0; at < len(b.entries); {
		e, next := b.entry(at)
		if next < 0 {
			return nil
		}
		at = next
		tail, ok := old.tails[e.tail]
		if !ok {
			continue
		}
		key = append(append(key[:0], e.text...), tail...)
		if err := add(key, e.mark); err != nil {
			return err
		}
	}
	return nil
}

// dropParts removes what is left of the tables up to number most.
func (s *salvage) dropParts(most uint32) error {
	for {
		c := s.w.bucket(bucketSorted).Cursor()
		n := 0
		for k, _ := c.First(); len(k) == 8 && binary.BigEndian.Uint32(k) <= most && n < mendStep; k, _ = c.Next() {
			if err := c.Delete(); err != nil {
				return err
			}
			n++
		}
		if err := s.w.commit(); err != nil || n < mendStep {
			return err
		}
	}
}
