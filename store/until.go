package store

import (
	"time"

	"vacant"
)

// Until returns when a run with this Freshness asks about the name of r again:
// the zero time for one that it would ask at once.
func (f *Freshness) Until(r *vacant.Result) time.Time {
	s := settledState(r, 0)
	holds := time.Duration(0)
	switch s.class {
	case classDelegated:
		holds = f.Delegated
	case classNodata:
		holds = f.Nodata
	case classRegistered:
		holds = f.registered(s)
	case classRedemption:
		holds = f.Redemption
	case classAvailable:
		holds = f.Available
	case classReserved:
		holds = f.Reserved
	case classNoRegistry:
		holds = f.NoRegistry
	default:
		return r.RetryAfter
	}
	if r.CheckedAt.IsZero() || holds <= 0 {
		return time.Time{}
	}
	return r.CheckedAt.Add(holds)
}
