package rdapstage

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vacant/rdapstage/rdaptest"
)

// TestServerThatNeverAnswersEndsTheWaiting has servers of which nothing can be
// had: names must end undetermined, with a reason, after a bounded number of
// questions, however many names there are.
func TestServerThatNeverAnswersEndsTheWaiting(t *testing.T) {
	for _, tt := range []struct {
		name string
		h    http.Handler
		want string
	}{
		{"500", rdaptest.Answer(500, rdapJSON, `{"errorCode":500}`), "undetermined unreachable"},
		{"502", rdaptest.Answer(502, "text/html", "<h1>bad gateway</h1>"), "undetermined unreachable"},
		{"503", rdaptest.Answer(503, "text/html", "<h1>unavailable</h1>"), "undetermined unreachable"},
		{"403", rdaptest.Answer(403, "text/html", "<h1>forbidden</h1>"), "undetermined locked-out"},
		{"cut", http.HandlerFunc(cut), "undetermined unreachable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := rdaptest.Serve(t, tt.h)
			s := newStage(t, onRDAP(srv))
			s.unit = 2 * time.Millisecond
			for name, r := range judge(t, s, frees(numbered("n%d.test", 500)...)) {
				if words(&r) != tt.want || r.RetryAfter.IsZero() {
					t.Fatalf("%s: %s, to be asked again %v", name, words(&r), r.RetryAfter)
				}
			}
			if n := len(srv.Asked()); n > 30 {
				t.Errorf("it was asked %d times", n)
			}
		})
	}
}

// TestServerThatBreaksDownMidwayEndsTheWaiting lets it answer well before.
func TestServerThatBreaksDownMidwayEndsTheWaiting(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"500": rdaptest.Answer(500, rdapJSON, `{"errorCode":500}`),
		"cut": http.HandlerFunc(cut),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			honest := rdaptest.Honest(rdaptest.Names("taken.test"))
			srv := rdaptest.Serve(t, rdaptest.FirstThen(200, honest, h))
			cfg := onRDAP(srv)
			cfg.Rates, cfg.Timing.Proof = map[string]float64{"": 2000}, 4
			s := newStage(t, cfg)
			s.unit = 2 * time.Millisecond
			available := 0
			for name, r := range judge(t, s, frees(numbered("n%d.test", 500)...)) {
				switch got := words(&r); {
				case got == "available":
					available++
				case !strings.HasPrefix(got, "undetermined"):
					t.Errorf("%s: %s", name, got)
				}
			}
			if available == 0 || available > 200 {
				t.Errorf("%d available of the 200 that were answered", available)
			}
		})
	}
}

// TestBrokenServerThatRecoversIsAskedOn shows that a bounded breakdown loses nothing.
func TestBrokenServerThatRecoversIsAskedOn(t *testing.T) {
	broken := rdaptest.Answer(500, rdapJSON, `{"errorCode":500}`)
	srv := rdaptest.Serve(t, rdaptest.FirstThen(5, broken, rdaptest.Honest(rdaptest.Names("taken.test"))))
	cfg := onRDAP(srv)
	cfg.Rates = map[string]float64{"": 2000}
	s := newStage(t, cfg)
	s.unit = 2 * time.Millisecond
	for name, r := range judge(t, s, frees(numbered("n%d.test", 100)...)) {
		if words(&r) != "available" {
			t.Fatalf("%s: %s", name, words(&r))
		}
	}
}
