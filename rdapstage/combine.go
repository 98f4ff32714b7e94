package rdapstage

import "vacant"

// said is what one source answered, as far as the verdict depends on it.
type said struct {
	kind    vacant.Kind
	verdict vacant.Verdict
	reason  vacant.Reason
	weak    bool // its no needs a second source: the base is distrusted, or on watch
	watched bool // ... because it failed a control lately
}

// demands are what the verdict on a name depends on besides the answers.
type demands struct {
	provable error         // why DNS cannot support "available", nil if it can
	nodata   bool          // DNS says that the name exists
	wildcard bool          // no NXDOMAIN exists in the zone: two sources must agree
	withheld vacant.Reason // why the label may not be for sale
}

// outcome is what follows from the answers so far.
type outcome struct {
	next    bool // ask the next source
	verdict vacant.Verdict
	reason  vacant.Reason
}

func unproven(why vacant.Reason) outcome { return outcome{reason: why} }

// combine judges the answers of the sources asked so far, in their order; more
// says whether another source could be asked. It is the only place where
// answers become a verdict, and knows nothing of how they were got.
func combine(answers []said, more bool, t demands) outcome {
	nos, solid, words := 0, false, false
	for _, a := range answers {
		switch a.verdict {
		case vacant.Registered:
			if nos > 0 {
				return unproven(vacant.ReasonSourceConflict)
			}
			return outcome{verdict: vacant.Registered}
		case vacant.Reserved, vacant.Premium:
			// RDAP has no word for these: its 404 beside them is no contradiction.
			return outcome{verdict: a.verdict}
		case vacant.Available:
			nos++
			solid = solid || !a.weak
			words = words || a.kind != vacant.KindRDAP
		}
	}
	switch {
	case nos > 0 && t.nodata:
		return unproven(vacant.ReasonSourceConflict)
	case nos > 0 && t.provable != nil:
		return unproven(vacant.ReasonDNSUnproven)
	case enough(nos, solid, words, t):
		return outcome{verdict: vacant.Available}
	case len(answers) > 0 && limited(answers[len(answers)-1].reason):
		// Its registry said "later". To ask it by another door is not what it meant.
		return unproven(answers[len(answers)-1].reason)
	case more:
		return outcome{next: true}
	}
	return unproven(lacking(answers, nos, t))
}

func enough(nos int, solid, words bool, t demands) bool {
	switch {
	case nos >= 2:
		return t.withheld == vacant.ReasonNone || words
	case nos == 1:
		return solid && !t.wildcard && t.withheld == vacant.ReasonNone
	}
	return false
}

func limited(r vacant.Reason) bool {
	return r == vacant.ReasonRateLimited || r == vacant.ReasonLockedOut
}

// lacking says why the answers of all sources there are prove nothing.
func lacking(answers []said, nos int, t demands) vacant.Reason {
	if len(answers) == 0 {
		return vacant.ReasonNoRegistry
	}
	if nos > 0 && t.withheld != vacant.ReasonNone {
		return t.withheld
	}
	for _, a := range answers {
		if a.verdict == vacant.Undetermined {
			return a.reason
		}
		if a.watched {
			return vacant.ReasonControlFailed
		}
	}
	// A no that would need a second source where there is none.
	return vacant.ReasonNoRegistry
}
