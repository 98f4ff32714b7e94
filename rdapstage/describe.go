package rdapstage

import (
	"time"

	"vacant"
	"vacant/rdapstage/facts"
)

// Forecast answers for each suffix.
func (s *Stage) Forecast(suffixes []string) []Forecast {
	list := make([]Forecast, len(suffixes))
	for i, suffix := range suffixes {
		list[i] = s.forecast(suffix)
	}
	return list
}

func (s *Stage) forecast(suffix string) Forecast {
	known := facts.For(suffix)
	f := Forecast{Suffix: suffix}
	if f.ClosedTLD = facts.Withheld(suffix, "a-free-label") == vacant.ReasonClosedTLD; f.ClosedTLD {
		f.Reason = vacant.ReasonClosedTLD
		return f
	}
	list := s.endpoints(suffix, known)
	if len(list) == 0 || (list[0].needsSecond || known.Wildcard && s.embeddedWorld()) && len(list) < 2 {
		f.Reason = vacant.ReasonNoRegistry
		return f
	}
	f.Operator = s.budgetOf(&list[0])
	limit := s.limitFor(f.Operator, &list[0])
	f.Rate, f.PerDay = limit.Rate()*headroom*controlsLeave, limit.PerDay
	s.mu.Lock()
	defer s.mu.Unlock()
	if list[0].port43() && !list[0].hand() && s.blockedLocked() {
		f.Reason = vacant.ReasonPort43Blocked
	}
	return f
}

// controlsLeave is the share of questions that are about names: at 48 names a
// control, and one control a minute where the pace is slower.
const controlsLeave = 0.95

// Describe returns what is known about a suffix.
func (s *Stage) Describe(suffix string) Description {
	f := facts.For(suffix)
	d := Description{Suffix: suffix, Policy: f.Policy, Denial: f.Denial, Wildcard: f.Wildcard}
	for _, e := range s.endpoints(suffix, f) {
		d.Endpoints = append(d.Endpoints, s.describe(suffix, e))
	}
	d.Closed = Closed(suffix)
	d.Uses, d.Questions = usesOf(d.Endpoints, s.demandsOf(suffix, f))
	d.Notes = s.notes(suffix, f, &d)
	return d
}

func (s *Stage) describe(suffix string, e endpoint) Endpoint {
	name := s.budgetOf(&e)
	l := &lane{endpoint: e, suffix: suffix, timing: &s.cfg.Timing}
	s.recall(l)
	d := Endpoint{Kind: e.kind, Base: e.base, Operator: budgetOperator(name), Budget: name, Source: e.source, Limit: s.limitFor(name, &e),
		NeedsSecond: e.needsSecond || l.watching(s.now()), LastControl: l.lastControl, LastFree: l.free.at, Known: s.knownOf(l)}
	_, d.Known.LimitSource = d.LimitText()
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.operators[name]; o != nil {
		if o.until.After(s.now()) {
			d.LockedUntil = o.until
		}
		d.LastControl, d.LastFree = o.lastControls(&e, suffix, d.LastControl, d.LastFree)
	}
	return d
}

// lastControls returns when the lane of an endpoint and suffix last passed its
// controls in this process, else what was remembered.
func (o *operator) lastControls(e *endpoint, suffix string, control, free time.Time) (time.Time, time.Time) {
	for _, l := range o.lanes {
		if l.suffix != suffix || l.base != e.base {
			continue
		}
		if l.good != nil {
			control = l.good.at
		}
		return control, later(l.free.at, free)
	}
	return control, free
}

func (s *Stage) notes(suffix string, f facts.Suffix, d *Description) []string {
	var notes []string
	add := func(is bool, text string) {
		if is {
			notes = append(notes, text)
		}
	}
	add(d.Closed, "not open for registration: every name is reserved (closed-tld), and nobody is asked")
	add(f.Policy == "restricted", "only some may register there: every name needs a second source that says free in words (likely-reserved)")
	add(len(d.Endpoints) == 0 && !d.Closed, "no registry service is known: names cannot be confirmed (no-registry)")
	add(f.Wildcard && s.embeddedWorld(), "the zone has no NXDOMAIN: available needs two sources that agree")
	add(len(d.Endpoints) == 1 && d.Endpoints[0].NeedsSecond, "the only source needs a second one that agrees: nothing can be confirmed available")
	add(f.Contracted && !d.Closed, "labels of ICANN's Specification 5 and those of one or two characters are likely reserved: they need a second source that says free in words")
	return notes
}
