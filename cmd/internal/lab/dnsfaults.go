package lab

// dnsFaults are the faults of TLD servers and resolvers; the root stays well.
type dnsFaults struct {
	servfail, refused, truncate float64 // shares of queries
	forge                       int     // forged replies before each right one, over UDP
	lowercase                   bool
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

// forgery makes the i-th forged reply to the query: the opposite of right, and
// wrong in one thing that a careful reader sees.
func (f *dnsFaults) forgery(sc *scratch, right []byte, i int) []byte {
	lie := append(sc.lie[:0], right[:max(sc.q.end, headerLen)]...)
	clear(lie[6:headerLen])
	lie[2], lie[3] = 0x84|lie[2]&1, rcodeNXDomain // an authoritative denial
	if right[3]&0x0f == rcodeNXDomain {
		lie[3] = rcodeOK
	}
	switch i % 4 {
	case 0:
		lie[0] ^= 0x5a // the id
	case 1:
		flipCase(lie[headerLen:])
	case 2:
		lie[2] &^= 0x80 // a query
	case 3:
		lie[len(lie)-3] ^= 0x1f // the type asked
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
