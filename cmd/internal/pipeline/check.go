package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage"
	"vacant/rdapstage"
	"vacant/store/budget"
)

// CheckConfig of [Check].
type CheckConfig struct {
	DNS        dnsstage.Config
	RDAP       rdapstage.Config
	World      string
	BudgetPath string
	// AskRegistry asks the registry about delegated names too (the rdap command).
	AskRegistry bool
	Notice      func(line string)
	Log         *slog.Logger
	Now         func() time.Time
	anyClock    bool // Now is not the caller's
}

// maxCheckPause is how long one check waits for an operator's pause.
const maxCheckPause = time.Minute

// Check asks both stages afresh about a few names and gives each verdict to
// emit, in the order of names, from one goroutine. Names that no registry sells
// are the caller's to refuse.
func Check(ctx context.Context, cfg CheckConfig, names []vacant.Name, emit func(vacant.Result) error) error {
	c, err := openChecker(ctx, &cfg, names)
	if err != nil {
		return err
	}
	err = c.check(ctx, names, emit)
	return errors.Join(err, c.close())
}

type checker struct {
	cfg     *CheckConfig
	dns     *dnsstage.Stage
	rdap    *rdapstage.Stage
	budgets *budget.Budgets
}

func openChecker(ctx context.Context, cfg *CheckConfig, names []vacant.Name) (*checker, error) {
	cfg.setDefaults()
	c := &checker{cfg: cfg}
	if err := c.open(ctx, names); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *checker) open(ctx context.Context, names []vacant.Name) (err error) {
	cfg := c.cfg
	cfg.DNS.Hold = true
	if c.dns, err = dnsstage.New(cfg.DNS); err != nil {
		return err
	}
	report, err := c.dns.Preflight(ctx, parents(names))
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %w", ErrNoWay, err)
	}
	if report.Notice != "" {
		cfg.Notice(report.Notice)
	}
	c.budgets = openBudgets(cfg.BudgetPath, clock{cfg.Now, cfg.anyClock}, cfg.Notice)
	cfg.RDAP.MaxPause = maxCheckPause
	wireRDAP(&cfg.RDAP, c.budgets, newControls(c.dns.Ask, cfg.Now, nobodyElse()), cfg.World, cfg.DNS.Lookup, cfg.Log, cfg.Now)
	c.rdap, err = rdapstage.New(ctx, cfg.RDAP)
	return err
}

func (c *CheckConfig) setDefaults() {
	if c.Now == nil {
		c.Now, c.anyClock = time.Now, true
	}
	if c.Notice == nil {
		c.Notice = func(string) {}
	}
	if c.World == "" {
		c.World = Internet
	}
	if c.DNS.Lookup == nil {
		c.DNS.Lookup = vacant.NewLookup(nil)
	}
	c.DNS.Log, c.DNS.Now = c.Log, c.Now
}

// nobodyElse is the end of a stage one that sees no names but those asked for.
func nobodyElse() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

// parents returns the suffixes of names, each once.
func parents(names []vacant.Name) []string {
	var out []string
	seen := make(map[string]bool)
	for _, n := range names {
		if p := n.Parent(); !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// check asks DNS about all names, the registry about those left, and emits in order.
func (c *checker) check(ctx context.Context, names []vacant.Name, emit func(vacant.Result) error) error {
	results := make(map[vacant.Name]vacant.Result, len(names))
	open, err := c.askDNS(ctx, names, results)
	if err != nil {
		return err
	}
	if err := c.askRegistries(ctx, open, results); err != nil {
		return err
	}
	for _, n := range names {
		r, ok := results[n]
		if !ok {
			return fmt.Errorf("%w: %s has no verdict", ErrInvariant, n)
		}
		if err := emit(r); err != nil {
			return err
		}
	}
	return nil
}

// askDNS fills results with what DNS settles and returns the rest.
func (c *checker) askDNS(ctx context.Context, names []vacant.Name, results map[vacant.Name]vacant.Result) ([]vacant.Inquiry, error) {
	proofs := make([]vacant.DNSProof, len(names))
	var g errgroup.Group
	g.SetLimit(reaskWidth)
	for i, n := range names {
		g.Go(func() (err error) {
			proofs[i], err = c.dns.Ask(ctx, n)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var open []vacant.Inquiry
	for i, n := range names {
		p := proofs[i]
		if p.Status.ForStageTwo() || c.cfg.AskRegistry {
			open = append(open, vacant.Inquiry{Name: n, DNS: p, Source: "argument"})
			continue
		}
		results[n] = dnsResult(n, p, "argument", c.cfg.Now())
	}
	return open, nil
}

func (c *checker) askRegistries(ctx context.Context, open []vacant.Inquiry, results map[vacant.Name]vacant.Result) error {
	if len(open) == 0 {
		return nil
	}
	in := make(chan []vacant.Inquiry, 1)
	out := make(chan []vacant.Result, resultsCap)
	in <- open
	close(in)
	var g errgroup.Group
	g.Go(func() error { defer close(out); return c.rdap.Run(ctx, in, out) })
	for group := range out {
		for _, r := range group {
			results[r.Name] = r
		}
	}
	return g.Wait()
}

func (c *checker) close() error {
	var errs []error
	if c.rdap != nil {
		errs = append(errs, c.rdap.Close())
	}
	if c.dns != nil {
		errs = append(errs, c.dns.Close())
	}
	if c.budgets != nil {
		errs = append(errs, c.budgets.Close())
	}
	return errors.Join(errs...)
}
