package pipeline

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage"
	"vacant/rdapstage"
	"vacant/store/budget"
)

// Level says what a finding means to a hunt.
type Level uint8

// The levels.
const (
	LevelOK   Level = iota
	LevelWarn       // a hunt goes on, with less
	LevelFail       // a hunt needs it and it fails
)

// String returns the level's word.
func (l Level) String() string { return [...]string{"ok", "warn", "FAIL"}[l] }

// Condition is one finding about this machine or its network.
type Condition struct {
	What   string // dns, tcp, store, budgets, cache, clock, proxy, ...
	Level  Level
	Text   string        // what was found, one line
	Advice string        // what to do, "" for nothing
	Took   time.Duration // 0 = not measured
}

// DoctorConfig of [Doctor].
type DoctorConfig struct {
	CheckConfig
	StorePath string // "" = there is no place for one
	NoStore   error  // why there is none
	// Found is told of the machine, Examined of each suffix in the order asked
	// for; both from one goroutine.
	Found    func(Condition)
	Examined func(SuffixExam)
}

// SuffixExam is how DNS and the registries of one suffix stand.
type SuffixExam struct {
	rdapstage.Examination
	DNS      vacant.DNSProof // about a random label
	DNSError error           // why there is no such answer
}

// DNSFault says why DNS could not prove a free name absent, nil if it can.
func (e *SuffixExam) DNSFault(now time.Time) error {
	if e.DNSError != nil {
		return e.DNSError
	}
	return e.DNS.Supports(now)
}

// DoctorSummary is what an examination cost.
type DoctorSummary struct {
	Questions uint64 // to registries, controls all of them
	Operators int    // asked
	Queries   uint64 // to DNS servers
	Elapsed   time.Duration
}

// Doctor finds out what a hunt over suffixes would meet here: the files it
// needs, the ways to ask DNS, and every registry endpoint. It writes nothing but
// what the registries' budgets need to know. An error is ctx's or the user's;
// whatever else is wrong is a finding.
func Doctor(ctx context.Context, cfg DoctorConfig, suffixes []string) (sum DoctorSummary, err error) {
	cfg.setDefaults()
	d := &doctor{cfg: &cfg, suffixes: suffixes, started: cfg.Now(), exams: make(map[string]*SuffixExam)}
	d.open = slices.DeleteFunc(slices.Clone(suffixes), rdapstage.Closed)
	defer func() { err = errors.Join(err, d.close()) }()
	d.files(ctx)
	if err := d.askDNS(ctx); err != nil {
		return d.summary(), err
	}
	if err := d.askRegistries(ctx); err != nil {
		return d.summary(), err
	}
	return d.summary(), nil
}

type doctor struct {
	cfg      *DoctorConfig
	suffixes []string
	open     []string // of them; the others are closed, and nobody is asked about them
	started  time.Time
	dns      *dnsstage.Stage
	rdap     *rdapstage.Stage
	budgets  *budget.Budgets
	exams    map[string]*SuffixExam
	blind    error // DNS cannot be asked at all
}

func (d *doctor) found(c Condition) {
	if d.cfg.Found != nil {
		d.cfg.Found(c)
	}
}

// askDNS examines the ways of asking, then asks about a random label of each suffix.
func (d *doctor) askDNS(ctx context.Context) (err error) {
	d.cfg.DNS.Hold = true
	if d.dns, err = dnsstage.New(d.cfg.DNS); err != nil {
		return err
	}
	began := d.cfg.Now()
	report, err := d.dns.Preflight(ctx, d.open)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		d.blind = err
	}
	d.found(preflightCondition(report, err, d.cfg.Now().Sub(began)))
	if d.blind == nil {
		trials, err := d.dns.Examine(ctx, d.open)
		if err != nil {
			return err
		}
		for _, c := range trialConditions(trials, d.cfg.DNS.NoDenial) {
			d.found(c)
		}
	}
	err = d.randomLabels(ctx)
	for _, c := range liars(d.dns.Stats().Servers) {
		d.found(c)
	}
	return err
}

// randomLabels asks about a name that nobody has under each suffix.
func (d *doctor) randomLabels(ctx context.Context) error {
	var g errgroup.Group
	g.SetLimit(reaskWidth)
	for _, suffix := range d.suffixes {
		e := &SuffixExam{DNSError: d.blind}
		d.exams[suffix] = e
		if d.blind != nil || !slices.Contains(d.open, suffix) {
			continue
		}
		g.Go(func() (err error) {
			e.DNS, err = d.dns.Ask(ctx, rdapstage.RandomName(suffix))
			return err
		})
	}
	return g.Wait()
}

// askRegistries examines the endpoints and tells of the suffixes in their order.
func (d *doctor) askRegistries(ctx context.Context) (err error) {
	cfg := d.cfg
	d.budgets = openBudgets(cfg.BudgetPath, clock{cfg.Now, cfg.anyClock}, func(string) {}) // what is wrong with it has been said
	var known rdapstage.Controls
	if d.blind == nil {
		known = newControls(d.dns.Ask, cfg.Now, nobodyElse())
	}
	wireRDAP(&cfg.RDAP, d.budgets, known, cfg.World, cfg.DNS.Lookup, cfg.Log, cfg.Now)
	if d.rdap, err = rdapstage.New(ctx, cfg.RDAP); err != nil {
		return err
	}
	if cfg.World == Internet && !cfg.RDAP.NoRDAP {
		d.found(tableCondition(d.rdap.Table(), cfg.Now()))
	}
	next, ready := 0, make(map[string]bool)
	done := func(e rdapstage.Examination) {
		d.exams[e.Suffix].Examination = e
		ready[e.Suffix] = true
		for ; next < len(d.suffixes) && ready[d.suffixes[next]]; next++ {
			if cfg.Examined != nil {
				cfg.Examined(*d.exams[d.suffixes[next]])
			}
		}
	}
	return d.rdap.Examine(ctx, d.suffixes, d.wildcard, done)
}

func (d *doctor) wildcard(suffix string) bool { return d.exams[suffix].DNS.Wildcard() }

func (d *doctor) summary() DoctorSummary {
	sum := DoctorSummary{Elapsed: d.cfg.Now().Sub(d.started)}
	if d.dns != nil {
		sum.Queries = d.dns.Stats().Sent
	}
	if d.rdap != nil {
		for _, n := range d.rdap.Stats().ByOperator {
			if n > 0 {
				sum.Questions += n
				sum.Operators++
			}
		}
	}
	return sum
}

func (d *doctor) close() error {
	c := checker{dns: d.dns, rdap: d.rdap, budgets: d.budgets}
	return c.close()
}
