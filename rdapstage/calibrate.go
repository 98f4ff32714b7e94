package rdapstage

import (
	"context"
	"slices"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

// watchFor is how long an endpoint that failed a control needs a second source,
// or a second asking.
const watchFor = 7 * 24 * time.Hour

// findControlsLocked looks for candidates, which asks DNS, away from the lock.
func (s *Stage) findControlsLocked(ctx context.Context, l *lane) {
	s.tasks.Go(func() {
		var names []vacant.Name
		if s.cfg.Controls != nil {
			names = s.cfg.Controls.Registered(ctx, l.suffix, maxCandidates)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		now := s.now()
		l.control.looking = false
		l.control.fill(names, now)
		if len(l.control.ring) == 0 && ctx.Err() == nil {
			s.uncontrolledLocked(now, l)
		}
		l.op.poke()
	})
}

// controlLocked files the answer to a registered control.
func (s *Stage) controlLocked(now time.Time, q *question, r *reply) {
	l := q.lane
	c := &l.control
	c.turn(q.name)
	if r.Verdict != vacant.Registered {
		s.forgetLessonLocked(l) // its controls must enclose it directly
		s.unteachLocked(l)
		q.line.left = 0 // ... and the line is still to be tried
	}
	switch {
	case r.Verdict == vacant.Registered:
		s.heldLocked(now, q, r)
	case r.limited && c.limits.more(q.sentAt, now):
		// The operator rests; the control is asked when it is over.
	case r.Verdict != vacant.Undetermined || r.empty:
		s.missedLocked(now, q, r)
	default:
		c.fumbles += r.weight()
		if r.limited || c.fumbles >= maxFumbles*oddWeight {
			s.uncontrolledLocked(now, l)
		}
	}
}

// heldLocked files a control that was answered as registered. If the host once
// had no record of that name, some of those behind its address have none now.
func (s *Stage) heldLocked(now time.Time, q *question, r *reply) {
	l := q.lane
	if i := l.control.index(q.name); i >= 0 && l.control.ring[i].missed > 0 {
		s.failPoolLocked(now, l.pool, r.ev)
		return
	}
	l.control.held[q.name] = true
	l.control.fumbles, l.control.limits = 0, limits{}
	if q.sent > max(l.failed, l.pool.failed) {
		l.pool.total++
		l.pool.passed.add(q.sent)
		if r.fresh {
			l.pool.drawn.add(q.sent)
			l.pool.probe.left = l.pool.distance(0)
		}
	}
	m := &mark{sent: q.sent, got: s.tickLocked(), count: q.count, at: now, ev: r.ev, control: true}
	if l.kind == vacant.KindWHOIS {
		m.masked = maskText(r.text, q.name)
	}
	s.goodLocked(now, q, m)
}

// missedLocked files a control that was answered as not found: a contradiction
// where the host had a record of it, and the end of the lane where it has one of
// no candidate. One or two that have none are names that are merely delegated.
func (s *Stage) missedLocked(now time.Time, q *question, r *reply) {
	l := q.lane
	c := &l.control
	if i := c.index(q.name); i >= 0 {
		c.ring[i].missed++
	}
	switch {
	case c.held[q.name]:
		s.failPoolLocked(now, l.pool, r.ev)
	case c.missedAll():
		s.failLocked(now, l, r.ev)
	}
}

// oddWeight is for how many silences or breakdowns one odd reply counts: those
// make the operator rest, and end by themselves.
const oddWeight = 3

// weight is how much a control's answer that proves nothing counts.
func (r *reply) weight() int {
	if r.silent || r.barred {
		return 1
	}
	return oddWeight
}

// goodLocked notes a record, of a control or of any name: who answered does not
// say "not found" to everything. A question that left before a failure says nothing.
func (s *Stage) goodLocked(now time.Time, q *question, m *mark) {
	l := q.lane
	if m.sent < max(l.failed, l.pool.failed) {
		return
	}
	q.conn.good = max(q.conn.good, m.sent)
	if l.good == nil || m.sent > l.good.sent {
		l.good = m
		if m.control {
			s.assureLocked(l)
		}
		l.control.without = time.Time{}
		l.control.age(now)
		s.learnLocked(now, l, m)
	}
	s.settleLocked(now, l.pool)
}

// failLocked quarantines a lane that answered a control wrongly. What it said
// since its last good control is as if it had not been said.
func (s *Stage) failLocked(now time.Time, l *lane, ev vacant.Evidence) {
	l.bad, l.watched, l.failed, l.good = now.Add(l.timing.Quarantine), now, s.tickLocked(), nil
	l.control.ring, l.control.fumbles = nil, 0
	s.unteachLocked(l)
	s.rememberLocked(l)
	s.releaseLocked(now, l, vacant.ReasonControlFailed, ev, l.bad)
	for _, j := range l.drain() {
		s.fileLocked(now, j, &answer{Reading: reading.Reading{Reason: vacant.ReasonControlFailed}, lane: l, job: j, ev: ev, retry: l.bad})
	}
}

// uncontrolledLocked gives up on controls of a lane for the time of one batch.
// Names are asked all the same, since any record that comes is a control; a
// "no" meanwhile stays pending.
func (s *Stage) uncontrolledLocked(now time.Time, l *lane) {
	l.good = nil
	l.control.without, l.control.fumbles, l.control.ring, l.control.limits = now.Add(l.timing.BatchAge), 0, nil, limits{}
	s.releaseLocked(now, l, vacant.ReasonControlPending, vacant.Evidence{}, now.Add(retryPending))
}

// releaseLocked takes back every answer of a lane that is not proven.
func (s *Stage) releaseLocked(now time.Time, l *lane, why vacant.Reason, ev vacant.Evidence, retry time.Time) {
	s.forgetLessonLocked(l)
	var held []*answer
	l.pool.held = slices.DeleteFunc(l.pool.held, func(a *answer) bool {
		if a.lane == l {
			held = append(held, a)
		}
		return a.lane == l
	})
	l.waits = 0
	for _, a := range held {
		a.job.open--
		if !ev.At.IsZero() {
			a.job.evidence = append(a.job.evidence, ev)
		}
		a.retry = retry
		s.disownLocked(now, a, why)
	}
}

// quarantined returns until when the lane is not asked.
func (l *lane) quarantined() time.Time { return later(l.bad, l.pool.bad) }

// watching reports whether a no given at that time needs a second source,
// because the lane or its host failed a control not long before.
func (l *lane) watching(at time.Time) bool {
	return watching(l.watched, at) || watching(l.pool.watched, at)
}
