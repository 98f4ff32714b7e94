package budget

import (
	"math"
	"slices"
	"time"

	"vacant"
)

const (
	// headroom is the share of a rate that is used: a pace that touches the limit
	// would run into its span at each late timer.
	headroom = 0.99
	// catchUp is the lateness that a pace makes up for, in ns, or a timer's coarseness
	// would eat the rate. The spans hold all the same.
	catchUp = int64(100 * time.Millisecond)
	// idleAfter is the lateness, in ns, beyond which nobody was late, but had nothing to ask.
	idleAfter = int64(500 * time.Millisecond)
	// assumed is how long after its lease a question arrives of which nobody says
	// when it did, in ns: what was on its way from a process that was killed may be
	// held up for long on a busy machine. It costs nothing where answers come.
	assumed = int64(2 * time.Second)
	// gatherGap is the pace from which on questions are gathered: one at a time, so
	// far apart, would each need controls of their own.
	gatherGap = int64(10 * time.Second)
	// plenty is how many questions are left where no long wait is near.
	plenty = 1 << 20
	// longWait is a wait for a span to free that is worth preparing for, in ns.
	longWait = int64(10 * time.Minute)
	// maxSpans bounds how many different spans are kept at once.
	maxSpans = 8
)

// account is what is known of one operator: which questions count in which span,
// the pace, and the lock-out. Times are nanoseconds on the file's clock.
//
// A lease is granted when in no span of the limit more could arrive than it
// allows, even if every question that somebody has on its way arrived only now.
// A question counts from its lease on; once its answer is there, its
// process says when it had arrived at the latest, and from then on that counts.
// So a question that was held up on its way keeps the next one back, whoever asks that.
type account struct {
	next      int64 // when the next question is due at an even pace
	gap       int64 // the pace that next was moved on by
	gathering bool  // a handful is being waited for
	lockAt    int64 // when the lock-out was made
	lockFor   int64 // its length; 0 = none
	spans     []span
}

// advance brings the account to now. What lies ahead by more than the rules
// below can put there was written under a clock that was wrong.
func (a *account) advance(now int64) {
	a.lockAt = min(a.lockAt, now) // the clock went back: the lock-out is not longer for it
	a.next = min(a.next, now+max(a.gap, catchUp))
	sum := 0
	for i := range a.spans {
		a.spans[i].trim(now, 2*assumed)
		sum += a.spans[i].sum
	}
	if sum == 0 { // an empty span beside another says that nothing came lately
		a.spans = nil
	}
}

// span returns the span of that length, made of what the others know if it is new.
func (a *account) span(length, now int64) *span {
	var longest *span
	for i := range a.spans {
		if a.spans[i].length == length {
			return &a.spans[i]
		}
		if longest == nil || a.spans[i].length > longest.length {
			longest = &a.spans[i]
		}
	}
	s := span{length: length}
	if longest != nil {
		s.copyFrom(longest, now, now+assumed)
	}
	if len(a.spans) >= maxSpans { // many limits for one operator within a day
		a.spans = slices.DeleteFunc(a.spans, func(s span) bool { return s.length < int64(vacant.Day) })
	}
	a.spans = append(a.spans, s)
	return &a.spans[len(a.spans)-1]
}

// take grants up to want questions, and says how many more there were.
func (a *account) take(want int, l vacant.Limit, now int64) (got, left int) {
	list := l.Spans()
	due := a.due(l, now)
	got, left = min(max(want, 0), due), plenty
	for _, b := range list {
		s := a.span(int64(b.Length), now)
		s.trim(now, 2*assumed)
		free := max(b.Most-s.sum, 0)
		got = min(got, free)
		if !b.Pace && s.frees(s.sum-1)-now > longWait {
			left = min(left, free)
		}
	}
	if got > 0 {
		a.spend(got, l, now)
	}
	return max(got, 0), left - max(got, 0)
}

// due returns how many questions the pace lets go at now.
func (a *account) due(l vacant.Limit, now int64) int {
	rate := l.Rate() * headroom
	if rate <= 0 {
		return math.MaxInt32
	}
	a.gap = int64(float64(time.Second) / rate)
	ready := a.from(l, now)
	if ready > now {
		a.gathering = a.gathering || a.handful(l) > 1
		return 0
	}
	n := int((now-ready)/max(a.gap, 1)) + 1
	if a.gathering && n < a.handful(l) {
		return 0
	}
	a.gathering = false
	return n
}

// handful is how many questions are waited for at a slow pace.
func (a *account) handful(l vacant.Limit) int {
	if a.gap < gatherGap {
		return 1
	}
	return max(l.Burst, 1)
}

// from is where the pace stands: not further back than a burst, or, where it is
// a little late and nobody was idle, than may be caught up.
func (a *account) from(l vacant.Limit, now int64) int64 {
	back := int64(max(l.Burst, 1)-1) * a.gap
	if now-a.next < idleAfter+a.gap {
		back = max(back, catchUp)
	}
	return max(a.next, now-back)
}

// spend counts questions that leave now.
func (a *account) spend(n int, l vacant.Limit, now int64) {
	if l.Rate() > 0 {
		a.next = a.from(l, now) + int64(n)*a.gap
	}
	for i := range a.spans {
		a.spans[i].add(now+assumed, n)
	}
}

// again is when at least one question may be had.
func (a *account) again(l vacant.Limit, now int64) int64 {
	at := now
	if l.Rate() > 0 {
		at = max(at, a.from(l, now)+int64(a.wanted(l)-1)*a.gap)
	}
	for _, b := range l.Spans() {
		at = max(at, a.span(int64(b.Length), now).frees(b.Most-1))
	}
	return at
}

func (a *account) wanted(l vacant.Limit) int {
	if !a.gathering {
		return 1
	}
	return a.handful(l)
}

// settle moves the questions of a lease to when they had arrived at the latest;
// those never sent no longer count. lease and at are on the file's clock.
func (a *account) settle(lease, at int64, n int, unsent bool) {
	if unsent {
		a.next -= int64(n) * a.gap
	}
	for i := range a.spans {
		s := &a.spans[i]
		if took := s.take(lease+assumed, n); !unsent {
			s.add(at, took)
		}
	}
}

func (a *account) unlock() int64 { return a.lockAt + a.lockFor }

func (a *account) locked(now int64) bool { return a.lockFor > 0 && now < a.unlock() }

// lock locks for a time, unless a lock-out that still holds is longer.
func (a *account) lock(now, length int64) {
	length = min(length, int64(MaxLockOut))
	if length <= 0 || a.locked(now) && a.unlock() >= now+length {
		return
	}
	a.lockAt, a.lockFor = now, length
}

// merge adds what another copy of the account, that was written to apart, knows.
func (a *account) merge(o *account, now int64) {
	a.next = max(a.next, o.next)
	if o.locked(now) {
		a.lock(now, o.unlock()-now)
	}
	for i := range o.spans {
		from := &o.spans[i]
		s := a.span(from.length, now)
		for j, n := range from.parts {
			at := (from.first + int64(j)) * from.width()
			if k := from.first + int64(j) - s.first; k >= 0 && k < int64(len(s.parts)) {
				n -= min(n, s.parts[k])
			}
			s.add(at, int(n))
		}
	}
}
