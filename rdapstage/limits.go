package rdapstage

import "vacant/rdapstage/facts"

// budgetOf returns which budget questions to an endpoint are counted in.
func (s *Stage) budgetOf(e *endpoint) string { return facts.BudgetOf(e.host, e.kind) }

// limitFor returns the limit of a budget: by hand for it or for its operator, by
// hand for all, none for a hand-named server on this machine, else what is
// published. A rate by hand replaces the published one, and its span where it is
// for this operator; a day's quota stays unless another is given. A rate of zero
// lifts no registry's limit.
func (s *Stage) limitFor(budget string, e *endpoint) Limit {
	limit := facts.LimitOf(budget)
	if e.hand() && facts.IsLoopback(e.host) {
		limit = Limit{}
	}
	for _, name := range []string{budget, facts.OperatorOfBudget(budget)} {
		rate, hand := s.cfg.Rates[name], s.cfg.Limits[name]
		if rate <= 0 && !hand.Limited() {
			continue
		}
		if hand.PerDay == 0 {
			hand.PerDay = limit.PerDay
		}
		if hand.PerSecond == 0 {
			hand.PerSecond = rate
		}
		return burst(hand)
	}
	if rate := s.cfg.Rates[""]; rate > 0 {
		limit.PerSecond = rate
		return burst(limit)
	}
	return limit
}

// burst gives a limit by hand its burst: a hundredth of a second's worth. Where
// the pace is slow, what one check asks may leave at once.
func burst(l Limit) Limit {
	l.Burst = max(1, int(l.Rate()*leaseFor))
	if l.Count > 0 && l.Rate() < 1 {
		l.Burst = min(4, l.Count)
	}
	return l
}

// LimitText returns the limit that is kept of an endpoint, as "--rdap-rate" takes
// it, and where it is from.
func (e *Endpoint) LimitText() (limit, source string) {
	published, source := facts.PublishedLimit(e.Budget)
	if e.Limit != published {
		source = "by hand"
	}
	return e.Limit.String(), source
}
