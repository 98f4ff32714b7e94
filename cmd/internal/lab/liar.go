package lab

import (
	"sync/atomic"
)

// The ways a lying resolver lies.
const (
	lieNXDomain = "nxdomain" // nothing exists
	lieHijack   = "hijack"   // everything exists, at its own address, and is delegated
	lieAddress  = "address"  // what does not exist is at its own address
	lieSome     = "some"     // one name in ten that exists does not
	lieTLD      = "tld"      // nothing exists in the lab's first TLD
	lieLater    = "later"    // nothing exists any more after a while
)

// lieKinds are all of them.
var lieKinds = []string{lieNXDomain, lieHijack, lieAddress, lieSome, lieTLD, lieLater}

// liarTurns is how many questions a resolver answers well before it turns; the
// next of them answers as many more.
const liarTurns = 500

// liar is a resolver that is wrong in one way.
type liar struct {
	kind   string
	honest *recursive
	first  string // TLD
	turns  uint64 // after so many questions
	asked  atomic.Uint64
}

func (l *liar) respond(r *reply, q *question, buf []byte) {
	switch l.kind {
	case lieNXDomain:
		l.deny(r, q, buf, q.lastLabel())
		return
	case lieHijack:
		l.hijack(r, q, buf)
		return
	case lieLater:
		if l.asked.Add(1) > l.turns {
			l.deny(r, q, buf, q.lastLabel())
			return
		}
	}
	z, apex := deepest(l.honest.zones, q, true)
	exists := z.look(l.honest.world, q, apex).found != foundNothing
	switch top := q.lastLabel(); {
	case l.kind == lieAddress && !exists:
		r.begin(q, buf, bitRA, rcodeOK)
		r.address(0, [4]byte{192, 0, 2, 66})
	case l.kind == lieSome && exists && sip(keyOf(0), q.name)%10 == 0,
		l.kind == lieTLD && top > 0 && string(q.name[top:]) == l.first:
		l.deny(r, q, buf, apex)
	default:
		l.honest.respond(r, q, buf)
	}
}

// deny says that nothing is there, in the name of the zone at apex.
func (l *liar) deny(r *reply, q *question, buf []byte, apex int) {
	r.begin(q, buf, bitRA, rcodeNXDomain)
	r.soa(authoritySection, apex)
}

func (l *liar) hijack(r *reply, q *question, buf []byte) {
	r.begin(q, buf, bitRA, rcodeOK)
	if q.qtype == typeNS {
		r.ns(answerSection, 0, hostOwn1, 0)
		return
	}
	r.address(0, [4]byte{192, 0, 2, 66})
}
