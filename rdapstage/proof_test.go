package rdapstage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
)

// TestProofMissesALiarAsOftenAsItSays has one server of four lie, each question
// go to any of them, and the only name asked about fall to the liar. Proofs of k
// controls must miss that with probability (3/4)^k: what docs/accuracy.md rests on.
func TestProofMissesALiarAsOftenAsItSays(t *testing.T) {
	for _, k := range []int{1, 4, 8} {
		fell, missed := 0, 0
		for seed := range uint64(1500) {
			synctest.Test(t, func(t *testing.T) {
				m := &registry{random: rand.New(rand.NewPCG(seed, uint64(k))), behind: make(map[*line]int), lying: map[int]bool{0: true},
					balance: "random", late: time.Millisecond}
				cfg := Config{World: "model", RDAPServers: map[string]string{"model": "http://127.0.0.1:1/"}, Timing: Timing{Proof: k},
					Controls: fixedControls{"taken0.model"}, Rates: map[string]float64{"": 100}}
				lied, opened := false, false
				results := huntBy(t, cfg, []string{"n8.model"}, func(ctx context.Context, q *question) reply {
					r := m.answer(ctx, q)
					lied = lied || q.kind == askName && r.Verdict == vacant.Available
					opened = opened || q.kind == askName
					return r
				})
				if !m.taken("n8.model") {
					t.Fatal("n8.model is free: nothing is shown")
				}
				if r := results["n8.model"]; opened && lied {
					fell++
					if r.Verdict() == vacant.Available {
						missed++
					}
				}
			})
		}
		want := math.Pow(0.75, float64(k))
		sigma := math.Sqrt(want * (1 - want) / float64(fell))
		t.Logf("proofs of %d controls: %d of %d missed, %.3f, expected %.3f", k, missed, fell, float64(missed)/float64(fell), want)
		if got := float64(missed) / float64(fell); math.Abs(got-want) > 4*sigma {
			t.Errorf("proofs of %d controls miss %.3f of %d, want %.3f", k, got, fell, want)
		}
	}
}

// TestAnswersHeldAreBounded counts, at the pace of real registries, how many
// answers a process holds that a kill would lose, and what controls cost.
func TestAnswersHeldAreBounded(t *testing.T) {
	for _, tt := range []struct {
		rate           float64
		names, most    int
		dearest, first float64 // share of controls, and minutes until the first name is settled
	}{
		{rate: 1, names: 3000, most: 24*36 + 64, dearest: 0.065, first: 5},
		{rate: 0.5, names: 3000, most: 24*36 + 64, dearest: 0.075, first: 10},
		{rate: 20, names: 6000, most: 24*36 + 64, dearest: 0.06, first: 1},
		{rate: 1, names: 30, most: 30, dearest: 0.6, first: 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &registry{random: rand.New(rand.NewPCG(1, 1)), behind: make(map[*line]int), balance: "turns", late: 100 * time.Millisecond}
			cfg := Config{World: "model", RDAPServers: map[string]string{"model": "http://127.0.0.1:1/"}, Controls: fixedControls{"taken0.model", "taken1.model"},
				Rates: map[string]float64{"": tt.rate}}
			s, err := New(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			held, sum, count := 0, 0, 0
			s.put = func(ctx context.Context, q *question) reply {
				s.mu.Lock()
				held, sum, count = max(held, len(q.lane.pool.held)), sum+len(q.lane.pool.held), count+1
				s.mu.Unlock()
				return m.answer(ctx, q)
			}
			in, out := make(chan []vacant.Inquiry, 1), make(chan []vacant.Result)
			var names []string // all free: none is settled by its record
			for i := 0; len(names) < tt.names; i++ {
				if name := fmt.Sprintf("x%d.model", i); !half(name) {
					names = append(names, name)
				}
			}
			in <- frees(names...)
			close(in)
			began, first := time.Now(), time.Duration(0)
			go func() { defer close(out); _ = s.Run(t.Context(), in, out) }()
			for group := range out {
				for _, r := range group {
					if first == 0 && r.Verdict() == vacant.Available {
						first = time.Since(began)
					}
				}
			}
			st := s.Stats()
			share := float64(st.Controls) / float64(st.Controls+st.Asked)
			t.Logf("%v/s, %d names: at most %d answers held, %d in the mean; %.1f %% of all questions are controls; the first name after %v",
				tt.rate, tt.names, held, sum/count, 100*share, first.Round(time.Second))
			if held > tt.most || share > tt.dearest || first.Minutes() > tt.first {
				t.Errorf("%v/s: %d held, %.3f controls, first after %v", tt.rate, held, share, first)
			}
		})
	}
}
