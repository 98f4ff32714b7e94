package pipeline

import (
	"context"

	"vacant/rdapstage"
	"vacant/store/budget"
)

// addStanding completes descriptions with what the budget file says of their
// operators: questions of the last day, lock-outs.
func addStanding(ctx context.Context, cfg *CheckConfig, all []rdapstage.Description) {
	var keys []string
	for i := range all {
		for _, e := range all[i].Endpoints {
			keys = append(keys, cfg.World+"/"+e.Budget)
		}
	}
	standing, err := budget.Peek(ctx, cfg.BudgetPath, keys, budget.Options{Now: cfg.Now})
	if err != nil {
		cfg.Notice("controls, lock-outs and day quotas are not known: " + err.Error() + budgetRemedy)
		return
	}
	for i := range all {
		for j := range all[i].Endpoints {
			e := &all[i].Endpoints[j]
			s := standing[cfg.World+"/"+e.Budget]
			e.Known.UsedToday = s.UsedToday
			if s.LockedUntil.After(e.LockedUntil) {
				e.LockedUntil = s.LockedUntil
			}
		}
	}
}
