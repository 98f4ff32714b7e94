package rdapstage

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

const rdapJSON = "application/rdap+json"

// TestAnswersThatAreNoNo has a server that knows its registered names and
// answers every other question with something that only looks like a "no".
func TestAnswersThatAreNoNo(t *testing.T) {
	elsewhere := rdaptest.Serve(t, http.HandlerFunc(rdaptest.NotFound))
	tests := []struct {
		name string
		h    http.Handler
		want string
	}{
		{"HTML 404", rdaptest.Answer(404, "text/html", "<html>404 Not Found</html>"), "undetermined bad-reply"},
		{"404 about a rate limit", rdaptest.Answer(404, rdapJSON, `{"errorCode":404,"title":"rate limit exceeded"}`), "undetermined rate-limited"},
		{"404 that wraps another code", rdaptest.Answer(404, rdapJSON, `{"errorCode":429,"title":"slow down"}`), "undetermined bad-reply"},
		{"404 in a 200", rdaptest.Answer(200, rdapJSON, rdaptest.NotFoundBody), "undetermined bad-reply"},
		{"no content", rdaptest.Answer(204, rdapJSON, ""), "undetermined bad-reply"},
		{"empty object", rdaptest.Answer(200, rdapJSON, "{}"), "undetermined bad-reply"},
		{"another name's record", rdaptest.Answer(200, rdapJSON, rdaptest.Record("other.test")), "undetermined bad-reply"},
		{"bad request", rdaptest.Answer(400, rdapJSON, `{"errorCode":400}`), "undetermined bad-reply"},
		{"forbidden", rdaptest.Answer(403, "text/html", "no"), "undetermined bad-reply"},
		{"server error", rdaptest.Answer(500, rdapJSON, `{"errorCode":500}`), "undetermined bad-reply"},
		{"redirect to another host", rdaptest.RedirectTo(elsewhere.Base() + "domain/"), "undetermined bad-reply"},
		{"redirect loop", http.HandlerFunc(rdaptest.RedirectLoop), "undetermined bad-reply"},
		{"redirect to a private address", rdaptest.RedirectTo("http://169.254.169.254/domain/"), "undetermined bad-reply"},
		{"endless headers", http.HandlerFunc(rdaptest.EndlessHeaders), "undetermined unreachable"},
		{"gzip bomb", rdaptest.GzipBomb(8), "undetermined bad-reply"},
		{"body that drips", rdaptest.Drip(20 * time.Millisecond), "undetermined unreachable"},
		{"no answer", http.HandlerFunc(rdaptest.Mute), "undetermined unreachable"},
		{"deep JSON", rdaptest.Answer(404, rdapJSON, strings.Repeat(`{"a":`, 9000)), "undetermined bad-reply"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// The random label is answered well, so that only the name's own answer decides.
			odd := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if len(rdaptest.NameOf(r)) == freeLabel+len(".test") {
					rdaptest.NotFound(w, r)
					return
				}
				tt.h.ServeHTTP(w, r)
			})
			cfg := onRDAP(rdaptest.Serve(t, rdaptest.Unregistered(rdaptest.Names("taken.test"), odd)))
			cfg.Timing.Query = 5 * time.Second
			if strings.HasSuffix(tt.want, "unreachable") {
				cfg.Timing.Query = 100 * time.Millisecond
			}
			cfg.MaxPause = 20 * time.Second
			s := newStage(t, cfg)
			s.unit = time.Millisecond
			if got := verdict(t, s, "unowned.test"); got != tt.want {
				t.Errorf("judged %q, want %q", got, tt.want)
			}
		})
	}
	t.Cleanup(func() {
		if asked := elsewhere.Asked(); len(asked) > 0 {
			t.Errorf("a redirect led to another host: %v", asked)
		}
	})
}

func TestEndpointThatSaysNoToEverythingProvesNothing(t *testing.T) {
	srv := rdaptest.Serve(t, http.HandlerFunc(rdaptest.NotFound))
	for name, r := range judge(t, newStage(t, onRDAP(srv)), frees(numbered("n%d.test", 200)...)) {
		if words(&r) != "undetermined control-failed" {
			t.Fatalf("%s: %s", name, words(&r))
		}
	}
}

func TestEndpointThatSaysYesToEverythingProvesNothing(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(func(string) bool { return true }))
	s := newStage(t, onRDAP(srv))
	judge(t, s, frees("a.test"))
	if got := verdict(t, s, "b.test"); got != "undetermined control-failed" {
		t.Errorf("judged %q", got)
	}
}

// TestEndpointThatTurnsLiarMidBatch has a server that begins to say 404 to
// everything: nothing that it said after its last good control may count.
func TestEndpointThatTurnsLiarMidBatch(t *testing.T) {
	for _, tt := range []struct{ names, honest, least int }{{150, 3, 0}, {150, 10, 0}, {150, 50, 0}, {150, 51, 0}, {150, 52, 0}, {150, 70, 0}, {600, 400, 1}} {
		honest := rdaptest.Honest(rdaptest.Names("taken.test"))
		var early sync.Map // names that were answered honestly
		srv := rdaptest.Serve(t, rdaptest.FirstThen(tt.honest, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			early.Store(rdaptest.NameOf(r), true)
			honest.ServeHTTP(w, r)
		}), http.HandlerFunc(rdaptest.NotFound)))
		cfg := onRDAP(srv)
		cfg.Rates = map[string]float64{"": 2000}
		cfg.Timing.Proof, cfg.Timing.Query = 1, 10*time.Second
		available := 0
		for name, r := range judge(t, newStage(t, cfg), frees(numbered("n%d.test", tt.names)...)) {
			if r.Verdict() != vacant.Available {
				continue
			}
			available++
			if _, ok := early.Load(string(name)); !ok {
				t.Errorf("after %d honest answers: %s was asked of a liar and is available", tt.honest, name)
			}
		}
		if available < tt.least {
			t.Errorf("after %d honest answers: %d available, want the closed batch of %d at least", tt.honest, available, tt.least)
		}
	}
}

func TestControlComesAtLeastEverySixtyFourNames(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	cfg := onRDAP(srv)
	cfg.Rates, cfg.Timing.Proof = map[string]float64{"": 2000}, 1
	judge(t, newStage(t, cfg), frees(numbered("n%d.test", 500)...))
	run, controls := 0, 0
	for _, name := range srv.Asked() {
		if name == "taken.test" {
			controls++
			run = 0
			continue
		}
		if run++; run > 64+16 { // what is in flight together may arrive in another order
			t.Fatalf("%d names without a control", run)
		}
	}
	if controls < 500/64 || controls > 500/12 {
		t.Errorf("%d controls for 500 names", controls)
	}
}

func TestRecordsServeAsControls(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(func(name string) bool { return strings.HasPrefix(name, "taken") }))
	var names []string
	for _, n := range numbered("%d.test", 400) {
		names = append(names, "free"+n, "taken"+n)
	}
	cfg := onRDAP(srv)
	cfg.Rates = map[string]float64{"": 1000}
	cfg.Timing.Proof, cfg.Timing.Spacing = 1, 10_000 // a host's controls are another matter
	judge(t, newStage(t, cfg), frees(names...))
	asked := srv.Asked()
	last := 0 // name that was asked about for the first time; behind it each connection closes with a control
	for i, name := range asked {
		if slices.Contains(names, name) && slices.Index(asked, name) == i {
			last = i
		}
	}
	if controls := last + 1 - len(names); controls > 8 { // without records there are 16 and more
		t.Errorf("%d controls although every second name was a record", controls)
	}
}

func TestWithoutControlsNothingIsAvailable(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("held.test")))
	cfg := onRDAP(srv)
	cfg.Controls = fixedControls{"other.example"}
	got := judge(t, newStage(t, cfg), frees("unowned.test", "held.test"))
	if r := got["held.test"]; words(&r) != "registered" {
		t.Errorf("held.test: %s", words(&r))
	}
	if r := got["unowned.test"]; words(&r) == "available" {
		r2 := got["held.test"]
		t.Errorf("unowned.test: %s (held.test %s)", words(&r), words(&r2))
	}
}

func TestEmpty404CountsWhereTheRandomLabelGetsOne(t *testing.T) {
	empty := rdaptest.Answer(404, rdapJSON, "")
	srv := rdaptest.Serve(t, rdaptest.Unregistered(rdaptest.Names("taken.test"), empty))
	if got := verdict(t, newStage(t, onRDAP(srv)), "unowned.test"); got != "available" {
		t.Errorf("the endpoint's own way of saying no was read as %q", got)
	}
	odd := rdaptest.Serve(t, rdaptest.Unregistered(rdaptest.Names("taken.test"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rdaptest.NameOf(r) == "unowned.test" {
			empty.ServeHTTP(w, r)
			return
		}
		rdaptest.NotFound(w, r)
	})))
	if got := verdict(t, newStage(t, onRDAP(odd)), "unowned.test"); got != "undetermined bad-reply" {
		t.Errorf("an empty 404 where others have a body was read as %q", got)
	}
}

func TestTLSIsVerified(t *testing.T) {
	srv := rdaptest.ServeTLS(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	if got := verdict(t, newStage(t, onRDAP(srv)), "unowned.test"); got != "undetermined bad-reply" && got != "undetermined control-pending" {
		t.Errorf("an unknown authority: %q", got)
	}
	if n := len(srv.Asked()); n != 0 {
		t.Errorf("%d questions went over unverified TLS", n)
	}
	cfg := onRDAP(srv)
	cfg.Roots = certPool(srv)
	if got := verdict(t, newStage(t, cfg), "unowned.test"); got != "available" {
		t.Errorf("with its root named by hand: %q", got)
	}
}
