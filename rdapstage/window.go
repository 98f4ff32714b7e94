package rdapstage

import (
	"math"
	"time"
)

const (
	windowSpan = time.Second // in no span of this length does an operator get more than its rate
	maxJitter  = 250 * time.Millisecond
)

// window keeps the questions of the last second, as many as an operator allows
// in one. Even pacing is not enough: a question that was held up on its way
// arrives close to those behind it. How late it may have arrived is told by how
// much longer than usual its answer took.
type window struct {
	slots []slot
	next  uint64
	least time.Duration // the usual way there and back
}

// slot is one question: latest is when it arrived at the latest, seen from here.
type slot struct {
	sent, latest time.Time
	open         bool // no answer yet
}

// newWindow returns the window of a rate; a rate under one a second needs none.
func newWindow(perSecond float64) window {
	if perSecond < 1 {
		return window{}
	}
	return window{slots: make([]slot, int(math.Ceil(min(perSecond, 1<<16))))}
}

// opens returns when another question may leave.
func (w *window) opens(now time.Time) time.Time {
	if len(w.slots) == 0 {
		return time.Time{}
	}
	s := &w.slots[w.next%uint64(len(w.slots))]
	latest := s.latest
	if s.open {
		latest = later(s.sent, earlier(now.Add(-w.least), s.sent.Add(maxJitter)))
	}
	if latest.IsZero() {
		return time.Time{}
	}
	return latest.Add(windowSpan)
}

// sent notes a question that leaves and returns its number.
func (w *window) sent(now time.Time) uint64 {
	if len(w.slots) == 0 {
		return 0
	}
	n := w.next
	w.slots[n%uint64(len(w.slots))] = slot{sent: now, latest: now, open: true}
	w.next++
	return n
}

// answered notes when the answer to question n came.
func (w *window) answered(n uint64, now time.Time) {
	if len(w.slots) == 0 || w.next-n > uint64(len(w.slots)) {
		return
	}
	s := &w.slots[n%uint64(len(w.slots))]
	took := now.Sub(s.sent)
	switch {
	case w.least == 0 || took < w.least:
		w.least = took
	default:
		// A way that has become longer for good is the usual one some day.
		w.least += (took - w.least) / 256
	}
	s.open, s.latest = false, s.sent.Add(min(max(took-w.least, 0), maxJitter))
}

// forget stops waiting for answers that will not come.
func (w *window) forget() {
	for i := range w.slots {
		w.slots[i].open = false
	}
}
