package rdapstage

import (
	"context"
	"slices"
	"sync"
	"time"

	"vacant"
)

// memoryBudget is the [Budget] of a stage that was given none: it knows of this
// process alone.
type memoryBudget struct {
	now func() time.Time

	mu sync.Mutex
	// operators is guarded by mu.
	operators map[string]*purse
}

var _ Budget = (*memoryBudget)(nil)

// purse is what one operator may still be asked.
type purse struct {
	next   time.Time     // when the next question is due at an even pace
	gap    time.Duration // the pace that next was moved on by
	asked  []asked       // within the longest span of the limit
	locked time.Time
}

// asked is some questions of a lease, and when they had arrived at the latest.
type asked struct {
	lease, at time.Time
	n         int
}

// idleAfter is the lateness beyond which nobody was late, but had nothing to ask.
const idleAfter = 500 * time.Millisecond

// assumed is how long after its lease a question counts as arrived while nobody
// says when it did.
const assumed = 2 * time.Second

func newMemoryBudget(now func() time.Time) *memoryBudget {
	return &memoryBudget{now: now, operators: make(map[string]*purse)}
}

// Lease implements [Budget].
func (m *memoryBudget) Lease(_ context.Context, operator string, limit Limit, want int, arrived []vacant.Arrival) (vacant.Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, p := m.now(), m.purseLocked(operator)
	p.settle(arrived)
	lease := vacant.Lease{At: now, Left: 1 << 20}
	if p.locked.After(now) {
		lease.Again, lease.LockedUntil = p.locked, p.locked
		return lease, nil
	}
	spans := limit.Spans()
	p.forget(now, spans)
	lease.Got, lease.Again = p.most(want, limit, spans, now)
	if lease.Got > 0 && len(spans) > 0 {
		p.asked = append(p.asked, asked{lease: now, at: now.Add(assumed), n: lease.Got})
	}
	return lease, nil
}

func (m *memoryBudget) purseLocked(operator string) *purse {
	if m.operators[operator] == nil {
		m.operators[operator] = &purse{}
	}
	return m.operators[operator]
}

// most returns how many of want may leave, or when one may.
func (p *purse) most(want int, limit Limit, spans []vacant.Span, now time.Time) (got int, again time.Time) {
	got = want
	for _, s := range spans {
		if free := s.Most - p.within(s.Length, now); free < got {
			got, again = free, later(again, p.frees(s, now))
		}
	}
	if rate := limit.Rate() * headroom; rate > 0 {
		gap := time.Duration(float64(time.Second) / rate)
		from := later(p.next, now.Add(-time.Duration(max(limit.Burst, 1)-1)*gap))
		if late := now.Sub(p.next); late < idleAfter+gap {
			from = later(p.next, now.Add(-catchUp))
		}
		if from.After(now) {
			return 0, later(again, from)
		}
		if got = min(got, int(now.Sub(from)/max(gap, 1))+1); got > 0 {
			p.next, p.gap = from.Add(time.Duration(got)*gap), gap
		}
	}
	return max(got, 0), again
}

// within counts the questions of the last length, and those on their way.
func (p *purse) within(length time.Duration, now time.Time) (n int) {
	for _, a := range p.asked {
		if now.Sub(a.at) < length {
			n += a.n
		}
	}
	return n
}

// frees returns when a span takes one question more.
func (p *purse) frees(s vacant.Span, now time.Time) time.Time {
	left := p.within(s.Length, now)
	for _, a := range p.asked { // by time, near enough
		if now.Sub(a.at) >= s.Length {
			continue
		}
		if left -= a.n; left < s.Most {
			return a.at.Add(s.Length)
		}
	}
	return now
}

// forget drops what no span reaches back to.
func (p *purse) forget(now time.Time, spans []vacant.Span) {
	longest := time.Duration(0)
	for _, s := range spans {
		longest = max(longest, s.Length)
	}
	p.asked = slices.DeleteFunc(p.asked, func(a asked) bool { return now.Sub(a.at) >= longest })
}

func (p *purse) settle(arrived []vacant.Arrival) {
	for _, q := range arrived {
		i := slices.IndexFunc(p.asked, func(a asked) bool { return a.lease.Equal(q.Lease) && !a.lease.IsZero() })
		if i < 0 {
			continue
		}
		n := min(q.N, p.asked[i].n)
		if p.asked[i].n -= n; p.asked[i].n == 0 {
			p.asked = slices.Delete(p.asked, i, i+1)
		}
		if q.At.IsZero() {
			p.next = p.next.Add(-time.Duration(n) * p.gap)
		} else {
			p.asked = append(p.asked, asked{at: q.At, n: n})
		}
	}
	slices.SortFunc(p.asked, func(a, b asked) int { return a.at.Compare(b.at) })
}

// Settle implements [Budget].
func (m *memoryBudget) Settle(operator string, arrived []vacant.Arrival) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.purseLocked(operator).settle(arrived)
	return nil
}

// LockOut implements [Budget].
func (m *memoryBudget) LockOut(operator string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.purseLocked(operator)
	p.locked = later(p.locked, until) // a lock-out is never shortened
	return nil
}

// memoryMemory is the [Memory] of a stage that was given none.
type memoryMemory struct{ m sync.Map }

var _ Memory = (*memoryMemory)(nil)

// Recall implements [Memory].
func (m *memoryMemory) Recall(key string) ([]byte, error) {
	if v, ok := m.m.Load(key); ok {
		return v.([]byte), nil
	}
	return nil, nil
}

// Remember implements [Memory].
func (m *memoryMemory) Remember(key string, value []byte) error {
	m.m.Store(key, value)
	return nil
}
