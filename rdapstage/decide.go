package rdapstage

import (
	"slices"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

// When it makes sense to ask again, by what went wrong.
const (
	retryUnreachable = 15 * time.Minute
	retryBadReply    = 6 * time.Hour
	retryControl     = time.Hour
	retryPending     = 10 * time.Minute
	retryConflict    = 24 * time.Hour
	retryWithheld    = 30 * 24 * time.Hour
	retryNoRegistry  = 30 * 24 * time.Hour
)

// fileLocked adds a source's answer to a name and does what follows.
func (s *Stage) fileLocked(now time.Time, j *job, a *answer) {
	j.answers = append(j.answers, a)
	if !a.ev.At.IsZero() {
		j.evidence = append(j.evidence, a.ev)
	}
	j.tries, j.limits = 0, 0
	s.decideLocked(now, j)
}

// decideLocked draws the conclusion of a name's answers so far.
func (s *Stage) decideLocked(now time.Time, j *job) {
	switch o := combine(j.said(), j.step+1 < len(j.plan.lanes), j.demands(now)); {
	case o.next:
		j.step++
		s.enqueueLocked(now, j)
	case o.verdict == vacant.Available:
		s.holdLocked(now, j)
	case o.verdict == vacant.Registered:
		s.finishLocked(now, j, vacant.NewRegistered(j.inq.Name, j.deciding(o.verdict).Lifecycle), o.verdict)
	case o.verdict == vacant.Reserved:
		s.finishLocked(now, j, vacant.NewReserved(j.inq.Name, vacant.ReasonNone), o.verdict)
	case o.verdict == vacant.Premium:
		s.finishLocked(now, j, vacant.NewPremium(j.inq.Name), o.verdict)
	case s.secondAskingLocked(now, j):
	default:
		s.giveUpLocked(now, j, o.reason)
	}
}

// secondAskingLocked lets a source on watch be asked once more about a name that
// it said no to, some time later, if that would decide: where there is no other
// source, or none that answered. The run must be able to wait that long.
func (s *Stage) secondAskingLocked(now time.Time, j *job) bool {
	gap := s.cfg.Timing.LearnGap
	if j.first != nil || s.cfg.MaxPause > 0 && gap > s.cfg.MaxPause {
		return false
	}
	i := j.doubted(now)
	if i < 0 {
		return false
	}
	if why, _ := j.answers[i].lane.closedLocked(now); why != vacant.ReasonNone {
		return false
	}
	if s.winding {
		s.dropLocked(j)
		return true
	}
	a := j.answers[i]
	j.first, j.answers = a, slices.Delete(j.answers, i, i+1)
	a.lane.later = append(a.lane.later, delayed{now.Add(gap), j})
	a.lane.op.poke()
	return true
}

// doubted returns the index of the answer that would make its name available
// were its source not on watch, -1 if there is none.
func (j *job) doubted(now time.Time) int {
	list := j.said()
	for i, a := range j.answers {
		if a.Verdict != vacant.Available || !list[i].watched || a.lane.needsSecond {
			continue
		}
		list[i].weak = false
		if combine(list, false, j.demands(now)).verdict == vacant.Available {
			return i
		}
		list[i].weak = true
	}
	return -1
}

func (j *job) said() []said {
	list := make([]said, len(j.answers))
	for i, a := range j.answers {
		watched := a.lane.watching(a.ev.At) && (j.first == nil || j.first.lane != a.lane)
		list[i] = said{kind: a.lane.kind, verdict: a.Verdict, reason: a.Reason, weak: a.lane.needsSecond || watched, watched: watched}
	}
	return list
}

func (j *job) demands(now time.Time) demands {
	return demands{
		provable: j.inq.DNS.Supports(now),
		nodata:   j.inq.DNS.Status == vacant.StatusNodata && !j.inq.DNS.Wildcard(),
		wildcard: j.inq.DNS.Wildcard() || j.plan.wildcard,
		withheld: j.withheld,
	}
}

// deciding returns the first answer of a verdict; there is one.
func (j *job) deciding(v vacant.Verdict) *answer {
	for _, a := range j.answers {
		if a.Verdict == v {
			return a
		}
	}
	return &answer{lane: &lane{}}
}

// enqueueLocked sends a name to the source of its step.
func (s *Stage) enqueueLocked(now time.Time, j *job) {
	if s.winding {
		s.dropLocked(j)
		return
	}
	if j.step >= len(j.plan.lanes) {
		s.giveUpLocked(now, j, vacant.ReasonNoRegistry)
		return
	}
	l := j.plan.lanes[j.step]
	why, retry := l.closedLocked(now)
	if why != vacant.ReasonControlFailed && l.port43() && !l.hand() && s.blockedLocked() {
		why, retry = vacant.ReasonPort43Blocked, now.Add(retryControl)
	}
	if why != vacant.ReasonNone {
		s.fileLocked(now, j, &answer{Reading: reading.Reading{Reason: why}, lane: l, job: j, retry: retry})
		return
	}
	l.queue.push(j)
	s.startLocked(l.op)
	l.op.poke()
}

// giveUpLocked ends a name as undetermined.
func (s *Stage) giveUpLocked(now time.Time, j *job, why vacant.Reason) {
	s.finishLocked(now, j, vacant.NewUndetermined(j.inq.Name, why, j.retry(now, why, s.cfg.Timing.LearnGap)), vacant.Undetermined)
}

// retry returns when asking again makes sense.
func (j *job) retry(now time.Time, why vacant.Reason, learn time.Duration) time.Time {
	for _, a := range j.answers {
		if a.Reason == why && !a.retry.IsZero() {
			return a.retry
		}
	}
	switch why {
	case vacant.ReasonNoRegistry:
		return now.Add(retryNoRegistry)
	case vacant.ReasonLikelyReserved, vacant.ReasonIDNTable:
		return now.Add(retryWithheld)
	case vacant.ReasonControlFailed, vacant.ReasonPort43Blocked:
		return now.Add(retryControl)
	case vacant.ReasonControlPending:
		return now.Add(retryPending)
	case vacant.ReasonSourceConflict:
		return now.Add(retryConflict)
	case vacant.ReasonTemplateLearning:
		return now.Add(learn)
	case vacant.ReasonBadReply:
		return now.Add(retryBadReply)
	case vacant.ReasonDNSUnproven:
		return now
	}
	return now.Add(retryUnreachable)
}

// finishLocked completes a result and puts it out.
func (s *Stage) finishLocked(now time.Time, j *job, r vacant.Result, decided vacant.Verdict) {
	if j.done {
		return
	}
	j.done = true
	if len(j.answers) > 0 {
		a := j.deciding(decided)
		r.Method, r.RegistryServer, r.RegistryCode = string(a.lane.kind), a.ev.Server, a.ev.Code
		r.Registrar, r.CreatedAt, r.ExpiresAt = a.Registrar, a.Created, a.Expires
		if decided == vacant.Undetermined && r.RegistryServer == "" {
			r.Method = ""
		}
	}
	s.outLocked(now, j, r)
}

// outLocked hands a result to the emitter.
func (s *Stage) outLocked(now time.Time, j *job, r vacant.Result) {
	r.DNS, r.Source = j.inq.DNS, j.inq.Source
	if r.CheckedAt.IsZero() {
		r.CheckedAt = now
	}
	r.Evidence = append([]vacant.Evidence{j.inq.DNS.Evidence(j.inq.Name)}, j.evidence...)
	s.outbox = append(s.outbox, r)
	s.pending--
	s.nudge()
}
