package hostile

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/cmd/internal/pipeline"
	"vacant/dnsstage"
	"vacant/generator"
	"vacant/rdapstage"
	"vacant/rdapstage/facts"
	"vacant/store"
)

// suffixes are those of every world, shown as their registries do: RDAP with an empty 404 and
// WHOIS, RDAP alone, RDAP that needs WHOIS beside it, RDAP of its own error objects, DAS
// with words, DAS with a number, WHOIS alone, and a plain one.
var suffixes = []string{"com", "dev", "io", "de", "uk", "eu", "ch", "se", "info"}

// settling is how many nights undetermined names have to settle, without faults or with few.
const settling = 3

// world is one lab with some faults, hunted in night after night.
type world struct {
	seed     uint64
	nights   [][]string // the faults of each night, before those in which names settle
	after    []string   // of the nights in which they settle; none = none
	turn     turn
	noRDAP   bool             // WHOIS decides
	patterns []string         // default: the world's own
	parts    [][]string       // with them each night with faults has a part of the patterns, and what is settled is not asked again
	density  float64          // default 0.5
	danger   float64          // default danger
	tlds     []string         // default: suffixes
	patience time.Duration    // of a night with faults, once some have met a dangerous name; 0 = to its end
	timing   rdapstage.Timing // default: shrunk
	rate     float64          // of questions to each operator, a second; 0 = no limit
	watch    lab.Watch
	wrong    atomic.Int64 // names called available that are not
	change   func(*pipeline.Config, *lab.Lab)
}

// name is what a table calls a world.
func (w *world) name() string {
	var each []string
	for _, faults := range w.nights {
		each = append(each, strings.Join(faults, " "))
	}
	name := strings.Join(each, ", then ")
	if len(w.after) > 0 {
		name += ", later " + strings.Join(w.after, " ")
	}
	if w.noRDAP {
		name += " (WHOIS alone)"
	}
	return name
}

// danger makes about four of ten names that are not delegated dangerous, with
// many registered names seven.
const danger = 4

// turn sets the faults of a night only after so many questions to registries.
type turn struct {
	after  int64
	asked  atomic.Int64
	faults []string
}

// start starts the lab of a world; it ends with the test.
func (w *world) start(t *testing.T) *lab.Lab {
	t.Helper()
	if len(w.tlds) == 0 {
		w.tlds = suffixes
	}
	for _, part := range w.parts {
		w.patterns = append(w.patterns, part...)
	}
	if len(w.patterns) == 0 {
		w.patterns = []string{"{V}{V}", "x{C}{V}[a-d]"}
	}
	var running atomic.Pointer[lab.Lab]
	l, err := lab.Start(t.Context(), lab.Config{Seed: w.seed, Density: cmp.Or(w.density, 0.5), Danger: cmp.Or(w.danger, danger), TLDs: w.tlds, Limit: -1, Proxies: -1,
		Reserved: facts.ReservedLabels(), Watch: w.watching(&running)})
	running.Store(l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// watching counts the questions to registries, and turns the lab when it is time.
func (w *world) watching(running *atomic.Pointer[lab.Lab]) lab.Watch {
	if w.turn.after == 0 {
		return w.watch
	}
	return func(asked lab.Teller, name []byte) {
		if asked == lab.TellerDNS || w.turn.asked.Add(1) != w.turn.after {
			return
		}
		if err := running.Load().SetFaults(w.turn.faults...); err != nil {
			panic(err) // the words are the test's
		}
	}
}

// shrunk are the periods of controls in the lab, a divided of the real ones and less.
var shrunk = rdapstage.Timing{BatchAge: time.Second, BatchIdle: 20 * time.Millisecond, LearnGap: 50 * time.Millisecond, Query: time.Second}

// divided returns the periods of controls as they are in the world outside, divided by n.
func divided(n time.Duration) rdapstage.Timing {
	return rdapstage.Timing{BatchAge: time.Minute / n, BatchIdle: 10 * time.Second / n, LearnGap: 10 * time.Minute / n / 10, Query: max(10*time.Second/n, time.Second)}
}

const month = 30 * 24 * time.Hour

// lastingFresh lets a settled name be for longer than all nights of a world.
var lastingFresh = store.Freshness{Delegated: month, Nodata: month, Registered: month, RegisteredBeforeExpiry: time.Hour,
	Redemption: month, Available: month, Reserved: month, NoRegistry: month}

// config is a hunt of night n.
func (w *world) config(l *lab.Lab, dir string, n int) pipeline.Config {
	timing := w.timing
	if timing == (rdapstage.Timing{}) {
		timing = shrunk
	}
	cfg := pipeline.Config{
		Generator: generator.Config{Patterns: w.patterns, TLDs: w.tlds, Suffixes: vacant.NewSuffixes(w.tlds...)},
		DNS:       dnsstage.Config{Roots: l.Roots(), Timeout: time.Second},
		RDAP: rdapstage.Config{Bootstrap: l.BootstrapURL(), RDAPServers: l.Unlisted(), WHOISServers: l.WHOIS(), SecondSource: l.SecondSource(),
			Timing: timing, NoRDAP: w.noRDAP},
		StorePath: filepath.Join(dir, "v.db"), BudgetPath: filepath.Join(dir, "budget.db"), World: l.World(),
		Grace:    time.Second,
		Verdicts: []vacant.Verdict{vacant.Available, vacant.Undetermined, vacant.Reserved, vacant.Premium},
		Now:      func() time.Time { return time.Now().Add(time.Duration(n) * 25 * time.Hour) },
	}
	if len(w.parts) > 0 {
		cfg.Freshness = lastingFresh
		if n < len(w.nights) {
			cfg.Generator.Patterns = w.parts[n]
		}
	}
	if w.rate > 0 && n < len(w.nights) {
		cfg.RDAP.Rates = map[string]float64{"": w.rate}
	}
	if w.change != nil {
		w.change(&cfg, l)
	}
	return cfg
}

// night is what one hunt came to.
type night struct {
	available    map[vacant.Name]bool
	undetermined map[vacant.Name]vacant.Reason
	withheld     map[vacant.Name]bool // reserved or premium, as their registries say
	summary      pipeline.Summary
}

// hunt hunts once. Every name called available, in whatever night, is held against the truth.
func (w *world) hunt(t *testing.T, l *lab.Lab, dir string, n int) night {
	t.Helper()
	out, err := w.try(t, l, dir, n)
	for tries := 0; tries < 5 && errors.Is(err, pipeline.ErrNoWay); tries++ {
		// The preflight waits two seconds, which the lab may need where the processors are busy.
		out, err = w.try(t, l, dir, n)
	}
	if err != nil {
		t.Fatalf("night %d of %s: %v", n+1, w.name(), err)
	}
	if err := out.summary.Counts.Balance(); err != nil {
		t.Errorf("night %d of %s: %v", n+1, w.name(), err)
	}
	return out
}

func (w *world) try(t *testing.T, l *lab.Lab, dir string, n int) (night, error) {
	t.Helper()
	out := night{available: make(map[vacant.Name]bool), undetermined: make(map[vacant.Name]vacant.Reason), withheld: make(map[vacant.Name]bool)}
	cfg := w.config(l, dir, n)
	cfg.Emit = func(r vacant.Result) error {
		switch r.Verdict() {
		case vacant.Undetermined:
			out.undetermined[r.Name] = r.Reason()
			return nil
		case vacant.Reserved, vacant.Premium:
			out.withheld[r.Name] = true
			return nil
		}
		out.available[r.Name] = true
		w.compare(t, l, n, &r)
		return nil
	}
	h, err := pipeline.Open(t.Context(), cfg)
	if err != nil {
		return out, err
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if n < len(w.nights) && w.patience > 0 {
		go w.interrupt(ctx, stop, l)
	}
	out.summary, err = h.Run(ctx)
	return out, errors.Join(err, h.Close())
}

// compare holds an available name against the truth.
func (w *world) compare(t *testing.T, l *lab.Lab, n int, r *vacant.Result) {
	t.Helper()
	if truth := l.Truth(string(r.Name)); truth.Verdict != "available" {
		w.wrong.Add(1)
		t.Errorf("FALSE AVAILABLE in night %d of %s (seed %d): %s is %s %s\n%s", n+1, w.name(), w.seed, r.Name, truth.Verdict, truth.Lifecycle, ledger(r))
	}
}

// longest is how long a night may last whatever its faults have met.
const longest = 30 * time.Second

// interrupt stops a night: a server that is silent, or says to come again, would take all of it.
func (w *world) interrupt(ctx context.Context, stop context.CancelFunc, l *lab.Lab) {
	var began time.Time // with the first question to a registry
	before, until := asked(l), time.Now().Add(longest)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if began.IsZero() && asked(l) > before {
			began = time.Now()
		}
		if !began.IsZero() && (time.Now().After(until) || time.Since(began) > w.patience && met(l) > 0) {
			stop()
			return
		}
	}
}

// asked is how many questions registries were asked.
func asked(l *lab.Lab) (n uint64) {
	for _, o := range l.Stats().Operators {
		n += o.RDAP + o.WHOIS + o.DAS
	}
	return n
}

// met is how many questions about dangerous names faults have answered.
func met(l *lab.Lab) (n uint64) {
	for _, f := range l.Stats().Faults {
		n += f.Dangerous
	}
	return n
}

// ledger writes the evidence of a result.
func ledger(r *vacant.Result) string {
	var b strings.Builder
	for _, e := range r.Evidence {
		b.WriteString("\t" + strings.Join([]string{e.At.Format("15:04:05.000"), string(e.Kind), e.Control, e.Asked, e.Code, e.Says, vacant.SafeText(e.Excerpt)}, " ") + "\n")
	}
	return b.String()
}
