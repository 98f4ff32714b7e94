package rdapstage

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
	"vacant/rdapstage/reading"
)

func TestSomeControlsMayHaveNoRecord(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	cfg := onRDAP(srv)
	cfg.Controls = fixedControls{"norecord.test", "nordthis.test", "taken.test"}
	if got := verdict(t, newStage(t, cfg), "unowned.test"); got != "available" {
		t.Errorf("judged %q although one of three controls holds", got)
	}
}

func TestControlThatVanishesIsAFailure(t *testing.T) {
	var mu sync.Mutex
	controls := 0
	// The second time it is asked about, the first control is gone; another would hold.
	srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if rdaptest.NameOf(r) == "taken.test" {
			controls++
		}
		rdaptest.Honest(func(name string) bool { return name == "other.test" || name == "taken.test" && controls == 1 }).ServeHTTP(w, r)
	}))
	cfg := onRDAP(srv)
	cfg.Controls = fixedControls{"taken.test", "other.test"}
	if got := verdict(t, newStage(t, cfg), "unowned.test"); got != "undetermined control-failed" {
		t.Errorf("judged %q", got)
	}
}

func TestControlsWithoutAnswerLeaveThePending(t *testing.T) {
	srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rdaptest.NameOf(r) == "taken.test" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		rdaptest.NotFound(w, r)
	}))
	r := judge(t, newStage(t, onRDAP(srv)), frees("unowned.test"))["unowned.test"]
	if words(&r) != "undetermined control-pending" || time.Until(r.RetryAfter) <= 0 {
		t.Errorf("judged %q, retry after %v", words(&r), r.RetryAfter)
	}
}

func TestFailedControlIsRememberedByTheNextProcess(t *testing.T) {
	var mu sync.Mutex
	lies := true
	srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if lies {
			rdaptest.NotFound(w, r)
			return
		}
		rdaptest.Honest(rdaptest.Names("taken.test")).ServeHTTP(w, r)
	}))
	cfg := onRDAP(srv)
	cfg.Memory, cfg.MaxPause = &memoryMemory{}, time.Minute
	if got := verdict(t, newStage(t, cfg), "unowned.test"); got != "undetermined control-failed" {
		t.Fatalf("a liar: %q", got)
	}
	mu.Lock()
	lies = false
	mu.Unlock()
	if got := verdict(t, newStage(t, cfg), "unowned.test"); got != "undetermined control-failed" {
		t.Errorf("on watch, without a second source: %q", got)
	}
	whois := rdaptest.Listen(t, rdaptest.HonestWHOIS(rdaptest.Names("taken.test")))
	cfg.WHOISServers = map[string]string{"test": whois.Addr()}
	for _, step := range []struct {
		after  time.Duration
		method string
	}{{0, "whois"}, {2 * time.Hour, "rdap+whois"}, {8 * 24 * time.Hour, "rdap"}} {
		cfg.Now = func() time.Time { return time.Now().Add(step.after) }
		late := free("unowned.test")
		late.DNS.At = cfg.Now()
		if r := judge(t, newStage(t, cfg), []vacant.Inquiry{late})["unowned.test"]; words(&r) != "available" || r.Method != step.method {
			t.Errorf("%v later, with a second source: %s by %q, want %q", step.after, words(&r), r.Method, step.method)
		}
	}
}

func TestFreeControlIsAskedOnceADay(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	cfg := onRDAP(srv)
	cfg.Memory = &memoryMemory{}
	random := func(name string) bool { return len(name) == freeLabel+len(".test") }
	for i, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Hour, 1}, {23 * time.Hour, 1}, {25 * time.Hour, 2}} {
		cfg.Now = func() time.Time { return time.Now().Add(step.after) }
		inq := free("unowned.test")
		inq.DNS.At = cfg.Now()
		judge(t, newStage(t, cfg), []vacant.Inquiry{inq})
		n := 0
		for _, name := range srv.Asked() {
			if random(name) {
				n++
			}
		}
		if n != step.want {
			t.Errorf("step %d: %d random labels asked, want %d", i, n, step.want)
		}
	}
}

// TestClosingControlMustLeaveAfterTheAnswer has a control answered late, by
// what the server was before it turned: it must not close what came meanwhile.
func TestClosingControlMustLeaveAfterTheAnswer(t *testing.T) {
	s := newStage(t, Config{RDAPServers: map[string]string{"test": "http://127.0.0.1:1/"}, Timing: Timing{Proof: 1}})
	l := s.planFor("test").lanes[0]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ctx = t.Context()
	l.op.running = true // nobody asks
	control := func(left int64) *question {
		return &question{lane: l, from: l, kind: askControl, name: "taken.test", line: l.pool.lines[0], sent: left, conn: l.pool.lines[0].conn}
	}
	record := &reply{Reading: reading.Reading{Verdict: vacant.Registered}}
	s.controlLocked(s.now(), control(s.tickLocked()), record)
	left := s.tickLocked() // a control leaves
	j := &job{inq: free("x.test"), plan: &plan{lanes: []*lane{l}}}
	a := &answer{Reading: reading.Reading{Verdict: vacant.Available}, lane: l, job: j, before: l.good, sent: s.tickLocked(), got: s.tickLocked()}
	j.answers, s.pending = []*answer{a}, 1
	s.holdLocked(s.now(), j)
	s.controlLocked(s.now(), control(left), record)
	if a.after != nil || a.proven || !slices.Contains(l.pool.held, a) {
		t.Error("a control that left before the answer came closed it")
	}
	s.controlLocked(s.now(), control(s.tickLocked()), record)
	if a.after == nil || !a.proven || len(l.pool.held) != 0 {
		t.Error("a control that left after it did not")
	}
}

func TestTurnsKeepControlsFew(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(func(name string) bool { return name[:5] == "taken" }))
	cfg := Config{RDAPServers: map[string]string{}, Rates: map[string]float64{"": 1000}}
	var names []string
	controls := fixedControls{}
	for _, tld := range []string{"testa", "testb", "testc", "testd"} {
		cfg.RDAPServers[tld] = srv.Base()
		controls = append(controls, vacant.Name("taken."+tld))
		names = append(names, numbered("unowned%d."+tld, 50)...)
	}
	cfg.Controls = controls
	s := newStage(t, cfg)
	judge(t, s, frees(names...))
	st := s.Stats()
	if st.Asked != 200 || st.Controls > 60 { // 32 of them prove the last answers
		t.Errorf("%d names took %d controls", st.Asked, st.Controls)
	}
}

// A name that is found twice is one candidate: its second place must not be
// asked about for ever.
func TestControlFoundTwiceIsOne(t *testing.T) {
	srv := rdaptest.Serve(t, http.HandlerFunc(rdaptest.NotFound))
	cfg := onRDAP(srv)
	cfg.Controls = fixedControls{"taken.test", "other.test", "taken.test"}
	if got := verdict(t, newStage(t, cfg), "unowned.test"); got != "undetermined control-failed" {
		t.Errorf("judged %q", got)
	}
}
