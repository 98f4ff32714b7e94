package lab

import (
	"fmt"
	"sync"
	"time"
)

// OperatorLimit is what one operator takes. Where it is given it stands instead of [Config.Limit].
type OperatorLimit struct {
	Windows []Window // all of them hold; none = no limit
	// Shared says that RDAP, WHOIS and DAS count together, as with CentralNic;
	// without it each of them has the whole limit for itself.
	Shared bool
	// RetryAfter is what who asks too much is told to wait, as Identity Digital
	// tells 24 h; 0 = until there is room again.
	RetryAfter time.Duration
}

// Window bounds the requests in any span of time of that length, wherever it begins.
type Window struct {
	Requests int
	In       time.Duration
}

func (l OperatorLimit) validate() error {
	for _, w := range l.Windows {
		if w.Requests <= 0 || w.In <= 0 {
			return fmt.Errorf("%d requests in %v are no limit", w.Requests, w.In)
		}
	}
	if l.RetryAfter < 0 {
		return fmt.Errorf("a wait of %v is negative", l.RetryAfter)
	}
	return nil
}

// gate lets requests pass that are within all limits. A nil one lets all pass.
type gate struct {
	retryAfter time.Duration

	mu sync.Mutex
	// Guarded by mu.
	bucket *bucket
	spans  []*span
}

// newGate returns the gate of a limit.
func newGate(l OperatorLimit) *gate {
	g := &gate{retryAfter: l.RetryAfter}
	for _, w := range l.Windows {
		g.spans = append(g.spans, &span{Window: w, ring: make([]time.Time, 0, min(w.Requests, 1024))})
	}
	return g
}

// pass reports whether one more request is within the limits at now, and if not
// how long to wait. Only requests that pass count.
func (g *gate) pass(now time.Time) (wait time.Duration, ok bool) {
	if g == nil {
		return 0, true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.spans {
		wait = max(wait, s.wait(now))
	}
	if wait > 0 {
		return max(g.retryAfter, wait), false
	}
	if !g.bucket.take(now) {
		return time.Second, false
	}
	for _, s := range g.spans {
		s.add(now)
	}
	return 0, true
}

// span is the recent past of a window: the times of its last requests, the
// oldest at next once there are as many as the window takes.
type span struct {
	Window
	ring []time.Time
	next int
}

// wait returns how long it is until one more request is within the window.
func (s *span) wait(now time.Time) time.Duration {
	if len(s.ring) < s.Requests {
		return 0
	}
	return s.In - now.Sub(s.ring[s.next])
}

func (s *span) add(now time.Time) {
	if len(s.ring) < s.Requests {
		s.ring = append(s.ring, now)
		return
	}
	s.ring[s.next] = now
	s.next = (s.next + 1) % s.Requests
}

// bucket is a token bucket that holds one second's worth; its user guards it. A nil one has no limit.
type bucket struct {
	rate   float64 // tokens per second
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
