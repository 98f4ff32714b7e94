package wire

import "encoding/binary"

// DNS types of proofs that names do not exist (RFC 4034 section 4, RFC 5155 section 3).
const (
	TypeNSEC  uint16 = 47
	TypeNSEC3 uint16 = 50

	typeDNAME uint16 = 39 // RFC 6672
)

// TypeSet is what a type bitmap says of the types that matter to a denial.
type TypeSet uint8

// The types, a bit each.
const (
	HasNS TypeSet = 1 << iota
	HasSOA
	HasDNAME
)

// Cuts reports whether the owner is a zone cut seen from above: NS and no SOA.
func (t TypeSet) Cuts() bool { return t&(HasNS|HasSOA) == HasNS }

// HashLen is the length of an NSEC3 hash in octets. SHA-1 is the only one defined (RFC 5155 section 11).
const HashLen = 20

// OptOut is the bit of [Denial.Flags] that makes a span prove nothing (RFC 5155 section 3.1.2.1).
const OptOut uint8 = 1

const hashSHA1 = 1

// Denial is one NSEC or NSEC3 record. Names are in wire form, lower case and
// not compressed; slices are views of the [Denials] they were read into.
type Denial struct {
	Type  uint16 // TypeNSEC or TypeNSEC3
	Types TypeSet
	TTL   uint32 // seconds for which it may be used: its own, the SOA's and the SOA's minimum, whichever is least (RFC 9077)

	Owner []byte // of an NSEC3 without the first label, the hash: its zone
	Next  []byte // NSEC only

	// NSEC3 only.
	Flags               uint8
	Iterations          uint16
	Salt                []byte
	OwnerHash, NextHash [HashLen]byte
}

// maxDenials is how many records of one reply are read: a denial takes at most
// three, each of them sometimes beside one that another server would leave out.
const maxDenials = 6

// Denials is memory for the denials of one reply.
type Denials struct {
	list  [maxDenials]Denial
	names [maxDenials * 2 * maxWireName]byte
}

// Read returns the NSEC and NSEC3 records in the authority section of m. They
// are good until the next Read or the end of m. Records that make no sense, of an unknown
// hash algorithm among them, are left out. Nothing is allocated and nothing
// validated: no signature is looked at.
func (d *Denials) Read(m *Message) []Denial {
	n, names := 0, d.names[:0]
	ttl := ^uint32(0)
	m.each(Authority, func(r record) {
		if r.kind == TypeSOA {
			ttl = min(ttl, negativeTTL(m.Raw, r))
			return
		}
		if n == maxDenials || r.kind != TypeNSEC && r.kind != TypeNSEC3 {
			return
		}
		e := &d.list[n]
		*e = Denial{Type: r.kind, TTL: recordTTL(m.Raw, r)}
		var ok bool
		if names, ok = e.read(m.Raw, r, names); ok {
			n++
		}
	})
	for i := range d.list[:n] {
		d.list[i].TTL = min(d.list[i].TTL, ttl)
	}
	return d.list[:n]
}

// read reads one record, its names into names.
func (e *Denial) read(raw []byte, r record, names []byte) ([]byte, bool) {
	from := len(names)
	names = appendWire(names, raw, r.owner)
	e.Owner = names[from:len(names):len(names)]
	data := raw[:r.end]
	if r.kind == TypeNSEC3 {
		return names, e.readNSEC3(data[r.data:])
	}
	end, ok := plainNameEnd(data, r.data)
	if !ok {
		return names, false
	}
	from = len(names)
	names = appendWire(names, data, r.data)
	e.Next = names[from:len(names):len(names)]
	e.Types, ok = readTypes(data[end:])
	return names, ok
}

// readNSEC3 reads the data of an NSEC3 record (RFC 5155 section 3.2).
func (e *Denial) readNSEC3(data []byte) bool {
	if len(data) < 5 || data[0] != hashSHA1 || !e.splitOwner() {
		return false
	}
	e.Flags, e.Iterations = data[1], binary.BigEndian.Uint16(data[2:])
	salt := int(data[4])
	data = data[5:]
	if len(data) < salt+1+HashLen || data[salt] != HashLen {
		return false
	}
	e.Salt = data[:salt:salt]
	copy(e.NextHash[:], data[salt+1:])
	var ok bool
	e.Types, ok = readTypes(data[salt+1+HashLen:])
	return ok
}

// splitOwner takes the hash off the owner's first label.
func (e *Denial) splitOwner() bool {
	const text = HashLen * 8 / 5
	if len(e.Owner) < 1+text+1 || e.Owner[0] != text || !unbase32(e.OwnerHash[:], e.Owner[1:1+text]) {
		return false
	}
	e.Owner = e.Owner[1+text:]
	return true
}

// unbase32 decodes base32hex without padding (RFC 4648 section 7), lower case.
func unbase32(dst, text []byte) bool {
	var bits uint32
	have, n := 0, 0
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'v':
			c -= 'a' - 10
		default:
			return false
		}
		bits, have = bits<<5|uint32(c), have+5
		if have >= 8 {
			have -= 8
			dst[n] = byte(bits >> have)
			n++
		}
	}
	return n == len(dst)
}

// readTypes reads a type bitmap (RFC 4034 section 4.1.2): windows in ascending
// order, each of 1 to 32 octets.
func readTypes(data []byte) (set TypeSet, ok bool) {
	last := -1
	for len(data) > 0 {
		if len(data) < 2 {
			return 0, false
		}
		window, n := int(data[0]), int(data[1])
		if window <= last || n == 0 || n > 32 || len(data) < 2+n {
			return 0, false
		}
		if window == 0 {
			set = typesOf(data[2 : 2+n])
		}
		last, data = window, data[2+n:]
	}
	return set, true
}

func typesOf(bitmap []byte) (set TypeSet) {
	for kind, bit := range telling {
		if at := kind / 8; at < len(bitmap) && bitmap[at]&(0x80>>(kind%8)) != 0 {
			set |= bit
		}
	}
	return set
}

// telling are the types of interest; all lie in window 0.
var telling = [...]TypeSet{TypeNS: HasNS, TypeSOA: HasSOA, typeDNAME: HasDNAME}

func recordTTL(raw []byte, r record) uint32 { return binary.BigEndian.Uint32(raw[r.data-6:]) }

// negativeTTL is for how long an SOA lets a denial be used (RFC 2308 section 5).
func negativeTTL(raw []byte, r record) uint32 {
	if r.end-r.data < 22 { // two names and five numbers
		return 0
	}
	return min(recordTTL(raw, r), binary.BigEndian.Uint32(raw[r.end-4:]))
}

// appendWire appends the checked name at off in wire form: lower case, not compressed.
func appendWire(dst, msg []byte, off int) []byte {
	l := labels{msg: msg, off: off, start: off}
	for {
		label, err := l.next()
		if err != nil || label == nil {
			return append(dst, 0)
		}
		dst = append(dst, byte(len(label)))
		for _, c := range label {
			dst = append(dst, lower(c))
		}
	}
}

// AppendWire appends a canonical name without escapes ("" is the root) in wire form.
func AppendWire(dst []byte, name string) ([]byte, error) {
	var msg [maxQueryLen]byte
	end, err := putName(msg[:], 0, []byte(name))
	return append(dst, msg[:end]...), err
}
