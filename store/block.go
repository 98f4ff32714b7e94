package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// listed is a name of a list as a table holds it.
type listed struct {
	hash uint64
	text []byte // the label; with tail 0 the whole key
	tail uint32
	mark mark
}

// A block is some hundred names of a table in the order of their hashes:
//
//	form u8, checksum u32 of its key and all that follows
//	count u32, greatest run u32, latest time u32, groups u16
//	offset u16 of each group
//	entries: length, text, tail, run and whether delegated, time if delegated
//
// A group is the names of one part of the block's range of hashes, a few each,
// so that a look-up reads a few names and not the block.
const (
	blockForm    = 1
	blockHeadLen = 19
	groupSize    = 8 // names, on average
)

// timeUnit is the grain of the time of a mark, in seconds. Times are rounded
// down: a name may be asked again that much too early, never too late.
const timeUnit = 300

// maxBack is the greatest distance from the block's greatest run that stands in
// the octet of the flag; a greater one follows it.
const maxBack = 127

func timeUnits(at int64) uint32 { return uint32(min(max(at, 0)/timeUnit, math.MaxUint32)) }

// appendBlock encodes names that are in order. blocks is how many the table has.
func appendBlock(dst []byte, names []listed, blocks uint32) []byte {
	groups := min(len(names)/groupSize, math.MaxUint16)
	start := len(dst)
	dst = blockHead(dst, names, groups)
	entries := len(dst)
	next := 0
	for i := range names {
		for g := groupOf(names[i].hash, blocks, groups); next <= g && next < groups; next++ {
			putGroup(dst[start:], next, len(dst)-entries)
		}
		dst = names[i].append(dst, dst[start:])
	}
	if len(dst)-entries > math.MaxUint16 && groups > 0 { // offsets do not reach: one group
		return appendUngrouped(dst[:start], names)
	}
	for ; next < groups; next++ {
		putGroup(dst[start:], next, len(dst)-entries)
	}
	return dst
}

func appendUngrouped(dst []byte, names []listed) []byte {
	start := len(dst)
	dst = blockHead(dst, names, 0)
	for i := range names {
		dst = names[i].append(dst, dst[start:])
	}
	return dst
}

func blockHead(dst []byte, names []listed, groups int) []byte {
	var run, at uint32
	for i := range names {
		run = max(run, names[i].mark.run)
		at = max(at, timeUnits(names[i].mark.at))
	}
	dst = append(dst, blockForm, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(names)))
	dst = binary.BigEndian.AppendUint32(dst, run)
	dst = binary.BigEndian.AppendUint32(dst, at)
	dst = binary.BigEndian.AppendUint16(dst, uint16(groups))
	return append(dst, make([]byte, 2*groups)...)
}

func putGroup(block []byte, group, offset int) {
	binary.BigEndian.PutUint16(block[blockHeadLen+2*group:], uint16(min(offset, math.MaxUint16)))
}

// sealBlock writes the checksum of a block that is to stand under key.
func sealBlock(key, v []byte) { binary.BigEndian.PutUint32(v[1:], sumOf(key, v[5:])) }

// append encodes e for the block whose head stands in head.
func (e *listed) append(dst, head []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(e.text)))
	dst = append(dst, e.text...)
	dst = binary.AppendUvarint(dst, uint64(e.tail))
	flag := byte(0)
	if e.mark.delegated {
		flag = 1
	}
	back := binary.BigEndian.Uint32(head[9:]) - e.mark.run
	if back < maxBack {
		dst = append(dst, byte(back)<<1|flag)
	} else {
		dst = binary.AppendUvarint(append(dst, maxBack<<1|flag), uint64(back))
	}
	if e.mark.delegated {
		dst = binary.AppendUvarint(dst, uint64(binary.BigEndian.Uint32(head[13:])-timeUnits(e.mark.at)))
	}
	return dst
}

// length is about how many octets e takes in a block, its share of the groups included.
func (e *listed) length() int { return len(e.text) + 5 }

// blockOf is the block that holds a hash, of a table that has so many.
func blockOf(hash uint64, blocks uint32) uint32 {
	hi, _ := bits.Mul64(hash, uint64(blocks))
	return uint32(hi)
}

// firstHash is the least hash of block n.
func firstHash(n, blocks uint32) uint64 {
	q, r := bits.Div64(uint64(n), 0, uint64(blocks))
	if r > 0 {
		q++
	}
	return q
}

// lastHash is the greatest hash of block n.
func lastHash(n, blocks uint32) uint64 {
	if n+1 >= blocks {
		return math.MaxUint64
	}
	return firstHash(n+1, blocks) - 1
}

// groupOf is the group of a hash within its block.
func groupOf(hash uint64, blocks uint32, groups int) int {
	g, _ := bits.Mul64(hash*uint64(blocks), uint64(groups))
	return int(g)
}

// block is an encoded block that may be read.
type block struct {
	count   int
	run, at uint32
	groups  []byte
	entries []byte
}

// openBlock looks at the head of v, and with sum at its checksum.
func openBlock(key, v []byte, sum bool) (b block, err error) {
	if len(v) < blockHeadLen || v[0] != blockForm {
		return b, fmt.Errorf("a block of names: %w", errRecord)
	}
	if sum && sumOf(key, v[5:]) != binary.BigEndian.Uint32(v[1:]) {
		return b, fmt.Errorf("the checksum of a block of names: %w", errRecord)
	}
	groups := 2 * int(binary.BigEndian.Uint16(v[17:]))
	if blockHeadLen+groups > len(v) {
		return b, fmt.Errorf("a block of names: %w", errRecord)
	}
	return block{count: int(binary.BigEndian.Uint32(v[5:])), run: binary.BigEndian.Uint32(v[9:]), at: binary.BigEndian.Uint32(v[13:]),
		groups: v[blockHeadLen : blockHeadLen+groups], entries: v[blockHeadLen+groups:]}, nil
}

// group returns where the entries of a hash begin and end.
func (b *block) group(hash uint64, blocks uint32) (from, to int, ok bool) {
	n := len(b.groups) / 2
	if n == 0 {
		return 0, len(b.entries), true
	}
	g := groupOf(hash, blocks, n)
	from, to = int(binary.BigEndian.Uint16(b.groups[2*g:])), len(b.entries)
	if g+1 < n {
		to = int(binary.BigEndian.Uint16(b.groups[2*g+2:]))
	}
	return from, to, from <= to && to <= len(b.entries)
}

// find looks for a name in the block.
func (b *block) find(hash uint64, text []byte, tail uint32, blocks uint32) (m mark, ok bool, err error) {
	at, to, sane := b.group(hash, blocks)
	if !sane {
		return m, false, fmt.Errorf("the groups of a block of names: %w", errRecord)
	}
	for at < to {
		e, next := b.entry(at)
		if next < 0 {
			return m, false, fmt.Errorf("an entry of a block of names: %w", errRecord)
		}
		if e.tail == tail && string(e.text) == string(text) {
			return e.mark, true, nil
		}
		at = next
	}
	return m, false, nil
}

// entry decodes the entry at an offset, without its hash, and returns where the
// next one begins, or -1.
func (b *block) entry(at int) (e listed, next int) {
	buf := b.entries
	if at >= len(buf) {
		return e, -1
	}
	n, tail := int(buf[at]), at+1+int(buf[at])
	if n >= 0x80 || tail+2 >= len(buf) || buf[tail] >= 0x80 {
		return b.longEntry(at)
	}
	e.text, e.tail = buf[at+1:tail:tail], uint32(buf[tail])
	return e, b.mark(&e.mark, tail+1)
}

// longEntry is entry for one with a number of several octets, or near the end.
func (b *block) longEntry(at int) (e listed, next int) {
	n, at := b.uvarint(at)
	if at < 0 || n > uint64(len(b.entries)-at) {
		return e, -1
	}
	e.text = b.entries[at : at+int(n)]
	tail, at := b.uvarint(at + int(n))
	if at < 0 || at >= len(b.entries) || tail >= maxTails {
		return e, -1
	}
	e.tail = uint32(tail)
	return e, b.mark(&e.mark, at)
}

// mark decodes a mark and returns where it ends, or -1.
func (b *block) mark(m *mark, at int) int {
	flags := b.entries[at]
	at++
	back := uint64(flags >> 1)
	if back == maxBack {
		back, at = b.uvarint(at)
	}
	if at < 0 || back > uint64(b.run) {
		return -1
	}
	m.run = b.run - uint32(back)
	if m.delegated = flags&1 != 0; !m.delegated {
		return at
	}
	early, at := b.uvarint(at)
	if at < 0 || early > uint64(b.at) {
		return -1
	}
	m.at = int64(b.at-uint32(early)) * timeUnit
	return at
}

func (b *block) uvarint(at int) (uint64, int) {
	if at < len(b.entries) && b.entries[at] < 0x80 { // nearly always
		return uint64(b.entries[at]), at + 1
	}
	if at > len(b.entries) {
		return 0, -1
	}
	v, n := binary.Uvarint(b.entries[at:])
	if n <= 0 {
		return 0, -1
	}
	return v, at + n
}
