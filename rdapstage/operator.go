package rdapstage

import (
	"context"
	"math"
	"time"

	"vacant"
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
	tokens int
	tat    time.Time // theoretical time of the next question
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
	if o.inflight >= maxConns || len(o.stage.outbox) >= maxOutbox {
		return question{}, time.Time{}
	}
	best, wake := o.bestLocked(now)
	if best.kind == 0 || !take {
		return best, wake
	}
	q, _ := best.lane.next(now, o.stage.closing, true)
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

// rateLocked returns the rate that holds now, 0 for none.
func (o *operator) rateLocked(now time.Time) float64 {
	if o.cut == 0 {
		return o.limit.PerSecond
	}
	rate := o.cut + max(now.Sub(o.cutAt).Seconds(), 0)*recovery*o.full
	switch {
	case o.limit.PerSecond > 0 && rate >= o.limit.PerSecond:
		o.cut = 0
		return o.limit.PerSecond
	case o.limit.PerSecond == 0 && rate > o.full:
		// Nobody set a ceiling, and full was only what we had come to: search
		// for the real one by doubling each second beyond it.
		return min(o.full*math.Exp2((rate-o.full)/(recovery*o.full)), searchMost)
	}
	return rate
}

// token takes the right to ask one question, or says when to try again.
func (o *operator) token(ctx context.Context, now time.Time, rate float64) (again time.Time, ok bool) {
	if rate > 0 && now.Before(o.tat) {
		return o.tat, false
	}
	if o.tokens <= 0 {
		if again, ok = o.lease(ctx, now, rate); !ok {
			return again, false
		}
	}
	o.tokens--
	o.spend(now, rate)
	return time.Time{}, true
}

// spend moves the pace on by one question. A little lateness may be made up
// for, or a timer's coarseness would eat the rate.
func (o *operator) spend(now time.Time, rate float64) {
	if rate <= 0 {
		return
	}
	from := now.Add(-catchUp)
	if o.tat.After(from) {
		from = o.tat
	}
	o.tat = from.Add(time.Duration(float64(time.Second) / (rate * headroom)))
}

func (o *operator) lease(ctx context.Context, now time.Time, rate float64) (again time.Time, ok bool) {
	s := o.stage
	want := max(1, int(rate*leaseFor))
	if rate == 0 {
		want = leaseUnlimited
	}
	got, again, locked, err := s.cfg.Budget.Lease(ctx, s.key(o.name), o.limit, want)
	if err != nil {
		s.warn(err, "lease from the budget", o.name)
		// Without its budget file the process still keeps its own pace.
		o.tokens = 1
		return time.Time{}, true
	}
	if got > 0 {
		o.tokens = got
		return time.Time{}, true
	}
	if locked.After(now) {
		again = locked
	}
	again = later(again, now.Add(100*time.Microsecond))
	if locked.After(now) || again.Sub(now) > quotaAfter && again.Sub(now).Seconds()*rate > 3 {
		// Locked out by what another process heard, or the day's quota is used up.
		s.mu.Lock()
		s.pauseLocked(o, again, vacant.ReasonRateLimited)
		o.persist = time.Time{}
		s.mu.Unlock()
	}
	return again, false
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// giveBack returns what was leased and not used.
func (o *operator) giveBack() {
	if o.tokens > 0 {
		s := o.stage
		s.warn(s.cfg.Budget.Return(s.key(o.name), o.tokens), "return tokens to the budget", o.name)
	}
	o.tokens = 0
}

// limitedLocked makes an operator rest that told us to. A reply to a question
// asked before the rest began is part of the same telling off.
func (o *operator) limitedLocked(now, sentAt time.Time, pause time.Duration) {
	if sentAt.Before(o.until) {
		if until := now.Add(clampPause(pause)); pause > 0 && until.After(o.until) {
			o.stage.pauseLocked(o, until, vacant.ReasonRateLimited)
		}
		return
	}
	o.strikes++
	o.slowLocked(now)
	least := o.stage.unit << min(o.strikes-1, 16)
	d := least
	if pause > 0 {
		d = clampPause(max(pause, least))
	}
	d = min(d, maxPause)
	o.cutAt = now.Add(d)
	o.stage.pauseLocked(o, now.Add(d), vacant.ReasonRateLimited)
}

// slowLocked halves the rate; it comes back a quarter of the full one a second.
func (o *operator) slowLocked(now time.Time) {
	rate := o.rateLocked(now)
	switch {
	case o.limit.PerSecond > 0:
		o.full = o.limit.PerSecond
	case rate == 0:
		rate = max(o.perSecond, float64(o.answered), leastFull)
		o.full = rate
	}
	o.cut = max(rate/2, o.full/32)
}

func clampPause(d time.Duration) time.Duration {
	return min(max(d, minPause), maxPause)
}

// silentLocked makes an operator rest whose server does not answer.
func (o *operator) silentLocked(now, sentAt time.Time) {
	if sentAt.Before(o.until) {
		return
	}
	o.silent++
	if o.silent == 1 {
		return
	}
	if o.deadLocked() {
		o.stage.pauseLocked(o, now.Add(retryUnreachable), vacant.ReasonUnreachable)
		return
	}
	o.stage.pauseLocked(o, now.Add(o.stage.unit<<(o.silent-2)), vacant.ReasonUnreachable)
}

// deadLocked reports whether the operator's server counts as unreachable: sooner
// where it never answered.
func (o *operator) deadLocked() bool {
	return o.silent >= deadAfter || o.silent >= maxTries && o.rateFrom.IsZero()
}

// answeredLocked notes a reply that was one.
func (o *operator) answeredLocked(now, sentAt time.Time) {
	if now.Sub(o.rateFrom) >= time.Second {
		o.perSecond, o.answered, o.rateFrom = float64(o.answered), 0, now
	}
	o.answered++
	if !sentAt.Before(o.until) {
		o.strikes, o.silent, o.barred, o.troubled = 0, 0, 0, time.Time{}
	}
}

// patienceLocked reports whether names may wait until the pause is over.
func (o *operator) patienceLocked(now time.Time) bool {
	left := o.until.Sub(now)
	switch {
	case left <= 0:
		return true
	case o.why == vacant.ReasonUnreachable && o.deadLocked():
		return false
	case o.stage.cfg.MaxPause > 0:
		return o.until.Sub(o.troubled) <= o.stage.cfg.MaxPause
	}
	return left <= lockOutAfter
}

// reasonLocked returns why names cannot wait.
func (o *operator) reasonLocked(now time.Time) vacant.Reason {
	if o.why == vacant.ReasonRateLimited && o.until.Sub(now) > lockOutAfter {
		return vacant.ReasonLockedOut
	}
	return o.why
}
