package rdapstage

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
)

// watchedBudget looks at the stage when a lock-out is written down.
type watchedBudget struct {
	*memoryBudget
	stage   *Stage
	handled atomic.Uint64 // limits that the stage had drawn its conclusions from by then
	written atomic.Uint64
}

func (b *watchedBudget) LockOut(operator string, until time.Time) error {
	b.stage.mu.Lock()
	if b.written.Add(1) == 1 {
		b.handled.Store(b.stage.stats.Limited)
	}
	b.stage.mu.Unlock()
	return b.memoryBudget.LockOut(operator, until)
}

// Nothing else is done with an answer that names a pause before that is written
// down, or kill -9 in between would have the next process ask.
func TestNamedPauseIsWrittenDownFirst(t *testing.T) {
	for _, pause := range []time.Duration{2 * time.Second, time.Minute, vacant.Day} {
		b := &watchedBudget{memoryBudget: newMemoryBudget(time.Now)}
		s := newStage(t, Config{Budget: b, MaxPause: time.Second, RDAPServers: map[string]string{"test": "http://127.0.0.1:1/"}})
		b.stage = s
		s.put = func(context.Context, *question) reply {
			r := reply{limited: true, pause: pause}
			r.Reason = vacant.ReasonRateLimited
			return r
		}
		_ = verdict(t, s, "x.test")
		if b.written.Load() == 0 || b.handled.Load() > 0 {
			t.Errorf("%v: written %d times, the first after %d limits", pause, b.written.Load(), b.handled.Load())
		}
	}
}

// An interrupt in the moment of the answer loses no lock-out.
func TestInterruptedRunRemembersALockOut(t *testing.T) {
	b := newMemoryBudget(time.Now)
	s := newStage(t, Config{Budget: b, RDAPServers: map[string]string{"test": "http://127.0.0.1:1/"}})
	ctx, cancel := contextWith(t)
	defer cancel()
	s.put = func(context.Context, *question) reply {
		cancel()
		return reply{limited: true, pause: vacant.Day}
	}
	in, out := make(chan []vacant.Inquiry, 1), make(chan []vacant.Result, 1)
	in <- frees("x.test")
	if err := s.Run(ctx, in, out); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	l, err := b.Lease(t.Context(), s.key("127.0.0.1:1"), vacant.Limit{}, 1, nil)
	if err != nil || l.Got > 0 || time.Until(l.LockedUntil) < 23*time.Hour {
		t.Errorf("%+v, %v", l, err)
	}
}

// Another process of the user is told to stay away while this one hunts: it
// asks nothing more of that operator either, and loses no name. What may not
// wait ends and says until when, what may is asked when the lock-out is over, and
// the other operators are asked on.
func TestLockOutOfAnotherProcessIsHeededMidway(t *testing.T) {
	for _, tt := range []struct {
		name string
		lock time.Duration
		ends bool // rather than wait
	}{
		{"a day", vacant.Day, true},
		{"a quarter of an hour", 15 * time.Minute, true},
		{"two minutes", 2 * time.Minute, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, b := newHost(), newMemoryBudget(time.Now)
				h.liesFrom = vacant.Day
				s, err := New(t.Context(), Config{World: "model", Budget: b, Controls: fixedControls{"taken0.one", "taken0.two"}, Rates: map[string]float64{"": 10},
					RDAPServers: map[string]string{"one": "http://127.0.0.1:1/", "two": "http://127.0.0.2:1/"}})
				if err != nil {
					t.Fatal(err)
				}
				s.put = h.answer
				const before = 20 * time.Second
				until := h.began.Add(before + tt.lock)
				go func() {
					time.Sleep(before)
					if err := b.LockOut(s.key("127.0.0.1:1"), until); err != nil {
						t.Error(err)
					}
				}()
				names := append(numbered("name%d.one", 400), numbered("name%d.two", 400)...)
				results := trickle(t, s, names, 0)
				for _, q := range h.asked {
					if at := q.sentAt.Sub(h.began); q.lane.suffix == "one" && at > before+100*time.Millisecond && q.sentAt.Before(until) {
						t.Fatalf("%s was asked %v after the lock-out", q.name, at-before)
					}
				}
				locked := 0
				for name, r := range results {
					switch got := words(&r); {
					case got == "available" && (name.Parent() == "two" || !tt.ends || r.CheckedAt.Before(h.began.Add(before+time.Second))):
					case tt.ends && name.Parent() == "one" && (got == "undetermined locked-out" || got == "undetermined control-pending") && !r.RetryAfter.Before(until):
						locked++
					default:
						t.Errorf("%s: %s, to be asked again %v", name, got, r.RetryAfter.Sub(h.began))
					}
				}
				if tt.ends == (locked == 0) {
					t.Errorf("%d names were told to wait", locked)
				}
			})
		})
	}
}
