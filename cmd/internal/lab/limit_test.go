package lab

import (
	"testing"
	"time"
)

func TestBucketHoldsOneSecond(t *testing.T) {
	b, at := newBucket(10), time.Unix(1000, 0)
	taken := func(n int) (ok int) {
		for range n {
			if b.take(at) {
				ok++
			}
		}
		return ok
	}
	for _, test := range []struct {
		after time.Duration
		want  int
	}{{0, 10}, {0, 0}, {300 * time.Millisecond, 3}, {time.Hour, 10}} {
		at = at.Add(test.after)
		if got := taken(15); got != test.want {
			t.Errorf("after %v: %d, want %d", test.after, got, test.want)
		}
	}
	if newBucket(0) != nil || !newBucket(-1).take(at) {
		t.Error("no limit limits")
	}
	slow := newBucket(0.5)
	if !slow.take(at) || slow.take(at.Add(time.Second)) || !slow.take(at.Add(3*time.Second)) {
		t.Error("half a request a second")
	}
}

func TestWindowKeepsTheMost(t *testing.T) {
	var w window
	at := time.Unix(1000, 0)
	for i := range 100 { // 10 a second, then 50 at once, then 10 a second
		if i == 40 {
			for range 50 {
				w.add(at)
			}
		}
		w.add(at)
		at = at.Add(100 * time.Millisecond)
	}
	if got := w.max(); got != 60 {
		t.Errorf("%d at most, want 60", got)
	}
	if len(w.recent) > 130 {
		t.Errorf("keeps %d events", len(w.recent))
	}
}
