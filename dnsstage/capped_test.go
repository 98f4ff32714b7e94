package dnsstage

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"vacant/dnsstage/wire"
)

// cappedNet is an internet in memory whose servers take so much and no more:
// what is above it is dropped. It answers from the question alone, so that
// millions of queries cost seconds; fakeNet knows more DNS.
type cappedNet struct {
	servers map[netip.AddrPort]*cappedServer
	rng     *rand.Rand
	start   time.Time
}

// cappedServer is com's server. Labels that begin with x, and long ones, are absent.
type cappedServer struct {
	takes    float64 // queries/s over UDP, 0 = all; more is dropped
	cliff    bool    // above it, all are dropped
	absent   float64 // NXDOMAINs/s over UDP, 0 = all; response rate limiting
	slip     int     // of what that drops, every slip-th gets an empty TC
	rtt      time.Duration
	loss     float64 // share of queries over UDP that the line loses, and of replies
	refuses  bool    // REFUSED instead of silence above what it takes
	dead     func(at time.Duration) bool
	change   func(s *cappedServer, at time.Duration)
	tokens   float64
	nxTokens float64
	slipped  int
	at       time.Duration

	seen []tally // by tenth of a second
	tcp  int
}

// tally is what reached a server over UDP in a tenth of a second.
type tally struct{ asked, served, dropped int }

func newCappedNet(servers map[string]*cappedServer) *cappedNet {
	n := &cappedNet{servers: make(map[netip.AddrPort]*cappedServer), rng: rand.New(rand.NewPCG(3, 4)), start: time.Now()}
	for addr, s := range servers {
		n.servers[addrPort(addr)] = s
	}
	return n
}

func (s *cappedServer) tally(at time.Duration) *tally {
	k := int(at / (100 * time.Millisecond))
	for len(s.seen) <= k {
		s.seen = append(s.seen, tally{})
	}
	return &s.seen[k]
}

// between sums up what happened from one time to another.
func (s *cappedServer) between(from, to time.Duration) (sum tally) {
	for k := int(from / (100 * time.Millisecond)); k < int(to/(100*time.Millisecond)) && k < len(s.seen); k++ {
		sum.asked += s.seen[k].asked
		sum.served += s.seen[k].served
		sum.dropped += s.seen[k].dropped
	}
	return sum
}

// refill gives the server what time has brought: a tenth of a second's worth at most.
func (s *cappedServer) refill(at time.Duration) {
	d := (at - s.at).Seconds()
	s.at = at
	s.tokens = min(s.takes/10, s.tokens+d*s.takes)
	s.nxTokens = min(s.absent/10, s.nxTokens+d*s.absent)
}

// serve says how one query over UDP fares.
func (s *cappedServer) serve(at time.Duration, absent bool) (dropped, cut bool) {
	s.refill(at)
	if s.change != nil {
		s.change(s, at)
	}
	t := s.tally(at)
	t.asked++
	if s.takes > 0 {
		if s.tokens < 1 {
			t.dropped++
			if s.cliff {
				s.tokens = max(s.tokens-0.5, -s.takes/10)
			}
			return true, false
		}
		s.tokens--
	}
	if absent && s.absent > 0 {
		if s.nxTokens < 1 {
			s.slipped++
			if s.slip > 0 && s.slipped%s.slip == 0 {
				t.served++
				return false, true
			}
			return true, false
		}
		s.nxTokens--
	}
	t.served++
	return false, false
}

// cappedPipe is a transport into a cappedNet.
type cappedPipe struct {
	net     *cappedNet
	tcp     bool
	room    int
	pending []cappedEvent // a heap by at
	sent    uint64
}

type cappedEvent struct {
	at    time.Duration
	reply wire.Reply
}

var _ wire.Transport = (*cappedPipe)(nil)

var com = []byte("com")

func (p *cappedPipe) Submit(qs []wire.Query) (int, error) {
	at := time.Since(p.net.start)
	for i := range qs {
		if len(p.pending) >= p.room {
			return i, nil
		}
		p.push(p.net.exchange(at, &qs[i], p.tcp))
	}
	p.sent += uint64(len(qs))
	return len(qs), nil
}

func (n *cappedNet) exchange(at time.Duration, q *wire.Query, tcp bool) cappedEvent {
	r := wire.Reply{Token: q.Token, Server: q.Server, Outcome: wire.TimedOut, OverTCP: tcp}
	late := cappedEvent{at + q.Timeout, r}
	s := n.servers[q.Server]
	if s == nil || s.dead != nil && s.dead(at) {
		return late
	}
	r.Outcome, r.RTT = wire.Replied, s.rtt
	absent := len(q.Name) > len(".com")+12 || len(q.Name) > 0 && q.Name[0] == 'x'
	if tcp {
		s.tcp++
	} else {
		if s.loss > 0 && n.rng.Float64() < s.loss {
			return late
		}
		dropped, cut := s.serve(at, absent)
		switch {
		case dropped && s.refuses:
			r.Rcode = wire.RcodeRefused
			return cappedEvent{at + r.RTT, r}
		case dropped:
			return late
		case cut:
			r.Outcome = wire.Truncated
		}
		if s.loss > 0 && n.rng.Float64() < s.loss || s.rtt > q.Timeout {
			return late
		}
	}
	switch {
	case string(q.Name) == "com":
		r.AA, r.Answers, r.AnswerNS, r.AnswerType = true, 1, true, wire.TypeNS
	case absent:
		r.AA, r.Rcode, r.SOAOwner = true, wire.RcodeNXDomain, com
	default:
		r.NSOwner = append([]byte(nil), q.Name...)
	}
	return cappedEvent{at + r.RTT, r}
}

func (p *cappedPipe) push(e cappedEvent) {
	p.pending = append(p.pending, e)
	h := p.pending
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if h[up].at <= h[i].at {
			break
		}
		h[up], h[i] = h[i], h[up]
		i = up
	}
}

func (p *cappedPipe) pop() wire.Reply {
	h := p.pending
	r := h[0].reply
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if down+1 < last && h[down+1].at < h[down].at {
			down++
		}
		if h[i].at <= h[down].at {
			break
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
	p.pending = h
	return r
}

func (p *cappedPipe) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	deadline := time.Since(p.net.start) + wait
	if len(p.pending) > 0 {
		deadline = min(deadline, p.pending[0].at)
	}
	if d := deadline - time.Since(p.net.start); d > 0 {
		time.Sleep(d)
	}
	n, now := 0, time.Since(p.net.start)
	for n < len(dst) && len(p.pending) > 0 && p.pending[0].at <= now {
		dst[n] = p.pop()
		n++
	}
	return n, nil
}

func (p *cappedPipe) Stats() wire.Stats { return wire.Stats{} } // Sent is the loop's alone
func (p *cappedPipe) Close() error      { return nil }
