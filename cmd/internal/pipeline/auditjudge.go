package pipeline

import (
	"time"

	"vacant"
	"vacant/store"
)

// Outcome is what an audit found of one name.
type Outcome string

// The outcomes. Agreed, changed and wrong names are decided; a false-answer rate
// is the wrong ones of those.
const (
	Agreed     Outcome = "agreed"      // the independent path says the same
	Changed    Outcome = "changed"     // it says something else, and a date shows that this began after the check
	Wrong      Outcome = "wrong"       // it says something else, and nothing shows that it changed
	Undecided  Outcome = "undecided"   // it says nothing that counts
	NotAudited Outcome = "not-audited" // there is no independent path
	NotReached Outcome = "not-reached" // the audit was stopped before
)

// judge says what became of a case, and why, in words.
func (c *auditCase) judge() (Outcome, string) {
	switch {
	case c.none != "":
		return NotAudited, c.none
	case c.path == askNone && c.proof == nil, c.path != askNone && c.now == nil:
		return NotReached, ""
	case c.class == store.SampleDelegated && c.path == askNone && c.proof.Status == vacant.StatusDelegated:
		return Agreed, ""
	case c.class == store.SampleDelegated && c.path == askNone && !c.proof.Status.Settled():
		return Undecided, string(c.proof.Status.Reason())
	case c.now == nil:
		return Undecided, "DNS no longer delegates it, and its registry was not asked"
	}
	return c.compare(c.verdictNow())
}

// verdictNow is what the independent path says: the registry's verdict, or
// registered where DNS delegates the name, whatever the registry leaves open.
func (c *auditCase) verdictNow() vacant.Verdict {
	if c.now.Verdict() == vacant.Undetermined && c.class != store.SampleDelegated && c.proof != nil && c.proof.Status == vacant.StatusDelegated {
		return vacant.Registered
	}
	return c.now.Verdict()
}

// claim is the verdict that the store has for the case.
func (c *auditCase) claim() vacant.Verdict {
	if c.Recorded {
		return c.Result.Verdict()
	}
	return vacant.Registered
}

// compare holds what is said now against the claim. What contradicts it is an
// error unless a date shows that it is younger: an audit must not excuse what it cannot explain.
func (c *auditCase) compare(now vacant.Verdict) (Outcome, string) {
	was := c.claim()
	switch {
	case now == was && c.class == store.SampleDelegated && c.path == askNone:
		return Agreed, "DNS no longer delegates it, its registry says registered"
	case now == was:
		return Agreed, ""
	case now == vacant.Undetermined:
		return Undecided, string(c.now.Reason())
	case now == vacant.Registered:
		return c.registeredSince(was)
	case was == vacant.Registered && now == vacant.Available:
		return c.droppedSince()
	}
	return Wrong, "it is said to be " + now.String() + " now, and nothing shows that it changed"
}

// registeredSince tells a name that was registered after the check from one that
// was registered all the time, by the date of its creation.
func (c *auditCase) registeredSince(was vacant.Verdict) (Outcome, string) {
	created := c.created()
	switch {
	case created.IsZero():
		return Wrong, "it is registered, and nobody says since when"
	case created.After(c.At):
		return Changed, "registered " + created.UTC().Format(time.RFC3339) + ", after the check"
	case sameDate(created, c.At):
		return Undecided, "registered on the day of the check, and only the date is known"
	}
	return Wrong, "registered since " + created.UTC().Format(time.RFC3339) + ", before it was called " + was.String()
}

// created is when the name was registered, if any source says.
func (c *auditCase) created() time.Time {
	for _, r := range []*vacant.Result{c.now, c.own} {
		if r != nil && !r.CreatedAt.IsZero() {
			return r.CreatedAt
		}
	}
	return time.Time{}
}

// sameDate reports whether day is a date without a time, and at lies in it.
func sameDate(day, at time.Time) bool {
	day = day.UTC()
	return day.Equal(day.Truncate(24*time.Hour)) && at.Sub(day) < 24*time.Hour
}

// droppedSince tells a name that has ended since the check from one that was
// free all the time, by what the record said of its end.
func (c *auditCase) droppedSince() (Outcome, string) {
	r := &c.Result
	switch {
	case !c.Recorded:
	case r.Lifecycle == vacant.Redemption, r.Lifecycle == vacant.PendingDelete, r.Lifecycle == vacant.Expired:
		return Changed, "dropped: it was in " + string(r.Lifecycle) + " at the check"
	case !r.ExpiresAt.IsZero() && r.ExpiresAt.Before(c.now.CheckedAt):
		return Changed, "dropped: it expired " + r.ExpiresAt.UTC().Format(time.RFC3339)
	}
	return Wrong, "it is free now, and nothing shows that it was dropped since"
}
