package rdapstage

import (
	"time"

	"vacant"
	"vacant/rdapstage/facts"
)

// Forecast says, for a suffix, whether stage two can confirm names in it and how fast.
type Forecast struct {
	Suffix    string
	Operator  string
	Rate      float64       // names/s that its operators allow, controls taken off; 0 = no limit
	PerDay    int           // questions in 24 h, controls among them; 0 = no limit
	Reason    vacant.Reason // why names cannot be confirmed; "" when they can
	ClosedTLD bool
}

// Endpoint is one place that knows about a suffix, for "registry show".
type Endpoint struct {
	Kind        vacant.Kind
	Base        string // URL or host:port
	Operator    string
	Budget      string // its own, or its operator's that counts all together; what --rdap-rate and Rates name
	Source      string // "bootstrap", "embedded", "hand"
	Limit       Limit
	NeedsSecond bool // its no counts only if another source agrees
	LastControl time.Time
	LastFree    time.Time
	LockedUntil time.Time
	Known       Known
}

// Description is all that stage two knows about a suffix.
type Description struct {
	Suffix    string
	Policy    string // open, brand, closed, restricted, infrastructure, ""
	Denial    string // NSEC, NSEC3, "" (not known)
	Wildcard  bool
	Endpoints []Endpoint // in the order in which they are asked
	Uses      int        // how many of them confirm a free name together, from the first; 0 = they cannot
	Questions int        // what one check of a free name costs them, first controls included
	Closed    bool       // nobody may register there: nothing is asked
	Notes     []string
}

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
	d := Endpoint{Kind: e.kind, Base: e.base, Operator: facts.OperatorOfBudget(name), Budget: name, Source: e.source, Limit: s.limitFor(name, &e),
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
