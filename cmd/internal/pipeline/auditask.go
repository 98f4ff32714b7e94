package pipeline

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage"
	"vacant/rdapstage"
	"vacant/store"
	"vacant/store/budget"
)

// askers are the stages an audit asks with: DNS by each way, registries by each
// path, opened when they are first needed. All share the user's budgets.
type askers struct {
	cfg      *AuditConfig
	ways     map[dnsstage.Via]*dnsWay
	paths    [registryPaths]*rdapstage.Stage
	budgets  *budget.Budgets
	controls *controls
	notices  []string
}

// dnsWay is one way to ask DNS, or why there is none.
type dnsWay struct {
	stage *dnsstage.Stage
	err   error
}

func (k *askers) init(cfg *AuditConfig) {
	k.cfg, k.ways = cfg, make(map[dnsstage.Via]*dnsWay)
	k.budgets = openBudgets(cfg.BudgetPath, clock{cfg.Now, cfg.anyClock}, cfg.Notice)
	k.controls = newControls(k.askAny, cfg.Now, nobodyElse())
}

var (
	errNobodyNamed = errors.New("the root servers are named by hand, resolvers are not: name them with --resolvers")
	errNoAuthority = errors.New("resolvers of this world are named, its root servers are not: name them with --roots")
)

// canAsk opens a way to ask DNS and reports whether it works.
func (k *askers) canAsk(ctx context.Context, via dnsstage.Via) (bool, error) {
	way := k.ways[via]
	if way == nil {
		way = new(dnsWay)
		way.stage, way.err = k.openWay(ctx, via)
		k.ways[via] = way
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
	}
	return way.err == nil, nil
}

func (k *askers) openWay(ctx context.Context, via dnsstage.Via) (*dnsstage.Stage, error) {
	c, err := k.wayConfig(via)
	if err != nil {
		return nil, err
	}
	stage, err := dnsstage.New(c)
	if err != nil {
		return nil, err
	}
	report, err := stage.Preflight(ctx, nil)
	if err != nil {
		return nil, errors.Join(err, stage.Close())
	}
	if report.Notice != "" {
		k.notices = append(k.notices, report.Notice)
	}
	return stage, nil
}

// wayConfig is the Config that asks by one way and by no other: an answer that
// fell back to the way of the record would be no second one. Where servers are
// named by hand, or the world is not the internet, nobody else is asked.
func (k *askers) wayConfig(via dnsstage.Via) (dnsstage.Config, error) {
	c := k.cfg.DNS
	byHand := len(c.Roots)+len(c.Authority) > 0
	c.Via = via
	if via == dnsstage.ViaAuthority {
		c.Resolvers = nil
		if !byHand && k.cfg.World != Internet {
			return c, errNoAuthority
		}
		return c, nil
	}
	if len(c.Resolvers) == 0 {
		c.Resolvers = k.cfg.Resolvers
	}
	if len(c.Resolvers) == 0 && (byHand || k.cfg.World != Internet) {
		return c, errNobodyNamed
	}
	c.Roots, c.Authority = nil, nil
	return c, nil
}

// why says what is wrong with the ways that do not work.
func (k *askers) why() error {
	var errs []error
	for _, via := range sortedKeys(k.ways) {
		errs = append(errs, k.ways[via].err)
	}
	return errors.Join(errs...)
}

// askAny asks DNS by the first way that works, for controls.
func (k *askers) askAny(ctx context.Context, name vacant.Name) (vacant.DNSProof, error) {
	for _, via := range sortedKeys(k.ways) {
		if way := k.ways[via]; way.err == nil {
			return way.stage.Ask(ctx, name)
		}
	}
	return vacant.DNSProof{}, ErrNoWay
}

// stage opens stage two for one path.
func (k *askers) stage(ctx context.Context, path registryPath) (*rdapstage.Stage, error) {
	if k.paths[path] != nil {
		return k.paths[path], nil
	}
	c := k.cfg.RDAP
	c.NoRDAP, c.NoWHOIS = c.NoRDAP || path == askPort43, c.NoWHOIS || path == askRDAP
	wireRDAP(&c, k.budgets, k.controls, k.cfg.World, k.cfg.DNS.Lookup, k.cfg.Log, k.cfg.Now)
	stage, err := rdapstage.New(ctx, c)
	k.paths[path] = stage
	return stage, err
}

// canConfirm reports whether a path can prove names under suffix available: only
// then can it contradict "registered" as well as "available".
func (k *askers) canConfirm(ctx context.Context, path registryPath, suffix string) (bool, error) {
	if _, err := k.stage(ctx, path); err != nil {
		return false, err
	}
	f := k.forecast(path, suffix)
	return f.Reason == vacant.ReasonNone && !f.ClosedTLD, nil
}

// forecast is that of a path which is open.
func (k *askers) forecast(path registryPath, suffix string) rdapstage.Forecast {
	return k.paths[path].Forecast([]string{suffix})[0]
}

// askDNS asks DNS about every case that wants it.
func (a *auditor) askDNS(ctx context.Context) error {
	var g errgroup.Group
	g.SetLimit(reaskWidth)
	for _, c := range a.cases {
		if c.dns == "" {
			continue
		}
		g.Go(func() error { return a.ask.askOne(ctx, c) })
	}
	return g.Wait()
}

// askOne asks about one case by its way, and where that says nothing and DNS is
// not what is audited, by another.
func (k *askers) askOne(ctx context.Context, c *auditCase) error {
	proof, err := k.ways[c.dns].stage.Ask(ctx, c.Name)
	if err != nil {
		return err
	}
	if c.path != askNone && !useful(proof) {
		for _, via := range sortedKeys(k.ways) {
			if k.ways[via].err != nil || via == c.dns {
				continue
			}
			if proof, err = k.ways[via].stage.Ask(ctx, c.Name); err != nil {
				return err
			}
		}
	}
	if proof.Status == vacant.StatusDelegated {
		k.controls.add(c.Name, proof.At)
	}
	c.proof = &proof
	return nil
}

// useful reports whether an answer can stand under a registry's.
func useful(p vacant.DNSProof) bool {
	return p.Status == vacant.StatusDelegated || p.Supports(p.At) == nil
}

// askRegistries asks about the cases whose path leads to a registry.
func (a *auditor) askRegistries(ctx context.Context) error {
	var by [registryPaths][]*auditCase
	for _, c := range a.cases {
		if c.path != askNone {
			by[c.path] = append(by[c.path], c)
		}
	}
	return a.ask.askAll(ctx, by, func(c *auditCase, r *vacant.Result) { c.now = r })
}

// followUp asks about disagreements: the registry about names that another
// server no longer delegates, and the record's own source about those that another source contradicts.
func (a *auditor) followUp(ctx context.Context) error {
	var registry, own [registryPaths][]*auditCase
	for _, c := range a.cases {
		switch {
		case c.class == store.SampleDelegated && c.path == askNone && c.proof != nil && c.proof.Status.ForStageTwo():
			if able, err := a.ask.canConfirm(ctx, askBoth, c.suffix); err != nil {
				return err
			} else if able {
				registry[askBoth] = append(registry[askBoth], c)
			}
		case c.contradicted():
			path := ownPath(&c.Result)
			if able, err := a.ask.canConfirm(ctx, path, c.suffix); err != nil {
				return err
			} else if able {
				own[path] = append(own[path], c)
			}
		}
	}
	if err := a.ask.askAll(ctx, registry, func(c *auditCase, r *vacant.Result) { c.now = r }); err != nil {
		return err
	}
	return a.ask.askAll(ctx, own, func(c *auditCase, r *vacant.Result) { c.own = r })
}

// contradicted reports whether a registry source says something else than the record.
func (c *auditCase) contradicted() bool {
	return c.Recorded && c.class != store.SampleDelegated && c.now != nil &&
		c.now.Verdict() != vacant.Undetermined && c.now.Verdict() != c.Result.Verdict()
}

// ownPath is the path on which a record rests.
func ownPath(r *vacant.Result) registryPath {
	if path, _ := pathOf(r); path == askPort43 {
		return askRDAP
	}
	return askPort43
}

// askAll asks each path's registries about its cases, all paths at once. A case
// that was not reached when ctx ended gets nothing.
func (k *askers) askAll(ctx context.Context, by [registryPaths][]*auditCase, give func(*auditCase, *vacant.Result)) error {
	var g errgroup.Group
	var mu sync.Mutex // of give
	for path, cases := range by {
		if len(cases) == 0 {
			continue
		}
		stage, err := k.stage(ctx, registryPath(path))
		if err != nil {
			return err
		}
		byName := make(map[vacant.Name]*auditCase, len(cases))
		for _, c := range cases {
			byName[c.Name] = c
		}
		g.Go(func() error {
			return askStage(ctx, stage, inquiries(cases), func(r vacant.Result) {
				mu.Lock()
				defer mu.Unlock()
				give(byName[r.Name], &r)
			})
		})
	}
	return errors.Join(g.Wait(), ctx.Err())
}

func inquiries(cases []*auditCase) []vacant.Inquiry {
	list := make([]vacant.Inquiry, len(cases))
	for i, c := range cases {
		list[i] = vacant.Inquiry{Name: c.Name, Source: "audit"}
		if c.proof != nil {
			list[i].DNS = *c.proof
		}
	}
	return list
}

// askStage runs stage two over list. When ctx ends, what is in flight may finish
// within the grace that a hunt has.
func askStage(ctx context.Context, stage *rdapstage.Stage, list []vacant.Inquiry, give func(vacant.Result)) error {
	confirming, cancel := graceAfter(ctx, defaultGrace)
	defer cancel()
	defer context.AfterFunc(ctx, stage.WindUp)()
	in := make(chan []vacant.Inquiry, 1)
	out := make(chan []vacant.Result, resultsCap)
	in <- list
	close(in)
	var g errgroup.Group
	g.Go(func() error { defer close(out); return stage.Run(confirming, in, out) })
	for group := range out {
		for _, r := range group {
			give(r)
		}
	}
	return g.Wait()
}

func (k *askers) close() error {
	var errs []error
	for _, stage := range k.paths {
		if stage != nil {
			errs = append(errs, stage.Close())
		}
	}
	for _, way := range k.ways {
		if way.stage != nil {
			errs = append(errs, way.stage.Close())
		}
	}
	if k.budgets != nil {
		errs = append(errs, k.budgets.Close())
	}
	return errors.Join(errs...)
}
