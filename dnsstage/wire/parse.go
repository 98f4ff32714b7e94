package wire

import (
	"encoding/binary"
	"errors"
)

// Errors of the parser. They are values, so that a malformed reply costs no allocation.
var (
	ErrShort    = errors.New("message ends too early")
	ErrQuestion = errors.New("message does not hold exactly one question")
	ErrPointer  = errors.New("compressed name points forward, at itself or out of the message")
	ErrLabel    = errors.New("label of an unknown kind")
	ErrTooLong  = errors.New("name longer than 255 octets")
)

// fixedLen is type, class, TTL and data length of a record.
const fixedLen = 10

// record is where one resource record lies in its message.
type record struct {
	owner       int // offset of the owner name
	kind, class uint16
	data, end   int // of the record data
}

// Parse reads raw, a reply whose question section has passed [Packet.Check],
// into m. Owner names are appended to names, which is returned like append
// does; with room for two names there nothing is allocated. m keeps views of
// raw and names. A reply with TC set is read no further than its header: what
// a server cuts off in the middle proves nothing.
//
// Work is bounded by the length of raw: every pointer must lead backwards, a
// name is at most 255 octets, and a record takes at least eleven.
func (m *Message) Parse(raw, names []byte) ([]byte, error) {
	*m = Message{Raw: raw}
	if len(raw) < headerLen {
		return names, ErrShort
	}
	m.readHeader(raw)
	if binary.BigEndian.Uint16(raw[4:]) != 1 {
		return names, ErrQuestion
	}
	if m.TC {
		return names, nil
	}
	off, ok := plainNameEnd(raw, headerLen)
	if !ok || off+questionEnd > len(raw) {
		return names, ErrQuestion
	}
	off, err := m.readAnswers(raw, off+questionEnd)
	if err != nil {
		return names, err
	}
	names, off, err = m.readAuthority(raw, off, names)
	if err != nil {
		return names, err
	}
	return names, skipRecords(raw, off, count(raw, Additional))
}

func (m *Message) readHeader(raw []byte) {
	m.AA, m.TC, m.RD = raw[2]&bitAA != 0, raw[2]&bitTC != 0, raw[2]&bitRD != 0
	m.RA, m.AD = raw[3]&bitRA != 0, raw[3]&bitAD != 0
	m.Rcode = raw[3] & maskRcode
	m.Answers = uint16(count(raw, Answer))
}

// readAnswers notes what the answer section holds of the name asked itself.
func (m *Message) readAnswers(raw []byte, off int) (int, error) {
	for range m.Answers {
		r, next, err := readRecord(raw, off)
		if err != nil {
			return 0, err
		}
		off = next
		if r.class != classIN || !ownedByName(raw, r.owner) {
			continue
		}
		if m.AnswerType == 0 {
			m.AnswerType = r.kind
		}
		m.AnswerNS = m.AnswerNS || r.kind == TypeNS
	}
	return off, nil
}

// readAuthority notes whose NS and SOA records the authority section holds.
func (m *Message) readAuthority(raw []byte, off int, names []byte) ([]byte, int, error) {
	for range count(raw, Authority) {
		r, next, err := readRecord(raw, off)
		if err != nil {
			return names, 0, err
		}
		off = next
		switch {
		case r.class != classIN:
		case r.kind == TypeNS && m.NSOwner == nil:
			m.NSOwner, names = takeName(raw, r.owner, names)
		case r.kind == TypeSOA && m.SOAOwner == nil:
			m.SOAOwner, names = takeName(raw, r.owner, names)
		}
	}
	return names, off, nil
}

// takeName appends the canonical name at off to names and returns a view of it,
// which is never nil.
func takeName(raw []byte, off int, names []byte) (name, all []byte) {
	if names == nil {
		names = make([]byte, 0, 2*maxWireName)
	}
	from := len(names)
	names = appendName(names, raw, off)
	return names[from:len(names):len(names)], names
}

func skipRecords(raw []byte, off, n int) error {
	for range n {
		_, next, err := readRecord(raw, off)
		if err != nil {
			return err
		}
		off = next
	}
	return nil
}

func readRecord(raw []byte, off int) (r record, next int, err error) {
	r.owner = off
	off, err = nameEnd(raw, off)
	if err != nil {
		return r, 0, err
	}
	if off+fixedLen > len(raw) {
		return r, 0, ErrShort
	}
	r.kind = binary.BigEndian.Uint16(raw[off:])
	r.class = binary.BigEndian.Uint16(raw[off+2:])
	r.data = off + fixedLen
	r.end = r.data + int(binary.BigEndian.Uint16(raw[off+8:]))
	if r.end > len(raw) {
		return r, 0, ErrShort
	}
	return r, r.end, nil
}

// HasBody reports whether a message promises records in its answer or authority
// section: a truncated one that does was too large, one that does not may have been a rate limiter's.
func (m *Message) HasBody() bool {
	return m.Answers > 0 || len(m.Raw) >= headerLen && count(m.Raw, Authority) > 0
}

// Section is a section of records.
type Section uint8

// The sections, in the order of their counts in the header.
const (
	Answer Section = iota + 1
	Authority
	Additional
)

// count reads how many records the header promises for a section.
func count(raw []byte, s Section) int { return int(binary.BigEndian.Uint16(raw[4+2*int(s):])) }
