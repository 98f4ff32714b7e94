package lab

import "encoding/binary"

// Sections of a message, as offsets of their counts in the header.
const (
	answerSection     = 6
	authoritySection  = 8
	additionalSection = 10
)

const (
	ttlNS       = 86400
	ttlNegative = 900
)

// reply is one answer being written. Every owner name in it is a suffix of the
// name asked, so that all are pointers into the question, whose case they thereby keep.
type reply struct {
	q *question
	b []byte
}

// begin writes the header and the question into buf.
func (r *reply) begin(q *question, buf []byte, flags uint16, rcode int) {
	r.q = q
	if q.rd {
		flags |= bitRD
	}
	end := max(q.end, headerLen)
	r.b = append(buf[:0], q.msg[:end]...)
	binary.BigEndian.PutUint16(r.b[2:], flags|bitQR|uint16(rcode))
	binary.BigEndian.PutUint64(r.b[4:], 0)
	if q.end > 0 {
		r.b[5] = 1
	}
}

// finish adds the OPT record and, where the answer is over size, leaves the question and TC alone.
func (r *reply) finish() []byte {
	if !r.q.edns {
		if len(r.b) > r.q.size {
			r.cut()
		}
		return r.b
	}
	if len(r.b)+11 > r.q.size {
		r.cut()
	}
	r.b[additionalSection+1]++
	r.b = append(r.b, 0, 0, typeOPT, maxUDP>>8, maxUDP&0xff, 0, 0, 0, 0, 0, 0)
	return r.b
}

func (r *reply) cut() {
	r.b = r.b[:max(r.q.end, headerLen)]
	binary.BigEndian.PutUint64(r.b[4:], uint64(r.b[5])<<48)
	r.b[2] |= bitTC >> 8
}

// appendName appends the suffix of the question that begins at name[at].
func (r *reply) appendName(at int) {
	if at >= len(r.q.name) {
		r.b = append(r.b, 0)
		return
	}
	at += headerLen
	r.b = append(r.b, 0xc0|byte(at>>8), byte(at))
}

func (r *reply) record(section int, owner int, rtype uint16, ttl uint32) (length int) {
	r.b[section+1]++
	r.appendName(owner)
	return r.fixed(rtype, ttl)
}

func (r *reply) fixed(rtype uint16, ttl uint32) (length int) {
	r.b = append(r.b, byte(rtype>>8), byte(rtype), 0, classIN,
		byte(ttl>>24), byte(ttl>>16), byte(ttl>>8), byte(ttl), 0, 0)
	return len(r.b) - 2
}

func (r *reply) endRecord(length int) {
	binary.BigEndian.PutUint16(r.b[length:], uint16(len(r.b)-length-2))
}

// ns adds an NS record whose host is the labels of host, in wire form, above the name at
// base. It returns the offset of the host for its glue.
func (r *reply) ns(section, owner int, host string, base int) (hostAt int) {
	length := r.record(section, owner, typeNS, ttlNS)
	hostAt = len(r.b)
	r.b = append(r.b, host...)
	r.appendName(base)
	r.endRecord(length)
	return hostAt
}

// glue adds the address of a host written at hostAt.
func (r *reply) glue(hostAt int, addr [4]byte) {
	r.b[additionalSection+1]++
	r.b = append(r.b, 0xc0|byte(hostAt>>8), byte(hostAt))
	length := r.fixed(typeA, ttlNS)
	r.b = append(r.b, addr[:]...)
	r.endRecord(length)
}

func (r *reply) address(owner int, addr [4]byte) {
	length := r.record(answerSection, owner, typeA, ttlNS)
	r.b = append(r.b, addr[:]...)
	r.endRecord(length)
}

func (r *reply) text(owner int, text string) {
	length := r.record(answerSection, owner, typeTXT, ttlNS)
	r.b = append(r.b, byte(len(text)))
	r.b = append(r.b, text...)
	r.endRecord(length)
}

// soa adds the SOA of the zone at apex: its serial is 1, the last field how long a no may be kept.
func (r *reply) soa(section, apex int) {
	length := r.record(section, apex, typeSOA, ttlNegative)
	r.b = append(r.b, hostFirst...)
	r.appendName(apex)
	r.b = append(r.b, "\x0ahostmaster"...)
	r.appendName(apex)
	for _, v := range [...]uint32{1, 1800, 900, 604800, ttlNegative} {
		r.b = binary.BigEndian.AppendUint32(r.b, v)
	}
	r.endRecord(length)
}

// Hosts in wire form, without what they stand under.
const (
	hostFirst   = "\x01a\x03dns" // name servers of a zone
	hostSecond  = "\x01b\x03dns"
	hostOwn1    = "\x03ns1" // name servers of a delegated name
	hostOwn2    = "\x03ns2"
	hostShared1 = "\x03ns1\x07hosting"
	hostShared2 = "\x03ns2\x07hosting"
)
