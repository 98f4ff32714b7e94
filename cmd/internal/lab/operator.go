package lab

import (
	"slices"
	"sync/atomic"
	"time"
)

// DefaultLimit is how many requests a second an operator takes over RDAP, and as many over
// WHOIS and DAS: enough for a demonstration not to wait, few enough to be met.
const DefaultLimit = 2000

// operator runs the registries of some TLDs. Its limits are per protocol unless
// they are shared; the window is over all of them.
type operator struct {
	tlds   []string
	desks  [tellers]desk
	window window
	right  atomic.Int64 // answers of RDAP before it breaks, for rdap-404-after
}

// desk is one protocol of an operator.
type desk struct {
	gate           *gate
	asked, limited atomic.Uint64
}

// newOperators spreads the TLDs over cfg.Registries operators; 0 is one each.
func newOperators(tops []string, cfg *Config, f *faults) []*operator {
	n := cfg.Registries
	if n <= 0 || n > len(tops) {
		n = len(tops)
	}
	out := make([]*operator, n)
	for i := range out {
		out[i] = &operator{}
	}
	for i, tld := range tops {
		out[i%n].tlds = append(out[i%n].tlds, tld)
	}
	for _, o := range out {
		o.limit(cfg, f)
	}
	return out
}

// limit gives the operator's desks their gates.
func (o *operator) limit(cfg *Config, f *faults) {
	given, ok := cfg.Limits[""]
	for _, tld := range o.tlds {
		if l, named := cfg.Limits[tld]; named {
			given, ok = l, true
			break
		}
	}
	shared := newGate(given)
	for teller := range o.desks {
		switch {
		case !ok:
			o.desks[teller].gate = &gate{bucket: newBucket(cfg.limit())}
		case given.Shared:
			o.desks[teller].gate = shared
		default:
			o.desks[teller].gate = newGate(given)
		}
	}
	o.override(TellerRDAP, f.rdapRate)
	o.override(TellerWHOIS, f.whoisRate)
	o.override(TellerDAS, f.whoisRate)
}

// override gives a desk the rate of a fault, where there is one.
func (o *operator) override(teller Teller, rate float64) {
	if rate > 0 {
		o.desks[teller].gate = &gate{bucket: newBucket(rate)}
	}
}

// limit returns the requests a second that an operator takes over each protocol.
func (c *Config) limit() float64 {
	if c.Limit == 0 {
		return DefaultLimit
	}
	return c.Limit
}

// admit counts a request and reports whether it is within the limit, and if not
// how long to wait.
func (o *operator) admit(now time.Time, teller Teller) (wait time.Duration, ok bool) {
	d := &o.desks[teller]
	d.asked.Add(1)
	o.window.add(now)
	wait, ok = d.gate.pass(now)
	if !ok {
		d.limited.Add(1)
	}
	return wait, ok
}

// seconds rounds a wait up, as Retry-After has it.
func seconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }

// runs reports whether the operator has a TLD.
func (o *operator) runs(tld string) bool { return slices.Contains(o.tlds, tld) }
