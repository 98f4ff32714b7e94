package dnsstage

import (
	"math"
	"net/netip"
	"time"
)

// server is one address that is asked, whatever zones it serves.
type server struct {
	addr  netip.AddrPort
	id    uint16 // in the stage's vacant.Servers
	pace  pace
	class classes
	local bool // loopback or private: no default limits
	liar  bool // caught by a control
	noTCP bool // refused TCP
	// noEDNS: answered FORMERR or NOTIMP to a query with DO.
	noEDNS bool

	silent      int           // askings in a row without a reply
	silentSince time.Duration // when the first of them was sent
	lastOK      time.Duration
	benched     time.Duration // quarantined until then; one query at a time afterwards until it answers
	bench       time.Duration // length of the last quarantine

	asked, answered, timedOut, failed, resent uint64 // see [ServerStats]
}

const (
	silentLimit = 12               // askings in a row without any reply before a server is quarantined
	silentMost  = 60               // ... behind a line that loses most of them
	silentOdds  = 1e-9             // chance at which a line's loss looks like a dead server
	firstBench  = 2 * time.Second  // first quarantine
	longBench   = 10 * time.Second // longest: a server that is back is found that soon
)

// room returns how many queries may go to s now, over TCP beside UDP or the
// main way; probing a server that comes out of quarantine takes one.
func (s *server) room(now time.Duration, stream bool) int {
	if s.bench > 0 {
		return s.probeRoom(now, stream)
	}
	return s.asideRoom(now, stream)
}

// asideRoom is room without regard to quarantine: a goroutine's question may be
// how the server comes back.
func (s *server) asideRoom(now time.Duration, stream bool) int {
	if stream {
		return s.pace.streamRoom(now)
	}
	return s.pace.room(now)
}

func (s *server) probeRoom(now time.Duration, stream bool) int {
	if now < s.benched || s.pace.flight.n+s.pace.open > 0 {
		return 0
	}
	return min(1, s.asideRoom(now, stream))
}

// take counts a query that leaves; mark is to come back with its end.
func (s *server) take(now time.Duration, stream bool) (mark uint32) {
	s.asked++
	if stream {
		s.pace.takeStream(1)
		return 0
	}
	return s.pace.take(now, 1)
}

func (s *server) refund(mark uint32, stream bool) {
	s.asked--
	if stream {
		s.pace.refundStream(1)
		return
	}
	s.pace.refund(mark, 1)
}

// heard counts a reply: the server lives.
func (s *server) heard(now time.Duration) {
	if s.bench > 0 {
		s.pace.restart(now)
	}
	s.silent, s.bench, s.lastOK = 0, 0, now
}

// missed counts an asking, sent at the time given, that met silence. Only what
// was sent after the last reply says that the server is silent: of a burst, all
// that was lost on the way is missed at the same moment. For the same reason
// the askings that say so must have been sent over longer than one timeout.
func (s *server) missed(now, sent time.Duration) {
	if sent <= s.lastOK {
		return
	}
	if s.silent++; s.silent == 1 {
		s.silentSince = sent
	}
	if s.silent >= s.patience() && sent-s.silentSince >= minRTO {
		s.quarantine(now)
	}
}

// unreachable counts an asking that found no way to s: no need to ask a dozen times.
func (s *server) unreachable(now time.Duration) {
	s.silent = silentMost
	s.quarantine(now)
}

func (s *server) quarantine(now time.Duration) {
	if now < s.benched {
		return
	}
	s.bench = min(longBench, max(firstBench, 2*s.bench))
	s.benched = now + s.bench
}

// patience is how many silences in a row the line's own loss does not explain.
func (s *server) patience() int {
	line := s.pace.line
	if line < doubtWorth {
		return silentLimit
	}
	return min(silentMost, max(silentLimit, int(math.Log(silentOdds)/math.Log(line))+1))
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
