package pipeline

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/dnsstage"
	"vacant/generator"
	"vacant/rdapstage"
	"vacant/rdapstage/facts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// labelled is the pattern of the truth test: 35,280 labels, in three TLDs
// 105,840 names whose truth is known.
const labelled = "{C}{V}{C}[a-p]"

// trial is one hunt in a lab.
type trial struct {
	lab      lab.Config
	patterns []string
	tlds     []string
	via      func(l *lab.Lab, c *dnsstage.Config) // default: the lab's roots
	change   func(c *Config)
	db       string // default: a new one
}

// outcome is what a trial came to.
type outcome struct {
	lab     *lab.Lab
	emitted []vacant.Name
	summary Summary
	err     error
	names   generator.Config
}

// config builds a hunt's configuration the way the commands do.
func (tr *trial) config(t *testing.T, l *lab.Lab) Config {
	t.Helper()
	suffixes := vacant.NewSuffixes(tr.tlds...)
	if tr.db == "" {
		tr.db = filepath.Join(t.TempDir(), "v.db")
	}
	cfg := Config{
		Generator: generator.Config{Patterns: tr.patterns, TLDs: tr.tlds, Suffixes: suffixes},
		DNS:       dnsstage.Config{Timeout: time.Second},
		RDAP: rdapstage.Config{
			Bootstrap: l.BootstrapURL(), RDAPServers: l.Unlisted(), WHOISServers: l.WHOIS(), SecondSource: l.SecondSource(),
			Timing: rdapstage.Timing{BatchAge: 2 * time.Second, BatchIdle: 200 * time.Millisecond, LearnGap: 50 * time.Millisecond, Query: 2 * time.Second},
		},
		StorePath: tr.db, World: l.World(), Notice: func(line string) { t.Log(line) },
	}
	if tr.via == nil {
		cfg.DNS.Roots = l.Roots()
	} else {
		tr.via(l, &cfg.DNS)
	}
	if tr.change != nil {
		tr.change(&cfg)
	}
	return cfg
}

// run hunts once in a lab of its own.
func (tr *trial) run(t *testing.T) outcome {
	t.Helper()
	return tr.runIn(t.Context(), t, tr.start(t))
}

// start starts the trial's lab, which ends with the test.
func (tr *trial) start(t *testing.T) *lab.Lab {
	t.Helper()
	tr.lab.TLDs = tr.tlds
	tr.lab.Reserved = facts.ReservedLabels()
	l, err := lab.Start(t.Context(), tr.lab)
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

// runIn hunts once in a running lab.
func (tr *trial) runIn(ctx context.Context, t *testing.T, l *lab.Lab) outcome {
	t.Helper()
	o := outcome{lab: l}
	cfg := tr.config(t, l)
	emit := cfg.Emit
	cfg.Emit = func(r vacant.Result) error {
		o.emitted = append(o.emitted, r.Name)
		if emit != nil {
			return emit(r)
		}
		return nil
	}
	h, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	o.names = generator.Config{Patterns: tr.patterns, TLDs: tr.tlds, Suffixes: cfg.Generator.Suffixes}
	o.summary, o.err = h.Run(ctx)
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("%s in %s\n%s\n%s", o.summary.End, o.summary.Elapsed.Round(time.Millisecond), o.summary.Counts.StageOne(), o.summary.Counts.StageTwo())
	slices.Sort(o.emitted)
	return o
}

// truth returns every name of the space that is available in the lab's world, sorted.
func (o *outcome) truth(t *testing.T) []vacant.Name {
	t.Helper()
	var names []vacant.Name
	out := make(chan *vacant.Batch)
	failed := make(chan error, 1)
	gen, err := generator.New(o.names)
	if err != nil {
		t.Fatal(err)
	}
	go func() { defer close(out); failed <- gen.Run(t.Context(), out) }()
	for b := range out {
		for i := range b.Len() {
			if name := string(b.Name(i)); o.lab.Truth(name).Verdict == "available" {
				names = append(names, vacant.Name(name))
			}
		}
		b.Release()
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// neverWrong fails on any name called available that is not, on a broken
// equation, and on an error; it returns how many available ones were missed.
func (o *outcome) neverWrong(t *testing.T) (missed int) {
	t.Helper()
	if o.err != nil {
		t.Errorf("the hunt failed: %v", o.err)
	}
	if err := o.summary.Counts.Balance(); err != nil {
		t.Error(err)
	}
	for _, name := range o.emitted {
		if truth := o.lab.Truth(string(name)); truth.Verdict != "available" {
			t.Errorf("FALSE AVAILABLE: %s is %s %s", name, truth.Verdict, truth.Lifecycle)
		}
	}
	if n := len(slices.Compact(slices.Clone(o.emitted))); n != len(o.emitted) {
		t.Errorf("%d names were shown more than once", len(o.emitted)-n)
	}
	return len(o.truth(t)) - len(o.emitted)
}

// The end-to-end truth test: whatever fails, no name is called available that
// is not, and what is missed is undetermined, not lost.
func TestNeverWrong(t *testing.T) {
	three := []string{"com", "dev", "io"}
	short := []string{"{C}{V}{C}[a-e]"}
	tests := []struct {
		name string
		trial
		complete bool     // every available name must be found in one run
		limited  bool     // the registries must have told us to slow down, or the test showed nothing
		none     []string // suffixes in which nothing may be called available
	}{
		{name: "nothing fails", trial: trial{patterns: short, tlds: three}, complete: true},
		{name: "loss, 429s, limit texts and an RDAP host that answers 404 to everything", limited: true, none: []string{"dev"}, trial: trial{
			patterns: []string{labelled}, tlds: three,
			lab: lab.Config{Density: 0.97, Loss: 0.05, Faults: []string{"rdap-404-all=dev", "rdap-429=300", "whois-limit=150", "dns-truncate=0.02", "dns-forge=1"}},
		}},
		// Controls that meet a limit ten times in a row leave their names for the next run.
		{name: "WHOIS alone, with limit texts", limited: true, trial: trial{
			patterns: short, tlds: []string{"com", "io"}, lab: lab.Config{Density: 0.97, Faults: []string{"whois-limit=150"}},
			change: func(c *Config) { c.RDAP.NoRDAP = true },
		}},
		{name: "a resolver that says nothing exists", complete: true, trial: trial{
			patterns: short, tlds: three, via: resolvers, lab: lab.Config{Loss: 0.05, Faults: []string{"resolver-lies=nxdomain"}},
		}},
		{name: "a resolver that says everything exists", complete: true, trial: trial{
			patterns: short, tlds: three, via: resolvers, lab: lab.Config{Faults: []string{"resolver-lies=hijack"}},
		}},
		{name: "a dead proxy and a silent one", complete: true, trial: trial{
			patterns: short, tlds: three, via: proxies, lab: lab.Config{Proxies: 3, Faults: []string{"dead-proxy", "silent-proxy"}},
		}},
		{name: "resolvers through proxies", complete: true, trial: trial{
			patterns: []string{"{C}{V}[a-p]"}, tlds: three, via: func(l *lab.Lab, c *dnsstage.Config) { proxies(l, c); resolvers(l, c) },
		}},
		{name: "an RDAP host that forgets everything midway", trial: trial{
			patterns: short, tlds: three, lab: lab.Config{Faults: []string{"rdap-404-after=300"}},
		}},
		{name: "HTML instead of RDAP", none: []string{"dev"}, trial: trial{
			patterns: short, tlds: three, lab: lab.Config{Faults: []string{"rdap-html-404"}},
		}},
		{name: "records of other names and servers that fail", trial: trial{
			patterns: short, tlds: three, lab: lab.Config{Faults: []string{"rdap-wrong-name", "dns-servfail=0.1", "dns-refused=0.1"}},
		}},
		{name: "a WHOIS server that says of everything that it is free", trial: trial{
			patterns: short, tlds: three, lab: lab.Config{Faults: []string{"whois-free-all=io", "rdap-500=0.05", "rdap-empty-200=0.1"}},
		}},
		{name: "a zone without NXDOMAIN", none: []string{"dev"}, trial: trial{
			patterns: short, tlds: three, lab: lab.Config{Faults: []string{"dns-wildcard=dev"}},
		}},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.lab.Seed = uint64(i + 1)
			if testing.Short() { // under the race detector: the same ways, fewer names
				tt.patterns, tt.limited = []string{"{C}{V}[a-p]"}, false
			}
			o := tt.run(t)
			missed := o.neverWrong(t)
			if tt.complete && missed != 0 {
				t.Errorf("%d available names were missed", missed)
			}
			if tt.limited && o.summary.RDAP.Limited == 0 {
				t.Error("no registry told us to slow down")
			}
			for _, name := range o.emitted {
				if slices.Contains(tt.none, name.Parent()) {
					t.Errorf("%s was called available with nobody to prove it", name)
				}
			}
			t.Logf("%d available, %d missed", len(o.emitted), missed)
		})
	}
}

func resolvers(l *lab.Lab, c *dnsstage.Config) {
	c.Resolvers = l.Resolvers()
	c.Via = dnsstage.ViaResolvers
}

func proxies(l *lab.Lab, c *dnsstage.Config) {
	c.Roots, c.Proxies, c.Concurrency = l.Roots(), l.Proxies(), 100
}

// A second hunt over the same names asks nothing again and shows the same state.
func TestSecondHuntKnowsEverything(t *testing.T) {
	tr := trial{patterns: []string{"{C}{V}[a-e]"}, tlds: []string{"com", "io"}}
	first := tr.run(t)
	first.neverWrong(t)
	second := tr.runIn(t.Context(), t, first.lab)
	second.neverWrong(t)
	if !slices.Equal(first.emitted, second.emitted) {
		t.Errorf("the first showed %d names, the second %d", len(first.emitted), len(second.emitted))
	}
	c := second.summary.Counts
	if c.Known != c.Generated || c.Generated == 0 {
		t.Errorf("%d of %d names were known", c.Known, c.Generated)
	}
}

// A hunt that is stopped again and again ends with the same names as one that is not.
func TestStoppedHuntResumes(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	tr := trial{patterns: []string{"{C}{V}{C}[a-c]"}, tlds: []string{"com", "dev", "io"}, lab: lab.Config{Limit: 400, RTT: 5 * time.Millisecond}}
	tr.change = func(c *Config) { c.Grace = 300 * time.Millisecond }
	o := tr.run1(t, 400*time.Millisecond)
	stops := 0
	for o.summary.End != EndDone && stops < 60 {
		stops++
		// Each a tenth longer, so that a machine of any speed comes to the end.
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(300*math.Pow(1.1, float64(stops)))*time.Millisecond)
		o = tr.runIn(ctx, t, o.lab)
		cancel()
		if missed := o.neverWrong(t); o.summary.End == EndDone && missed != 0 {
			t.Errorf("%d names were missed", missed)
		}
	}
	if stops == 0 || o.summary.End != EndDone {
		t.Errorf("stopped %d times, ended with %q: the test did not stop a hunt midway and finish it", stops, o.summary.End)
	}
}

// run1 is run with a stop after d.
func (tr *trial) run1(t *testing.T, d time.Duration) outcome {
	t.Helper()
	tr.lab.TLDs, tr.lab.Reserved = tr.tlds, facts.ReservedLabels()
	l, err := lab.Start(t.Context(), tr.lab)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return tr.runIn(ctx, t, l)
}

func TestLimitStopsAfterSoMany(t *testing.T) {
	tr := trial{patterns: []string{"{C}{V}{C}[a-e]"}, tlds: []string{"com"}}
	tr.change = func(c *Config) { c.Limit = 7 }
	o := tr.run(t)
	o.neverWrong(t)
	if len(o.emitted) != 7 || o.summary.Shown != 7 || o.summary.End != EndLimit {
		t.Errorf("%d names shown, %d said to be, ended with %q", len(o.emitted), o.summary.Shown, o.summary.End)
	}
}

func TestDeadlineEndsTheHunt(t *testing.T) {
	tr := trial{patterns: []string{"[a-z]{5}"}, tlds: []string{"com"}, lab: lab.Config{Limit: 50}}
	tr.change = func(c *Config) { c.Deadline, c.Grace = 500*time.Millisecond, 500*time.Millisecond }
	start := time.Now()
	o := tr.run(t)
	if err := o.summary.Counts.Balance(); err != nil || o.err != nil {
		t.Error(err, o.err)
	}
	if took := time.Since(start); o.summary.End != EndDeadline || took > 10*time.Second {
		t.Errorf("ended with %q after %s", o.summary.End, took)
	}
}

// Commit, then emit: whatever is shown is in the file already.
func TestNothingIsShownBeforeItIsCommitted(t *testing.T) {
	tr := trial{patterns: []string{"{C}{V}[a-e]"}, tlds: []string{"com"}}
	var h *Hunt
	shown := 0
	tr.lab.TLDs = tr.tlds
	l, err := lab.Start(t.Context(), tr.lab)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	cfg := tr.config(t, l)
	cfg.Emit = func(r vacant.Result) error {
		shown++
		kept, ok, err := h.store.Get("", r.Name)
		if err == nil && (!ok || kept.Verdict() != vacant.Available) {
			err = fmt.Errorf("%s was shown while the store says %v, %v", r.Name, ok, kept.Verdict())
		}
		return err
	}
	if h, err = Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	if _, err := h.Run(t.Context()); err != nil || shown == 0 {
		t.Errorf("%d shown, %v", shown, err)
	}
}

// What a hand-named endpoint said is known only to runs that name the same.
func TestScopesKeepHandNamedEndpointsApart(t *testing.T) {
	dns, rdap := &dnsstage.Config{}, &rdapstage.Config{}
	if s := scopes(Internet, dns, rdap)("com"); s != "" {
		t.Errorf("nothing named, scope %q", s)
	}
	rdap.RDAPServers = map[string]string{"uk": "https://a.example/"}
	one := scopes(Internet, dns, rdap)
	if one("com") != "" || one("uk") == "" || one("co.uk") != one("uk") {
		t.Errorf("scopes %q %q %q", one("com"), one("uk"), one("co.uk"))
	}
	other := scopes(Internet, dns, &rdapstage.Config{RDAPServers: map[string]string{"uk": "https://b.example/"}})
	if other("uk") == one("uk") {
		t.Error("two endpoints have one scope")
	}
	if scopes("lab seed=1", dns, rdap)("uk") != "" {
		t.Error("a lab's world names its endpoints already")
	}
	id := [16]byte{1}
	if scopedSpace(id, []string{"com"}, one) != id || scopedSpace(id, []string{"uk"}, one) == id || scopedSpace(id, []string{"uk"}, one) == scopedSpace(id, []string{"uk"}, other) {
		t.Error("a space's progress is shared over endpoints")
	}
}

// Two worlds never mix: the second cannot open the first one's file.
func TestAnotherWorldIsRefused(t *testing.T) {
	tr := trial{patterns: []string{"[a-e]"}, tlds: []string{"com"}}
	o := tr.run(t)
	tr.lab.Seed = 99
	l, err := lab.Start(t.Context(), tr.lab)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, err = Open(t.Context(), tr.config(t, l))
	if err == nil || !strings.Contains(err.Error(), o.lab.World()) || !strings.Contains(err.Error(), l.World()) {
		t.Errorf("opening another world's store gave %v", err)
	}
}
