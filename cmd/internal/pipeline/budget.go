package pipeline

import (
	"log/slog"
	"time"

	"vacant"
	"vacant/rdapstage"
	"vacant/store/budget"
)

var (
	_ rdapstage.Budget = (*budget.Budgets)(nil)
	_ rdapstage.Memory = (*budget.Budgets)(nil)
)

// budgetRemedy ends what is said of a budget file that cannot be used.
const budgetRemedy = "; make it writable, or move it aside if it is damaged"

// clock is a run's clock. One that the caller gave is the only one: what the
// machine's own says of the budgets' times is not asked beside it.
type clock struct {
	now func() time.Time
	any bool // the machine's will do as well
}

// openBudgets opens the user's budget file; where it cannot be had, budgets
// are kept in memory for this run alone, and the user is told.
func openBudgets(path string, now clock, notice func(string)) *budget.Budgets {
	o := budget.Options{Now: now.now, Notice: notice, OnlyNow: !now.any}
	b, err := budget.Open(path, o)
	if err == nil {
		return b
	}
	notice("registry budgets are kept in memory only, other runs on this machine do not see them: " + err.Error() + budgetRemedy)
	return budget.OpenApart(path, o)
}

// wireRDAP completes stage two's config with what the other rooms give it.
func wireRDAP(c *rdapstage.Config, b *budget.Budgets, controls rdapstage.Controls, world string, lookup *vacant.Lookup, log *slog.Logger, now func() time.Time) {
	c.World, c.Lookup, c.Log, c.Now = world, lookup, log, now
	c.Budget, c.Memory, c.Controls = b, b, controls
}
