package rdapstage

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

// host is a model of one that lies for a while: from liesFrom on and for
// liesFor it has no record of anything.
type host struct {
	began             time.Time
	liesFrom, liesFor time.Duration
	late              func(*question) time.Duration // that an answer takes
	silent            func(*question) bool
	asked             []question
	guard             chan struct{} // holds one: asked is whose
}

func newHost() *host {
	return &host{began: time.Now(), late: func(*question) time.Duration { return 50 * time.Millisecond },
		silent: func(*question) bool { return false }, guard: make(chan struct{}, 1)}
}

func (h *host) answer(ctx context.Context, q *question) reply {
	h.guard <- struct{}{}
	h.asked = append(h.asked, *q)
	<-h.guard
	at := time.Since(h.began)
	r := reply{Reading: reading.Reading{Verdict: vacant.Available}}
	lies := at >= h.liesFrom && at < h.liesFrom+h.liesFor
	switch {
	case h.silent(q):
		r = reply{Reading: reading.Reading{Reason: vacant.ReasonUnreachable}, silent: true}
	case strings.HasPrefix(string(q.name), "taken") && !lies:
		r.Reading = reading.Reading{Verdict: vacant.Registered, Lifecycle: vacant.Active}
	}
	travel(ctx, h.late(q))
	r.ev = vacant.Evidence{At: time.Now(), Kind: q.lane.kind, Server: q.lane.host, Asked: string(q.name), Says: r.Verdict.String()}
	if q.kind == askControl {
		r.ev.Control = "registered"
	}
	return r
}

// trickle hands names to a run, one each time, and returns what became of them.
func trickle(t *testing.T, s *Stage, names []string, each time.Duration) map[vacant.Name]vacant.Result {
	t.Helper()
	in, out := make(chan []vacant.Inquiry), make(chan []vacant.Result)
	ended := make(chan error, 1)
	go func() { defer close(out); ended <- s.Run(t.Context(), in, out) }()
	go func() {
		defer close(in)
		for _, name := range names {
			in <- frees(name)
			time.Sleep(each)
		}
	}()
	results := make(map[vacant.Name]vacant.Result)
	for group := range out {
		for _, r := range group {
			if _, twice := results[r.Name]; twice {
				t.Errorf("%s was judged twice", r.Name)
			}
			results[r.Name] = r
		}
	}
	if err := <-ended; err != nil || len(results) != len(names) {
		t.Errorf("%v, with %d of %d results\n%s", err, len(results), len(names), stuck(s))
	}
	return results
}

// A quarantine that ends while the run goes on: meanwhile the host is not asked,
// afterwards it is believed again, but only by what it says then.
func TestQuarantineEndsWhileTheRunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost()
		h.liesFrom, h.liesFor = 20*time.Minute, 10*time.Minute
		s, err := New(t.Context(), Config{World: "model", Controls: fixedControls{"taken0.test", "taken1.test"},
			RDAPServers: map[string]string{"test": "http://127.0.0.1:1/"}})
		if err != nil {
			t.Fatal(err)
		}
		s.put = h.answer
		const each, hour = 10 * time.Second, time.Hour
		var names []string
		for i := range 3 * hour / each {
			names = append(names, fmt.Sprintf([]string{"n%d.test", "n%d.test", "taken-n%d.test"}[i%3], i))
		}
		results := trickle(t, s, names, each)
		failed := h.began.Add(h.liesFrom)
		for _, q := range h.asked {
			if age := q.sentAt.Sub(failed); age > time.Minute && age < hour {
				t.Fatalf("%s was asked %v after it began to lie", q.name, age)
			}
		}
		after := 0
		for name, r := range results {
			switch {
			case r.Verdict() != vacant.Available:
				continue
			case strings.HasPrefix(string(name), "taken"):
				t.Errorf("%s is called available", name)
			case r.CheckedAt.Before(failed.Add(hour)):
				continue
			}
			after++
			for _, e := range r.Evidence {
				if e.Control != "" && e.At.Before(failed.Add(hour)) {
					t.Fatalf("%s rests on a control of before the quarantine's end", name)
				}
			}
		}
		if want := 2 * len(names) * 90 / 180 / 3; after < want {
			t.Errorf("%d names are available after it, of %d that were asked for then", after, want)
		}
	})
}

// An answer that is under way when a host fails proves nothing, not even when
// it comes after the quarantine.
func TestAnswerThatOutlivesAQuarantineProvesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost()
		h.liesFrom, h.liesFor = 2*time.Second, 20*time.Second
		h.late = func(q *question) time.Duration {
			if q.kind == askName && time.Since(h.began) > 2*time.Second && time.Since(h.began) < 5*time.Second {
				return 90 * time.Second
			}
			return 50 * time.Millisecond
		}
		s, err := New(t.Context(), Config{World: "model", Controls: fixedControls{"taken0.test", "taken1.test"},
			RDAPServers: map[string]string{"test": "http://127.0.0.1:1/"}, Rates: map[string]float64{"": 5},
			Timing: Timing{Quarantine: 10 * time.Second, BatchIdle: time.Second, LearnGap: 20 * time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		s.put = h.answer
		for name, r := range trickle(t, s, numbered("taken-n%d.test", 1000), 200*time.Millisecond) {
			if r.Verdict() == vacant.Available {
				t.Errorf("%s is called available", name)
			}
		}
		again := make(map[vacant.Name]int)
		for _, q := range h.asked {
			if q.kind == askName {
				again[q.name]++
			}
		}
		late, l := 0, s.plans["test"].lanes[0]
		for _, n := range again {
			late += n - 1
		}
		if end := l.quarantined().Sub(h.began); late == 0 || end < 10*time.Second || end > 85*time.Second {
			t.Errorf("%d answers came later, the quarantine ended after %v: nothing is shown", late, end)
		}
	})
}

// A name that got no answer is not asked again of who is quarantined since.
func TestQuarantinedHostIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost()
		h.liesFrom, h.liesFor = 7*time.Second, time.Hour
		h.silent = func(q *question) bool { return strings.HasPrefix(string(q.name), "n7") }
		h.late = func(q *question) time.Duration {
			if h.silent(q) {
				return 10 * time.Second // a question's deadline
			}
			return 50 * time.Millisecond
		}
		s, err := New(t.Context(), Config{World: "model", Controls: fixedControls{"taken0.test", "taken1.test"},
			RDAPServers: map[string]string{"test": "http://127.0.0.1:1/"}, Rates: map[string]float64{"": 10}})
		if err != nil {
			t.Fatal(err)
		}
		s.put = h.answer
		trickle(t, s, numbered("n%d.test", 200), 100*time.Millisecond)
		silent := 0
		var failed time.Time // with the first control since it lies
		for _, q := range h.asked {
			switch {
			case failed.IsZero() && q.kind == askControl && q.sentAt.After(h.began.Add(h.liesFrom)):
				failed = q.sentAt.Add(time.Second)
			case failed.IsZero() && h.silent(&q):
				silent++
			case !failed.IsZero() && q.sentAt.After(failed):
				t.Errorf("%s was asked %v after the host failed", q.name, q.sentAt.Sub(failed))
			}
		}
		if silent == 0 {
			t.Error("nothing was under way when the host failed: nothing is shown")
		}
	})
}

// What a random label was answered while its host failed is no lesson: that it
// said no without a body then does not make an empty 404 a no afterwards.
func TestRandomLabelTeachesNothingOfAHostThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost()
		h.liesFrom, h.liesFor = 10*time.Second, time.Hour
		memory := &memoryMemory{}
		s, err := New(t.Context(), Config{World: "model", Controls: fixedControls{"taken0.test", "taken1.test"}, Memory: memory,
			RDAPServers: map[string]string{"test": "http://127.0.0.1:1/"}, Rates: map[string]float64{"": 10}})
		if err != nil {
			t.Fatal(err)
		}
		empty := 0
		s.put = func(ctx context.Context, q *question) reply {
			r := h.answer(ctx, q)
			if r.Verdict != vacant.Available || time.Since(h.began) < h.liesFrom {
				return r
			}
			if r.empty = true; q.kind == askFree {
				empty++
			} else if !q.emptyOK {
				r.Reading = reading.Reading{Reason: vacant.ReasonBadReply}
			}
			return r
		}
		trickle(t, s, numbered("n%d.test", 300), 100*time.Millisecond)
		l := s.plans["test"].lanes[0]
		if l.failed == 0 || empty == 0 {
			t.Fatal("the host did not fail, or no random label was answered so: nothing is shown")
		}
		if l.free.empty || !l.free.due(time.Now(), l.timing) {
			t.Errorf("it is believed to say no without a body; its next name follows a random label: %v", l.free.due(time.Now(), l.timing))
		}
		again, err := New(t.Context(), s.cfg)
		if err != nil {
			t.Fatal(err)
		}
		if next := again.planFor("test").lanes[0]; next.free.empty {
			t.Error("the next process believes that it says no without a body")
		}
	})
}

// A failure that an earlier process saw is dated by the clock that nobody sets.
func TestWhatIsRememberedOutlivesAClockThatIsSet(t *testing.T) {
	now := time.Now()
	for _, at := range []time.Time{lately(now.Add(-time.Hour).Round(0), now), within(now.Add(time.Minute).Round(0), now, time.Hour)} {
		if !strings.Contains(at.String(), " m=") {
			t.Errorf("%v has no monotonic reading", at)
		}
	}
	if got := within(now.Add(-time.Minute).Round(0), now, time.Hour); !got.IsZero() {
		t.Errorf("a quarantine that is over ends %v", got)
	}
}
