package rdapstage

import (
	"time"

	"vacant"
)

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

// barredLocked makes an operator rest that refuses us or is broken, which it
// may be for good: waiting ends after as many rounds as it does with silence.
func (o *operator) barredLocked(now, sentAt time.Time, code string) {
	switch {
	case o.strikes < deadAfter-1:
		o.limitedLocked(now, sentAt, 0)
	case sentAt.Before(o.until):
	case code == codeForbidden:
		o.stage.pauseLocked(o, now.Add(retryUnreachable), vacant.ReasonRateLimited)
	default:
		o.dead = true
		o.stage.pauseLocked(o, now.Add(retryUnreachable), vacant.ReasonUnreachable)
	}
}

// codeForbidden is what a wall in front of a registry answers.
const codeForbidden = "403"

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
	return o.dead || o.silent >= deadAfter || o.silent >= maxTries && o.rateFrom.IsZero()
}

// answeredLocked notes a reply that was one.
func (o *operator) answeredLocked(now, sentAt time.Time) {
	if now.Sub(o.rateFrom) >= time.Second {
		o.perSecond, o.answered, o.rateFrom = float64(o.answered), 0, now
	}
	o.answered++
	if !sentAt.Before(o.until) {
		o.strikes, o.silent, o.barred, o.dead, o.troubled = 0, 0, 0, false, time.Time{}
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
