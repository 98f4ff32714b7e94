package lab

import (
	"sync"
	"time"
)

// bucket is a token bucket that holds one second's worth. A nil one has no limit.
type bucket struct {
	rate float64 // tokens per second

	mu sync.Mutex
	// tokens and at are guarded by mu.
	tokens float64
	at     time.Time
}

// newBucket returns a full bucket; a rate of 0 or less is no limit.
func newBucket(rate float64) *bucket {
	if rate <= 0 {
		return nil
	}
	return &bucket{rate: rate, tokens: max(rate, 1)}
}

// take reports whether one more request is within the limit at now.
func (b *bucket) take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.at.IsZero() {
		b.tokens = min(max(b.rate, 1), b.tokens+b.rate*now.Sub(b.at).Seconds())
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// window counts the most events seen in any one second.
type window struct {
	mu sync.Mutex
	// recent, from and most are guarded by mu; recent[from:] are the events of the last second.
	recent []time.Time
	from   int
	most   int
}

func (w *window) add(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.from < len(w.recent) && now.Sub(w.recent[w.from]) >= time.Second {
		w.from++
	}
	if w.from > len(w.recent)/2 { // seldom enough that a request costs a constant
		w.recent = append(w.recent[:0], w.recent[w.from:]...)
		w.from = 0
	}
	w.recent = append(w.recent, now)
	w.most = max(w.most, len(w.recent)-w.from)
}

func (w *window) max() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most
}
