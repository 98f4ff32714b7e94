package dnsstage

import (
	"math"
	"time"
)

// How a server's rate is found.
//
// A server answers what it takes: up to some rate nearly every query, beyond it
// no more than before (its limit, or that of the line), or fewer (some rate
// limiters drop everything for a while). The knee is the highest rate at which
// answers per second still grow, and that is what is searched; it is not the
// rate without loss, for a line may lose its share whatever the rate.
//
// Pace is judged by samples: all queries that were sent to the server, over
// UDP, between two moments, each counted by how it ended, whenever that was.
// Silence, REFUSED and SERVFAIL are loss alike. A sample is judged when its last
// query has ended, so that no answer still on its way is taken for a loss, and
// yields the rate asked r and the share lost L. Against them stands the line's
// own loss p. What was asked in the meantime belongs to no sample.
//
//	steady   L is p, give or take chance: stay, and raise the rate when its time has come.
//	         L is more: lower the rate to what the server took, r(1-L)/(1-p).
//	lowered  L fell: it was the pace, and the knee is found. L stayed: it is the
//	         line's, p = L, and the rate is given back.
//	raised   answers grew with the rate: stay there, the next step is twice as
//	         large. They did not: back, the next try comes later (at most longProbe).
//	doubted  p has stood for a while: asked at 0.7 of the rate, does L fall after all?
//
// One step down leads to the knee because the answers themselves say where it
// is (the delivery rate, as in BBR), not to a half of it (as AIMD would).
// Upwards the steps are 1/32 up to a fifth above the last knee, where a limiter
// may still live on what it has saved up, and double from there for as long as
// answers grow. p rises by a lowered sample only, and a step is kept only when
// at least half of it came back as answers, so small losses that are put down
// to chance cannot add up: the rate settles at most one step above the knee,
// and is there for one sample in longProbe. It is fair to others behind the
// same limit for the same reason: whoever has more of it loses more at each
// step down, and steps up are shares of what one has only while the limit does
// not bind.
//
// A stall of a server or of this machine looks like a knee. So the highest rate
// that was kept for a steady sample is remembered and tried again soon, and
// moved down by each such try that fails. Where several steps down turn out to
// have been for nothing, all are taken back.
//
// Under a ceiling (a hard limit, see [bucket]) the rate rises by at most a
// twentieth of it in a quarter of a second, and the search begins at startRate.
// Without one it begins with no rate at all: the window of queries in flight
// alone clocks a server on this host or in this room, and it gets a rate with
// its first real loss.
//
// Units: rates are queries a second, loss is a share, time is the loop's clock.

// phase is what the sample being taken is to show.
type phase uint8

const (
	steady phase = iota
	lowered
	raised
	doubted
)

const (
	startRate    = 50                    // queries/s to a server under a ceiling that nothing is known of
	floorRate    = 5                     // queries/s under which no server is pressed
	politeSteps  = 20                    // from nothing to a ceiling
	boldStep     = 1.0 / 4               // the share to raise a rate by that was lowered
	firstStep    = 1.0 / 32              // ... once the knee is known from above
	rateFlight   = 20 * time.Millisecond // worth of a rate that the window holds at least: the rate is to be the limit
	rateWindow   = 2048                  // queries; beyond, stalls do more harm
	wellBelow    = 0.85                  // of the highest rate kept: below it something happened
	justUnder    = 0.98                  // of the knee: what is asked there
	kneeRange    = 1.2                   // times the last knee: up to there what a limiter has saved up can hide that it still holds
	firstProbe   = 2 * time.Second       // from a failed raise to the next one
	longProbe    = 8 * time.Second       // at most
	doubtAfter   = 20 * time.Second
	doubtShare   = 0.7  // of the rate, asked to see whether the line's loss falls with it
	doubtWorth   = 0.03 // line loss below which it does not matter whose it is
	chance       = 3    // standard deviations put down to chance
	chanceFloor  = 0.005
	hopeless     = 0.8                   // share lost from which a server is down, not its line lossy
	freeSample   = 50 * time.Millisecond // the shortest without a rate
	pacedSample  = 250 * time.Millisecond
	steadySample = 500 * time.Millisecond
	longSample   = 4 * time.Second // then it is closed, however few were asked
	fewest       = 16              // queries that say anything at all
	enough       = 64              // in a sample of a raised or lowered rate
	longLine     = 20_000          // queries that the line's share is the mean of, at most
	enoughSteady = 400             // in one of a steady rate: 1 % too many shows
)

// trial is a sample: what became of the queries sent between from and until.
type trial struct {
	mark             uint32 // on each of its queries; 0 is on those of no sample
	open             bool   // until is not reached
	pressed          bool   // the rate was what held queries back
	from, due, until time.Duration
	last             time.Duration // that anything was asked
	need             int
	asked, good, bad int
}

// loss is the share lost, and chance what of it says nothing.
func (s *trial) loss() float64 { return float64(s.bad) / float64(max(s.good+s.bad, 1)) }

func (s *trial) rate() float64 {
	return float64(s.asked) / max(s.until-s.from, time.Millisecond).Seconds()
}

// past is what was asked, and lost, before the rate was moved.
type past struct {
	rate        float64 // limit, 0 = none
	asked, loss float64
	n           float64 // queries that say so
	window      float64
}

// begin opens the next sample.
func (p *pace) begin(now time.Duration) {
	p.marks++
	if p.marks == 0 {
		p.marks++
	}
	shortest := freeSample
	switch {
	case p.rate > 0 && p.phase == steady && p.step < 1:
		shortest = steadySample
	case p.rate > 0:
		shortest = pacedSample
	}
	need := p.sampleSize()
	p.trial = trial{mark: uint32(p.marks), open: true, from: now, due: now + max(shortest, 2*p.srtt), need: need}
}

// sampleSize is how many queries tell apart the losses that are possible: five
// standard deviations lie between them.
func (p *pace) sampleSize() int {
	loss, apart := p.line, 1.0
	switch p.phase {
	case steady:
		if p.step >= 1 {
			return enough
		}
		return max(enoughSteady, int(1e4*loss*(1-loss)))
	case raised:
		apart = (1 - loss) * (1 - p.before.asked/p.raisedTo)
	case lowered, doubted:
		loss = p.before.loss
		apart = loss - p.line
	}
	return max(enough, int(25*loss*(1-loss)/max(apart*apart, 1e-4)))
}

// look closes the sample when it is long enough and judges it when its last query has ended.
func (p *pace) look(now time.Duration) {
	s := &p.trial
	if s.open {
		if now < s.due || s.asked < s.need && now < s.from+longSample {
			return
		}
		s.open, s.until = false, now
		if p.phase == raised {
			p.setRate(p.before.rate) // until the verdict
		}
	}
	if s.good+s.bad < s.asked && now < s.until+longSample {
		return
	}
	s.asked = s.good + s.bad // those still unclear after so long stay so
	if s.asked >= fewest {
		p.judge(now)
	} else {
		p.undo()
	}
	p.begin(now)
}

// undo gives up what the sample was to show.
func (p *pace) undo() {
	if p.phase == lowered || p.phase == steady {
		return
	}
	p.setRate(p.before.rate)
	p.phase = steady
}

func (p *pace) judge(now time.Duration) {
	switch p.phase {
	case steady:
		p.judgeSteady(now)
	case lowered:
		p.judgeLowered(now)
	case raised:
		p.judgeRaised(now)
	case doubted:
		p.judgeDoubted(now)
	}
}

// slack is the loss above the line's own that is put down to chance.
func (p *pace) slack() float64 {
	return doubt(p.line, float64(p.trial.asked), p.lineOf)
}

// doubt is how far apart two shares, near the one given, may be by chance, each
// seen in so many queries; 0 is one that is known.
func doubt(share, n, m float64) float64 {
	of := 1 / n
	if m > 0 {
		of += 1 / m
	}
	return chanceFloor + chance*math.Sqrt(max(share*(1-share), 2/n)*of)
}

func (p *pace) judgeSteady(now time.Duration) {
	s := &p.trial
	loss := s.loss()
	if loss > p.line+p.slack() {
		p.lower(now)
		return
	}
	p.learnLine(loss)
	if p.rate > 0 {
		p.peak = max(p.peak, s.rate())
	}
	if p.rate == 0 {
		p.best = s.rate() * (1 - loss) / (1 - p.line)
	}
	switch {
	case p.line > doubtWorth && p.step < 1 && now >= p.doubtAt:
		p.remember()
		p.phase, p.first = doubted, p.before
		p.setRate(max(floorRate, doubtShare*s.rate()))
	case p.rate > 0 && s.pressed:
		p.raise(now)
	}
}

// learnLine takes the loss of a sample that is the line's into its share.
// Small shares only fall: what is lost at a server's limit could feed them.
func (p *pace) learnLine(loss float64) {
	n := float64(p.trial.asked)
	switch {
	case p.line > doubtWorth:
		p.lineOf = min(p.lineOf+n, longLine)
		p.line += (loss - p.line) * min(1, n/p.lineOf)
	case loss < p.line:
		p.line += (loss - p.line) / 4
	}
}

// remember keeps what is about to be changed.
func (p *pace) remember() {
	p.before = past{rate: p.rate, asked: p.trial.rate(), loss: p.trial.loss(), n: float64(p.trial.asked), window: p.window.size}
}

// lower asks no more than the server took.
func (p *pace) lower(now time.Duration) {
	r, loss := p.trial.rate(), p.trial.loss()
	took := r * (1 - loss) / (1 - p.line)
	p.bold = p.bold || p.rate == 0 || took < 0.8*p.rate
	kept := p.phase == steady && p.bold && p.peak >= 0.95*p.rate // for a while: it may come back to it
	if p.best == 0 || loss < hopeless && !kept {
		p.best = took
	}
	p.knee = took
	if p.rate > 0.95*p.peak {
		p.peak = max(took, (took+p.peak)/2)
	}
	p.remember()
	if p.phase == steady {
		p.first = p.before
	}
	if p.rate == 0 { // from now on the rate is the limit, not the window
		p.window.set(now, shrinkBy*p.window.size)
	}
	p.setRate(max(floorRate, r/10, justUnder*took))
	p.phase = lowered
	p.probeAt = now
}

func (p *pace) judgeLowered(now time.Duration) {
	loss := p.trial.loss()
	switch {
	case loss <= p.line+p.slack():
		p.hold(now)
	case p.unlike(p.before.loss) || loss >= hopeless:
		p.lower(now)
	default: // it made no difference: has the line begun to lose more?
		p.phase = doubted
		p.setRate(max(floorRate, doubtShare*min(p.trial.rate(), p.before.asked)))
	}
}

// unlike reports whether the loss seen is another one than was seen before.
func (p *pace) unlike(was float64) bool {
	return math.Abs(p.trial.loss()-was) > doubt(was, float64(p.trial.asked), p.before.n)
}

// hold stays at a rate that is well. Where it was far too high the knee is
// known roughly only, and more is tried soon.
func (p *pace) hold(now time.Duration) {
	p.phase, p.step = steady, firstStep
	if p.bold {
		p.bold, p.step, p.every, p.probeAt = false, boldStep, firstProbe, now
		return
	}
	p.later(now)
}

// later puts the next raise off, longer each time; not long below a rate that
// was kept well before: it may have been a stall that brought it down.
func (p *pace) later(now time.Duration) {
	if p.rate < wellBelow*p.peak {
		p.probeAt = now + firstProbe/2
		return
	}
	p.probeAt = now + p.every
	p.every = min(2*p.every, longProbe)
}

// raise tries more: at once what was answered before, else a step, when its time has come.
func (p *pace) raise(now time.Duration) {
	to := p.best
	if to < 1.03*p.rate {
		if now < p.probeAt {
			return
		}
		to = p.rate * (1 + p.step)
		if p.rate < wellBelow*p.peak {
			to = p.peak
		}
	}
	if p.ceiling > 0 {
		steps := max(1, (now-p.raisedAt).Seconds()/pacedSample.Seconds())
		to = min(to, p.rate+p.ceiling/politeSteps*steps, 2*p.rate, p.ceiling)
	}
	if to <= p.rate {
		return
	}
	p.remember()
	p.phase = raised
	p.raisedTo, p.raisedAt = to, now
	p.setRate(to)
}

func (p *pace) judgeRaised(now time.Duration) {
	p.phase = steady
	r, loss := p.trial.rate(), p.trial.loss()
	if r < p.before.asked*1.01 {
		p.probeAt = now + p.every // it was not asked for more
		return
	}
	atLimit := 1 - (1-p.line)*p.before.asked/r // the loss, had the answers not grown at all
	if loss <= max((p.line+atLimit)/2, p.line+chanceFloor) {
		p.setRate(p.raisedTo)
		p.best = max(p.best, p.rate)
		p.probeAt = now
		if p.rate > kneeRange*p.knee {
			p.step, p.every = min(2*p.step, 1), firstProbe
		}
		return // the next step comes after a steady sample: what a limiter had saved up is used up by then
	}
	took := justUnder * r * (1 - loss) / (1 - p.line)
	p.setRate(min(p.before.rate, max(took, 0.9*p.before.rate)))
	p.best, p.knee, p.step = p.rate, took, firstStep
	p.peak = max(p.rate, p.rate+(p.peak-p.rate)/4)
	p.later(now)
}

// judgeDoubted takes the loss for the line's where it did not fall with the
// rate, and for the pace's where it did.
func (p *pace) judgeDoubted(now time.Duration) {
	loss, was := p.trial.loss(), p.before.loss
	atLimit := max(0, 1-(1-was)*p.before.asked/p.trial.rate()) // if nothing of it was the line's
	p.doubtAt = now + doubtAfter
	if loss > (was+atLimit)/2 && loss < hopeless && (loss < was || !p.unlike(was)) {
		p.line, p.lineOf = loss, float64(p.trial.asked)
		p.giveBack(now)
		return
	}
	p.line, p.lineOf, p.bold = 0, 0, true
	if loss > p.slack() {
		p.lower(now)
		return
	}
	p.best = 0
	p.hold(now)
}

// giveBack returns to the rate that was lowered first, if as much was lost
// there as here: all steps down were for nothing.
func (p *pace) giveBack(now time.Duration) {
	to := p.before
	if p.first.n > 0 && math.Abs(p.first.loss-p.line) <= doubt(p.line, p.first.n, p.lineOf) {
		to = p.first
	}
	p.window.set(now, max(p.window.size, to.window))
	p.setRate(to.rate)
	p.phase, p.first, p.probeAt = steady, past{}, now
}

// restart is for a server that is back: from a quarter of what it took before.
func (p *pace) restart(now time.Duration) {
	p.window.set(now, startWindow)
	if p.rate > 0 {
		p.setRate(max(startRate, p.best/4))
	}
	p.phase, p.step, p.every, p.probeAt = steady, 1, firstProbe, now
	p.begin(now)
}

// setRate limits queries over UDP to rate, 0 = not at all.
func (p *pace) setRate(rate float64) {
	if p.ceiling > 0 {
		rate = min(max(rate, floorRate), p.ceiling)
	}
	p.rate = rate
	p.soft.pace(rate)
	p.window.resize(max(p.window.size, min(rateWindow, rate*rateFlight.Seconds())))
}
