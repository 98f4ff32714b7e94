package pipeline

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"vacant/dnsstage"
)

// What a plan assumes where nothing says better; it names each where it is used.
const (
	// localRate is stage one's rate against servers that have no ceiling: what one
	// core reaches against servers on the same machine.
	localRate = 100_000
	// serversOfTLD is how many addresses a TLD's name servers have: most have four
	// to six servers with an IPv4 and an IPv6 address each, and not every line has both.
	serversOfTLD = 6
	// proxiedRate is what one connection through a proxy carries: answers a second
	// at a round trip of 100 ms, one query at a time.
	proxiedRate = 10
	// openRate is what a registry without a ceiling is taken to answer in a second.
	openRate = 2000
	// questionsToStart is what the first and the last batch of a suffix cost: a
	// registered control before and after, and a free one.
	questionsToStart = 3
	// controlsLeft is the share of questions that are about names.
	controlsLeft = 0.95
)

// learnedRateFrom is how long stage one must have gone on, and with how many
// names, for its rate to be believed.
const (
	learnedRateFrom  = time.Second
	learnedRateNames = 10_000
)

// planStageOne finds stage one's rate and time.
func (p *planner) planStageOne() error {
	one := &p.plan.StageOne
	one.Rate, one.Basis = p.ceilings()
	rate, basis, err := p.learnedRate()
	if err != nil {
		return err
	}
	if rate > 0 && (rate < one.Rate || one.Basis == basisLocal) {
		one.Rate, one.Basis = rate, basis
	}
	one.Seconds = float64(p.plan.Left) / one.Rate
	return nil
}

// learnedRate is that of the last run of the store that says.
func (p *planner) learnedRate() (rate float64, basis string, err error) {
	if p.store == nil {
		return 0, "", nil
	}
	runs, err := p.store.Runs()
	if err != nil {
		return 0, "", err
	}
	for _, r := range slices.Backward(runs) {
		asked := r.Counts.Delegated + r.Counts.UndeterminedDNS + r.Counts.Queued
		if r.Asking >= learnedRateFrom && asked >= learnedRateNames {
			return float64(asked) / r.Asking.Seconds(), "as the run of " + r.Started.UTC().Format("2006-01-02 15:04") + " UTC", nil
		}
	}
	return 0, "", nil
}

// noteAsking keeps how long stage one took, for the plans of later hunts.
func (h *Hunt) noteAsking(since time.Time) { h.run.Asking(time.Since(since)) }

const basisLocal = "no ceiling; assumed"

// ceilings returns the rate that flags and defaults allow, and which of them it is.
func (p *planner) ceilings() (rate float64, basis string) {
	c := &p.cfg.DNS
	rate, basis, local := p.serversRate()
	total, why := c.RateLimit, "--rate-limit"
	if total == 0 && !local {
		total, why = defaultTotal, "the default of --rate-limit"
	}
	if len(c.Proxies) > 0 {
		workers := c.Concurrency
		if workers <= 0 {
			workers = defaultWorkers
		}
		if carried := proxiedRate * float64(workers); carried < rate {
			rate, basis = carried, fmt.Sprintf("%d connections through %s, %d answers/s each assumed", workers, plural(len(c.Proxies), "proxy", "proxies"), proxiedRate)
		}
	}
	if total > 0 && total < rate {
		return total, why
	}
	return rate, basis
}

// The defaults of dnsstage.Config that a plan reckons with.
const (
	defaultTotal    = 20_000
	defaultWorkers  = 500
	defaultServer   = 500
	defaultResolver = 100
)

// serversRate is what the servers to be asked allow together, given how the
// names that are left are spread over them.
func (p *planner) serversRate() (rate float64, basis string, local bool) {
	c := &p.cfg.DNS
	if len(c.Resolvers) > 0 {
		each, local := eachOf(c, c.Resolvers, defaultResolver)
		if local {
			return localRate, basisLocal, near(c.Resolvers)
		}
		return each * float64(len(c.Resolvers)), fmt.Sprintf("%s, %.0f/s each", plural(len(c.Resolvers), "resolver", "resolvers"), each), false
	}
	rate, basis, local = localRate, basisLocal, near(c.Roots)
	for _, suffix := range sortedKeys(p.rows) {
		r := p.rows[suffix]
		if r.Left == 0 {
			continue
		}
		allowed, why, here := p.suffixRate(suffix)
		local = local && here
		// All suffixes together go as fast as the one that takes longest lets them.
		if whole := allowed * float64(p.plan.Left) / float64(r.Left); whole < rate {
			rate, basis = whole, why
		}
	}
	return rate, basis, local
}

// suffixRate is what the name servers of one suffix allow; local says that they
// are nobody else's.
func (p *planner) suffixRate(suffix string) (rate float64, basis string, local bool) {
	c := &p.cfg.DNS
	servers, known := c.Authority[suffix], true
	if len(servers) == 0 {
		servers, known = c.Roots, false
	}
	each, open := eachOf(c, servers, defaultServer)
	switch {
	case open:
		return localRate, basisLocal, near(servers)
	case known:
		return each * float64(len(servers)), fmt.Sprintf("%s of %s, %.0f/s each", plural(len(servers), "server", "servers"), suffix, each), near(servers)
	}
	return each * serversOfTLD, fmt.Sprintf("%.0f/s to each server of %s, %d assumed", each, suffix, serversOfTLD), near(servers)
}

// near reports whether all of the servers, one at least, are on this machine or network.
func near(servers []netip.AddrPort) bool {
	return len(servers) > 0 && !slices.ContainsFunc(servers, func(a netip.AddrPort) bool {
		addr := a.Addr().Unmap()
		return !addr.IsLoopback() && !addr.IsPrivate() && !addr.IsLinkLocalUnicast()
	})
}

// eachOf is what one of the servers may be asked; open is true for no ceiling.
func eachOf(c *dnsstage.Config, servers []netip.AddrPort, byDefault float64) (each float64, open bool) {
	switch {
	case c.RatePerServer < 0:
		return 0, true
	case c.RatePerServer > 0:
		return c.RatePerServer, false
	case near(servers):
		return 0, true
	}
	return byDefault, false
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// planStageTwo gathers the suffixes by operator and reckons when all is done.
func (p *planner) planStageTwo(ctx context.Context) error {
	p.plan.Operators = p.operators()
	names := make([]string, len(p.plan.Operators))
	for i := range p.plan.Operators {
		names[i] = p.plan.Operators[i].Operator
	}
	standing := p.standing(ctx, names)
	for i := range p.plan.Operators {
		o := &p.plan.Operators[i]
		now := standing[p.cfg.World+"/"+o.Operator]
		o.UsedToday, o.LockedUntil = now.UsedToday, now.LockedUntil
		o.Seconds = o.seconds(o.Names+float64(o.Carried), p.plan.Made)
		o.SecondsLow = o.seconds(o.NamesLow+float64(o.Carried), p.plan.Made)
		o.SecondsHigh = o.seconds(o.NamesHigh+float64(o.Carried), p.plan.Made)
	}
	slices.SortStableFunc(p.plan.Operators, func(a, b OperatorPlan) int { return compareDown(a.Seconds, b.Seconds) })
	p.plan.finish(p.cfg.Deadline)
	return nil
}

func compareDown(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

// operators sums the suffixes up by operator, and leaves their rows in the plan.
func (p *planner) operators() []OperatorPlan {
	byName := make(map[string]*OperatorPlan)
	for i, suffix := range sortedKeys(p.rows) {
		r, f := p.rows[suffix], p.forecast[i]
		if r.Candidates == 0 && r.Carried == 0 {
			continue
		}
		r.Names = float64(r.Left) * r.Share.Value
		p.plan.Suffixes = append(p.plan.Suffixes, r.SuffixPlan)
		if r.Reason != "" {
			continue
		}
		o := byName[r.Operator]
		if o == nil {
			o = &OperatorPlan{Operator: r.Operator, Rate: f.Rate, PerDay: f.PerDay}
			byName[r.Operator] = o
		}
		o.Suffixes = append(o.Suffixes, suffix)
		o.Left += r.Left
		o.Carried += r.Carried
		o.Names += r.Names
		o.NamesLow += float64(r.Left) * r.Share.Low
		o.NamesHigh += float64(r.Left) * r.Share.High
	}
	list := make([]OperatorPlan, 0, len(byName))
	for _, name := range sortedKeys(byName) {
		list = append(list, *byName[name])
	}
	return list
}

// seconds is how long the operator is asked about so many names from now on.
func (o *OperatorPlan) seconds(names float64, now time.Time) float64 {
	if names < 0.5 {
		return 0
	}
	rate := o.Rate
	if rate == 0 {
		rate = openRate
	}
	start := questionsToStart * controlsLeft * min(float64(len(o.Suffixes)), names)
	seconds := (names + start) / rate
	if left := float64(max(int64(o.PerDay)-o.UsedToday, 0)); o.PerDay > 0 {
		if beyond := (names+start)/controlsLeft - left; beyond > 0 {
			days, rest := math.Modf(beyond / float64(o.PerDay))
			seconds = max(seconds, (days+1)*24*3600+rest*float64(o.PerDay)*controlsLeft/rate)
		}
	}
	if o.LockedUntil.After(now) {
		seconds += o.LockedUntil.Sub(now).Seconds()
	}
	return seconds
}

// longest is beyond what a calendar is asked for.
const longest = 500 * 365 * 24 * 3600

// finish reckons the end of both stages, and whether a deadline is kept.
func (p *Plan) finish(deadline time.Duration) {
	p.Seconds, p.Slowest = p.StageOne.Seconds, ""
	if len(p.Operators) > 0 && p.Operators[0].Seconds > p.Seconds {
		p.Seconds, p.Slowest = p.Operators[0].Seconds, p.Operators[0].Operator
	}
	if p.Seconds < longest {
		p.End = p.Made.Add(time.Duration(p.Seconds) * time.Second)
	}
	if deadline > 0 {
		p.Fit = p.fit(deadline.Seconds())
	}
}
