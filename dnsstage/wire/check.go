package wire

import (
	"bytes"
	"encoding/binary"
)

// Match says whether a message answers a query.
type Match uint8

// The matches. Source address and port are the transport's to compare.
const (
	NoMatch  Match = iota // not a reply to this query: ignore it
	CaseOnly              // all matches but the case of the name
	Full                  // id, QR, opcode, one question, name byte for byte, type and class match
)

// Offsets and bits of the header (RFC 1035 section 4.1.1).
const (
	bitQR      = 0x80 // of octet 2
	maskOpcode = 0x78
	bitAA      = 0x04
	bitTC      = 0x02
	bitRD      = 0x01
	bitRA      = 0x80 // of octet 3
	bitAD      = 0x20
	maskRcode  = 0x0f
)

const classIN = 1

// Check judges msg as a reply to the query that p holds. It reads no further
// than the question section and never past msg.
func (p *Packet) Check(msg []byte) Match {
	if p.q == 0 || len(msg) < int(p.q) || !p.headerMatches(msg) {
		return NoMatch
	}
	asked, got := p.Question(), msg[headerLen:p.q]
	if bytes.Equal(asked, got) {
		return Full
	}
	name := len(asked) - questionEnd
	if bytes.Equal(asked[name:], got[name:]) && equalFold(asked[:name], got[:name]) {
		return CaseOnly
	}
	return NoMatch
}

func (p *Packet) headerMatches(msg []byte) bool {
	return msg[0] == p.buf[prefixLen] && msg[1] == p.buf[prefixLen+1] &&
		msg[2]&(bitQR|maskOpcode) == bitQR &&
		binary.BigEndian.Uint16(msg[4:]) == 1
}

// equalFold compares names in wire form, of equal length, without regard to the
// case of ASCII letters (RFC 4343); no other octet folds.
func equalFold(a, b []byte) bool {
	for i, c := range a {
		if c != b[i] && lower(c) != lower(b[i]) {
			return false
		}
	}
	return true
}

// QuestionOf returns the question section of any message that has exactly one
// uncompressed question, nil otherwise.
func QuestionOf(msg []byte) []byte {
	if len(msg) < headerLen || binary.BigEndian.Uint16(msg[4:]) != 1 {
		return nil
	}
	end, ok := plainNameEnd(msg, headerLen)
	if !ok || end+questionEnd > len(msg) {
		return nil
	}
	return msg[headerLen : end+questionEnd]
}

// SameQuestion reports whether two question sections ask the same, whatever
// the case of their letters.
func SameQuestion(a, b []byte) bool {
	if len(a) != len(b) || len(a) < questionEnd {
		return false
	}
	name := len(a) - questionEnd
	return bytes.Equal(a[name:], b[name:]) && equalFold(a[:name], b[:name])
}
