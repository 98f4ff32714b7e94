package store

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A table's sieve says of most names that they are not in it, without a look at
// its blocks: a split block Bloom filter, one line of 32 octets a look-up. It may
// say yes wrongly, about once in a hundred, and never says no wrongly. Lines are
// in the order of hashes as names are, so that a merge writes them from the
// first to the last. It stands in the file in parts, and costs a process no memory of its own.
const (
	sieveForm    = 1
	sieveHeadLen = 8 // form u8, three zero octets, checksum u32 of its key and what follows
	lineLen      = 32
	linesPerPart = 2046 // so that two parts fill 32 pages
	namesPerLine = 23   // 11 bits a name
)

// Odd constants that spread one half of a hash over the eight words of a line.
var sieveSalt = [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}

func linesFor(names uint64) uint32 { return uint32(names/namesPerLine + 1) }

func partsFor(lines uint32) uint32 { return (lines + linesPerPart - 1) / linesPerPart }

func lineOf(hash uint64, lines uint32) uint32 {
	hi, _ := bits.Mul64(hash, uint64(lines))
	return uint32(hi)
}

// newPart appends part n of a sieve of so many lines, empty, to dst.
func newPart(dst []byte, n, lines uint32) []byte {
	size := min(linesPerPart, lines-n*linesPerPart) * lineLen
	return append(append(dst, sieveForm, 0, 0, 0, 0, 0, 0, 0), make([]byte, size)...)
}

// sealPart writes the checksum of a part that is to stand under key.
func sealPart(key, part []byte) {
	binary.BigEndian.PutUint32(part[4:], sumOf(key, part[sieveHeadLen:]))
}

// checkPart looks whether v is part n of a sieve of so many lines, and with sum at its checksum.
func checkPart(key, v []byte, n, lines uint32, sum bool) error {
	if n >= partsFor(lines) || len(v) != sieveHeadLen+int(min(linesPerPart, lines-n*linesPerPart))*lineLen || v[0] != sieveForm {
		return fmt.Errorf("a sieve of names: %w", errRecord)
	}
	if sum && sumOf(key, v[sieveHeadLen:]) != binary.BigEndian.Uint32(v[4:]) {
		return fmt.Errorf("the checksum of a sieve of names: %w", errRecord)
	}
	return nil
}

func partLine(part []byte, line uint32) []byte {
	at := sieveHeadLen + line%linesPerPart*lineLen
	return part[at : at+lineLen : at+lineLen]
}

func addToLine(line []byte, hash uint64) {
	_ = line[lineLen-1]
	for i, salt := range sieveSalt {
		w := line[4*i : 4*i+4]
		binary.LittleEndian.PutUint32(w, binary.LittleEndian.Uint32(w)|1<<(uint32(hash)*salt>>27))
	}
}

// lineHas has no branch but one: which bit is missing cannot be foreseen.
func lineHas(line []byte, hash uint64) bool {
	_ = line[lineLen-1]
	all := uint32(1)
	for i, salt := range sieveSalt {
		all &= binary.LittleEndian.Uint32(line[4*i:4*i+4]) >> (uint32(hash) * salt >> 27)
	}
	return all&1 != 0
}
