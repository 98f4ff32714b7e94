package rdapstage

import (
	"context"
	"sync"
	"time"
)

// memoryBudget is the [Budget] of a stage that was given none: token buckets
// for this process alone.
type memoryBudget struct {
	now func() time.Time

	mu sync.Mutex
	// operators is guarded by mu.
	operators map[string]*bucket
}

var _ Budget = (*memoryBudget)(nil)

type bucket struct {
	tokens float64
	at     time.Time // when tokens was true
	day    []spent   // within the last 24 h, oldest first
	locked time.Time
}

// spent is how many tokens one lease took.
type spent struct {
	at time.Time
	n  int
}

func newMemoryBudget(now func() time.Time) *memoryBudget {
	return &memoryBudget{now: now, operators: make(map[string]*bucket)}
}

// Lease implements [Budget].
func (m *memoryBudget) Lease(_ context.Context, operator string, limit Limit, want int) (int, time.Time, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	b := m.bucketLocked(operator, limit, now)
	if b.locked.After(now) {
		return 0, b.locked, b.locked, nil
	}
	got, again := b.left(limit, want, now)
	if got == 0 {
		return 0, again, time.Time{}, nil
	}
	if limit.PerSecond > 0 {
		b.tokens -= float64(got)
	}
	if limit.PerDay > 0 {
		b.day = append(b.day, spent{now, got})
	}
	return got, time.Time{}, time.Time{}, nil
}

func (m *memoryBudget) bucketLocked(operator string, limit Limit, now time.Time) *bucket {
	b := m.operators[operator]
	if b == nil {
		b = &bucket{tokens: float64(max(limit.Burst, 1)), at: now}
		m.operators[operator] = b
	}
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens = min(b.tokens+passed*limit.PerSecond, float64(max(limit.Burst, 1)))
	}
	b.at = now
	return b
}

// left returns how many of want there are, or when there will be one.
func (b *bucket) left(limit Limit, want int, now time.Time) (int, time.Time) {
	if limit.PerDay > 0 {
		for len(b.day) > 0 && now.Sub(b.day[0].at) >= 24*time.Hour {
			b.day = b.day[1:]
		}
		used := 0
		for _, s := range b.day {
			used += s.n
		}
		if want = min(want, limit.PerDay-used); want <= 0 {
			return 0, b.day[0].at.Add(24 * time.Hour)
		}
	}
	if limit.PerSecond <= 0 {
		return want, time.Time{}
	}
	// A millionth of a token is what binary fractions lose.
	if got := min(want, int(b.tokens+1e-6)); got > 0 {
		return got, time.Time{}
	}
	return 0, now.Add(time.Duration((1 - b.tokens) / limit.PerSecond * float64(time.Second)))
}

// Return implements [Budget].
func (m *memoryBudget) Return(operator string, n int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.operators[operator]; b != nil {
		b.tokens += float64(n)
		if last := len(b.day) - 1; last >= 0 {
			b.day[last].n = max(0, b.day[last].n-n)
		}
	}
	return nil
}

// LockOut implements [Budget].
func (m *memoryBudget) LockOut(operator string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.operators[operator]
	if b == nil {
		b = &bucket{at: m.now(), tokens: 1}
		m.operators[operator] = b
	}
	b.locked = later(b.locked, until) // a lock-out is never shortened
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
