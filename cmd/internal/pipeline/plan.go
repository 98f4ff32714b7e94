package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vacant"
	"vacant/generator"
	"vacant/rdapstage"
	"vacant/store"
	"vacant/store/budget"
)

// PlanConfig says which hunt is planned.
type PlanConfig struct {
	Config     // of the hunt; a plan uses neither Emit nor Limit
	Sample int // so many random candidates of each suffix are asked by DNS; 0 = nobody is asked
}

// Plan is what a hunt would cost. Its numbers of names are exact where nothing
// else is said; what depends on answers that nobody has yet is an estimate, and
// says what it rests on. Times are in seconds, since a plan may be for longer
// than a [time.Duration] holds.
type Plan struct {
	Made  time.Time `json:"made"`
	World string    `json:"world"`
	Store StoreView `json:"store"`

	Candidates uint64 `json:"candidates"` // without invalid lines and what is named twice
	Exact      bool   `json:"exact"`      // else there are at most so many
	Invalid    uint64 `json:"invalid"`
	Duplicate  uint64 `json:"duplicate"` // in lists: named twice, or made by a pattern too
	Known      uint64 `json:"known"`     // need no asking
	Left       uint64 `json:"left"`      // Candidates - Known
	Carried    uint64 `json:"carried"`   // names that wait for stage two, of this hunt or others

	StageOne  StageOnePlan   `json:"stage_one"`
	Suffixes  []SuffixPlan   `json:"suffixes"`
	Operators []OperatorPlan `json:"operators"`
	Disk      DiskPlan       `json:"disk"`

	Seconds float64   `json:"seconds"` // both stages, which overlap
	Slowest string    `json:"slowest"` // what takes that long: an operator, or "" for stage one
	End     time.Time `json:"end,omitzero"`
	Fit     *Fit      `json:"deadline,omitempty"` // nil without a deadline
}

// StoreView says what was found at the store's place.
type StoreView struct {
	Path  string `json:"path"`
	State string `json:"state"` // StoreRead, StoreNone or StoreLocked
	Why   string `json:"why,omitempty"`
}

// States of a [StoreView].
const (
	StoreRead   = "read"
	StoreNone   = "none"   // no store yet: nothing is known
	StoreLocked = "locked" // another run has it: what it knows is not counted
)

// StageOnePlan is how fast DNS would be asked.
type StageOnePlan struct {
	Rate    float64 `json:"rate"` // names/s
	Basis   string  `json:"basis"`
	Seconds float64 `json:"seconds"`
}

// SuffixPlan is the part of a plan that is about one suffix.
type SuffixPlan struct {
	Suffix     string        `json:"suffix"`
	Operator   string        `json:"operator,omitempty"`
	Reason     vacant.Reason `json:"reason,omitempty"` // why its names cannot be confirmed
	Candidates uint64        `json:"candidates"`
	Known      uint64        `json:"known"`
	Left       uint64        `json:"left"`
	Carried    uint64        `json:"carried"`
	Share      Share         `json:"share"`
	Names      float64       `json:"names"` // that stage one is expected to hand on
}

// OperatorPlan is what stage two would ask of one registry operator.
type OperatorPlan struct {
	Operator    string    `json:"operator"`
	Suffixes    []string  `json:"suffixes"`
	Rate        float64   `json:"rate"` // names/s, controls taken off; 0 = no ceiling
	PerDay      int       `json:"per_day,omitempty"`
	UsedToday   int64     `json:"used_today,omitempty"`
	LockedUntil time.Time `json:"locked_until,omitzero"`
	Left        uint64    `json:"left"`
	Carried     uint64    `json:"carried"`
	Names       float64   `json:"names"` // expected, without the carried ones
	NamesLow    float64   `json:"names_low"`
	NamesHigh   float64   `json:"names_high"`
	Seconds     float64   `json:"seconds"`
	SecondsLow  float64   `json:"seconds_low"`
	SecondsHigh float64   `json:"seconds_high"`
}

// planner makes a plan, step by step.
type planner struct {
	cfg      *PlanConfig
	gen      *generator.Generator
	store    *store.Store    // nil: nothing is known
	foreseer *store.Foreseer // nil with it
	rows     map[string]*row
	forecast []rdapstage.Forecast
	plan     Plan
}

// MakePlan plans a hunt. It asks nobody anything, unless cfg.Sample says so or a
// bootstrap named by hand has to be fetched, and writes nothing.
func MakePlan(ctx context.Context, cfg PlanConfig) (*Plan, error) {
	cfg.setDefaults()
	p := &planner{cfg: &cfg, rows: make(map[string]*row)}
	p.plan.Made, p.plan.World = cfg.Now(), cfg.World
	err := p.open()
	if err == nil {
		err = p.make(ctx)
	}
	if p.store != nil {
		err = errors.Join(err, p.store.Close())
	}
	if err != nil {
		return nil, err
	}
	return &p.plan, nil
}

func (p *planner) open() (err error) {
	c := p.cfg
	c.Generator.DedupLists = true // there is no run in the store that would see what is named twice
	if p.gen, err = generator.New(c.Generator); err != nil {
		return err
	}
	p.plan.Store = StoreView{Path: c.StorePath, State: StoreRead}
	p.store, err = store.Open(c.StorePath, store.Options{World: c.World, ReadOnly: true, LockWait: c.LockWait, Command: c.Command, Now: c.Now})
	var locked *store.LockedError
	switch {
	case errors.Is(err, store.ErrNoStore):
		p.plan.Store.State = StoreNone
		return nil
	case errors.As(err, &locked):
		p.plan.Store.State, p.plan.Store.Why = StoreLocked, err.Error()
		return nil
	case err != nil:
		return err
	}
	p.foreseer = p.store.Foreseer(c.runInfo(p.gen, ""))
	return nil
}

func (p *planner) make(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		p.countSpace, p.countLists, p.foresee, p.foretell, p.estimate, p.sample, p.planStageTwo, p.planDisk,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// foretell asks stage two what it knows of each suffix, of names that wait too.
func (p *planner) foretell(ctx context.Context) error {
	stage, err := rdapstage.New(ctx, p.cfg.RDAP)
	if err != nil {
		return err
	}
	defer func() { _ = stage.Close() }() // it has no more than idle connections
	p.heed(stage)
	return nil
}

// heed takes what stage two knows of the suffixes.
func (p *planner) heed(stage *rdapstage.Stage) {
	suffixes := sortedKeys(p.rows)
	p.forecast = stage.Forecast(suffixes)
	for i, f := range p.forecast {
		r := p.rows[suffixes[i]]
		r.Operator, r.Reason = f.Operator, f.Reason
	}
}

// runInfo describes the run to the store.
func (c *Config) runInfo(gen *generator.Generator, id string) store.RunInfo {
	scope := scopes(c.World, &c.DNS, &c.RDAP)
	space, size := gen.Space()
	return store.RunInfo{
		ID: id, Command: c.Command, Started: c.Now(),
		Space: scopedSpace(space, gen.Suffixes(), scope), SpaceSize: size,
		Fresh: c.Fresh, Freshness: c.Freshness, Scope: scope,
	}
}

// indexes describes the generator's space to the store.
func indexes(gen *generator.Generator) store.Indexes {
	in := store.Indexes{Rank: gen.Rank}
	for _, c := range gen.Cycles() {
		in.Stretches = append(in.Stretches, store.Stretch{Lo: c.Lo, Hi: c.Hi, First: c.First, Suffixes: c.Suffixes})
	}
	return in
}

// standing returns how the operators stand in the user's budget file.
func (p *planner) standing(ctx context.Context, operators []string) map[string]budget.Standing {
	keys := make([]string, len(operators))
	for i, o := range operators {
		keys[i] = p.cfg.World + "/" + o
	}
	found, err := budget.Peek(ctx, p.cfg.BudgetPath, keys, budget.Options{Now: p.cfg.Now})
	if err != nil {
		p.cfg.Notice(fmt.Sprintf("lockouts and day quotas are not known: %v", err))
	}
	return found
}
