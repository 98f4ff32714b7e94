package pipeline

import (
	"context"
	"math"
	"path/filepath"
	"testing"
	"time"

	"vacant/cmd/internal/lab"
	"vacant/rdapstage/facts"
)

// planLab starts a lab for trials that share it.
func planLab(t *testing.T, tr *trial) *lab.Lab {
	t.Helper()
	tr.lab.TLDs, tr.lab.Reserved = tr.tlds, facts.ReservedLabels()
	l, err := lab.Start(t.Context(), tr.lab)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func plan(t *testing.T, cfg Config, sample int) *Plan {
	t.Helper()
	p, err := MakePlan(t.Context(), PlanConfig{Config: cfg, Sample: sample})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func huntWith(t *testing.T, cfg Config) Summary {
	t.Helper()
	h, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := h.Run(t.Context())
	if cerr := h.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	return sum
}

// TestPlanTellsWhatTheHuntFinds plans with a sample, hunts, and compares: the
// share that is not delegated, and how long the registries take.
func TestPlanTellsWhatTheHuntFinds(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	tr := trial{lab: lab.Config{Seed: 5}, patterns: []string{"{C}{V}{C}[a-f]"}, tlds: []string{"com", "dev", "io"}}
	l := planLab(t, &tr)
	cfg := tr.config(t, l)
	cfg.RDAP.Rates = map[string]float64{"": 1000}
	p := plan(t, cfg, 500)
	sum := huntWith(t, cfg)

	if p.Candidates != sum.Counts.Generated || p.Known != 0 || !p.Exact {
		t.Errorf("%d candidates planned (%d known), the hunt made %d", p.Candidates, p.Known, sum.Counts.Generated)
	}
	low, high := 0.0, 0.0
	for i := range p.Operators {
		low, high = low+p.Operators[i].NamesLow, high+p.Operators[i].NamesHigh
	}
	if got := float64(sum.Counts.Queued); got < low || got > high {
		t.Errorf("%.0f names went to stage two, planned were %.0f to %.0f", got, low, high)
	}
	// At its rate an operator takes as long as it has questions to answer.
	most := uint64(0)
	for _, asked := range sum.RDAP.ByOperator {
		most = max(most, asked)
	}
	if took := float64(most) / (1000 * 0.99); math.Abs(p.Seconds-took) > 0.3*took {
		t.Errorf("planned %.1f s, %d questions at 1,000 a second are %.1f s", p.Seconds, most, took)
	}
	t.Logf("planned %.1f s, took %.1f s; %.0f to %.0f names planned, %d found", p.Seconds, sum.Elapsed.Seconds(), low, high, sum.Counts.Queued)
}

// TestPlanKnowsWhatHalfASweepLeft plans after one of two shards was hunted, and
// then hunts the whole.
func TestPlanKnowsWhatHalfASweepLeft(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	tr := trial{lab: lab.Config{Seed: 6}, patterns: []string{"{C}{V}{C}[a-f]"}, tlds: []string{"com", "dev", "io"}}
	l := planLab(t, &tr)
	whole := tr.config(t, l)
	half := whole
	half.Generator.Shard, half.Generator.ShardsTotal = 1, 2
	first := huntWith(t, half)
	list := whole
	list.Generator.Lists = []string{write(t, "bab.com\nkuf.io\nbaba.com\nbaba.com\nnot a name\nzzzzz.dev\n")}

	p := plan(t, whole, 0)
	second := plan(t, list, 0)
	sum := huntWith(t, whole)
	if p.Known+p.Left != p.Candidates || p.Candidates != sum.Counts.Generated || p.Known != sum.Counts.Known || p.Known == 0 {
		t.Errorf("planned %d = %d known + %d left; the hunt made %d and knew %d", p.Candidates, p.Known, p.Left, sum.Counts.Generated, sum.Counts.Known)
	}
	if p.Known < first.Counts.Generated*9/10 {
		t.Errorf("%d names known after half a sweep of %d", p.Known, first.Counts.Generated)
	}
	// bab.com, kuf.io and zzzzz.dev are new; baba.com is the pattern's.
	if second.Candidates != p.Candidates+3 || second.Invalid != 1 || second.Duplicate != 2 || second.Known != p.Known {
		t.Errorf("with a list: %d candidates, %d invalid, %d twice, %d known", second.Candidates, second.Invalid, second.Duplicate, second.Known)
	}
	again := plan(t, whole, 0)
	if again.Known != again.Candidates-first.Counts.UndeterminedDNS-sum.Counts.Undetermined && again.Left > again.Candidates/100 {
		t.Errorf("after the whole sweep %d of %d are left", again.Left, again.Candidates)
	}
}

// TestPlanCountsWhoWaits stops a hunt with names waiting, and plans.
func TestPlanCountsWhoWaits(t *testing.T) {
	tr := trial{lab: lab.Config{Seed: 7}, patterns: []string{"{C}{V}{C}[a-f]"}, tlds: []string{"com"}}
	l := planLab(t, &tr)
	cfg := tr.config(t, l)
	cfg.RDAP.Rates = map[string]float64{"": 20}
	cfg.Deadline = 2 * time.Second
	sum := huntWith(t, cfg)
	p := plan(t, cfg, 0)
	if sum.Counts.Waiting < 100 || p.Carried != sum.Counts.Waiting {
		t.Errorf("%d wait, the plan says %d", sum.Counts.Waiting, p.Carried)
	}
	if want := float64(p.Carried) / (20 * 0.99 * 0.95); math.Abs(p.Seconds-want) > 0.1*want {
		t.Errorf("%.1f s for %d waiting names at 20 a second, want about %.1f", p.Seconds, p.Carried, want)
	}
	if p.Fit == nil || p.Fit.Fits || len(p.Fit.Late) != 1 || p.Fit.Shards != 0 || p.Fit.Most != 0 {
		t.Errorf("two seconds are enough, or something helps: %+v", p.Fit)
	}
}

// TestPlanWithoutAStore plans where there is no store, and makes none.
func TestPlanWithoutAStore(t *testing.T) {
	cfg := Config{StorePath: filepath.Join(t.TempDir(), "no", "v.db")}
	cfg.Generator.Patterns, cfg.Generator.TLDs = []string{"[a-z]{4}"}, []string{"com"}
	p := plan(t, cfg, 0)
	if p.Store.State != StoreNone || p.Known != 0 || p.Left != 26*26*26*26 {
		t.Errorf("%+v", p)
	}
	if found, _ := filepath.Glob(filepath.Join(filepath.Dir(cfg.StorePath), "*")); len(found) > 0 {
		t.Errorf("the plan made %v", found)
	}
}

// TestPlanGoesOnWithoutALockedStore plans beside a hunt.
func TestPlanGoesOnWithoutALockedStore(t *testing.T) {
	tr := trial{lab: lab.Config{Seed: 8}, patterns: []string{"{C}{V}"}, tlds: []string{"com"}}
	l := planLab(t, &tr)
	cfg := tr.config(t, l)
	h, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = h.Run(ctx)
		_ = h.Close()
	}()
	if p := plan(t, cfg, 0); p.Store.State != StoreLocked || p.Left != 105 {
		t.Errorf("%+v", p)
	}
}

// TestPlanLearnsFromEarlierHunts hunts one pattern and plans another.
func TestPlanLearnsFromEarlierHunts(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	tr := trial{lab: lab.Config{Seed: 9, Density: 0.7}, patterns: []string{"[a-c]{V}{C}[a-f]"}, tlds: []string{"com", "io"}}
	l := planLab(t, &tr)
	cfg := tr.config(t, l)
	huntWith(t, cfg)
	cfg.Generator.Patterns = []string{"[d-f]{V}{C}[a-f]"}
	p := plan(t, cfg, 0)
	sum := huntWith(t, cfg)
	for _, s := range p.Suffixes {
		if s.Share.Basis != ShareLearned || s.Share.Of < 1500 {
			t.Errorf("%s: %+v", s.Suffix, s.Share)
		}
	}
	expected := 0.0
	for i := range p.Operators {
		expected += p.Operators[i].Names
	}
	if got := float64(sum.Counts.Queued); math.Abs(expected-got) > 0.1*got {
		t.Errorf("%.0f names expected for stage two, %.0f went there", expected, got)
	}
	t.Logf("%.0f names expected, %d went to stage two", expected, sum.Counts.Queued)
}
