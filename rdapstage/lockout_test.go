package rdapstage

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
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
