package lab

import (
	"sync/atomic"
	"time"
)

// DefaultLimit is how many requests a second an operator takes over RDAP, and as many over
// WHOIS: enough for a demonstration not to wait, few enough to be met.
const DefaultLimit = 2000

// operator runs the registries of some TLDs. Its limits are per protocol; the
// window is over both.
type operator struct {
	tlds       []string
	rdapLimit  *bucket
	whoisLimit *bucket
	window     window

	rdap, rdapLimited   atomic.Uint64
	whois, whoisLimited atomic.Uint64
	right               atomic.Int64 // answers of RDAP before it breaks, for rdap-404-after
}

// newOperators spreads the TLDs over n operators; 0 is one each.
func newOperators(tops []string, n int, limit float64, f *faults) []*operator {
	if limit == 0 {
		limit = DefaultLimit
	}
	if n <= 0 || n > len(tops) {
		n = len(tops)
	}
	out := make([]*operator, n)
	for i := range out {
		out[i] = &operator{
			rdapLimit:  newBucket(override(limit, f.rdapRate)),
			whoisLimit: newBucket(override(limit, f.whoisRate)),
		}
	}
	for i, tld := range tops {
		out[i%n].tlds = append(out[i%n].tlds, tld)
	}
	return out
}

func override(limit, fault float64) float64 {
	if fault > 0 {
		return fault
	}
	return limit
}

// allowRDAP counts a request and reports whether it is within the limit.
func (o *operator) allowRDAP(now time.Time) bool {
	o.rdap.Add(1)
	o.window.add(now)
	if o.rdapLimit.take(now) {
		return true
	}
	o.rdapLimited.Add(1)
	return false
}

func (o *operator) allowWHOIS(now time.Time) bool {
	o.whois.Add(1)
	o.window.add(now)
	if o.whoisLimit.take(now) {
		return true
	}
	o.whoisLimited.Add(1)
	return false
}
