package dnsstage

import "time"

// pace is how fast one server is asked: at most its ceiling, at the rate that
// adapt.go finds, with no more queries in flight than its window.
type pace struct {
	ceiling float64 // queries/s, those over TCP among them; 0 = none
	hard    bucket  // keeps the ceiling

	rate float64 // queries/s over UDP now; 0 = no limit found
	soft bucket  // keeps the rate

	window window // of queries over UDP
	flight flight

	roundTrip
	limited bool // the server limits responses (see rrl.go): silence is no sign of load
	streams      // queries over TCP beside UDP

	// The search for the rate, see adapt.go.
	trial    trial
	marks    uint16
	phase    phase
	before   past
	first    past // before the first of a row of steps down
	raisedTo float64
	raisedAt time.Duration
	line     float64 // share lost whatever the rate
	lineOf   float64 // queries that say so
	best     float64 // highest rate the server is known to have taken, 0 = not known
	knee     float64 // what it took when it was last asked for more
	peak     float64 // highest rate kept for a sample, moved towards the rate by each that fails
	step     float64 // share to raise the rate by
	bold     bool    // the last lowering was a large one
	every    time.Duration
	probeAt  time.Duration
	doubtAt  time.Duration
}

const (
	shrinkBy = 0.7 // the window at most, at a loss that is not the line's
)

// fate is how a query ended, for the pace.
type fate uint8

const (
	wasWell    fate = iota
	wasLost         // silence, or a refusal
	wasUnclear      // says nothing of the server
	isUnclear       // says nothing yet: see [pace.cleared]
)

func newPace(ceiling, start float64, maxWindow int) pace {
	p := pace{ceiling: ceiling, window: newWindow(maxWindow), step: 1, every: firstProbe, streams: streams{most: firstStreams}}
	if ceiling > 0 {
		p.hard.limit(ceiling)
		p.setRate(start)
	}
	p.begin(0)
	return p
}

// room returns how many queries may leave over UDP now.
func (p *pace) room(now time.Duration) int {
	n := p.window.room(p.inFlight(now))
	if n <= 0 {
		return 0
	}
	if p.rate == 0 {
		return n
	}
	if k := min(p.soft.room(now), p.hard.room(now)); k < n {
		p.trial.pressed = p.trial.pressed || k <= 0
		return max(k, 0)
	}
	return n
}

// take counts queries that leave over UDP; mark is theirs until they end.
func (p *pace) take(now time.Duration, n int) (mark uint32) {
	p.hard.take(n)
	p.soft.take(n)
	s := &p.trial
	if s.open && p.flight.n == 0 && now-s.last > p.pause() {
		p.begin(now) // it was not asked for a while: there is no telling how fast that was
	}
	mark = uint32(p.flight.take(now, n)) // and the sample's in the upper half
	if !s.open {
		return mark
	}
	s.last = now
	s.asked += n
	return mark | s.mark<<markShift
}

// apart takes a query out of the sample: a single question says nothing of a rate.
func (p *pace) apart(mark uint32) uint32 {
	p.trial.count(mark, wasUnclear)
	return mark & (1<<markShift - 1)
}

// pause is how long the server may be unasked within a sample.
func (p *pace) pause() time.Duration {
	if p.rate == 0 {
		return freeSample
	}
	return max(2*freeSample, time.Duration(4/p.rate*float64(time.Second)))
}

// markShift is where a sample's mark stands in a query's, above its tick.
const markShift = 16

// inFlight is how many queries count against the window.
func (p *pace) inFlight(now time.Duration) int {
	if p.line == 0 && p.rate == 0 && !p.limited {
		return p.flight.n // silence is the server's, or ours
	}
	return p.flight.fresh(now, 2*(p.srtt+4*p.rttvar))
}

// refund takes back queries that did not leave.
func (p *pace) refund(mark uint32, n int) {
	p.hard.take(-n)
	p.soft.take(-n)
	for range n {
		p.flight.end(uint16(mark))
	}
	if mark>>markShift == p.trial.mark {
		p.trial.asked -= n
	}
}

// ended counts a query over UDP that has ended. Its mark is the one it left with.
func (p *pace) ended(now time.Duration, mark uint32, rtt time.Duration, f fate) {
	p.flight.end(uint16(mark))
	if f == wasWell {
		p.measure(rtt)
		p.window.answered(now, p.srtt)
	}
	p.trial.count(mark, f)
	p.look(now)
}

// cleared tells how a query that was unclear has turned out.
func (p *pace) cleared(now time.Duration, mark uint32, f fate) {
	p.trial.count(mark, f)
	p.look(now)
}

// count counts one of the sample's queries.
func (s *trial) count(mark uint32, f fate) {
	switch {
	case mark>>markShift != s.mark:
	case f == wasWell:
		s.good++
	case f == wasLost:
		s.bad++
	case f == wasUnclear:
		s.asked--
	}
}

// roundTrip is the estimate of RFC 6298. Each asking has an id of its own, so
// every sample is of the asking it answers (Karn's rule holds by itself).
type roundTrip struct{ srtt, rttvar, minRTT time.Duration }

const (
	minRTO   = 250 * time.Millisecond // less than RFC 6298's second: nothing is retransmitted into a full pipe, the pace sees to that
	firstRTO = time.Second            // before the first sample
	maxShift = 4                      // doublings of it

	limitedRTO = 100 * time.Millisecond // of a server that limits responses: TCP asks next, and at once
)

func (t *roundTrip) measure(rtt time.Duration) {
	if t.srtt == 0 {
		t.srtt, t.rttvar, t.minRTT = max(rtt, 1), rtt/2, rtt
		return
	}
	t.minRTT = min(t.minRTT, rtt)
	t.rttvar += ((t.srtt - rtt).Abs() - t.rttvar) / 4
	t.srtt += (rtt - t.srtt) / 8
}

// rto is how long an answer is waited for on the given asking, at most limit.
// It doubles with each asking, but not where the line is known to lose its
// share: silence is no sign of congestion there.
func (p *pace) rto(asking uint8, limit time.Duration) time.Duration {
	d := firstRTO
	if p.srtt > 0 {
		d = max(minRTO, p.srtt+4*p.rttvar)
		if p.limited {
			d = max(limitedRTO, p.srtt+4*p.rttvar)
		}
	}
	shift := min(asking, maxShift)
	if p.line > doubtWorth {
		shift = min(asking/8, 1)
	}
	return min(d<<shift, limit)
}
