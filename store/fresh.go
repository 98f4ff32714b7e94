package store

import (
	"time"

	"vacant"
)

// Freshness is how long an answer of each class holds before it is asked again.
type Freshness struct {
	Delegated, Nodata, Registered, RegisteredBeforeExpiry, Redemption, Available, Reserved, NoRegistry time.Duration
}

const day = 24 * time.Hour

// nightly is a little less than a day: a timer that fires every night jitters,
// and must find what it asked the night before due again.
const nightly = 20 * time.Hour

// DefaultFreshness returns the defaults of the design: 20 h for delegated,
// nodata, available, redemption and pending-delete; a registered record until 7
// days before expiry but at most 30 days; reserved and no-registry 30 days.
func DefaultFreshness() Freshness {
	return Freshness{Delegated: nightly, Nodata: nightly, Registered: 30 * day, RegisteredBeforeExpiry: 7 * day,
		Redemption: nightly, Available: nightly, Reserved: 30 * day, NoRegistry: 30 * day}
}

// class is what decides how long a settled name stays so.
type class uint8

const (
	classUndetermined class = iota // until its retry time
	classDelegated                 // by DNS alone
	classNodata                    // undetermined with no retry time, and DNS says that it exists
	classRegistered                // by the registry
	classRedemption                // redemption or pending-delete
	classAvailable
	classReserved
	classNoRegistry
)

// classOf returns the class of r and the time that goes with it: the expiry of
// a registered name, the retry time of an undetermined one.
func classOf(r *vacant.Result) (class, time.Time) {
	switch r.Verdict() {
	case vacant.Available, vacant.Premium:
		return classAvailable, time.Time{}
	case vacant.Reserved:
		return classReserved, time.Time{}
	case vacant.Registered:
		return registeredClass(r)
	}
	switch {
	case r.Reason() == vacant.ReasonNoRegistry:
		return classNoRegistry, time.Time{}
	case r.RetryAfter.IsZero() && r.DNS.Status == vacant.StatusNodata:
		return classNodata, time.Time{}
	}
	return classUndetermined, r.RetryAfter
}

func registeredClass(r *vacant.Result) (class, time.Time) {
	switch {
	case r.Lifecycle == vacant.Redemption || r.Lifecycle == vacant.PendingDelete:
		return classRedemption, time.Time{}
	case r.Method == string(vacant.KindDNS):
		return classDelegated, time.Time{}
	}
	return classRegistered, r.ExpiresAt
}

// settledState is the state record of r.
func settledState(r *vacant.Result, run uint32) state {
	c, t := classOf(r)
	return state{kind: kindSettled, verdict: uint8(r.Verdict()), class: c, run: run, at: unix(r.CheckedAt), aux: unix(t)}
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// maxSkew is how far ahead of now a stored time may lie and still be believed.
// Beyond it a clock was wrong, and what it stamped is asked again rather than
// held for as long as the clock was off.
const maxSkew = time.Hour

// fresh reports whether an answer of time at (Unix seconds) still holds after d.
func fresh(at int64, d time.Duration, now time.Time) bool {
	age := now.Sub(time.Unix(at, 0))
	return age < d && age >= -maxSkew
}

// holds reports whether a settled name needs no asking at time now.
func (f *Freshness) holds(s state, now time.Time) bool {
	switch s.class {
	case classDelegated:
		return fresh(s.at, f.Delegated, now)
	case classNodata:
		return fresh(s.at, f.Nodata, now)
	case classRegistered:
		return fresh(s.at, f.registered(s), now)
	case classRedemption:
		return fresh(s.at, f.Redemption, now)
	case classAvailable:
		return fresh(s.at, f.Available, now)
	case classReserved:
		return fresh(s.at, f.Reserved, now)
	case classNoRegistry:
		return fresh(s.at, f.NoRegistry, now)
	}
	// A retry time lies ahead by nature, so only the check's own time tells a wrong clock.
	return s.aux != 0 && now.Before(time.Unix(s.aux, 0)) && !now.Before(time.Unix(s.at, 0).Add(-maxSkew))
}

// registered is how long a registry's record holds: until some days before the
// name expires, within the class's bound. A name nearer to its expiry, or past
// it, is asked as often as a delegated one, not at every run.
func (f *Freshness) registered(s state) time.Duration {
	if s.aux == 0 {
		return f.Registered
	}
	left := time.Unix(s.aux, 0).Sub(time.Unix(s.at, 0)) // saturates, whatever year a registry names
	return min(f.Registered, max(left-f.RegisteredBeforeExpiry, f.Delegated))
}
