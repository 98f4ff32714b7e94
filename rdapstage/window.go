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
	least time.Duration // the shortest way there and back
}

// slot is one question; answered is zero as long as there is no answer.
type slot struct{ sent, answered time.Time }

// latest returns when the question arrived at the latest, seen from here.
func (s slot) latest(now time.Time, least time.Duration) time.Time {
	if !s.answered.IsZero() {
		now = s.answered
	}
	late := now.Sub(s.sent) - least
	return s.sent.Add(min(max(late, 0), maxJitter))
}

// newWindow returns the window of a rate, 0 being none.
func newWindow(perSecond float64) window {
	if perSecond <= 0 {
		return window{}
	}
	n := math.Floor(min(perSecond, 1<<16))
	if n < 0.97*perSecond || n == 0 {
		n++ // 2.5 a second is three in some seconds and two in others
	}
	return window{slots: make([]slot, int(n))}
}

// opens returns when another question may leave.
func (w *window) opens(now time.Time) time.Time {
	if len(w.slots) == 0 {
		return time.Time{}
	}
	oldest := w.slots[w.next%uint64(len(w.slots))]
	if oldest.sent.IsZero() {
		return time.Time{}
	}
	return oldest.latest(now, w.least).Add(windowSpan)
}

// sent notes a question that leaves and returns its number.
func (w *window) sent(now time.Time) uint64 {
	if len(w.slots) == 0 {
		return 0
	}
	n := w.next
	w.slots[n%uint64(len(w.slots))] = slot{sent: now}
	w.next++
	return n
}

// answered notes when the answer to question n came.
func (w *window) answered(n uint64, now time.Time) {
	if len(w.slots) == 0 || w.next-n > uint64(len(w.slots)) {
		return
	}
	s := &w.slots[n%uint64(len(w.slots))]
	s.answered = now
	if took := now.Sub(s.sent); w.least == 0 || took < w.least {
		w.least = took
	}
}

// forget stops waiting for answers that will not come.
func (w *window) forget() {
	for i := range w.slots {
		if w.slots[i].answered.IsZero() {
			w.slots[i].answered = w.slots[i].sent
		}
	}
	w.least = 0
}
