package rdapstage

import (
	"sync/atomic"
	"time"

	"vacant"
)

// lane is one endpoint as far as one suffix is concerned: its names in waiting,
// its controls, and the answers that wait for the next good one. All of it is
// guarded by Stage.mu unless it says otherwise.
type lane struct {
	endpoint
	suffix string
	op     *operator
	timing *Timing
	lastNo atomic.Pointer[knownNo] // has its own guard

	queue       fifo
	inflight    int // names asked and not answered
	sent        int // names ever asked
	answered    int // names whose reply came, or did not
	lastDone    time.Time
	good        *mark     // the last registered control that held
	held        []*answer // every "no" since then
	odd         int       // replies in a row that proved nothing
	control     control
	free        freeControl
	bad         time.Time // quarantined until then: it failed a control
	watched     time.Time // when it last failed one; remembered over runs
	failed      int64     // the event at which it did
	template    template
	lesson      *lesson   // a random label's reply that waits for its closing control
	later       []delayed // names to be asked a second time, in order of time
	lastControl time.Time // of an earlier process
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
	kind   questionKind
	name   vacant.Name
	job    *job // of askName
	sent   int64
	sentAt time.Time
	slot   uint64 // in the operator's window
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

// fresh reports whether the last good control still opens a batch.
func (l *lane) fresh(now time.Time) bool {
	return l.good != nil && now.Sub(l.good.at) < l.timing.BatchAge && l.since() < l.timing.BatchNames
}

// wantsControl reports whether a registered control is to be asked now. What
// closes one batch opens the next, and three quarters into a batch is the time
// to ask, so that the names behind it need not wait for the answer.
func (l *lane) wantsControl(now time.Time, closing bool) bool {
	if l.control.busy || l.control.given(now) {
		return false
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
	return l.idle() && (closing || now.Sub(l.lastDone) >= l.timing.BatchIdle)
}

// idle reports whether only a control is missing to settle what is held.
func (l *lane) idle() bool { return l.queue.len() == 0 && l.inflight == 0 && l.open() }

// open reports whether anything waits for the next good control.
func (l *lane) open() bool { return len(l.held) > 0 || l.lesson != nil }

// next returns the question this lane would ask now, kind 0 if none, and when
// that may change without anything else happening. take makes it leave the queue.
func (l *lane) next(now time.Time, closing, take bool) (q question, wake time.Time) {
	l.dueAgain(now)
	if l.wantsControl(now, closing) {
		return question{lane: l, kind: askControl, name: l.control.name()}, now
	}
	if l.queue.len() > 0 {
		open := l.fresh(now) || l.control.given(now)
		switch {
		case l.free.busy || !open:
		case l.free.due(now, l.timing):
			// After a registered control, so that both directly enclose a lesson.
			return question{lane: l, kind: askFree}, now
		case l.inflight < max(l.timing.BatchNames/4, 1):
			// Fewer on their way than a batch, or controls would be most of what is asked.
			q = question{lane: l, kind: askName}
			if take {
				q.job = l.queue.pop()
				q.name = q.job.inq.Name
			}
			return q, now
		}
	}
	return question{}, l.wake(now)
}

// wake returns when a control becomes due, zero if only an event can make it so.
func (l *lane) wake(now time.Time) time.Time {
	if l.control.busy || !l.open() && l.queue.len() == 0 && len(l.later) == 0 {
		return time.Time{}
	}
	due := []time.Time{l.control.without}
	if l.idle() {
		due = append(due, l.lastDone.Add(l.timing.BatchIdle))
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
	l.queue, l.inflight, l.held, l.later, l.lesson = fifo{}, 0, nil, nil, nil
	l.control.busy, l.free.busy = false, false
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
