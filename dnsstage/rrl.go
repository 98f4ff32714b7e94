package dnsstage

import "time"

// Response rate limiting (RRL) bites one class of answers: NSD and BIND count
// all NXDOMAINs of a zone to one client network in one bucket and drop, or cut
// short with an empty TC, what is above it, while every referral is answered.
// That loss says nothing of how many queries the server takes. So once a server
// is known to do it, a name that meets silence there is put to TCP at once,
// which no rate limiter of responses counts, and its silence is held against
// the pace only if the name turns out to be something other than NXDOMAIN, or
// if TCP does not answer either.

// classes tells loss of NXDOMAINs alone from loss of everything: it counts
// answers by class, and names that met silence by what they turned out to be.
type classes struct {
	absent, present         uint32 // answers
	lostAbsent, lostPresent uint32 // names that had met silence here, by what was found of them since
	cut                     uint32 // NXDOMAINs that UDP cut short: without DO they are never too long
	limits                  bool   // the server limits responses
}

const (
	classesKept  = 1 << 14 // answers after which the counters are halved
	leastLost    = 20      // names found after silence before they say anything
	leastPresent = 8       // ... of whom so many would have been present if loss struck everybody alike
	muchOftener  = 4       // times that an absent name is lost as often as another: rate limiting
	cutProves    = 3       // NXDOMAINs cut short that prove rate limiting
)

// answer counts an answer that settled a name.
func (c *classes) answer(absent bool) {
	if absent {
		c.absent++
	} else {
		c.present++
	}
	if c.absent+c.present >= classesKept {
		c.absent /= 2
		c.present /= 2
		c.lostAbsent /= 2
		c.lostPresent /= 2
		c.cut /= 2
	}
}

// lost counts a name found after it had met silence here. If loss struck
// everybody alike, absent names would be lost as often as those present.
func (c *classes) lost(absent bool) {
	if absent {
		c.lostAbsent++
	} else {
		c.lostPresent++
	}
	n, all := c.lostAbsent+c.lostPresent, max(c.absent+c.present, 1)
	if n < leastLost || uint64(n)*uint64(c.present)/uint64(all) < leastPresent {
		return
	}
	oftener := float64(c.lostAbsent) / float64(max(c.absent, 1)) * float64(max(c.present, 1)) / float64(max(c.lostPresent, 1))
	switch {
	case oftener > muchOftener:
		c.limits = true
	case oftener < muchOftener/2 && c.cut == 0:
		c.limits = false
	}
}

// cutShort counts an NXDOMAIN that only TCP gave whole.
func (c *classes) cutShort() {
	if c.cut++; c.cut >= cutProves {
		c.limits = true
	}
}

// streams bounds the queries that are in flight to one server over TCP beside
// UDP. They keep the ceiling and have a budget of their own under it.
type streams struct {
	most     float64 // in flight
	open     int
	shrankAt time.Duration
}

const (
	firstStreams = 64
	fewStreams   = 4
	manyStreams  = 1024 // what a few pipelined connections carry
)

// streamRoom returns how many queries may leave over TCP now.
func (p *pace) streamRoom(now time.Duration) int {
	return max(0, min(int(p.most)-p.open, p.hard.room(now)))
}

func (p *pace) takeStream(n int) {
	p.hard.take(n)
	p.open += n
}

func (p *pace) refundStream(n int) { p.takeStream(-n) }

// fullStreams lowers the budget to what the connections there are carry.
func (p *pace) fullStreams() { p.most = max(1, float64(p.open)) }

// endedStream counts a query over TCP that has ended. One more may be in flight
// for a budget's worth of answers; silence halves it.
func (p *pace) endedStream(now time.Duration, well bool) {
	p.open--
	switch {
	case well:
		p.most = min(manyStreams, p.most+4/p.most)
	case now-p.shrankAt >= time.Second:
		p.most, p.shrankAt = max(fewStreams, p.most/2), now
	}
}
