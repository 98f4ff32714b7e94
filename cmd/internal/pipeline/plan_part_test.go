package pipeline

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWilsonInterval compares with values of the formula reckoned by hand
// (hits, n: the interval of 95 %).
func TestWilsonInterval(t *testing.T) {
	for _, tt := range []struct{ hits, n, low, high float64 }{
		{0, 10, 0, 0.2775},
		{10, 10, 0.7225, 1},
		{50, 100, 0.4038, 0.5962},
		{1, 100, 0.0018, 0.0545},
	} {
		low, high := wilson(tt.hits, tt.n)
		if math.Abs(low-tt.low) > 5e-4 || math.Abs(high-tt.high) > 5e-4 {
			t.Errorf("%v of %v: %.4f to %.4f, want %.4f to %.4f", tt.hits, tt.n, low, high, tt.low, tt.high)
		}
	}
}

func TestLearnedShareGoesByLength(t *testing.T) {
	var l learned
	l.asked[4], l.open[4] = 1000, 50
	l.asked[8], l.open[8] = 1000, 800
	l.asked[9], l.open[9] = 10, 10 // too few to be believed
	for _, tt := range []struct {
		name    string
		lengths map[int]float64
		want    float64
	}{
		{"short labels", map[int]float64{4: 10}, 0.05},
		{"long labels", map[int]float64{8: 10}, 0.8},
		{"half of each", map[int]float64{4: 10, 8: 10}, 0.425},
		{"a length hardly seen takes the suffix's", map[int]float64{9: 5}, 860.0 / 2010},
		{"none left", nil, 860.0 / 2010},
	} {
		var lengths [64]float64
		for n, names := range tt.lengths {
			lengths[n] = names
		}
		s := l.share(&lengths)
		if math.Abs(s.Value-tt.want) > 1e-9 || s.Basis != ShareLearned || s.Low >= s.Value || s.High <= s.Value {
			t.Errorf("%s: %+v, want %v", tt.name, s, tt.want)
		}
	}
	if s := new(learned).share(&[64]float64{4: 1}); s != assumed() {
		t.Errorf("nothing was learned: %+v", s)
	}
}

func TestOperatorTime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	one := []string{"com"}
	for _, tt := range []struct {
		name  string
		o     OperatorPlan
		names float64
		want  float64
	}{
		{"nothing to ask", OperatorPlan{Rate: 1, Suffixes: one}, 0, 0},
		{"one a second, with the first controls", OperatorPlan{Rate: 1, Suffixes: one}, 1000, 1000 + 2.85},
		{"no ceiling", OperatorPlan{Suffixes: one}, openRate, 1},
		{"locked out for an hour", OperatorPlan{Rate: 1, Suffixes: one, LockedUntil: now.Add(time.Hour)}, 100, 3600 + 102.85},
		{"a lockout that is over", OperatorPlan{Rate: 1, Suffixes: one, LockedUntil: now.Add(-time.Hour)}, 100, 102.85},
		{"within the day's quota", OperatorPlan{Rate: 1, Suffixes: one, PerDay: 1000}, 100, 102.85},
		{"beyond it", OperatorPlan{Rate: 1, Suffixes: one, PerDay: 1000, UsedToday: 1000}, 100, 24*3600 + 102.85},
		{"three days of it", OperatorPlan{Rate: 1, Suffixes: one, PerDay: 1000}, 0.95*3500 - 2.85, 3*24*3600 + 0.95*500},
	} {
		if got := tt.o.seconds(tt.names, now); math.Abs(got-tt.want) > 0.01*tt.want {
			t.Errorf("%s: %.1f s, want %.1f", tt.name, got, tt.want)
		}
	}
}

func TestWhatMakesAHuntFit(t *testing.T) {
	p := &Plan{Made: time.Now(), Left: 20_000, StageOne: StageOnePlan{Seconds: 10}, Operators: []OperatorPlan{
		{Operator: "slow", Suffixes: []string{"io"}, Rate: 1, Left: 10_000, Names: 1000},
		{Operator: "quick", Suffixes: []string{"com", "net"}, Rate: 100, Left: 10_000, Names: 1000},
	}}
	for i := range p.Operators {
		o := &p.Operators[i]
		o.Seconds = o.seconds(o.Names+float64(o.Carried), p.Made)
	}
	p.finish(300 * time.Second)
	f := p.Fit
	if f.Fits || len(f.Late) != 1 || f.Late[0].Operator != "slow" || math.Abs(f.Late[0].Done-297) > 1 || math.Abs(f.Late[0].Waiting-703) > 1 {
		t.Errorf("%+v", f)
	}
	if f.Shards != 4 || len(f.Drop) != 1 || f.Drop[0] != "io" || f.Most < 5900 || f.Most > 5960 {
		t.Errorf("%+v", f)
	}
	for part, fits := range map[float64]bool{1 / 3.0: false, 1 / 4.0: true} {
		if got := p.secondsOf(part) <= 300; got != fits {
			t.Errorf("a part of %.2f takes %.0f s", part, p.secondsOf(part))
		}
	}
	p.finish(3000 * time.Second)
	if !p.Fit.Fits || p.Fit.Late != nil {
		t.Errorf("%+v", p.Fit)
	}
}
