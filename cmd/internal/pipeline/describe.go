package pipeline

import (
	"context"
	"errors"

	"vacant/rdapstage"
)

// Describe returns what stage two knows about each suffix, with the budgets'
// memory of controls and lockouts. It asks no registry. Of cfg only RDAP, World,
// BudgetPath, Notice, Log and Now are used.
func Describe(ctx context.Context, cfg CheckConfig, suffixes []string) (_ []rdapstage.Description, err error) {
	cfg.setDefaults()
	c := &checker{cfg: &cfg, budgets: openBudgets(cfg.BudgetPath, clock{cfg.Now, cfg.anyClock}, func(string) {})} // addStanding says what is wrong with it
	defer func() { err = errors.Join(err, c.close()) }()
	wireRDAP(&cfg.RDAP, c.budgets, nil, cfg.World, cfg.DNS.Lookup, cfg.Log, cfg.Now)
	if c.rdap, err = rdapstage.New(ctx, cfg.RDAP); err != nil {
		return nil, err
	}
	out := make([]rdapstage.Description, len(suffixes))
	for i, suffix := range suffixes {
		out[i] = c.rdap.Describe(suffix)
	}
	addStanding(ctx, &cfg, out)
	return out, nil
}
