package rdapstage

import (
	"time"

	"vacant"
	"vacant/rdapstage/facts"
)

// service is one host of an operator as it is asked by one protocol. What is
// silent, broken or behind a wall rests by itself: the operator's other services are
// asked on. Its fields are guarded by Stage.mu.
type service struct {
	op   *operator
	here bool // on this machine: the way takes no time, only work does

	until    time.Time // paused until then
	why      vacant.Reason
	silent   int           // rounds of silence in a row
	barred   int           // refusals in a row
	strikes  int           // rounds of refusals in a row
	dead     bool          // ... so many that it counts as unreachable
	troubled time.Time     // when the row began
	heard    bool          // it has answered
	least    time.Duration // the shortest way there and back
}

// service returns the service that an endpoint belongs to.
func (o *operator) service(e *endpoint) *service {
	key := string(e.kind) + " " + e.host
	if o.services[key] == nil {
		if o.services == nil {
			o.services = make(map[string]*service)
		}
		o.services[key] = &service{op: o, here: facts.IsLoopback(e.host)}
	}
	return o.services[key]
}

// silentLocked makes a service rest that does not answer. Where it did before,
// silence is how it says that it is asked too fast.
func (v *service) silentLocked(now, sentAt time.Time) {
	if sentAt.Before(v.until) {
		return
	}
	v.silent++
	if v.silent == 1 {
		return
	}
	if v.deadLocked() {
		v.restLocked(now, now.Add(retryUnreachable), vacant.ReasonUnreachable)
		return
	}
	until := now.Add(v.op.stage.unit << (v.silent - 2))
	if v.heard {
		v.op.slowLocked(now)
		v.op.cutAt = until
	}
	v.restLocked(now, until, vacant.ReasonUnreachable)
}

// deadLocked reports whether the server counts as unreachable: sooner where it
// never answered.
func (v *service) deadLocked() bool {
	return v.dead || v.silent >= deadAfter || v.silent >= maxTries && !v.heard
}

// barredLocked makes a service rest that refuses us or is broken, which it may
// be for good: waiting ends after as many rounds as it does with silence.
func (v *service) barredLocked(now, sentAt time.Time, code string) {
	if sentAt.Before(v.until) {
		return
	}
	v.strikes++
	switch {
	case v.strikes < deadAfter:
		until := now.Add(v.op.stage.unit << (v.strikes - 1))
		v.op.slowLocked(now)
		v.op.cutAt = until
		v.restLocked(now, until, vacant.ReasonRateLimited)
	case code == codeForbidden:
		v.restLocked(now, now.Add(retryUnreachable), vacant.ReasonLockedOut)
	default:
		v.dead = true
		v.restLocked(now, now.Add(retryUnreachable), vacant.ReasonUnreachable)
	}
}

// codeForbidden is what a wall in front of a registry answers.
const codeForbidden = "403"

// answeredLocked notes a reply that was one.
func (v *service) answeredLocked(sentAt time.Time) {
	v.heard = true
	if !sentAt.Before(v.until) {
		v.silent, v.barred, v.strikes, v.dead, v.troubled = 0, 0, 0, false, time.Time{}
	}
}

// restLocked pauses the service; where that is longer than names may wait, they end.
func (v *service) restLocked(now, until time.Time, why vacant.Reason) {
	v.until, v.why = until, why
	if v.troubled.IsZero() {
		v.troubled = now
	}
	v.op.poke()
	v.op.stage.endWaitingLocked(now, v.op, v)
}

// asymmetry is how much of the shortest round trip the way there may take more
// at one time than at another; all of it, where it is shorter than that.
const asymmetry = 10 * time.Millisecond

// arrivalLocked returns when a question had reached the server at the latest, by
// how much longer than usual its answer took.
func (v *service) arrivalLocked(sentAt, now time.Time, silent bool) time.Time {
	took := now.Sub(sentAt)
	if silent || v.here {
		return now // nobody can say more
	}
	if v.least == 0 || took < v.least {
		v.least = took
	}
	return sentAt.Add(took - v.least + min(v.least, asymmetry))
}
