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
	persistAfter   = 30 * time.Second       // shorter pauses are over before another process would ask
	deadAfter      = 6                      // rounds of silence, with pauses that double from 1 s, until a server counts as unreachable
	headroom       = 0.99                   // of the rate: the window below would stop a pace that touches it
	recovery       = 0.25                   // of the full rate, regained each second after a limit
	barredRow      = 3                      // refusals (403, 5xx) without an answer between them until the operator rests
	leaseFor       = 0.1                    // seconds' worth of tokens in a lease: what two processes may overlap by
	searchMost     = 1e6                    // where no ceiling is set: a rate that no one question at a time comes to
	leaseUnlimited = 256                    // tokens in a lease where there is no rate: it only asks for lock-outs
	quotaAfter     = 10 * time.Second       // a token further away than that is a day's quota, not a slow pace
	leastFull      = 50                     // names/s that an operator without a limit is taken to bear when it limits us all the same
	catchUp        = 100 * time.Millisecond // of lateness that is made up for; the window holds all the same
)

// operator is who runs a registry's servers: one queue, one budget, one pace
// for all suffixes and both protocols. Its fields are guarded by Stage.mu
// unless they say otherwise.
type operator struct {
	name   string
	limit  Limit // by hand or published; not changed
	stage  *Stage
	signal chan struct{} // "look again"; holds one

	lanes    []*lane
	current  int // lane whose turn it is
	served   int // names asked in its turn
	inflight int
	running  bool // its goroutine is

	until     time.Time // paused until then
	why       vacant.Reason
	strikes   int       // limits in a row
	silent    int       // rounds of silence in a row
	barred    int       // refusals in a row
	dead      bool      // ... so many that it counts as unreachable
	troubled  time.Time // when the row began
	persist   time.Time // a lock-out to be written down
	cut       float64   // rate right after the last limit, 0 = full rate
	full      float64   // what cut recovers towards
	cutAt     time.Time
	asked     uint64
	rateFrom  time.Time // start of the second in which answered counts
	answered  int
	perSecond float64 // answers in the second before
	window    window

	// The rest belongs to its goroutine alone.
	tokens   int
	tat      time.Time // theoretical time of the next question
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
	if d > 2*time.Second {
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
	s.mu.Unlock()
	o.writeLockOut()
	if q.kind == 0 {
		return wake, false
	}
	if again, ok := o.token(ctx, now, rate); !ok {
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
	if opens := o.window.opens(now); now.Before(opens) {
		return question{}, opens
	}
	if o.inflight >= ask.MaxConns || len(o.stage.outbox) >= maxOutbox {
		return question{}, time.Time{}
	}
	best, wake := o.bestLocked(now)
	if best.kind == 0 || !take {
		return best, wake
	}
	q, _ := best.from.next(now, o.stage.closing, true)
	o.turnLocked(&q)
	return q, wake
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
	for i := range o.lanes {
		l := o.lanes[(o.current+i)%len(o.lanes)]
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
