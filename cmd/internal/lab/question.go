package lab

import "encoding/binary"

// Record types, classes, rcodes and header bits of RFC 1035, RFC 6891 and RFC 4034.
const (
	typeA    = 1
	typeNS   = 2
	typeSOA  = 6
	typeTXT  = 16
	typeOPT  = 41
	typeDS   = 43
	typeIXFR = 251
	typeAXFR = 252

	classIN = 1

	rcodeOK       = 0
	rcodeFormErr  = 1
	rcodeServfail = 2
	rcodeNXDomain = 3
	rcodeNotImp   = 4
	rcodeRefused  = 5

	bitQR = 1 << 15
	bitAA = 1 << 10
	bitTC = 1 << 9
	bitRD = 1 << 8
	bitRA = 1 << 7

	headerLen = 12
	// maxUDP is the size of answers that pass everywhere unfragmented (DNS flag day 2020).
	maxUDP = 1232
	// plainUDP is the limit without EDNS.
	plainUDP = 512
	maxTCP   = 65535
)

// question is one query, taken apart in place. It is reused from query to query.
type question struct {
	msg   []byte // as it came
	name  []byte // folded to lower case, dotted, without the final dot; empty for the root
	end   int    // offset in msg behind the question
	qtype uint16
	rd    bool
	edns  bool
	size  int    // the most octets an answer may have
	seq   uint64 // number of the query at its server, what faults are drawn by

	buf [256]byte
}

// badRcode says that there is no answer to make, not even an error.
const badRcode = 255

// parse takes msg apart. The rcode is rcodeOK, an error to answer with, or
// badRcode for what no server replies to. q.end is 0 where no question could be read.
func (q *question) parse(msg []byte, tcp bool) (rcode int) {
	q.msg, q.end, q.edns, q.size = msg, 0, false, plainUDP
	if tcp {
		q.size = maxTCP
	}
	if len(msg) < headerLen || msg[2]&0x80 != 0 {
		return badRcode
	}
	q.rd = msg[2]&0x01 != 0
	if msg[2]>>3&0x0f != 0 {
		return rcodeNotImp
	}
	counts := binary.BigEndian.Uint64(msg[4:])
	if counts>>16 != 1<<32 { // one question, no answer, no authority
		return rcodeFormErr
	}
	if !q.parseName() {
		return rcodeFormErr
	}
	return q.parseRest(int(counts&0xffff), tcp)
}

// parseName folds the name and keeps it in presentation form: the dot before a
// label stands where its length octet stood, so that the label at name[i] is at offset 12+i of the message.
func (q *question) parseName() bool {
	at, n := headerLen, 0
	for at < len(q.msg) {
		size := int(q.msg[at])
		if size == 0 {
			q.name = q.buf[:max(n-1, 0)]
			return q.parseType(at + 1)
		}
		if size > 63 || at+1+size > len(q.msg) || n+size+1 > 254 {
			return false
		}
		for i, c := range q.msg[at+1 : at+1+size] {
			q.buf[n+i] = fold[c]
		}
		n += size
		q.buf[n] = '.'
		n++
		at += 1 + size
	}
	return false
}

func (q *question) parseType(at int) bool {
	if at+4 > len(q.msg) {
		return false
	}
	q.qtype = binary.BigEndian.Uint16(q.msg[at:])
	q.end = at + 4
	return true
}

func (q *question) parseRest(additional int, tcp bool) (rcode int) {
	if !q.parseOPT(additional, tcp) {
		return rcodeFormErr
	}
	if binary.BigEndian.Uint16(q.msg[q.end-2:]) != classIN {
		return rcodeRefused
	}
	if q.qtype == typeAXFR || q.qtype == typeIXFR {
		return rcodeRefused
	}
	return rcodeOK
}

// parseOPT looks for an OPT record (RFC 6891) where every client puts it: an
// additional record owned by the root.
func (q *question) parseOPT(additional int, tcp bool) bool {
	at := q.end
	for range additional {
		if at+11 > len(q.msg) || q.msg[at] != 0 {
			return false
		}
		if binary.BigEndian.Uint16(q.msg[at+1:]) == typeOPT {
			q.edns = true
			if size := int(binary.BigEndian.Uint16(q.msg[at+3:])); !tcp {
				q.size = min(max(size, plainUDP), maxUDP)
			}
		}
		at += 11 + int(binary.BigEndian.Uint16(q.msg[at+9:]))
	}
	return at <= len(q.msg)
}

// fold maps upper case to lower case, and the dot inside a label to an octet
// that no name of the lab has.
var fold = foldTable()

func foldTable() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	t['.'] = 0xff
	return t
}

// up returns where the label after the one at name[at] begins, len(name)+1 or more for the root.
func (q *question) up(at int) int {
	for at < len(q.name) && q.name[at] != '.' {
		at++
	}
	return at + 1
}

// suffixAt returns the name from at on; the root's is empty.
func (q *question) suffixAt(at int) []byte {
	if at >= len(q.name) {
		return nil
	}
	return q.name[at:]
}
