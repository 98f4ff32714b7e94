package rdapstage

import (
	"net/http"
	"sync/atomic"
	"testing"

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
