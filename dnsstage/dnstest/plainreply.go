package dnstest

import "encoding/binary"

// The parts of a message that plainReply reads and writes (RFC 1035 section
// 4.1, RFC 6891 section 6.1.2), by hand: the parser it serves is not asked.
const (
	plainHeader  = 12
	plainOPT     = 11  // octets of an OPT record without options
	plainLongest = 300 // longest query answered, in octets
	plainRoom    = 512 // room a buffer needs for the longest reply
	plainTypeNS  = 2
	plainNXName  = 3 // rcodes
	plainRefused = 5
)

// Records as octets. Their owners are pointers to the question's name; the SOA
// belongs to com, wherever the question is from.
var (
	nsOfName = []byte("\xc0\x0c\x00\x02\x00\x01\x00\x00\x0e\x10\x00\x06\x03ns1\xc0\x0c")
	soaOfCom = []byte("\x03com\x00\x00\x06\x00\x01\x00\x00\x03\x84\x00\x3c" +
		"\x01a\x0cgtld-servers\x03net\x00\x05nstld\x0cverisign-grs\x00" +
		"\x00\x00\x00\x01\x00\x00\x07\x08\x00\x00\x03\x84\x00\x09\x3a\x80\x00\x01\x51\x80")
)

// plainQuestion is what a query asks.
type plainQuestion struct {
	label []byte // right below com, in its own case; nil for com itself
	end   int    // where the question ends
	foot  int    // where the OPT record begins, 0 without one
	qtype uint16
	inCom bool // com itself or right below it
	rd    bool // asked as of a recursive resolver
}

// readPlain reads a query; ok is false for what is none.
func readPlain(msg []byte) (q plainQuestion, ok bool) {
	if len(msg) < plainHeader+5 || len(msg) > plainLongest || msg[2]&0xf8 != 0 || msg[4] != 0 || msg[5] != 1 {
		return q, false
	}
	q.rd = msg[2]&1 != 0
	switch first := int(msg[plainHeader]); {
	case isCom(msg, plainHeader):
		q.inCom, q.end = true, plainHeader+5
	case first > 0 && first < 64 && isCom(msg, plainHeader+1+first):
		q.inCom, q.label = true, msg[plainHeader+1:plainHeader+1+first]
		q.end = plainHeader + 1 + first + 5
	default:
		q.end = nameEnd(msg)
	}
	if q.end == 0 || q.end+4 > len(msg) {
		return q, false
	}
	q.qtype = binary.BigEndian.Uint16(msg[q.end:])
	q.end += 4
	if msg[11] == 1 && len(msg) >= q.end+plainOPT && msg[q.end] == 0 && msg[q.end+1] == 0 && msg[q.end+2] == 41 {
		q.foot = q.end
	}
	return q, true
}

// isCom reports whether the name at msg[at:] is com.
func isCom(msg []byte, at int) bool {
	return len(msg) >= at+5 && msg[at] == 3 && msg[at+1]|0x20 == 'c' && msg[at+2]|0x20 == 'o' && msg[at+3]|0x20 == 'm' && msg[at+4] == 0
}

// nameEnd returns where the question's name ends, 0 if it does not.
func nameEnd(msg []byte) int {
	for at := plainHeader; at < len(msg); at += 1 + int(msg[at]) {
		switch {
		case msg[at] == 0:
			return at + 1
		case msg[at] > 63:
			return 0
		}
	}
	return 0
}

// taken is the truth about the name asked.
func (q *plainQuestion) taken() bool { return q.label == nil || Taken(q.label) }

// plainReply turns the query in buf[:n] into its answer, in place, and returns
// the answer's length, 0 for what gets none. buf has plainRoom octets.
func plainReply(buf []byte, n int) int {
	q, ok := readPlain(buf[:n])
	if !ok {
		return 0
	}
	return writePlain(buf, &q, q.taken())
}

// writePlain writes the answer that says taken, or not, over the query in buf.
func writePlain(buf []byte, q *plainQuestion, taken bool) int {
	do := q.foot > 0 && buf[q.foot+7]&0x80 != 0
	buf[2] = 0x80 | buf[2]&1
	buf[3] = 0
	if q.rd {
		buf[3] = 0x80 // RA
	}
	clear(buf[6:plainHeader]) // the counts of records
	n := q.end
	switch {
	case !q.inCom:
		buf[3] |= plainRefused
	case !taken:
		buf[2] |= 0x04 // AA
		buf[3] |= plainNXName
		n += putRecord(buf, n, soaOfCom, 9)
	case q.label == nil && q.qtype == plainTypeNS:
		buf[2] |= 0x04
		n += putRecord(buf, n, nsOfName, 7)
	case q.label == nil || q.rd && q.qtype != plainTypeNS:
		buf[2] |= 0x04
		n += putRecord(buf, n, soaOfCom, 9)
	case q.rd:
		n += putRecord(buf, n, nsOfName, 7)
	default:
		n += putRecord(buf, n, nsOfName, 9) // a referral
	}
	if q.foot > 0 {
		n += putOPT(buf, n, do)
	}
	return n
}

// putRecord writes rr at buf[at:] and counts it in the section whose count's
// low octet is at buf[count].
func putRecord(buf []byte, at int, rr []byte, count int) int {
	buf[count]++
	return copy(buf[at:], rr)
}

func putOPT(buf []byte, at int, do bool) int {
	buf[11]++
	n := copy(buf[at:], "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00")
	if do {
		buf[at+7] = 0x80
	}
	return n
}
