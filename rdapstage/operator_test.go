package rdapstage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/rdaptest"
)

func TestRetryAfterIsReadAndClamped(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		text string
		want time.Duration
	}{
		{"", 0}, {"-5", 0}, {"soon", 0}, {"NaN", 0},
		{"0", time.Second}, {"0.2", time.Second}, {"7", 7 * time.Second}, {" 120 ", 2 * time.Minute},
		{"86361", 86361 * time.Second}, {"315360000", 24 * time.Hour}, {"99999999999999999999999", 24 * time.Hour}, {"+Inf", 24 * time.Hour},
		{now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{now.AddDate(10, 0, 0).Format(http.TimeFormat), 24 * time.Hour},
	}
	for _, tt := range tests {
		if got := retryAfter(tt.text, now); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestLimitedNamesAreAskedAgain(t *testing.T) {
	for _, status := range []int{429, 503} {
		slow := rdaptest.Answer(status, "text/plain", "error code: 1015")
		srv := rdaptest.Serve(t, rdaptest.FirstThen(3, slow, rdaptest.Honest(rdaptest.Names("taken.test"))))
		for name, r := range judge(t, newStage(t, onRDAP(srv)), frees(numbered("n%d.test", 8)...)) {
			if words(&r) != "available" {
				t.Errorf("HTTP %d: %s: %s", status, name, words(&r))
			}
		}
	}
}

func TestLongLockOutEndsTheWaiting(t *testing.T) {
	for _, after := range []string{"86361", "315360000"} {
		locked := rdaptest.Serve(t, rdaptest.Answer(429, "text/plain", "", "Retry-After", after))
		other := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.two")))
		budget := newMemoryBudget(time.Now)
		cfg := Config{Budget: budget, Controls: fixedControls{"taken.one", "taken.two"},
			RDAPServers: map[string]string{"one": locked.Base(), "two": other.Base()}}
		got := judge(t, newStage(t, cfg), frees(append(numbered("n%d.one", 30), numbered("n%d.two", 30)...)...))
		for name, r := range got {
			switch {
			case name.TLD() == "two" && words(&r) != "available":
				t.Errorf("%s of the other registry: %s", name, words(&r))
			case name.TLD() == "one" && (words(&r) != "undetermined locked-out" || time.Until(r.RetryAfter) < 23*time.Hour || time.Until(r.RetryAfter) > 24*time.Hour):
				t.Errorf("%s: %s until %v", name, words(&r), r.RetryAfter)
			}
		}
		if n := len(locked.Asked()); n > ask.MaxConns {
			t.Errorf("the registry that locked us out was asked %d times", n)
		}
		// What one process heard, the next one honours.
		asked := len(locked.Asked())
		if got := verdict(t, newStage(t, cfg), "x.one"); got != "undetermined locked-out" {
			t.Errorf("the next process judged %q", got)
		}
		if len(locked.Asked()) != asked {
			t.Error("the next process asked in spite of the lock-out")
		}
	}
}

func TestCheckWaitsNoLongerThanItMay(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Answer(429, "text/plain", "", "Retry-After", "120"))
	cfg := onRDAP(srv)
	cfg.MaxPause = time.Minute
	if got := verdict(t, newStage(t, cfg), "x.test"); got != "undetermined rate-limited" {
		t.Errorf("judged %q", got)
	}
}

func TestNoWindowOfASecondIsAboveTheRate(t *testing.T) {
	const rate = 40
	servers := map[string]string{}
	var list []*rdaptest.Server
	var names []string
	var controls fixedControls
	for i := range 4 {
		tld := fmt.Sprintf("tld%c", 'a'+i)
		srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken."+tld)))
		list, servers[tld], controls = append(list, srv), srv.Base(), append(controls, vacant.Name("taken."+tld))
		names = append(names, numbered("n%d."+tld, 60)...)
	}
	cfg := Config{RDAPServers: servers, Controls: controls, Rates: map[string]float64{"": rate}}
	judge(t, newStage(t, cfg), frees(names...))
	for i, srv := range list {
		times := srv.Times()
		if n := busiestSecond(times); n > rate {
			t.Errorf("server %d was asked %d times in one second, allowed are %d", i, n, rate)
		}
	}
}

func busiestSecond(times []time.Time) int {
	times = slices.Clone(times)
	slices.SortFunc(times, time.Time.Compare)
	most, from := 0, 0
	for i, at := range times {
		for at.Sub(times[from]) >= time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

func TestTwoStagesShareOneBudget(t *testing.T) {
	const rate = 40
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	cfg := onRDAP(srv)
	cfg.Budget, cfg.Memory, cfg.Rates = newMemoryBudget(time.Now), &memoryMemory{}, map[string]float64{"": rate}
	done := make(chan struct{})
	first := newStage(t, cfg)
	go func() {
		defer close(done)
		judge(t, first, frees(numbered("a%d.test", 40)...))
	}()
	judge(t, newStage(t, cfg), frees(numbered("b%d.test", 40)...))
	<-done
	if n := busiestSecond(srv.Times()); n > rate+rate/4 {
		t.Errorf("two stages asked %d times in one second, allowed are %d", n, rate)
	}
}

// askAll runs an operator's pace in fake time and returns when it let a question go.
func askAll(ctx context.Context, o *operator, n int) []time.Time {
	var times []time.Time
	for len(times) < n {
		now := time.Now()
		again, ok := o.token(ctx, now, o.limit.Rate(), false)
		if !ok {
			time.Sleep(max(time.Until(again), time.Microsecond))
			continue
		}
		times = append(times, now)
		o.arrived = append(o.arrived, vacant.Arrival{Lease: o.leased, N: 1, At: now})
	}
	return times
}

func TestPaceIsEvenAtEveryRate(t *testing.T) {
	for _, rate := range []float64{0.25, 0.5, 1, 3, 10, 33.3, 250, 2000} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, Config{})
			o := &operator{name: "o", stage: s, limit: Limit{PerSecond: rate, Burst: max(1, int(rate*leaseFor))}, signal: make(chan struct{}, 1)}
			n := max(int(rate*10), 5)
			times := askAll(t.Context(), o, n)
			if most := busiestSecond(times); float64(most) > max(rate, 1) {
				t.Errorf("%v/s: %d in one second", rate, most)
			}
			if took, least := times[n-1].Sub(times[0]).Seconds(), float64(n-1)/rate; took > least/0.95 {
				t.Errorf("%v/s: %d took %.2f s, at the full rate it is %.2f", rate, n, took, least)
			}
		})
	}
}

func TestDayQuotaHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryBudget(time.Now)
		limit := Limit{PerSecond: 1, Burst: 1, PerDay: 5}
		got := 0
		for range 20 {
			l, _ := m.Lease(t.Context(), "o", limit, 1, nil)
			got += l.Got
			time.Sleep(2 * time.Second)
		}
		if got != 5 {
			t.Errorf("%d tokens in a day of 5", got)
		}
		l, _ := m.Lease(t.Context(), "o", limit, 1, nil)
		if wait := time.Until(l.Again); wait < 23*time.Hour || wait > 24*time.Hour+time.Second {
			t.Errorf("the next token is %v away", wait)
		}
		time.Sleep(time.Until(l.Again))
		if l, _ := m.Lease(t.Context(), "o", limit, 1, nil); l.Got != 1 {
			t.Error("no token when the quota had rolled on")
		}
	})
}

func TestReturnedTokensCanBeLeasedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryBudget(time.Now)
		limit := Limit{Count: 3, Span: time.Minute, PerDay: 100, Burst: 3}
		l, _ := m.Lease(t.Context(), "o", limit, 9, nil)
		if l.Got != 3 {
			t.Fatalf("leased %d, want the burst of 3", l.Got)
		}
		time.Sleep(40 * time.Second)
		if l, _ := m.Lease(t.Context(), "o", limit, 9, []vacant.Arrival{{Lease: l.At, N: 2}}); l.Got != 2 {
			t.Errorf("leased %d after 2 were returned", l.Got)
		}
	})
}

func TestLimitsSlowDownAndRecover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Config{})
		o := &operator{name: "o", stage: s, limit: Limit{PerSecond: 100}, signal: make(chan struct{}, 1)}
		s.mu.Lock()
		defer s.mu.Unlock()
		now := time.Now()
		o.limitedLocked(now, now, 2*time.Second)
		if !o.until.Equal(now.Add(2 * time.Second)) {
			t.Errorf("rests until %v after it began", o.until.Sub(now))
		}
		if r := o.rateLocked(o.until); r != 50 {
			t.Errorf("asks at %v/s after the rest, want half", r)
		}
		o.limitedLocked(now.Add(time.Second), now.Add(-time.Second), 0)
		if o.strikes != 1 || !o.until.Equal(now.Add(2*time.Second)) {
			t.Error("an answer to a question from before the rest counted anew")
		}
		if r := o.rateLocked(o.until.Add(2 * time.Second)); r != 100 {
			t.Errorf("asks at %v/s two seconds later, want the full rate", r)
		}
		before := time.Duration(0)
		for range 5 {
			now = o.until
			o.limitedLocked(now, now, 0)
			if rest := o.until.Sub(now); rest < 2*before {
				t.Errorf("a repeated limit rests %v after %v", rest, before)
			} else {
				before = rest
			}
		}
	})
}

func TestStoppedRunLeavesTheUnsettledUnsaid(t *testing.T) {
	var once sync.Once
	asked := make(chan struct{})
	srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		rdaptest.Mute(w, r)
	}))
	s := newStage(t, onRDAP(srv))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in, out := make(chan []vacant.Inquiry, 1), make(chan []vacant.Result)
	in <- frees(numbered("n%d.test", 500)...)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, in, out) }()
	<-asked
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
	case r := <-out:
		t.Errorf("%d results of names that nobody answered for", len(r))
	case <-time.After(5 * time.Second):
		t.Error("Run went on")
	}
}

func TestStageRunsAgainAfterAStop(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	s := newStage(t, onRDAP(srv))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx, make(chan []vacant.Inquiry), make(chan []vacant.Result)); err == nil {
		t.Error("a run that was stopped returned nil")
	}
	if got := verdict(t, s, "unowned.test"); got != "available" {
		t.Errorf("the next run judged %q", got)
	}
}
