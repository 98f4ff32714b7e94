package rdapstage

import (
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

// limitedLocked makes an operator rest that told us to slow down, all its
// services together. A reply to a question asked before the rest began is part of the
// same telling off. Who names no time, or always the same, is asked again after
// pauses that double; after deadAfter of them without an answer in between, about a
// minute, names wait no longer, and it rests for a quarter of an hour, then twice that.
func (o *operator) limitedLocked(now, sentAt time.Time, pause time.Duration) {
	if sentAt.Before(o.until) {
		if until := now.Add(clampPause(pause)); pause > 0 && until.After(o.until) {
			o.told = true
			o.restLocked(now, until)
		}
		return
	}
	o.strikes++
	o.slowLocked(now)
	least := o.backOff()
	d := least
	if pause > 0 {
		d = clampPause(max(pause, least))
	}
	o.told = pause >= least
	o.cutAt = now.Add(d)
	o.restLocked(now, now.Add(d))
}

// backOff is the pause after so many limits in a row, where the server names none.
func (o *operator) backOff() time.Duration {
	if o.strikes < deadAfter {
		return o.stage.unit << (o.strikes - 1)
	}
	return min(retryUnreachable<<min(o.strikes-deadAfter, 10), maxPause)
}

// slowLocked halves the rate; it comes back a quarter of the full one a second.
func (o *operator) slowLocked(now time.Time) {
	rate := o.rateLocked(now)
	switch {
	case o.limit.Rate() > 0:
		o.full = o.limit.Rate()
	case rate == 0:
		rate = max(o.perSecond, float64(o.answered), leastFull)
		o.full = rate
	}
	o.cut = max(rate/2, o.full/32)
}

func clampPause(d time.Duration) time.Duration {
	return min(max(d, minPause), maxPause)
}

// answeredLocked notes a reply that was one.
func (o *operator) answeredLocked(now, sentAt time.Time) {
	if now.Sub(o.rateFrom) >= time.Second {
		o.perSecond, o.answered, o.rateFrom = float64(o.answered), 0, now
	}
	o.answered++
	if !sentAt.Before(o.until) {
		o.strikes, o.troubled, o.told = 0, time.Time{}, false
	}
}

// restLocked pauses the operator and lets the user's other processes know.
func (o *operator) restLocked(now, until time.Time) {
	if until.Sub(now) >= persistAfter {
		o.persist = until
	}
	o.pauseLocked(now, until)
}

// pauseLocked pauses the operator; where that is longer than names may wait, they end.
func (o *operator) pauseLocked(now, until time.Time) {
	o.until = until
	if o.troubled.IsZero() {
		o.troubled = now
	}
	o.poke()
	o.stage.endWaitingLocked(now, o, nil)
}

// endWaitingLocked ends the names of an operator's lanes, or of those of one of
// its services, that may not wait. The others go on.
func (s *Stage) endWaitingLocked(now time.Time, o *operator, of *service) {
	for _, l := range o.lanes {
		if of != nil && l.service != of || l.patienceLocked(now) {
			continue
		}
		reason, until := l.reasonLocked(now), l.restsLocked()
		s.releaseLocked(now, l, vacant.ReasonControlPending, vacant.Evidence{}, until)
		for _, j := range l.drain() {
			s.fileLocked(now, j, &answer{Reading: reading.Reading{Reason: reason}, lane: l, job: j, retry: until})
		}
	}
}

// restsLocked is until when a lane's operator or service rests.
func (l *lane) restsLocked() time.Time { return later(l.op.until, l.service.until) }

// patienceLocked reports whether names may wait until the lane's pause is over.
func (l *lane) patienceLocked(now time.Time) bool {
	until := l.restsLocked()
	left := until.Sub(now)
	switch {
	case left <= 0:
		return true
	case l.service.until.After(now) && l.service.why == vacant.ReasonUnreachable && l.service.deadLocked():
		return false
	case l.op.stage.cfg.MaxPause > 0:
		return until.Sub(earlier(l.op.troubled, l.service.troubled)) <= l.op.stage.cfg.MaxPause
	}
	return left <= lockOutAfter
}

// reasonLocked returns why names cannot wait.
func (l *lane) reasonLocked(now time.Time) vacant.Reason {
	o, v := l.op, l.service
	switch {
	case !o.until.After(now) || v.until.After(o.until):
		return v.why
	case o.told && o.until.Sub(now) > lockOutAfter:
		return vacant.ReasonLockedOut
	}
	return vacant.ReasonRateLimited
}

// lockOutAtOnce writes down a pause that an answer named before anything else is
// done with it: who is killed or interrupted now must not ask again when it is
// started anew. Of many such answers at once the first is enough.
func (s *Stage) lockOutAtOnce(q *question, r *reply) {
	if !r.limited || r.pause <= 0 {
		return
	}
	until := s.now().Add(clampPause(r.pause))
	s.mu.Lock()
	known := q.lane.op.until.Add(persistAfter).After(until)
	s.mu.Unlock()
	if !known {
		s.warn(s.cfg.Budget.LockOut(s.key(q.lane.op.name), until), "remember a lock-out", q.lane.op.name)
	}
}
