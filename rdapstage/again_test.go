package rdapstage

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

// twoSources are RDAP, on watch, and WHOIS behind it; each answers as told.
type twoSources struct {
	rdap, whois func(q *question, asked int) reply // asked: how often about that name, before
	same        bool                               // one operator
	bothWatched bool
	asked       map[vacant.Kind]int // about the name
	took        time.Duration
}

func verdictOf(v vacant.Verdict) reply { return reply{Reading: reading.Reading{Verdict: v}} }

func nothingFor(why vacant.Reason) reply { return reply{Reading: reading.Reading{Reason: why}} }

// honest answers controls and random labels, and the name with no.
func honest(q *question, _ int) reply {
	if q.kind == askControl {
		return verdictOf(vacant.Registered)
	}
	return verdictOf(vacant.Available)
}

func (w *twoSources) answer(_ context.Context, q *question) reply {
	var r reply
	source := w.rdap
	if q.lane.kind == vacant.KindWHOIS {
		source = w.whois
	}
	q.lane.op.stage.mu.Lock() // guards asked
	n := w.asked[q.lane.kind]
	if q.kind == askName {
		w.asked[q.lane.kind]++
	}
	q.lane.op.stage.mu.Unlock()
	r = source(q, n)
	r.ev = vacant.Evidence{At: time.Now(), Kind: q.lane.kind, Server: q.lane.host, Asked: string(q.name), Says: r.Verdict.String()}
	return r
}

// judge judges one name.
func (w *twoSources) judge(t *testing.T) vacant.Result {
	t.Helper()
	whois := "127.0.0.2:43"
	if w.same {
		whois = "127.0.0.1:44"
	}
	w.asked = make(map[vacant.Kind]int)
	s, err := New(t.Context(), Config{World: "model", Controls: fixedControls{"taken0.test", "taken1.test"},
		RDAPServers: map[string]string{"test": "http://127.0.0.1:44/"}, WHOISServers: map[string]string{"test": whois}})
	if err != nil {
		t.Fatal(err)
	}
	s.put = w.answer
	lanes := s.planFor("test").lanes
	lanes[0].watched = time.Now()
	if w.bothWatched {
		lanes[1].watched = time.Now()
	}
	if same := lanes[0].op == lanes[1].op; same != w.same {
		t.Fatalf("one operator: %v", same)
	}
	began := time.Now()
	r := trickle(t, s, []string{"unowned.test"}, 0)["unowned.test"]
	w.took = time.Since(began)
	return r
}

// A source on watch may be asked a second time, but what happens meanwhile counts.
func TestSecondAskingHeedsWhatHappensMeanwhile(t *testing.T) {
	limited := func(pause time.Duration) func(*question, int) reply {
		return func(*question, int) reply {
			r := nothingFor(vacant.ReasonRateLimited)
			r.limited, r.pause = true, pause
			return r
		}
	}
	nonsense := func(*question, int) reply { return nothingFor(vacant.ReasonBadReply) }
	for _, tt := range []struct {
		name  string
		world twoSources
		want  string
		rdap  int           // times that it was asked about the name
		most  time.Duration // that it all took
	}{
		{"nothing", twoSources{rdap: honest, whois: nonsense}, "available", 2, 15 * time.Minute},
		{"its operator is locked out", twoSources{rdap: honest, whois: limited(vacant.Day), same: true}, "undetermined locked-out", 1, time.Minute},
		{"another operator is locked out", twoSources{rdap: honest, whois: limited(vacant.Day)}, "available", 2, 15 * time.Minute},
		{"both are on watch, and agree", twoSources{rdap: honest, whois: honest, bothWatched: true}, "available", 1, time.Minute},
		{"both are on watch, one fails", twoSources{bothWatched: true, rdap: honest, whois: failsAfterTheName}, "available", 2, 15 * time.Minute},
		{"it is silent then", twoSources{whois: nonsense, rdap: func(q *question, n int) reply {
			if q.kind == askName && n > 0 {
				r := nothingFor(vacant.ReasonUnreachable)
				r.silent = true
				return r
			}
			return honest(q, n)
		}}, "undetermined bad-reply", 4, 20 * time.Minute},
		{"it has a record then", twoSources{whois: nonsense, rdap: func(q *question, n int) reply {
			if q.kind == askName && n > 0 {
				return verdictOf(vacant.Registered)
			}
			return honest(q, n)
		}}, "registered", 2, 15 * time.Minute},
		{"it fails then", twoSources{whois: nonsense, rdap: func(q *question, n int) reply {
			if n > 1 {
				return verdictOf(vacant.Available)
			}
			return honest(q, n)
		}}, "undetermined bad-reply", 2, 15 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := tt.world
				r := w.judge(t)
				if got := words(&r); got != tt.want || w.asked[vacant.KindRDAP] != tt.rdap || w.took > tt.most {
					t.Errorf("%s after %v, asked %v; want %s, RDAP asked %d times, within %v", got, w.took, w.asked, tt.want, tt.rdap, tt.most)
				}
				told := 0
				for _, e := range r.Evidence {
					if e.Kind == vacant.KindRDAP && e.Control == "" && e.Asked == "unowned.test" {
						told++
					}
				}
				if told < min(tt.rdap, 2) {
					t.Errorf("%d of %d answers about the name are in its evidence", told, tt.rdap)
				}
			})
		})
	}
}

// failsAfterTheName answers controls well until it was asked about the name.
func failsAfterTheName(q *question, n int) reply {
	if n > 0 {
		return verdictOf(vacant.Available)
	}
	return honest(q, n)
}
