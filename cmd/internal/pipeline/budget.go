package pipeline

import (
	"context"
	"log/slog"
	"time"

	"vacant"
	"vacant/rdapstage"
	"vacant/store"
)

// budget lets stage two lease from the store's budgets; the rooms do not know each other.
type budget struct{ *store.Budgets }

var (
	_ rdapstage.Budget = budget{}
	_ rdapstage.Memory = budget{}
)

// Lease is [store.Budgets.Lease] in stage two's words.
func (b budget) Lease(ctx context.Context, operator string, l rdapstage.Limit, want int) (int, time.Time, time.Time, error) {
	return b.Budgets.Lease(ctx, operator, store.Limit{PerSecond: l.PerSecond, Burst: l.Burst, PerDay: l.PerDay}, want)
}

// openBudgets opens the user's budget file; where it cannot be had, budgets
// are kept in memory for this run alone, and the user is told.
func openBudgets(path string, now func() time.Time, notice func(string)) *store.Budgets {
	b, err := store.OpenBudgets(path, now)
	if err == nil {
		return b
	}
	notice("registry budgets are kept in memory only, other runs on this machine do not see them: " + err.Error())
	b, _ = store.OpenBudgets("", now) // in memory there is nothing to fail
	return b
}

// wireRDAP completes stage two's config with what the other rooms give it.
func wireRDAP(c *rdapstage.Config, b *store.Budgets, controls rdapstage.Controls, world string, lookup *vacant.Lookup, log *slog.Logger, now func() time.Time) {
	c.World, c.Lookup, c.Log, c.Now = world, lookup, log, now
	c.Budget, c.Memory, c.Controls = budget{b}, budget{b}, controls
}
