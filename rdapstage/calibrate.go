package rdapstage

import (
	"context"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

const (
	maxCandidates = 5                  // names tried for a registered control: some delegated ones have no record
	maxFumbles    = 5                  // controls in a row without an answer that says anything
	watchFor      = 7 * 24 * time.Hour // an endpoint that failed a control needs a second source that long
	quarantineFor = time.Hour          // ... and is not asked at all that long
	candidateAge  = time.Hour          // a name delegated then may be gone now
)

// control is the state of a lane's registered control.
type control struct {
	busy    bool // being looked for or asked
	names   []vacant.Name
	at      time.Time // when names were found
	index   int
	missed  int                  // candidates answered as not found in a row
	fumbles int                  // ... or not at all
	held    map[vacant.Name]bool // names this lane once answered as registered
	without time.Time            // until then there is none, and names are asked without
}

func (c *control) given(now time.Time) bool { return c.without.After(now) }

// name returns the candidate to ask about, "" if they are to be looked for first.
func (c *control) name() vacant.Name {
	if c.index < len(c.names) {
		return c.names[c.index]
	}
	return ""
}

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
		l.control.busy, l.control.names, l.control.at, l.control.index = false, names, now, 0
		if len(names) == 0 && ctx.Err() == nil {
			s.uncontrolledLocked(now, l)
		}
		l.op.poke()
	})
}

// controlLocked files the answer to a registered control.
func (s *Stage) controlLocked(now time.Time, q *question, r *reply) {
	l := q.lane
	c := &l.control
	c.busy = false
	switch {
	case r.Verdict == vacant.Registered:
		c.held[q.name] = true
		s.goodLocked(now, l, &mark{sent: q.sent, got: s.tickLocked(), count: q.count, at: now, ev: r.ev})
	case r.limited:
		// The operator rests; the control is asked when it is over.
	case r.Verdict != vacant.Undetermined || r.empty:
		c.missed++
		c.index++
		// A name that was there a moment ago and is not now says more than one that never was.
		if c.held[q.name] || len(c.names) > 0 && c.missed >= len(c.names) {
			s.failLocked(now, l, r.ev)
		}
	default:
		c.fumbles += r.weight()
		c.index = (c.index + 1) % max(len(c.names), 1)
		if c.fumbles >= maxFumbles*oddWeight {
			s.uncontrolledLocked(now, l)
		}
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

// goodLocked notes a registered control that held, and settles the answers
// that came before it was asked.
func (s *Stage) goodLocked(now time.Time, l *lane, m *mark) {
	if l.good != nil && m.sent <= l.good.sent {
		return
	}
	l.good = m
	l.control.missed, l.control.fumbles, l.control.without = 0, 0, time.Time{}
	if now.Sub(l.control.at) > candidateAge {
		l.control.names = nil
	}
	s.learnLocked(now, l, m)
	kept := l.held[:0]
	for _, a := range l.held {
		if a.got >= m.sent {
			kept = append(kept, a)
			continue
		}
		a.after = m
		a.job.open--
		if a.job.open == 0 {
			s.decideLocked(now, a.job)
		}
	}
	clear(l.held[len(kept):])
	l.held = kept
}

// failLocked quarantines a lane that answered a control wrongly. What it said
// since its last good control is as if it had not been said.
func (s *Stage) failLocked(now time.Time, l *lane, ev vacant.Evidence) {
	l.bad, l.watched, l.failed, l.good = now.Add(quarantineFor), now, s.tickLocked(), nil
	l.control.names, l.control.missed = nil, 0
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
	l.control.without, l.control.fumbles, l.control.names = now.Add(l.timing.BatchAge), 0, nil
	s.releaseLocked(now, l, vacant.ReasonControlPending, vacant.Evidence{}, now.Add(retryPending))
}

// releaseLocked takes back every answer that a lane holds.
func (s *Stage) releaseLocked(now time.Time, l *lane, why vacant.Reason, ev vacant.Evidence, retry time.Time) {
	s.forgetLessonLocked(l)
	held := l.held
	l.held = nil
	for _, a := range held {
		a.job.open--
		if !ev.At.IsZero() {
			a.job.evidence = append(a.job.evidence, ev)
		}
		a.retry = retry
		s.disownLocked(now, a, why)
	}
}

// watching reports whether a no given at that time needs a second source,
// because the lane failed a control not long before.
func (l *lane) watching(at time.Time) bool {
	return !l.watched.IsZero() && !at.Before(l.watched) && at.Sub(l.watched) < watchFor
}
