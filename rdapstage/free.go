package rdapstage

import (
	"time"

	"vacant"
)

// freeControl is the state of a lane's free control.
type freeControl struct {
	busy    bool
	at      time.Time       // of the last good one
	ev      vacant.Evidence // ... if it was asked by this process
	taught                  // by all of them
	sure    taught          // ... before the last good control
	calm    int             // of them in a row that taught nothing new
	fumbles int
	limits  limits
	unsaid  bool      // random labels get no "not found" that we can read
	until   time.Time // ... and are not asked again before
}

// taught is what random labels tell of how a server says no.
type taught struct {
	shape *shape // nil if that is not compared
	empty bool   // by an empty 404
}

func (f *freeControl) due(now time.Time, t *Timing) bool {
	if f.until.After(now) {
		return false
	}
	return f.at.IsZero() || now.Sub(f.at) >= t.FreeControl
}

// calmEnough random labels that taught nothing new will not be followed by one
// that does, for a minute. One of three banners that come at random is among so
// many, but for one time in 650.
const calmEnough = 16

// calmLocked notes whether the answer to a random label is as those before.
func (f *freeControl) calmLocked(r *reply) {
	f.calm++
	if f.empty != r.empty || f.shape != nil && f.shape.Odd > 0 {
		f.calm = 0
	}
}

// doubtLocked has a random label asked before the next name, as an answer may be a
// new way of saying no. It reports false if labels were asked just now, and
// answered as ever: then it is about the name, and so will be the next such answer.
func (l *lane) doubtLocked(now time.Time) bool {
	f := &l.free
	if f.calm >= calmEnough && now.Sub(f.at) < l.timing.BatchAge {
		return false
	}
	f.at = time.Time{}
	return true
}

// freeLocked files the answer about a random label.
func (s *Stage) freeLocked(now time.Time, q *question, r *reply) {
	l := q.lane
	f := &l.free
	f.busy = false
	if l.templates.Known.Text != "" {
		l.learnedLocked(now, q.name, r)
	}
	switch {
	case r.limited && f.limits.more(q.sentAt, now):
	case r.Verdict == vacant.Available:
		l.shapeLocked(r)
		f.calmLocked(r)
		f.at, f.ev, f.empty, f.fumbles, f.unsaid, f.limits = now, r.ev, r.empty, 0, false, limits{}
		s.rememberLocked(l)
	case r.Verdict == vacant.Registered:
		s.failLocked(now, l, r.ev)
	case s.sampleLocked(now, q, r):
	default:
		if f.fumbles += r.weight(); r.limited || f.fumbles >= maxTries*oddWeight {
			f.unsaid, f.until, f.fumbles, f.limits = true, now.Add(retryPending), 0, limits{}
		}
	}
}
