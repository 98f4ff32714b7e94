package rdapstage

import (
	"slices"
	"time"

	"vacant"
)

// holdLocked keeps a name whose sources all say no until each is proven by the
// controls that follow.
func (s *Stage) holdLocked(now time.Time, j *job) {
	for _, a := range j.answers {
		if a.Verdict != vacant.Available || a.proven {
			continue
		}
		if why := a.unfounded(now); why != vacant.ReasonNone {
			s.disownLocked(now, a, why)
			return
		}
	}
	for _, a := range j.answers {
		if a.Verdict == vacant.Available && !a.proven && !a.prove(now) {
			j.open++
			a.lane.waits++
			p := a.lane.pool
			p.held, p.newest = append(p.held, a), max(p.newest, a.got)
			a.lane.op.poke()
		}
	}
	if j.open == 0 {
		s.provenLocked(now, j)
	}
}

// unfounded says why no later control can make a "no" count.
func (a *answer) unfounded(now time.Time) vacant.Reason {
	l := a.lane
	switch {
	case l.quarantined().After(now), l.free.unsaid, a.before != nil && a.before.sent < max(l.failed, l.pool.failed):
		return vacant.ReasonControlFailed
	case a.before == nil, l.good == nil:
		return vacant.ReasonControlPending
	}
	return vacant.ReasonNone
}

// prove reports whether the controls that left after the answer had come are
// enough: one about its suffix, one over its connection if that is still there,
// and as many of its host as it takes to find a part of it that lies.
func (a *answer) prove(now time.Time) bool {
	l := a.lane
	if a.after == nil && l.good != nil && l.good.sent > a.got {
		a.after = l.good
	}
	needs := l.pool.needs(now)
	a.proven = a.after != nil && a.met(needs) && a.got < l.pool.passed.nth(needs)
	return a.proven
}

// met reports whether controls met whoever gave the answer, where that depends
// on the connection: one over the same, or as many over others as it takes.
func (a *answer) met(needs int) bool {
	return a.conn == nil || a.conn.good > a.got || a.conn.lost && a.got < a.lane.pool.drawn.nth(needs)
}

// settleLocked decides the names whose answers are proven by now.
func (s *Stage) settleLocked(now time.Time, p *pool) {
	var ready []*answer
	p.held = slices.DeleteFunc(p.held, func(a *answer) bool {
		if a.prove(now) {
			ready = append(ready, a)
		}
		return a.proven
	})
	for _, a := range ready {
		a.lane.waits--
		a.job.open--
		if a.job.open == 0 {
			s.decideLocked(now, a.job)
		}
	}
}

// disownLocked takes back what a source said, and lets the others decide.
func (s *Stage) disownLocked(now time.Time, a *answer, why vacant.Reason) {
	a.Verdict, a.Reason = vacant.Undetermined, why
	if a.job.open > 0 || a.job.done {
		return
	}
	s.decideLocked(now, a.job)
}

// provenLocked makes the result of a name that everything speaks for.
func (s *Stage) provenLocked(now time.Time, j *job) {
	var nos []*answer
	for _, a := range j.answers {
		if a.Verdict == vacant.Available {
			nos = append(nos, a)
		}
	}
	first := nos[0]
	p := vacant.Proof{DNS: j.inq.DNS, Registry: first.ev, ControlBefore: first.before.at, ControlAfter: first.after.at}
	if len(nos) > 1 {
		p.Second = &nos[1].ev
	}
	r, err := vacant.NewAvailable(j.inq.Name, p, now)
	if err != nil {
		s.giveUpLocked(now, j, vacant.ReasonDNSUnproven)
		return
	}
	for _, a := range nos {
		j.evidence = append(j.evidence, a.before.ev, a.after.ev)
		if ev := a.lane.free.ev; !ev.At.IsZero() {
			j.evidence = append(j.evidence, ev)
		}
	}
	j.done = true
	s.outLocked(now, j, r)
}
