package rdapstage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// falseAvailable judges names of which half are registered, and counts those of
// them that are called available.
func falseAvailable(t *testing.T, cfg Config, names []string) (lies, proven int) {
	t.Helper()
	for name, r := range judge(t, newStage(t, cfg), frees(names...)) {
		switch {
		case r.Verdict() == vacant.Available && half(string(name)):
			lies++
		case r.Verdict() == vacant.Available:
			proven++
		case r.Verdict() == vacant.Registered && !half(string(name)):
			t.Errorf("%s is registered", name)
		}
	}
	return lies, proven
}

var balances = []struct {
	name string
	how  rdaptest.Balance
}{{"by turns", rdaptest.ByTurns}, {"at random", rdaptest.AtRandom}, {"by connection", rdaptest.ByConnection}}

// sure is a proof that a pool a quarter of which lies passes once in a million.
const sure = 48

// TestPoolWithALiarProvesNothing has one server of four say "not found" to
// everything, from the beginning or from some moment on, and connections that
// are kept, closed now and then, or after each answer.
func TestPoolWithALiarProvesNothing(t *testing.T) {
	honest, liar := rdaptest.Honest(half), http.Handler(http.HandlerFunc(rdaptest.NotFound))
	for _, b := range balances {
		for _, ends := range []int{0, 1, 10} {
			for _, from := range []int{0, 3, 40, 150} {
				t.Run(fmt.Sprintf("%s closing %d from %d", b.name, ends, from), func(t *testing.T) {
					t.Parallel()
					var after rdaptest.After
					after.N.Store(int64(from))
					servers := []http.Handler{after.Turn(honest, honest), after.Turn(honest, honest), after.Turn(honest, honest), after.Turn(honest, liar)}
					for i, h := range servers {
						if ends > 0 {
							servers[i] = rdaptest.ClosingEvery(ends, h)
						}
					}
					cfg := onRDAP(rdaptest.ServePool(t, b.how, servers...))
					cfg.Timing.Proof, cfg.Rates = sure, map[string]float64{"": 2000}
					if lies, _ := falseAvailable(t, cfg, numbered("n%d.test", 200)); lies > 0 {
						t.Errorf("%d registered names are called available", lies)
					}
				})
			}
		}
	}
}

// TestHonestPoolIsBelieved is the other side: what protects from a liar must not
// be a general silence, whatever becomes of connections.
func TestHonestPoolIsBelieved(t *testing.T) {
	honest := rdaptest.Honest(half)
	for _, b := range balances {
		for _, ends := range []int{1, 10, 1 << 30} {
			h := rdaptest.ClosingEvery(ends, honest)
			cfg := onRDAP(rdaptest.ServePool(t, b.how, h, h, h, h))
			cfg.Rates = map[string]float64{"": 2000}
			names := numbered("n%d.test", 200)
			want := 0
			for _, name := range names {
				if !half(name) {
					want++
				}
			}
			if lies, proven := falseAvailable(t, cfg, names); lies > 0 || proven != want {
				t.Errorf("%s, closing each %d: %d lies, %d of %d free names proven", b.name, ends, lies, proven, want)
			}
		}
	}
}

// TestOneConnectionProvesACheck has a pool balanced by connection: the three
// questions of a check go to the same server, so that one that lies is found.
func TestOneConnectionProvesACheck(t *testing.T) {
	honest, liar := rdaptest.Honest(rdaptest.Names("taken.test", "held.test")), http.Handler(http.HandlerFunc(rdaptest.NotFound))
	for first := range 4 {
		how := func(conn, _, n int) int { return (first + conn) % n }
		cfg := onRDAP(rdaptest.ServePool(t, how, honest, honest, honest, liar))
		cfg.MaxPause = time.Minute
		r := judge(t, newStage(t, cfg), frees("held.test", "unowned.test"))
		if held := r["held.test"]; held.Verdict() == vacant.Available {
			t.Errorf("connections from %d on: held.test is available", first)
		}
	}
}

// TestEachConnectionIsTried has a pool balanced by connection, and proofs of one
// control: none of a connection's answers may rest on a control over another.
func TestEachConnectionIsTried(t *testing.T) {
	honest, liar := rdaptest.Honest(half), http.Handler(http.HandlerFunc(rdaptest.NotFound))
	for from := 0; from < 200; from += 20 {
		var after rdaptest.After
		after.N.Store(int64(from))
		h := after.Turn(honest, honest)
		cfg := onRDAP(rdaptest.ServePool(t, rdaptest.ByConnection, h, h, h, after.Turn(honest, liar)))
		cfg.Timing.Proof, cfg.Rates = 1, map[string]float64{"": 3000}
		if lies, _ := falseAvailable(t, cfg, numbered("n%d.test", 200)); lies > 0 {
			t.Errorf("from question %d: %d registered names are called available", from, lies)
		}
	}
}

// TestLostConnectionIsMadeUpForByNewOnes has the second connection of a pool
// balanced by connection go to a liar, and end before a control came over it. Any
// number of controls over the honest one behind it says nothing of that.
func TestLostConnectionIsMadeUpForByNewOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &registry{random: rand.New(rand.NewPCG(1, 1)), late: time.Millisecond}
		opened, on, left := 0, 0, 0
		met := false
		cfg := Config{World: "model", RDAPServers: map[string]string{"model": "http://127.0.0.1:1/"}, Controls: fixedControls{"taken0.model"},
			Timing: Timing{Proof: 8}, Rates: map[string]float64{"": 50}}
		results := huntBy(t, cfg, numbered("n%d.model", 60), func(ctx context.Context, q *question) reply {
			travel(ctx, time.Millisecond)
			m.mu.Lock()
			defer m.mu.Unlock()
			r := reply{Reading: m.truth(q.name), fresh: left == 0 || !q.line.kept()}
			if r.fresh {
				opened++
			}
			at := opened
			if q.line.kept() {
				if r.fresh {
					on, left = opened, map[int]int{1: 8, 2: 4, 3: 1 << 20}[min(opened, 3)]
				}
				at = on
				left--
			}
			if at%modelServers == 2 {
				met = met || at == 2 && m.taken(q.name)
				r.Verdict = vacant.Available
			}
			r.ev = vacant.Evidence{At: time.Now(), Kind: q.lane.kind, Server: q.lane.host, Says: r.Verdict.String()}
			return r
		})
		if !met {
			t.Fatal("no registered name fell to the liar: nothing is shown")
		}
		for name, r := range results {
			if r.Verdict() == vacant.Available && m.taken(name) {
				t.Errorf("%s is called available", name)
			}
		}
	})
}

// TestHostThatTurnsTakesAllItsSuffixesAlong has a host of several suffixes, each
// with names on their way, turn between two answers. No order of theirs may let
// a registered name be free.
func TestHostThatTurnsTakesAllItsSuffixesAlong(t *testing.T) {
	is := func(name string) bool { return half(name) || name[:5] == "taken" }
	for from := 20; from < 320; from += 12 {
		var after rdaptest.After
		after.N.Store(int64(from))
		srv := rdaptest.Serve(t, after.Turn(rdaptest.Honest(is), http.HandlerFunc(rdaptest.NotFound)))
		cfg := Config{RDAPServers: make(map[string]string), Timing: Timing{Proof: 4}, Rates: map[string]float64{"": 3000}}
		controls := fixedControls{}
		var names []string
		for i := range 4 {
			tld := fmt.Sprintf("test%d", i)
			cfg.RDAPServers[tld] = srv.Base()
			controls = append(controls, vacant.Name("taken."+tld))
			names = append(names, numbered("n%d."+tld, 60)...)
		}
		cfg.Controls = controls
		if lies, _ := falseAvailable(t, cfg, names); lies > 0 {
			t.Errorf("turned after %d: %d registered names are called available", from, lies)
		}
	}
}

// TestContradictionOfOneSuffixStopsTheWholeHost has a host forget one name of one
// suffix: all it serves is put to the second source from then on.
func TestContradictionOfOneSuffixStopsTheWholeHost(t *testing.T) {
	var asked atomic.Int64
	is := rdaptest.Names("taken.testa", "taken.testb")
	srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rdaptest.NameOf(r) == "taken.testa" && asked.Add(1) > 1 {
			rdaptest.NotFound(w, r)
			return
		}
		rdaptest.Honest(is).ServeHTTP(w, r)
	}))
	cfg := Config{RDAPServers: map[string]string{"testa": srv.Base(), "testb": srv.Base()}, Memory: &memoryMemory{}}
	cfg.Controls = fixedControls{"taken.testa", "taken.testb"}
	cfg.Rates = map[string]float64{"": 100} // so that ten controls of the one do not overtake a single one of the other
	for name, r := range judge(t, newStage(t, cfg), frees("free.testa", "free.testb")) {
		if words(&r) != "undetermined control-failed" || time.Until(r.RetryAfter) < 50*time.Minute {
			t.Errorf("%s: %s, to be asked again %v", name, words(&r), r.RetryAfter)
		}
	}
	cfg.RDAPServers["testc"] = srv.Base()
	if got := verdict(t, newStage(t, cfg), "free.testc"); got != "undetermined control-failed" {
		t.Errorf("the next process, another suffix: %s", got)
	}
	for _, name := range srv.Asked() { // what the first process gave up on its way may come after its end
		if strings.HasSuffix(name, ".testc") {
			t.Errorf("the next process asked about %s", name)
		}
	}
}

// TestCandidateThatIsSometimesThere has a server of the pool without one of the
// names that the others have: that it is there after all gives the pool away.
func TestCandidateThatIsSometimesThere(t *testing.T) {
	var asked atomic.Int64
	srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rdaptest.NameOf(r) == "flaky.test" && asked.Add(1) == 1 {
			rdaptest.NotFound(w, r)
			return
		}
		rdaptest.Honest(rdaptest.Names("flaky.test", "taken.test")).ServeHTTP(w, r)
	}))
	cfg := onRDAP(srv)
	cfg.Controls = fixedControls{"flaky.test", "taken.test"}
	if got := verdict(t, newStage(t, cfg), "unowned.test"); got != "undetermined control-failed" {
		t.Errorf("judged %q", got)
	}
}

// TestUnknownTLDFindsItsControlsAmongItsNames has a suffix under which nothing is
// known to be registered: what the registry itself has a record of will do.
func TestUnknownTLDFindsItsControlsAmongItsNames(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("held.newtld")))
	cfg := Config{RDAPServers: map[string]string{"newtld": srv.Base()}, Controls: fixedControls{}}
	cfg.Timing.BatchAge = 50 * time.Millisecond
	s := newStage(t, cfg)
	if r := judge(t, s, frees("a.newtld", "held.newtld"))["a.newtld"]; r.Verdict() != vacant.Available && r.Reason() != vacant.ReasonControlPending {
		t.Errorf("judged %s", words(&r))
	}
	for range 3 { // the record was its first control; what came before it is asked again
		if got := verdict(t, s, "b.newtld"); got == "available" {
			return
		}
	}
	t.Error("a record of the same suffix was never taken for a control")
}
