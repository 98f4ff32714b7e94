package pipeline

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"vacant/dnsstage"
)

// What a plan assumes of stage one where nothing says better; it names each where it is used.
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
