package dnsstage

import (
	"net/netip"
	"time"
)

// server is one address that is asked, whatever zones it serves.
type server struct {
	addr    netip.AddrPort
	id      uint16 // in the stage's vacant.Servers
	pace    pace
	local   bool // loopback or private: no default limits
	liar    bool // caught by a control
	noTCP   bool // refused TCP
	silent  int  // askings in a row without a reply
	lastOK  time.Duration
	benched time.Duration // quarantined until then; one query at a time afterwards until it answers
	bench   time.Duration // length of the last quarantine

	asked, answered, timedOut, failed, resent uint64 // see [ServerStats]
}

const (
	silentLimit = 12               // askings in a row without any reply before a server is quarantined
	firstBench  = 2 * time.Second  // first quarantine
	longBench   = 30 * time.Second // longest
)

// room returns how many queries may go to s now; probing a server that comes
// out of quarantine takes one.
func (s *server) room(now time.Duration) int {
	if s.bench == 0 {
		return s.pace.room(now)
	}
	if now < s.benched || s.pace.flying > 0 {
		return 0
	}
	return min(1, s.pace.room(now))
}

func (s *server) take(n int) {
	s.pace.take(n)
	s.asked += uint64(n)
}

func (s *server) refund(n int) {
	s.pace.refund(n)
	s.asked -= uint64(n)
}

// heard counts a reply: the server lives. well says that it was worth something.
func (s *server) heard(now, rtt time.Duration, well bool) {
	s.pace.ended(now, rtt, well)
	s.silent, s.bench, s.lastOK = 0, 0, now
}

// missed counts an asking, sent at the time given, that met silence or no way.
// Only what was sent after the last reply says that the server is silent: of a
// burst, all that was lost on the way is missed at the same moment.
func (s *server) missed(now, sent time.Duration) {
	s.pace.ended(now, 0, false)
	if sent > s.lastOK {
		s.silent++
	}
	if s.silent < silentLimit || now < s.benched {
		return
	}
	s.bench = min(longBench, max(firstBench, 2*s.bench))
	s.benched = now + s.bench
}

func (s *server) state() string {
	switch {
	case s.liar:
		return "liar"
	case s.bench > 0:
		return "quarantined"
	}
	return "ok"
}
