package rdapstage

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// A run that is wound up asks about nothing new, closes what was answered, and
// leaves the rest unsaid.
func TestWindUpClosesWhatWasAnswered(t *testing.T) {
	const names, enough = 5000, 200
	var requests atomic.Int64
	honest := rdaptest.Honest(rdaptest.Names("taken.test"))
	reached := make(chan struct{})
	srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == enough {
			close(reached)
		}
		honest.ServeHTTP(w, r)
	}))
	s := newStage(t, onRDAP(srv))
	in, out := make(chan []vacant.Inquiry, 1), make(chan []vacant.Result, 1)
	in <- frees(numbered("n%d.test", names)...) // and in stays open: a stop does not wait for it
	ended := make(chan error, 1)
	go func() { defer close(out); ended <- s.Run(t.Context(), in, out) }()
	go func() { <-reached; s.WindUp() }()
	got := 0
	for group := range out {
		for _, r := range group {
			got++
			if r.Verdict() != vacant.Available {
				t.Errorf("%s is called %v (%s)", r.Name, r.Verdict(), r.Reason())
			}
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got == 0 || got > names/2 {
		t.Errorf("%d of %d names were judged", got, names)
	}
	if n := requests.Load(); n > int64(got+got/8+20) {
		t.Errorf("%d questions for %d answers: what was asked was thrown away", n, got)
	}
	if v := verdict(t, s, "unowned.test"); v != "available" {
		t.Errorf("the next run judged %q", v)
	}
}

// A name that waits to be asked a second time is let go with the rest: nobody
// waits out that gap in a run that ends.
func TestWindUpLetsGoOfNamesToBeAskedAgain(t *testing.T) {
	reached := make(chan struct{}, 8)
	honest := rdaptest.Honest(rdaptest.Names("taken.test"))
	srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		honest.ServeHTTP(w, r)
		if strings.HasSuffix(r.URL.Path, "/unowned.test") {
			reached <- struct{}{}
		}
	}))
	cfg := onRDAP(srv)
	cfg.Timing.LearnGap = time.Hour
	s := newStage(t, cfg)
	s.planFor("test").lanes[0].watched = time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	in, out := make(chan []vacant.Inquiry, 1), make(chan []vacant.Result, 1)
	in <- frees("unowned.test")
	go func() { <-reached; s.WindUp() }()
	if err := s.Run(ctx, in, out); err != nil || len(out) > 0 {
		t.Errorf("%v, with %d results", err, len(out))
	}
}
