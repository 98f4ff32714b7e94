package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/dnsstage"
	"vacant/store"
)

// auditTrial is a hunted store in a running lab, and the Config of an audit of it.
func auditTrial(t *testing.T, tr *trial) (*lab.Lab, AuditConfig) {
	t.Helper()
	l := tr.startLab(t)
	o := tr.runIn(t.Context(), t, l)
	if o.err != nil || o.summary.End != EndDone {
		t.Fatal(o.summary.End, o.err)
	}
	return l, auditOf(t, tr, l)
}

func auditOf(t *testing.T, tr *trial, l *lab.Lab) AuditConfig {
	t.Helper()
	c := tr.config(t, l)
	c.RDAP.Timing.BatchIdle = 20 * time.Millisecond
	return AuditConfig{CheckConfig: CheckConfig{DNS: c.DNS, RDAP: c.RDAP, World: l.World(), Notice: c.Notice}, Resolvers: l.Resolvers(), StorePath: tr.db,
		Sample: store.SampleQuery{Per: 50}}
}

func runAudit(t *testing.T, cfg AuditConfig) *AuditReport {
	t.Helper()
	r, err := Audit(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// put writes results into a store as if a hunt had found them.
func put(t *testing.T, cfg *AuditConfig, results ...vacant.Result) {
	t.Helper()
	s, err := store.Open(cfg.StorePath, store.Options{World: cfg.World})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Put(nil, results), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// kept returns the results of a verdict that a store has.
func kept(t *testing.T, cfg *AuditConfig, v vacant.Verdict) (list []vacant.Result) {
	t.Helper()
	s, err := store.Open(cfg.StorePath, store.Options{World: cfg.World, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for r, err := range s.Results(store.Query{Verdicts: []vacant.Verdict{v}}) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// lie is a record that says available of a name, with a proof that was never there.
func lie(t *testing.T, name vacant.Name, at time.Time) vacant.Result {
	t.Helper()
	said := vacant.Evidence{At: at, Kind: vacant.KindRDAP, Asked: string(name), Server: "rdap.test", Code: "404", Says: "available"}
	r, err := vacant.NewAvailable(name, vacant.Proof{
		DNS:      vacant.DNSProof{At: at, Status: vacant.StatusNXDomain, Rcode: 3, Server: "192.0.2.1:53", Flags: vacant.FlagProven},
		Registry: said, ControlBefore: at, ControlAfter: at}, at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func classRow(t *testing.T, r *AuditReport, class store.SampleClass) AuditRow {
	t.Helper()
	i := slices.IndexFunc(r.Classes, func(row AuditRow) bool { return row.Class == class })
	if i < 0 {
		t.Fatalf("no row of %s in %+v", class, r.Classes)
	}
	return r.Classes[i]
}

func TestAuditOfAnHonestStoreFindsNothingWrong(t *testing.T) {
	_, cfg := auditTrial(t, &trial{lab: lab.Config{Density: 0.6}, patterns: []string{"{C}{V}[a-m]"}, tlds: []string{"com", "me"}})
	r := runAudit(t, cfg)
	for _, class := range store.SampleClasses() {
		got := classRow(t, r, class)
		if got.Wrong+got.Changed+got.Undecided+got.NotAudited+got.NotReached != 0 || got.Agreed != got.Sampled || got.Sampled == 0 {
			t.Errorf("%s: %+v", class, got)
		}
	}
	got := classRow(t, r, store.SampleAvailable)
	if low, high := wilson(0, float64(got.Sampled)); *got.Rate != 0 || *got.Low != low || *got.High != high {
		t.Errorf("interval %v to %v, want %v to %v", *got.Low, *got.High, low, high)
	}
	if len(r.Unnamed) > 0 || len(r.Disagreements) > 0 {
		t.Errorf("%+v, %+v", r.Unnamed, r.Disagreements)
	}
}

// Of the names called available k are registered: asked about all of them, an
// audit finds k; asked about a sample, its interval has the true rate.
func TestAuditFindsWhatWasPlanted(t *testing.T) {
	tr := &trial{lab: lab.Config{Density: 0.6}, patterns: []string{"{C}{V}[a-f]"}, tlds: []string{"com", "me"}}
	_, cfg := auditTrial(t, tr)
	taken, honest := kept(t, &cfg, vacant.Registered), len(kept(t, &cfg, vacant.Available))
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(taken), func(i, k int) { taken[i], taken[k] = taken[k], taken[i] })
	planted := make(map[vacant.Name]bool)
	var lies []vacant.Result
	for _, r := range taken[:30] {
		planted[r.Name] = true
		lies = append(lies, lie(t, r.Name, time.Now()))
	}
	put(t, &cfg, lies...)
	rate := float64(len(lies)) / float64(honest+len(lies))

	cfg.Sample.Classes, cfg.Sample.Per = []store.SampleClass{store.SampleAvailable}, 10_000
	r := runAudit(t, cfg)
	if got := classRow(t, r, store.SampleAvailable); got.Wrong != len(lies) || got.Agreed+got.NotAudited != honest || got.NotAudited > honest/100 {
		t.Errorf("of all: %+v, want %d wrong of %d", got, len(lies), honest+len(lies))
	}
	for _, d := range r.Disagreements {
		if !planted[d.Name] || d.Outcome != Wrong || d.Recorded == nil || d.Now == nil || d.Own == nil || len(d.Now.Evidence) == 0 {
			t.Errorf("%+v", d)
		}
		delete(planted, d.Name)
	}
	if len(planted) > 0 {
		t.Errorf("not found: %v", planted)
	}
	cfg.Sample.Per = 40
	for seed := range uint64(3) {
		cfg.Sample.Seed = seed
		got := classRow(t, runAudit(t, cfg), store.SampleAvailable)
		if got.Sampled != 80 || *got.Low > rate || *got.High < rate {
			t.Errorf("seed %d: %d wrong of %d, %.3f to %.3f, the truth is %.3f", seed, got.Wrong, got.Sampled, *got.Low, *got.High, rate)
		}
	}
}

// Delegated names that are free are found whether the store has a record of them or a list's mark.
func TestAuditFindsNamesThatAreNotDelegated(t *testing.T) {
	tr := &trial{lab: lab.Config{Density: 0.5}, patterns: []string{"{C}{V}[a-f]"}, tlds: []string{"com"}}
	_, cfg := auditTrial(t, tr)
	free := kept(t, &cfg, vacant.Available)[:7]
	for i := range free {
		proof := vacant.DNSProof{At: time.Now(), Status: vacant.StatusDelegated, Server: "192.0.2.1:53"}
		put(t, &cfg, dnsResult(free[i].Name, proof, "pattern", time.Now()))
	}
	cfg.Sample.Classes, cfg.Sample.Per = []store.SampleClass{store.SampleDelegated}, 10_000
	got := classRow(t, runAudit(t, cfg), store.SampleDelegated)
	if got.Wrong != 7 || got.Agreed == 0 || got.Undecided != 0 {
		t.Errorf("%+v", got)
	}
}

// A source that fails its controls decides nothing, and says so.
func TestAuditBelievesNoSourceThatLies(t *testing.T) {
	tr := &trial{lab: lab.Config{Density: 0.5}, patterns: []string{"{C}{V}[a-f]"}, tlds: []string{"com", "me"}}
	auditTrial(t, tr)
	liar := *tr
	liar.lab.Faults = []string{"whois-free-all=me"}
	cfg := auditOf(t, &liar, liar.startLab(t))
	r := runAudit(t, cfg)
	for _, got := range r.Rows {
		if got.Class == store.SampleDelegated {
			continue // DNS tells
		}
		if decided := got.Suffix == "com"; got.Wrong != 0 || decided != (got.Rate != nil) || !decided && got.Undecided != got.Sampled {
			t.Errorf("%+v", got)
		}
	}
	if r.Doubts[string(vacant.ReasonControlFailed)] == 0 {
		t.Errorf("doubts %v", r.Doubts)
	}
}

// Where RDAP lies about one TLD, its records rest on WHOIS alone, which RDAP cannot check.
func TestAuditSaysWhereThereIsNoPath(t *testing.T) {
	tr := &trial{lab: lab.Config{Density: 0.5}, patterns: []string{"{C}{V}[a-f]"}, tlds: []string{"com"},
		change: func(c *Config) { c.RDAP.NoWHOIS = true }}
	_, cfg := auditTrial(t, tr) // no WHOIS for the audit either
	r := runAudit(t, cfg)
	for _, got := range r.Rows {
		if got.Class == store.SampleDelegated {
			if got.Agreed != got.Sampled {
				t.Errorf("%+v", got)
			}
		} else if got.NotAudited != got.Sampled || got.Rate != nil {
			t.Errorf("%+v", got)
		}
	}
	if r.NoPath[noneRegistry] == 0 {
		t.Errorf("%v", r.NoPath)
	}
}

// What is known by way of resolvers is put to the TLDs' own servers, and the
// reverse; the way that the user names stays the only one.
func TestAuditAsksDNSTheOtherWay(t *testing.T) {
	tr := &trial{lab: lab.Config{Density: 0.5}, patterns: []string{"{C}{V}[a-f]"}, tlds: []string{"com"}}
	l, cfg := auditTrial(t, tr)
	cfg.Sample.Classes = []store.SampleClass{store.SampleDelegated}
	for _, tt := range []struct {
		name      string
		via       dnsstage.Via
		resolvers bool
		audited   bool
	}{
		{"the default is resolvers", "", true, true},
		{"named", dnsstage.ViaAuthority, true, true},
		{"no resolver is named: the registry", "", false, true},
	} {
		c := cfg
		c.DNS.Via, c.Resolvers = tt.via, nil
		if tt.resolvers {
			c.Resolvers = l.Resolvers()
		}
		if got := classRow(t, runAudit(t, c), store.SampleDelegated); (got.Agreed == got.Sampled) != tt.audited {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// A stop gives what is known by then.
func TestAuditThatIsStoppedTellsWhatItKnows(t *testing.T) {
	tr := &trial{lab: lab.Config{Density: 0.5}, patterns: []string{"{C}{V}[a-f]"}, tlds: []string{"com"}}
	_, cfg := auditTrial(t, tr)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg.RDAP.Rates = map[string]float64{"": 2}
	timer := time.AfterFunc(time.Second, cancel)
	defer timer.Stop()
	r, err := Audit(ctx, cfg)
	if !errors.Is(err, context.Canceled) || r == nil {
		t.Fatal(r, err)
	}
	if r.Total.NotReached == 0 || r.Total.Agreed == 0 || r.Total.Wrong != 0 ||
		r.Total.Agreed+r.Total.Undecided+r.Total.NotReached != r.Total.Sampled {
		t.Errorf("%+v", r.Total)
	}
}

func TestAuditOfAnEmptyStore(t *testing.T) {
	path := t.TempDir() + "/v.db"
	s, err := store.Open(path, store.Options{World: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Audit(t.Context(), AuditConfig{CheckConfig: CheckConfig{World: "test"}, StorePath: path, Sample: store.SampleQuery{Per: 5}}); !errors.Is(err, ErrNothingToAudit) {
		t.Error(err)
	}
}

// A space whose recipe no run kept is said to be left out.
func TestAuditTellsOfSpacesThatItCannotMake(t *testing.T) {
	path := t.TempDir() + "/v.db"
	s, err := store.Open(path, store.Options{World: "test"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Begin(store.RunInfo{ID: "old", Space: [16]byte{1, 2}, SpaceSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	b := &vacant.Batch{Servers: vacant.NewServers()}
	for i := range uint64(10) {
		b.Append(fmt.Appendf(nil, "n%d.com", i), i)
		b.Answers[i] = vacant.Answer{At: uint32(time.Now().Unix()), Status: vacant.StatusDelegated}
	}
	if err := errors.Join(r.Answered(b), r.Finish(vacant.Counts{}, "done"), s.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = Audit(t.Context(), AuditConfig{CheckConfig: CheckConfig{World: "test"}, StorePath: path, Sample: store.SampleQuery{Per: 5}})
	want := ErrNothingToAudit.Error() + ": 10 delegated names of space 01020000 cannot be told: " + errNoRecipe.Error()
	if !errors.Is(err, ErrNothingToAudit) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
