package rdapstage

import (
	"context"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

// maxTries is how often one source is asked about one name before it is given up.
const maxTries = 3

// maxLimits is how often one name may be answered with a limit: more, while
// others get answers, is a reply to this name.
const maxLimits = 10

// sendLocked lets a question leave.
func (s *Stage) sendLocked(ctx context.Context, q *question) {
	l, o := q.lane, q.lane.op
	q.sent, q.sentAt, q.count, q.before = s.tickLocked(), s.now(), l.answered, l.good
	q.emptyOK = l.free.empty
	switch q.kind {
	case askControl:
		if q.name == "" {
			l.control.looking = true
			o.tokens++ // nothing is asked of the operator
			s.findControlsLocked(ctx, l)
			return
		}
		l.control.flying++
		l.pool.flying++
		l.pool.tried = q.sentAt
		q.line.left = l.pool.distance(q.from.queue.len())
		s.stats.Controls++
	case askFree:
		l.free.busy = true
		q.name = RandomName(l.suffix)
		s.stats.Controls++
	case askName:
		l.sent++
		l.inflight++
		l.pool.asked++
		l.pool.probe.left--
		q.line.left--
		s.stats.Asked++
	}
	l.pool.latest = q.sent
	q.line.busy, q.asker = true, s.askerLocked(q.line.n)
	q.lease = o.leased
	o.inflight++
	o.asked++
	s.stats.Inflight++
	s.tasks.Go(func() { s.perform(ctx, *q) })
}

// tickLocked advances the clock of events.
func (s *Stage) tickLocked() int64 {
	s.events++
	return s.events
}

// perform asks and files what comes back.
func (s *Stage) perform(ctx context.Context, q question) {
	r := s.put(ctx, &q)
	s.lockOutAtOnce(&q, &r)
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	l, o := q.lane, q.lane.op
	defer o.poke()
	o.arrivedLocked(now, &q, r.silent)
	o.inflight--
	s.stats.Inflight--
	q.backLocked(&r)
	s.healthLocked(now, &q, &r)
	s.restlessLocked(now, &q, &r)
	switch q.kind {
	case askControl:
		l.control.flying--
		l.pool.flying--
		s.controlLocked(now, &q, &r)
	case askFree:
		s.freeLocked(now, &q, &r)
	case askName:
		l.inflight--
		l.answered++
		l.lastDone = now
		l.learnedLocked(now, q.name, &r)
		l.shapedLocked(now, q.job, &r)
		s.nameLocked(now, &q, &r)
		l.passedOnLocked()
	}
}

// backLocked gives the line back, with the connection that the answer came over.
func (q *question) backLocked(r *reply) {
	q.line.busy = false
	if r.fresh || r.silent {
		if q.line.conn.untried() {
			q.lane.pool.lost = max(q.lane.pool.lost, q.line.conn.last)
		}
		q.line.renew()
	}
	q.conn = q.line.conn
}

// healthLocked draws from a reply what it says of the operator.
func (s *Stage) healthLocked(now time.Time, q *question, r *reply) {
	o, v := q.lane.op, q.lane.service
	switch {
	case r.limited:
		s.stats.Limited++
		if r.barred {
			v.barredLocked(now, q.sentAt, r.ev.Code)
			return
		}
		o.limitedLocked(now, q.sentAt, r.pause)
	case r.barred:
		// One may be about the name or a single failure; a row is about us or the server.
		if v.barred++; v.barred >= barredRow {
			v.barredLocked(now, q.sentAt, r.ev.Code)
		}
	case r.silent:
		if r.cold && q.lane.port43() && !q.lane.hand() {
			s.coldLocked(q.lane.host)
		}
		v.silentLocked(now, q.sentAt)
	default:
		o.answeredLocked(now, q.sentAt)
		v.answeredLocked(q.sentAt)
		if q.lane.port43() && !q.lane.hand() {
			s.port43OK = true
		}
	}
}

// coldLocked notes a WHOIS server that cannot be connected to: three of them with
// none that could is a network without port 43.
func (s *Stage) coldLocked(host string) {
	if s.port43OK {
		return
	}
	s.coldHosts[host] = true
}

// blockedLocked reports whether port 43 seems to be blocked.
func (s *Stage) blockedLocked() bool { return !s.port43OK && len(s.coldHosts) >= 3 }

// nameLocked files what a source said of a name.
func (s *Stage) nameLocked(now time.Time, q *question, r *reply) {
	l, j := q.lane, q.job
	switch {
	case r.limited:
		// A 503 that names no time may be about this name alone: fewer of them, or they pass for a server that is down.
		if j.limits++; j.limits < maxTries || j.limits < maxLimits && !r.barred {
			s.againLocked(now, l, j)
			return
		}
		r.Verdict, r.Reason, r.ev.Reason = vacant.Undetermined, vacant.ReasonRateLimited, vacant.ReasonRateLimited
	case (r.silent || r.barred) && (!r.cold || !l.port43() || !s.blockedLocked()):
		if j.tries++; j.tries < maxTries {
			s.againLocked(now, l, j)
			return
		}
	case l.flaky(r) && j.tries == 0, r.unclear:
		j.tries++
		s.againLocked(now, l, j)
		return
	case r.empty && !q.emptyOK && r.Verdict == vacant.Undetermined && j.tries == 0 && l.doubtLocked(now):
		// A new way of saying no, perhaps: let a random label tell.
		j.tries++
		s.againLocked(now, l, j)
		return
	}
	if r.cold && l.port43() && !l.hand() && s.blockedLocked() {
		r.Reason, r.ev.Reason = vacant.ReasonPort43Blocked, vacant.ReasonPort43Blocked
	}
	a := &answer{Reading: r.Reading, lane: l, job: j, ev: r.ev, sent: q.sent, got: s.tickLocked(), before: q.before}
	if l.pool.kept {
		a.conn = q.conn
	}
	switch a.Verdict {
	case vacant.Registered:
		s.recordLocked(now, q, a)
	case vacant.Available:
		l.newest, q.conn.last = a.got, a.got
	}
	s.fileLocked(now, j, a)
}

// recordLocked takes the record of a name for a control: of its suffix and
// connection, and, asked about once more, of its host. It is none of the host
// by itself: had it been answered as not found, nobody would have known.
func (s *Stage) recordLocked(now time.Time, q *question, a *answer) {
	if a.Lifecycle != vacant.PendingDelete && a.Lifecycle != vacant.Redemption {
		q.lane.control.adopt(q.name)
	}
	s.goodLocked(now, q, &mark{sent: q.sent, got: a.got, count: q.count, at: now, ev: a.ev})
}

// oddMost is how far replies that prove nothing may outweigh the others, each
// counting for two of those, until they are taken for the server's way; before
// that they are hiccups, and the name is asked again.
const oddMost = 8

// flaky reports whether a reply that proves nothing is an exception.
func (l *lane) flaky(r *reply) bool {
	if r.Verdict != vacant.Undetermined || r.Reason != vacant.ReasonBadReply || r.silent || r.empty {
		l.odd = max(l.odd-1, 0)
		return false
	}
	l.odd = min(l.odd+2, 2*oddMost)
	return l.odd < oddMost
}

// closedLocked says why, and until when, the lane must not be asked and a name
// does not wait for it.
func (l *lane) closedLocked(now time.Time) (why vacant.Reason, until time.Time) {
	switch {
	case l.quarantined().After(now):
		return vacant.ReasonControlFailed, l.quarantined()
	case !l.patienceLocked(now):
		return l.reasonLocked(now), l.restsLocked()
	}
	return vacant.ReasonNone, time.Time{}
}

// againLocked puts a name back to be asked first, or ends its waiting at a
// source that cannot be waited for.
func (s *Stage) againLocked(now time.Time, l *lane, j *job) {
	s.stats.Retried++
	if s.winding {
		s.dropLocked(j)
		return
	}
	if why, until := l.closedLocked(now); why != vacant.ReasonNone {
		s.fileLocked(now, j, &answer{Reading: reading.Reading{Reason: why}, lane: l, job: j, retry: until})
		return
	}
	l.queue.pushFront(j)
}
