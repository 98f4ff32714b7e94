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

// freeLocked files the answer about a random label.
func (s *Stage) freeLocked(now time.Time, q *question, r *reply) {
	l := q.lane
	f := &l.free
	f.busy = false
	if l.templates.Known.Text != "" {
		l.learnedLocked(q.name, r)
	}
	switch {
	case r.limited && f.limits.more(q.sentAt, now):
	case r.Verdict == vacant.Available:
		l.shapeLocked(r)
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
