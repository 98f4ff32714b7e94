package store

import (
	"encoding/binary"
	"hash/crc32"
)

// Values end with (a state has within) a CRC-32C over their key and all of
// themselves but it: a flipped bit is damage that is seen, never another
// verdict, another time or another name. Forms with a sum differ from older
// forms without in two bits at least, so that no single flip turns one into the
// other.
const sumLen = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sumOf(key []byte, parts ...[]byte) uint32 {
	sum := crc32.Update(0, castagnoli, key)
	for _, part := range parts {
		sum = crc32.Update(sum, castagnoli, part)
	}
	return sum
}

// appendSum ends a value that begins at dst[start:].
func appendSum(dst []byte, start int, key []byte) []byte {
	return binary.BigEndian.AppendUint32(dst, sumOf(key, dst[start:]))
}

// cutSum returns v without the sum at its end; ok is false if that is wrong.
func cutSum(key, v []byte) (body []byte, ok bool) {
	n := len(v) - sumLen
	if n < 1 {
		return nil, false
	}
	return v[:n], binary.BigEndian.Uint32(v[n:]) == sumOf(key, v[:n])
}
