package rdapstage

import (
	"testing"
	"time"
)

// drive sends n questions as fast as a window lets them, each answered after
// lag(i), the first half of which is its way to the server, and returns when they arrived.
func drive(w *window, n int, lag func(i int) time.Duration) []time.Time {
	now := time.Unix(1e9, 0)
	type due struct {
		at time.Time
		n  uint64
	}
	var open []due
	var arrived []time.Time
	for i := 0; i < n; now = now.Add(time.Millisecond) {
		for len(open) > 0 && !open[0].at.After(now) {
			w.answered(open[0].n, open[0].at)
			open = open[1:]
		}
		for i < n && !now.Before(w.opens(now)) {
			usual := 10 * time.Millisecond
			arrived = append(arrived, now.Add(lag(i)-usual/2))
			open = append(open, due{now.Add(lag(i)), w.sent(now)})
			i++
		}
	}
	return arrived
}

func TestWindowHoldsAgainstLateArrivals(t *testing.T) {
	usual := func(int) time.Duration { return 10 * time.Millisecond }
	times := drive(ptr(newWindow(40)), 400, usual)
	if most := busiestSecond(times); most > 40 {
		t.Errorf("%d arrived in one second", most)
	}
	if took := times[399].Sub(times[0]); took > 9200*time.Millisecond {
		t.Errorf("400 questions took %v", took)
	}
	held := func(i int) time.Duration { // every hundredth is held up for 200 ms on its way
		if i%100 == 50 {
			return 210 * time.Millisecond
		}
		return 10 * time.Millisecond
	}
	if most := busiestSecond(drive(ptr(newWindow(40)), 400, held)); most > 40 {
		t.Errorf("%d arrived in one second when some were held up", most)
	}
}

func ptr[T any](v T) *T { return &v }
