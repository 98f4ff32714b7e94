package wire

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
)

// Octets of the parts of a query (RFC 1035 section 4, RFC 6891).
const (
	headerLen   = 12
	maxWireName = 255
	questionEnd = 4 // type and class behind the name
	optLen      = 11
	prefixLen   = 2 // length in front of a message over TCP (RFC 1035 section 4.2.2)
	maxQueryLen = headerLen + maxWireName + questionEnd + optLen
)

// BufferSize is the size of UDP reply that queries with DO allow: it fits an
// Ethernet frame with IPv6 headers and a tunnel's to spare (DNS flag day 2020).
const BufferSize = 1232

// ErrName says that a query's name cannot be put on the wire.
var ErrName = errors.New("name does not fit a DNS message")

// header asks one question: an id of 0, no flags, QDCOUNT 1.
var header = [headerLen]byte{5: 1}

// opt is the OPT record of a query with DO: root, type 41, BufferSize, DO set.
var opt = [optLen]byte{2: 41, 3: BufferSize >> 8, 4: BufferSize & 0xff, 7: 0x80}

// Packet is one query in wire form, with room for the longest, so that building
// one allocates nothing. It remembers what it asked: [Packet.Check] believes no
// reply that differs from it. The zero Packet matches nothing.
type Packet struct {
	n   uint16 // octets of the message, without the prefix
	q   uint16 // end of the question section in the message
	buf [prefixLen + maxQueryLen]byte
}

// Build makes p the query q with the given id. The case of each letter of the
// name is drawn from rng: 0x20 bits, which a forger has to guess as well.
func (p *Packet) Build(q *Query, id uint16, rng *rand.ChaCha8) error {
	p.n, p.q = 0, 0
	msg := p.buf[prefixLen:]
	copy(msg, header[:])
	binary.BigEndian.PutUint16(msg, id)
	if q.RD {
		msg[2] = 1
	}
	end, err := putName(msg, headerLen, q.Name)
	if err != nil {
		return err
	}
	randomCase(msg[headerLen:end], rng)
	binary.BigEndian.PutUint16(msg[end:], q.Type)
	binary.BigEndian.PutUint16(msg[end+2:], classIN)
	end += questionEnd
	p.q = uint16(end)
	if q.DO {
		msg[11] = 1 // ARCOUNT
		end += copy(msg[end:], opt[:])
	}
	p.n = uint16(end)
	binary.BigEndian.PutUint16(p.buf[:], p.n)
	return nil
}

// Bytes returns the message: a view, good until the next Build.
func (p *Packet) Bytes() []byte { return p.buf[prefixLen : prefixLen+int(p.n)] }

// Framed returns the message with its length in front, as TCP wants it.
func (p *Packet) Framed() []byte { return p.buf[:prefixLen+int(p.n)] }

// Question returns the question section: name in its random case, type, class.
func (p *Packet) Question() []byte {
	if p.q == 0 {
		return nil
	}
	return p.buf[prefixLen+headerLen : prefixLen+int(p.q)]
}

// ID returns the id of a message, 0 for one too short to have a header.
func ID(msg []byte) uint16 {
	if len(msg) < headerLen {
		return 0
	}
	return binary.BigEndian.Uint16(msg)
}

// putName writes name as labels at msg[at:] and returns where they end.
func putName(msg []byte, at int, name []byte) (end int, err error) {
	// On the wire a name takes two octets more: the first length and the root.
	if len(name) > maxWireName-2 {
		return 0, ErrName
	}
	if len(name) == 0 {
		msg[at] = 0
		return at + 1, nil
	}
	length := at
	end = at + 1
	for _, c := range name {
		if c != '.' {
			msg[end] = c
			end++
			continue
		}
		if !putLength(msg, length, end) {
			return 0, ErrName
		}
		length, end = end, end+1
	}
	if !putLength(msg, length, end) {
		return 0, ErrName
	}
	msg[end] = 0
	return end + 1, nil
}

// putLength writes the length octet at, for the label that stops before end.
func putLength(msg []byte, at, end int) bool {
	n := end - at - 1
	msg[at] = byte(n)
	return n > 0 && n <= maxLabel
}

// randomCase draws the case of every letter, eight octets at a time. Length
// octets are below 64 and so never letters. One draw serves 64 octets: the
// words take different bits of its lanes.
func randomCase(name []byte, rng *rand.ChaCha8) {
	for len(name) > 0 {
		bits := rng.Uint64()
		for range 8 {
			if len(name) < 8 {
				tailCase(name, bits)
				return
			}
			word := binary.LittleEndian.Uint64(name)
			binary.LittleEndian.PutUint64(name, caseOf(word, bits))
			name, bits = name[8:], bits>>1|bits<<63
		}
	}
}

func tailCase(name []byte, bits uint64) {
	var word [8]byte
	copy(word[:], name)
	binary.LittleEndian.PutUint64(word[:], caseOf(binary.LittleEndian.Uint64(word[:]), bits))
	copy(name, word[:])
}

const (
	lanes    = 0x0101010101010101
	lowerBit = 0x20 * lanes
	highBit  = 0x80 * lanes
)

// caseOf gives the letters among eight octets the case that bits say.
func caseOf(word, bits uint64) uint64 {
	low := (word | lowerBit) &^ highBit // sums of the lanes cannot carry now
	atLeastA := low + (0x80-'a')*lanes
	aboveZ := low + (0x80-'z'-1)*lanes
	letters := (atLeastA &^ aboveZ &^ word & highBit) >> 2 // the lower-case bit of each
	return word&^letters | bits&letters
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}
