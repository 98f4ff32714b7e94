package store

import (
	"encoding/binary"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// layer is the indexes of a chunk that were found delegated at about one time.
type layer struct {
	at   int64 // Unix seconds, the earliest of them: no answer is held for longer than its class allows
	bits *bitmap
}

const (
	// layerSpan is how far answers of one layer may lie apart. An answer may be
	// asked again that much too early, never too late.
	layerSpan = int64(time.Hour / time.Second)
	// maxLayers bounds a chunk's record; beyond it the oldest two become one.
	maxLayers = 6
)

// Forms of a progress value, its first octet.
const (
	progressOld    = 1 // schema 1
	progressSummed = 2 // the same, with a sum at the end
)

// chunk is the progress of 65,536 indexes: layers, oldest first, disjoint.
type chunk []layer

// chunkBody returns what follows the form of the value v under key, none for nil.
func chunkBody(key, v []byte) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	if len(v) == 0 || v[0] != progressOld {
		body, ok := cutSum(key, v)
		if !ok || body[0] != progressSummed {
			return nil, errRecord
		}
		v = body
	}
	return v[1:], nil
}

// readChunk decodes the value v under key, nil for none.
func readChunk(key, v []byte) (chunk, error) {
	body, err := chunkBody(key, v)
	if v == nil || err != nil {
		return nil, err
	}
	d := decoder{buf: body}
	c := make(chunk, 0, maxLayers+1)
	for n := int(d.octet()); n > 0; n-- {
		at := int64(d.uvarint())
		bits, err := d.bitmap()
		if err != nil {
			return nil, err
		}
		c = append(c, layer{at, bits})
	}
	return c, d.err()
}

func (c chunk) append(dst, key []byte) []byte {
	start := len(dst)
	dst = append(dst, progressSummed, byte(len(c)))
	for _, l := range c {
		dst = binary.AppendUvarint(dst, uint64(l.at))
		dst = l.bits.append(dst)
	}
	return appendSum(dst, start, key)
}

// freshBits is which indexes of a chunk need no asking, and until when that is so.
type freshBits struct {
	bits  *bitmap // nil for none
	until time.Time
}

// fresh returns the indexes whose answers hold for d.
func (c chunk) fresh(d time.Duration, now time.Time) (f freshBits) {
	for _, l := range c {
		if !fresh(l.at, d, now) {
			continue
		}
		end := time.Unix(l.at, 0).Add(d)
		if f.bits == nil {
			f = freshBits{new(bitmap), end}
		}
		f.bits.or(l.bits)
		if end.Before(f.until) {
			f.until = end
		}
	}
	return f
}

func (f freshBits) holds(now time.Time) bool { return f.bits == nil || now.Before(f.until) }

// record puts delegated into the layer of time at and takes it and gone out of all others.
func (c chunk) record(at int64, delegated, gone *bitmap) chunk {
	for _, l := range c {
		l.bits.andNot(delegated)
		l.bits.andNot(gone)
	}
	c = slices.DeleteFunc(c, func(l layer) bool { return l.bits.empty() })
	if delegated.empty() {
		return c
	}
	if n := len(c); n > 0 && at-c[n-1].at < layerSpan && at-c[n-1].at > -layerSpan {
		c[n-1].at = min(c[n-1].at, at)
		c[n-1].bits.or(delegated)
	} else {
		c = append(c, layer{at, delegated})
	}
	slices.SortStableFunc(c, func(a, b layer) int { return int(a.at - b.at) })
	for len(c) > maxLayers {
		c[0].bits.or(c[1].bits) // c[0] is the older: its time is the safe one
		c = slices.Delete(c, 1, 2)
	}
	return c
}

// recordProgress merges what one commit brings into the chunks of a space. Both
// lists are sorted here. dropped are those of gone that were delegated, in order.
func recordProgress(tx *bbolt.Tx, space [16]byte, at int64, delegated, gone []uint64) (dropped []uint64, err error) {
	slices.Sort(delegated)
	slices.Sort(gone)
	bucket := tx.Bucket(bucketProgress)
	for len(delegated) > 0 || len(gone) > 0 {
		id := nextChunk(delegated, gone)
		var on, off *bitmap
		on, delegated = takeChunk(delegated, id)
		off, gone = takeChunk(gone, id)
		key := chunkKey(space, id)
		old := bucket.Get(key)
		c, err := readChunk(key, old)
		if err != nil {
			return nil, err
		}
		dropped = c.common(dropped, off, id)
		c = c.record(at, on, off)
		if len(c) > 0 {
			err = bucket.Put(key, c.append(nil, key))
		} else if old != nil {
			err = bucket.Delete(key)
		}
		if err != nil {
			return nil, err
		}
	}
	return dropped, nil
}

// common appends the indexes of chunk id that are both in c and in b, in order.
func (c chunk) common(dst []uint64, b *bitmap, id uint64) []uint64 {
	for i := b.next(0, true); i < chunkSize; i = b.next(i+1, true) {
		for _, l := range c {
			if l.bits.has(uint16(i)) {
				dst = append(dst, id<<chunkBits|uint64(i))
				break
			}
		}
	}
	return dst
}

// nextChunk returns the lower chunk of the first of each list; one has one.
func nextChunk(a, b []uint64) uint64 {
	switch {
	case len(a) == 0:
		return b[0] >> chunkBits
	case len(b) == 0:
		return a[0] >> chunkBits
	}
	return min(a[0], b[0]) >> chunkBits
}

// takeChunk takes the indexes of chunk id off the front of sorted.
func takeChunk(sorted []uint64, id uint64) (*bitmap, []uint64) {
	b := new(bitmap)
	n := 0
	for n < len(sorted) && sorted[n]>>chunkBits == id {
		b.set(uint16(sorted[n]))
		n++
	}
	return b, sorted[n:]
}
