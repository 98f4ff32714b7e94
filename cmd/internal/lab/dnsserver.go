package lab

import (
	"sync/atomic"
	"time"
)

// dnsServer is one DNS server: who answers, and how the lab spoils it. Its
// addresses share it.
type dnsServer struct {
	responder
	ra     uint16 // the RA bit of answers that come from no zone: errors
	seed   uint64
	rtt    time.Duration
	loss   float64
	watch  Watch
	faults *dnsFaults // nil for servers that faults leave alone

	asked   atomic.Uint64 // queries read, over UDP and TCP
	tcp     atomic.Uint64 // those of them over TCP
	dropped atomic.Uint64 // answers withheld as lost
}

// scratch is what one goroutine needs to answer queries one after another
// without allocating.
type scratch struct {
	q   question
	r   reply
	out [2048]byte
	lie [2048]byte
}

// Salts of the draws about one query.
const (
	saltLoss uint64 = iota + 100
	saltServfail
	saltRefused
	saltTruncate
)

// lost reports whether the network loses query number seq.
func (s *dnsServer) lost(seq uint64) bool {
	return s.loss > 0 && s.chance(seq, saltLoss) < s.loss
}

func (s *dnsServer) chance(seq, salt uint64) float64 {
	return draw(mix(s.seed^seq), salt)
}

// answer returns the answer to msg, in sc.out; nil for what deserves none.
func (s *dnsServer) answer(sc *scratch, msg []byte, seq uint64, tcp bool) []byte {
	q, r := &sc.q, &sc.r
	rcode := q.parse(msg, tcp)
	q.seq = seq
	if rcode == rcodeOK {
		s.watch.tell(TellerDNS, q.name)
	}
	switch {
	case rcode == badRcode:
		return nil
	case rcode != rcodeOK:
		r.begin(q, sc.out[:], s.ra, rcode)
	case s.faults == nil || !s.spoilt(r, q, sc.out[:]):
		s.respond(r, q, sc.out[:])
	}
	out := r.finish()
	if s.faults != nil {
		s.faults.mangle(q, out)
	}
	return out
}
