package rdapstage

import (
	"context"
	"time"

	"vacant"
	"vacant/rdapstage/ask"
)

// Bounds of an operator.
const (
	maxPort43      = 16                     // WHOIS servers often take few connections from one address
	minPause       = time.Second            // Retry-After below that, absent or negative
	maxPause       = 24 * time.Hour         // ... and above that, absurd ones
	lockOutAfter   = 10 * time.Minute       // a pause longer than that outlives the patience of a run
	persistAfter   = time.Second            // shorter pauses are over before another process would ask
	deadAfter      = 6                      // rounds of silence or limits, with pauses that double from 1 s, until nobody waits any longer
	headroom       = 0.99                   // of the rate, that is used
	recovery       = 0.25                   // of the full rate, regained each second after a limit
	barredRow      = 3                      // refusals (403, 5xx) without an answer between them until the service rests
	leaseFor       = 0.01                   // seconds' worth of questions in a lease
	leasePoll      = time.Millisecond       // no lease is asked for again sooner, after one in vain
	searchMost     = 1e6                    // where no ceiling is set: a rate that no one question at a time comes to
	leaseUnlimited = 256                    // questions in a lease where there is no limit: it only asks for lock-outs
	plenty         = 1 << 20                // questions left: nothing is scarce
	freeLease      = time.Second            // ... and how long such a lease may be used
	quotaAfter     = 10 * time.Second       // a question further away than that is a quota used up, not a slow pace
	leastFull      = 50                     // names/s that an operator without a limit is taken to bear when it limits us all the same
	catchUp        = 100 * time.Millisecond // of lateness that a slowed pace makes up for
)

// operator is who runs registries' servers: one budget, one pace and one queue
// for all suffixes, and for all protocols that its terms count together. Its
// fields are guarded by Stage.mu unless they say otherwise.
type operator struct {
	name   string
	limit  Limit // by hand or published; not changed
	stage  *Stage
	signal chan struct{} // "look again"; holds one

	services map[string]*service
	lanes    []*lane
	current  int // lane whose turn it is
	served   int // names asked in its turn
	inflight int
	running  bool // its goroutine is

	until     time.Time // told to slow down until then
	told      bool      // ... by the operator itself, not by our guess
	strikes   int       // limits in a row
	troubled  time.Time // when the row began
	persist   time.Time // a lock-out to be written down
	cut       float64   // rate right after the last limit, 0 = full rate
	full      float64   // what cut recovers towards
	cutAt     time.Time
	asked     uint64
	rateFrom  time.Time // start of the second in which answered counts
	answered  int
	perSecond float64 // answers in the second before
	arrived   []vacant.Arrival
	left      int // questions that may still be asked before a long wait

	// The rest belongs to its goroutine alone.
	tokens   int       // leased and not used
	leased   time.Time // the lease's name
	leasedAt time.Time
	again    time.Time // no lease is to be had before
	tat      time.Time // theoretical time of the next question, while it is slowed
	unleased bool      // the budget failed, and that was said
}

func (o *operator) poke() {
	select {
	case o.signal <- struct{}{}:
	default:
	}
}

// run asks what the lanes have to ask, at the operator's pace, until ctx ends.
func (o *operator) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	defer o.writeLockOut()
	defer o.giveBack()
	for ctx.Err() == nil {
		wake, asked := o.step(ctx)
		if asked {
			continue
		}
		o.wait(ctx, timer, wake)
	}
}

func (o *operator) wait(ctx context.Context, timer *time.Timer, wake time.Time) {
	d := time.Hour
	if !wake.IsZero() {
		d = max(wake.Sub(o.stage.now()), 0)
	}
	if d > vacant.LeaseLife {
		o.giveBack()
	}
	timer.Reset(d)
	select {
	case <-ctx.Done():
	case <-o.signal:
	case <-timer.C:
	}
}

// step asks one question if there is one and the pace allows it; else it
// returns when to look again.
func (o *operator) step(ctx context.Context) (wake time.Time, asked bool) {
	s := o.stage
	s.mu.Lock()
	now := s.now()
	q, wake := o.pickLocked(now, false)
	rate := o.rateLocked(now)
	slow := o.cut > 0
	s.mu.Unlock()
	o.writeLockOut()
	if q.kind == 0 {
		return wake, false
	}
	if again, ok := o.token(ctx, now, rate, slow); !ok {
		return again, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if q, wake = o.pickLocked(now, true); q.kind == 0 {
		o.tokens++
		return wake, false
	}
	s.sendLocked(ctx, &q)
	return time.Time{}, true
}

// writeLockOut lets the user's other processes, now and later, know of a long pause.
func (o *operator) writeLockOut() {
	s := o.stage
	s.mu.Lock()
	until := o.persist
	o.persist = time.Time{}
	s.mu.Unlock()
	if !until.IsZero() {
		s.warn(s.cfg.Budget.LockOut(s.key(o.name), until), "remember a lock-out", o.name)
	}
}

// pickLocked returns what to ask next: a control that is due anywhere, since
// answers wait for it, then the lane that was asked last, so that its batch
// fills, then the others in turn.
func (o *operator) pickLocked(now time.Time, take bool) (question, time.Time) {
	if now.Before(o.until) {
		return question{}, o.until
	}
	if o.inflight >= ask.MaxConns || len(o.stage.outbox) >= maxOutbox {
		return question{}, time.Time{}
	}
	best, wake := o.bestLocked(now)
	if best.kind == 0 || !take {
		return best, wake
	}
	if best.kind == askName {
		best, _ = best.from.next(now, o.stage.closing, true)
	}
	o.turnLocked(&best)
	return best, wake
}

// turnLocked keeps the operator at the lane it asks, until that has had a
// batch's worth of names and closes it: with a lane for each of 451 TLDs,
// controls would otherwise be most of what is asked.
func (o *operator) turnLocked(q *question) {
	switch {
	case q.kind == askName && o.lanes[o.current] != q.lane:
		o.current, o.served = o.index(q.lane), 1
	case q.kind == askName:
		o.served++
	case q.kind == askControl && o.lanes[o.current] == q.lane && o.served >= q.lane.timing.BatchNames*3/4:
		o.current, o.served = (o.current+1)%len(o.lanes), 0
	}
}

// bestLocked looks over the lanes, the current one first, for a question.
func (o *operator) bestLocked(now time.Time) (best question, wake time.Time) {
	if q, scarce := o.lastLocked(now); scarce {
		return q, time.Time{}
	}
	for i := range o.lanes {
		l := o.lanes[(o.current+i)%len(o.lanes)]
		if l.service.until.After(now) {
			wake = earlier(wake, l.service.until)
			continue
		}
		if l.kind != vacant.KindRDAP && l.inflight >= maxPort43 {
			continue
		}
		q, w := l.next(now, o.stage.closing, false)
		if q.kind == askControl {
			return q, now
		}
		if q.kind != 0 && best.kind == 0 {
			best = q
		}
		wake = earlier(wake, w)
	}
	return best, wake
}

func (o *operator) index(l *lane) int {
	for i, have := range o.lanes {
		if have == l {
			return i
		}
	}
	return 0
}
