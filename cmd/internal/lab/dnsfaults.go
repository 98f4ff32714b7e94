package lab

import "net/netip"

// dnsFaults are the faults of TLD servers and resolvers; the root stays well.
type dnsFaults struct {
	servfail, refused, truncate float64 // shares of queries
	forge                       int     // forged replies before each right one, over UDP
	lowercase                   bool
	single                      bool   // no pipelining over TCP
	wildcard                    string // the TLD without NXDOMAIN
}

// spoilt answers with an error when the draw says so.
func (s *dnsServer) spoilt(r *reply, q *question, buf []byte) bool {
	f := s.faults
	switch {
	case f.servfail > 0 && s.chance(q.seq, saltServfail) < f.servfail:
		r.begin(q, buf, s.ra, rcodeServfail)
	case f.refused > 0 && s.chance(q.seq, saltRefused) < f.refused:
		r.begin(q, buf, s.ra, rcodeRefused)
	case f.truncate > 0 && q.size < maxTCP && s.chance(q.seq, saltTruncate) < f.truncate:
		r.begin(q, buf, bitTC|s.ra, rcodeOK)
	default:
		return false
	}
	return true
}

// mangle lower-cases the question of the finished answer where asked to.
func (f *dnsFaults) mangle(q *question, out []byte) {
	if !f.lowercase || q.end == 0 {
		return
	}
	for i := headerLen; i < q.end-4; i++ {
		if c := out[i]; 'A' <= c && c <= 'Z' { // a length octet is at most 63, below 'A'
			out[i] = c + 'a' - 'A'
		}
	}
}

// The ways in which a forged reply is wrong.
const (
	wrongID = iota
	wrongCase
	wrongQR
	wrongType
	wrongSource // right in all but the port it comes from
	forgeries
)

// forgeAll sends as many forged replies as were asked for, each wrong in its way in turn.
func (f *dnsFaults) forgeAll(sc *scratch, right []byte, from netip.AddrPort, to outlet) {
	for i := range f.forge {
		lie := f.forgery(sc, right, i%forgeries)
		if i%forgeries == wrongSource {
			to.stray(lie, from)
			continue
		}
		to.send(lie, from)
	}
}

// forgery makes a forged reply to the query: the opposite of right, and wrong
// in one thing that a careful reader sees.
func (f *dnsFaults) forgery(sc *scratch, right []byte, how int) []byte {
	lie := append(sc.lie[:0], right[:max(sc.q.end, headerLen)]...)
	clear(lie[6:headerLen])
	lie[2], lie[3] = 0x84|lie[2]&1, rcodeNXDomain // an authoritative denial
	if right[3]&0x0f == rcodeNXDomain {
		lie[3] = rcodeOK
	}
	switch how {
	case wrongID:
		lie[0] ^= 0x5a
	case wrongCase:
		flipCase(lie[headerLen:])
	case wrongQR:
		lie[2] &^= 0x80
	case wrongType:
		lie[len(lie)-3] ^= 0x1f
	}
	return lie
}

// flipCase changes the case of the first letter of a name in wire form.
func flipCase(name []byte) {
	for i, c := range name {
		if c|0x20 >= 'a' && c|0x20 <= 'z' {
			name[i] = c ^ 0x20
			return
		}
	}
}
