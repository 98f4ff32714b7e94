package pipeline

import (
	"context"
	"errors"

	"vacant"
	"vacant/dnsstage"
	"vacant/rdapstage"
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
