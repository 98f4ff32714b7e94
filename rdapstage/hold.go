package rdapstage

import (
	"time"

	"vacant"
)

// holdLocked keeps a name whose sources all say no until each has passed its
// next control.
func (s *Stage) holdLocked(now time.Time, j *job) {
	for _, a := range j.answers {
		if a.Verdict != vacant.Available || a.after != nil {
			continue
		}
		if why := a.unfounded(now); why != vacant.ReasonNone {
			s.disownLocked(now, a, why)
			return
		}
	}
	for _, a := range j.answers {
		if a.Verdict != vacant.Available || a.after != nil {
			continue
		}
		if m := a.lane.good; m.sent > a.got {
			a.after = m
			continue
		}
		j.open++
		a.lane.held = append(a.lane.held, a)
		a.lane.op.poke()
	}
	if j.open == 0 {
		s.provenLocked(now, j)
	}
}

// unfounded says why no later control can make a "no" count.
func (a *answer) unfounded(now time.Time) vacant.Reason {
	l := a.lane
	switch {
	case l.bad.After(now), l.free.unsaid, a.before != nil && a.before.got < l.failed:
		return vacant.ReasonControlFailed
	case a.before == nil, l.good == nil:
		return vacant.ReasonControlPending
	}
	return vacant.ReasonNone
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
