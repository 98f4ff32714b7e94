package store

import (
	"encoding/binary"
	"math/bits"
)

// chunkBits is how many indexes share one progress record, as an exponent:
// 65,536, so that a full bitmap is 8 KB.
const (
	chunkBits = 16
	chunkSize = 1 << chunkBits
)

// bitmap is a set of the indexes of one chunk.
type bitmap [chunkSize / 64]uint64

const bitmapLen = chunkSize / 8

func (b *bitmap) set(i uint16)      { b[i>>6] |= 1 << (i & 63) }
func (b *bitmap) has(i uint16) bool { return b[i>>6]>>(i&63)&1 != 0 }

func (b *bitmap) or(o *bitmap) {
	for i := range b {
		b[i] |= o[i]
	}
}

func (b *bitmap) andNot(o *bitmap) {
	for i := range b {
		b[i] &^= o[i]
	}
}

func (b *bitmap) empty() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

// covers reports whether every index in [lo, hi) is in the set; hi may be chunkSize.
func (b *bitmap) covers(lo, hi int) bool {
	for i := lo; i < hi; {
		if i&63 == 0 && hi-i >= 64 {
			if b[i>>6] != ^uint64(0) {
				return false
			}
			i += 64
			continue
		}
		if !b.has(uint16(i)) {
			return false
		}
		i++
	}
	return true
}

// next returns the first index at or after i whose bit is on (or off), chunkSize if there is none.
func (b *bitmap) next(i int, on bool) int {
	for i < chunkSize {
		w := b[i>>6]
		if !on {
			w = ^w
		}
		if w >>= i & 63; w != 0 {
			return i + bits.TrailingZeros64(w)
		}
		i = (i | 63) + 1
	}
	return chunkSize
}

// Encodings of a bitmap.
const (
	bitsRaw  = 0 // 8,192 octets, least bit first
	bitsRuns = 1 // uvarint pairs: gap, length
)

// append encodes b in the shorter of its two forms, with its length before it.
func (b *bitmap) append(dst []byte) []byte {
	var runs []byte
	tooMany := b.runs() >= bitmapLen/2 // of two octets at least
	for i := 0; len(runs) < bitmapLen && !tooMany; {
		start := b.next(i, true)
		if start == chunkSize {
			dst = append(dst, bitsRuns)
			return append(binary.AppendUvarint(dst, uint64(len(runs))), runs...)
		}
		end := b.next(start, false)
		runs = binary.AppendUvarint(runs, uint64(start-i))
		runs = binary.AppendUvarint(runs, uint64(end-start))
		i = end
	}
	dst = binary.AppendUvarint(append(dst, bitsRaw), bitmapLen)
	for _, w := range b {
		dst = binary.LittleEndian.AppendUint64(dst, w)
	}
	return dst
}

// runs returns how many runs of set bits there are.
func (b *bitmap) runs() (n int) {
	before := uint64(0)
	for _, w := range b {
		n += bits.OnesCount64(w &^ (w<<1 | before))
		before = w >> 63
	}
	return n
}

// bitmap decodes what bitmap.append wrote.
func (d *decoder) bitmap() (*bitmap, error) {
	form := d.octet()
	body := d.bytes(d.uvarint())
	b := new(bitmap)
	switch {
	case d.bad:
		return nil, errRecord
	case form == bitsRaw && len(body) == bitmapLen:
		for i := range b {
			b[i] = binary.LittleEndian.Uint64(body[8*i:])
		}
		return b, nil
	case form == bitsRuns:
		return b, b.readRuns(body)
	}
	return nil, errRecord
}

func (b *bitmap) readRuns(body []byte) error {
	d := decoder{buf: body}
	for at := uint64(0); len(d.buf) > 0; {
		gap, length := d.uvarint(), d.uvarint()
		if d.bad || gap > chunkSize || length > chunkSize || at+gap+length > chunkSize {
			return errRecord
		}
		at += gap
		b.setRun(int(at), int(at+length))
		at += length
	}
	return nil
}

func (b *bitmap) setRun(lo, hi int) {
	for i := lo; i < hi; {
		if i&63 == 0 && hi-i >= 64 {
			b[i>>6] = ^uint64(0)
			i += 64
			continue
		}
		b.set(uint16(i))
		i++
	}
}
