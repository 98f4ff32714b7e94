package rdapstage

import (
	"slices"
	"sync/atomic"
	"time"

	"vacant"
	"vacant/rdapstage/ask"
)

// lane is one endpoint as far as one suffix is concerned: its names in waiting,
// its controls, and the answers that wait for the next good one. All of it is
// guarded by Stage.mu unless it says otherwise.
type lane struct {
	endpoint
	suffix  string
	op      *operator
	service *service
	pool    *pool
	behind  []*lane // those that names go on to
	timing  *Timing
	lastNo  atomic.Pointer[knownNo] // has its own guard

	queue       fifo
	inflight    int // names asked and not answered
	sent        int // names ever asked
	answered    int // names whose reply came, or did not
	lastDone    time.Time
	good        *mark // the last registered control that held
	waits       int   // answers in the pool's held
	newest      int64 // when the latest "no" came
	odd         int   // replies in a row that proved nothing
	control     control
	free        freeControl
	bad         time.Time // quarantined until then: it failed a control
	watched     time.Time // when it last failed one; remembered over runs
	failed      int64     // the event at which it did
	templates   templates
	lesson      *lesson   // a random label's reply that waits for its closing control
	later       []delayed // names to be asked a second time, in order of time
	lastControl time.Time // of an earlier process
	lastName    vacant.Name
}

// questionKind says what a question is for.
type questionKind uint8

const (
	askName questionKind = iota + 1
	askControl
	askFree
)

// question is one question on its way to an endpoint.
type question struct {
	lane   *lane
	from   *lane // whose turn it was: another lane's control can prove its answers
	kind   questionKind
	name   vacant.Name
	job    *job // of askName
	line   *line
	conn   *conn      // of the line, once the answer came
	asker  *ask.Asker // of the line
	sent   int64
	sentAt time.Time
	lease  time.Time // of the operator's budget
	count  int
	before *mark
	// emptyOK says that this endpoint's no is an empty 404.
	emptyOK bool
}

// since returns how many names the last good control does not close: those
// asked after it and those that were on their way then, in whatever order the
// server came to them.
func (l *lane) since() int {
	if l.good == nil {
		return 0
	}
	return l.sent - l.good.count
}

// fresh reports whether the last good control still opens a batch: it is not too
// long ago, or as little as the host's pace allows.
func (l *lane) fresh(now time.Time) bool {
	return l.good != nil && l.since() < l.timing.BatchNames && (now.Sub(l.good.at) < l.timing.BatchAge || l.pool.latest == l.good.sent)
}

// wantsControl reports whether a registered control of this suffix is to be
// asked now. What closes one batch opens the next, and three quarters into a
// batch is the time to ask, so that the names behind it need not wait for the answer.
func (l *lane) wantsControl(now time.Time, closing bool) bool {
	switch {
	case l.control.looking || l.control.given(now):
		return false
	case l.idle() && l.closed() && l.lesson == nil:
		// Only the host is still to be proven.
		return l.pool.idle() && l.pool.lacks(now) && (closing && !l.pool.fed(now) || now.Sub(l.pool.tried) >= l.timing.BatchIdle)
	case l.control.flying > 0:
		return false
	case l.lesson != nil:
		return true
	}
	waiting := l.queue.len() > 0
	if waiting && !l.fresh(now) {
		return true
	}
	if !l.open() && !waiting {
		return false
	}
	if l.since() >= l.timing.BatchNames*3/4 || l.since() > 0 && now.Sub(l.good.at) >= l.timing.BatchAge*3/4 {
		return true
	}
	return l.idle() && (closing && !l.pool.fed(now) || now.Sub(l.lastDone) >= l.timing.BatchIdle || now.Sub(l.pool.tried) >= l.timing.BatchIdle)
}

// busy reports whether names wait, or are on their way.
func (l *lane) busy() bool { return l.queue.len() > 0 || l.inflight > 0 }

// idle reports whether only controls are missing to settle what is held.
func (l *lane) idle() bool { return !l.busy() && l.open() }

// open reports whether anything waits for good controls.
func (l *lane) open() bool { return l.waits > 0 || l.lesson != nil }

// closed reports whether a good control of this suffix followed the last "no".
func (l *lane) closed() bool { return l.good != nil && l.good.sent > l.newest }

// direct reports whether a control of this suffix has just held, with nothing
// asked since: what a lesson begins with.
func (l *lane) direct(now time.Time) bool {
	return l.good != nil && l.good.control && l.since() == 0 && l.inflight == 0 && l.fresh(now)
}

// next returns the question this lane would ask now, kind 0 if none, and when
// that may change without anything else happening. take makes it leave the queue.
func (l *lane) next(now time.Time, closing, take bool) (q question, wake time.Time) {
	l.dueAgain(now)
	if l.wantsControl(now, closing) {
		if q, ok := l.askControl(l.pool.freeUntried(now)); ok {
			return q, now
		}
		return question{}, l.wake(now)
	}
	if l.queue.len() > 0 && !l.free.busy && l.lesson == nil && (l.fresh(now) || l.control.given(now)) {
		if q := l.forward(now, take); q.kind != 0 {
			return q, now
		}
	}
	return question{}, l.wake(now)
}

// askControl returns the question of a control over a line.
func (l *lane) askControl(ln *line) (question, bool) {
	return question{lane: l, from: l, kind: askControl, name: l.control.name(l.pool.few), line: ln}, ln != nil
}

// forward returns the question that brings the lane's names forward: the next
// of them, or what must come before it.
func (l *lane) forward(now time.Time, take bool) (q question) {
	ln := l.pool.free()
	if ln == nil {
		return question{}
	}
	if l.free.due(now, l.timing) {
		// Directly after a registered control, so that both enclose a lesson.
		switch {
		case l.kind != vacant.KindWHOIS || l.control.given(now) || l.direct(now):
			return question{lane: l, from: l, kind: askFree, line: ln}
		case l.inflight == 0 && l.control.flying == 0:
			q, _ = l.askControl(ln)
		}
		return q
	}
	if due := l.pool.due(ln, now); due != nil {
		if c := l.controller(now); c != nil {
			q, _ = c.askControl(due)
			q.from = l
			return q
		}
	}
	if l.inflight >= max(l.timing.BatchNames/4, 1) {
		// Fewer on their way than a batch, or controls would be most of what is asked.
		return question{}
	}
	q = question{lane: l, from: l, kind: askName, line: ln}
	if take {
		q.job = l.queue.pop()
		q.name = q.job.inq.Name
	}
	return q
}

// controller returns a lane of the same host that can ask a control, this one if
// it can, or has first to look for one.
func (l *lane) controller(now time.Time) *lane {
	can := func(c *lane) bool {
		return !c.control.looking && !c.control.given(now) && c.good != nil
	}
	if can(l) {
		return l
	}
	if i := slices.IndexFunc(l.pool.lanes, can); i >= 0 {
		return l.pool.lanes[i]
	}
	return nil
}

// wake returns when a control becomes due, zero if only an event can make it so.
func (l *lane) wake(now time.Time) time.Time {
	if l.control.looking || !l.open() && l.queue.len() == 0 && len(l.later) == 0 {
		return time.Time{}
	}
	due := []time.Time{l.control.without, l.free.until}
	if l.idle() {
		due = append(due, l.lastDone.Add(l.timing.BatchIdle), l.pool.tried.Add(l.timing.BatchIdle))
	}
	if l.good != nil {
		due = append(due, l.good.at.Add(l.timing.BatchAge*3/4))
	}
	if len(l.later) > 0 {
		due = append(due, l.later[0].at)
	}
	var first time.Time
	for _, at := range due {
		if at.After(now) {
			first = earlier(first, at)
		}
	}
	return first
}

// earlier returns the earlier of two times, of which the zero one is no time.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// reset forgets what a run left behind; what is known of the endpoint stays.
func (l *lane) reset() {
	l.answered += l.inflight
	l.queue, l.inflight, l.waits, l.later, l.lesson = fifo{}, 0, 0, nil, nil
	l.control.looking, l.control.flying, l.free.busy = false, 0, false
}

// delayed is a name that a lane on watch is asked about a second time.
type delayed struct {
	at  time.Time
	job *job
}

// dueAgain puts the names whose second asking has come into the queue.
func (l *lane) dueAgain(now time.Time) {
	for len(l.later) > 0 && !l.later[0].at.After(now) {
		l.queue.push(l.later[0].job)
		l.later = l.later[1:]
	}
}

// drain empties the lane of names not asked.
func (l *lane) drain() []*job {
	jobs := l.queue.drain()
	for _, d := range l.later {
		jobs = append(jobs, d.job)
	}
	l.later = nil
	return jobs
}
