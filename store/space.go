package store

import (
	"encoding/binary"
	"math/bits"
	"time"
)

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

// chunkHas reports whether an index of the chunk v under key is known and holds
// for d, without decoding what need not be.
func chunkHas(key, v []byte, i uint16, d time.Duration, now time.Time) (bool, error) {
	body, err := chunkBody(key, v)
	if err != nil || len(body) == 0 {
		return false, err
	}
	in := decoder{buf: body}
	for n := int(in.octet()); n > 0 && !in.bad; n-- {
		at := int64(in.uvarint())
		has := in.bitmapHas(i)
		if has && fresh(at, d, now) {
			return true, nil
		}
	}
	return false, in.err()
}

// bitmapHas passes over a bitmap and reports whether i is in it.
func (d *decoder) bitmapHas(i uint16) bool {
	form, body := d.octet(), d.bytes(d.uvarint())
	if form == bitsRaw && len(body) == bitmapLen {
		return body[i>>3]>>(i&7)&1 != 0
	}
	if form != bitsRuns {
		d.bad = true
		return false
	}
	for at := uint64(0); len(body) > 0; {
		gap, n := binary.Uvarint(body)
		length, m := binary.Uvarint(body[max(n, 0):])
		if n <= 0 || m <= 0 {
			d.bad = true
			return false
		}
		at += gap
		if uint64(i) < at {
			return false
		}
		if uint64(i) < at+length {
			return true
		}
		at, body = at+length, body[n+m:]
	}
	return false
}
