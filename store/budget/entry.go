package budget

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// The file is a page of header and, in units of 512 octets, entries: a key and
// a value each, with a checksum, rewritten in their place. No entry of up to a page
// crosses the end of one, so that the system writes it whole or not at all.
const (
	unit      = 512
	page      = 4096
	entryHead = 24
	maxEntry  = 64 << 10 // octets, head and key among them
	// accountRoom is what an account gets, so that it seldom has to move.
	accountRoom = 2048
)

// entryMagic begins an entry.
const entryMagic = 0x56616345

// entry is a key and its value, and when that was put, in seconds of the file's clock.
type entry struct {
	key   string
	value []byte
	put   int64
	units int
}

// append writes the entry: magic, checksum of all that follows, units, length of
// the key, length of the value, time, key, value.
func (e *entry) append(dst []byte) []byte {
	from := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, entryMagic)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(e.units))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(e.key)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(e.value)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(e.put))
	dst = append(append(dst, e.key...), e.value...)
	binary.LittleEndian.PutUint32(dst[from+4:], crc32.ChecksumIEEE(dst[from+8:]))
	return dst
}

// readEntry reads the entry that data begins with. damaged says that there was one.
func readEntry(data []byte) (e entry, ok, damaged bool) {
	if len(data) < entryHead || binary.LittleEndian.Uint32(data) != entryMagic {
		return e, false, false
	}
	e.units = int(binary.LittleEndian.Uint16(data[8:]))
	keyLen, valueLen := int(binary.LittleEndian.Uint16(data[10:])), int(binary.LittleEndian.Uint32(data[12:]))
	size := entryHead + keyLen + valueLen
	if size > min(len(data), e.units*unit) || size > maxEntry || crc32.ChecksumIEEE(data[8:size]) != binary.LittleEndian.Uint32(data[4:]) {
		return entry{}, false, true
	}
	e.put = int64(binary.LittleEndian.Uint64(data[16:]))
	e.key, e.value = string(data[entryHead:entryHead+keyLen]), data[entryHead+keyLen:size]
	return e, true, false
}

func unitsFor(octets int) int { return (octets + unit - 1) / unit }

// place is where an entry is.
type place struct {
	at    int // its first unit, counted from behind the header
	units int
	put   int64
}

// index says where every key is.
type index struct {
	gen    uint64 // the file's count of moves when it was made
	places map[string]place
	units  int // how many the file has
	lost   int // entries that are damaged
}

// scan makes the index of all entries in data, what follows the header.
func scan(data []byte) index {
	x := index{places: make(map[string]place), units: unitsFor(len(data))}
	for at := 0; at*unit < len(data); {
		e, ok, damaged := readEntry(data[at*unit:])
		switch {
		case ok:
			if old, twice := x.places[e.key]; !twice || old.put <= e.put {
				x.places[e.key] = place{at, e.units, e.put}
			}
			at += e.units
			x.units = max(x.units, at) // the last one's end may not be written yet
			continue
		case damaged:
			x.lost++
		}
		at++
	}
	return x
}

// room returns where an entry of so many units fits: the first gap, else the end.
func (x *index) room(units int) int {
	busy := make([]bool, x.units)
	for _, p := range x.places {
		for i := p.at; i < p.at+p.units && i < len(busy); i++ {
			busy[i] = true
		}
	}
	for at := 0; ; at++ {
		if left := page/unit - at%(page/unit); units > left && left < page/unit {
			at += left - 1 // to the next page
			continue
		}
		n := 0
		for n < units && (at+n >= len(busy) || !busy[at+n]) {
			n++
		}
		if n == units {
			return at
		}
		at += n
	}
}

// stale returns the keys whose entries have had their time.
func (x *index) stale(now int64) (keys []string) {
	for key, p := range x.places {
		if expired(key, time.Duration(now/int64(time.Second)-p.put)*time.Second) {
			keys = append(keys, key)
		}
	}
	return keys
}
