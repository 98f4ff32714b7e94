package store

import "math/bits"

// chunkKeyLen is the length of a key of progress: a space's id and a chunk's number.
const chunkKeyLen = 16 + 8

// count returns how many indexes the layers hold, and whether each is in one alone.
func (c chunk) count() (n uint64, disjoint bool) {
	var all bitmap
	for _, l := range c {
		all.or(l.bits)
		n += l.bits.count()
	}
	return all.count(), all.count() == n
}

func (b *bitmap) count() (n uint64) {
	for _, w := range b {
		n += uint64(bits.OnesCount64(w))
	}
	return n
}
