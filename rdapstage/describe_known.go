package rdapstage

import (
	"slices"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
	"vacant/rdapstage/reading"
)

// Known is what is known of an endpoint for one suffix besides where it is: why
// its no may not be enough, by what its replies are read, and what its last
// calibrations found.
type Known struct {
	Speaks string        // the host by whose rules its texts are read, where that is another
	Set    string        // the closed set of answers of a DAS, see facts.DAS
	Second Second        // why its no counts only with another source
	Rules  reading.Known // a WHOIS server's "not found"

	Control     vacant.Name // the registered control that held last
	FreeDue     bool        // the free control is due with the next name
	Empty       bool        // it answers a random label with an empty 404
	Quarantined time.Time   // it failed a control, and is not asked until then
	Watched     time.Time   // ... and needs a second source until then

	Learned, Learning Template   // a "not found" that it taught itself; one that it gave once
	Replaced          []Template // earlier versions, the latest first

	Questions   int // one check puts to it, where it is asked at all and its controls hold; 0 = it is quarantined
	LimitSource string
	UsedToday   int64 // questions of the last 24 h that count for its day's quota; -1 = not known
}

// Template is one version of a learned "not found", the name masked by # and dates by ~.
type Template struct {
	Text     string
	Since    time.Time // when it was given first
	Learned  time.Time // when it was given again, and counted from then on
	Replaced time.Time // when another took its place
}

// Second says why a no needs a second source, "" if it does not.
type Second string

// The reasons.
const (
	SecondNone     Second = ""
	SecondUnlisted Second = "unlisted" // IANA does not list the base for the suffix, or the base has given false ones
	SecondAsked    Second = "asked"    // --second-source says so
	SecondWeak     Second = "weak"     // a service whose "free" its registry does not publish, or over plain http
	SecondWatch    Second = "watch"    // it failed a control in the last 7 days
)

// knownOf returns what is known of a lane that has been recalled.
func (s *Stage) knownOf(l *lane) Known {
	now := s.now()
	k := Known{Set: l.dasSet, Second: s.secondOf(l, now), Control: l.lastName, FreeDue: l.free.due(now, l.timing), Empty: l.free.empty, UsedToday: -1,
		Quarantined: after(later(l.bad, l.pool.bad), now), Learned: templateOf(l.templates.Known), Learning: templateOf(l.templates.Next)}
	if failed := later(l.watched, l.pool.watched); !failed.IsZero() {
		k.Watched = after(failed.Add(watchFor), now)
	}
	if l.speaks != l.host {
		k.Speaks = l.speaks
	}
	if l.kind == vacant.KindWHOIS {
		k.Rules = reading.KnownOf(l.speaks)
	}
	for _, old := range l.templates.Old {
		k.Replaced = append(k.Replaced, templateOf(old))
	}
	if k.Quarantined.IsZero() {
		k.Questions = questionsOfCheck(k.FreeDue)
	}
	return k
}

// questionsOfCheck is what one name costs: a registered control before it and
// one after it, and the free control on a suffix's first name of the day.
func questionsOfCheck(freeDue bool) int {
	if freeDue {
		return 4
	}
	return 3
}

// after returns at, or the zero time if that is not after now.
func after(at, now time.Time) time.Time {
	if !at.After(now) {
		return time.Time{}
	}
	return at
}

func templateOf(t template) Template { return Template{t.Text, t.At, t.Learned, t.Replaced} }

// secondOf says why the no of a lane's endpoint is not enough.
func (s *Stage) secondOf(l *lane, now time.Time) Second {
	switch {
	case l.needsSecond && l.kind == vacant.KindRDAP && slices.Contains(s.cfg.SecondSource, l.suffix):
		return SecondAsked
	case l.needsSecond && l.kind == vacant.KindRDAP:
		return SecondUnlisted
	case l.needsSecond:
		return SecondWeak
	case l.watching(now):
		return SecondWatch
	}
	return SecondNone
}

// usesOf returns how many of a suffix's sources a free name takes when all of
// them answer as they should, 0 if none of that confirms it, and how many
// questions that costs.
func usesOf(list []Endpoint, t demands) (uses, questions int) {
	findings := make([]Finding, len(list))
	for i := range list {
		findings[i] = Finding{Endpoint: list[i]}
		if !list[i].Known.Quarantined.IsZero() {
			findings[i].Fault, findings[i].Reason = FaultQuarantined, vacant.ReasonControlFailed
		}
	}
	why, uses := outlook(findings, t)
	for i := range uses {
		questions += list[i].Known.Questions
	}
	if why != vacant.ReasonNone {
		return 0, questions
	}
	return uses, questions
}

// demandsOf returns what a free name under suffix must meet, as far as the
// tables know.
func (s *Stage) demandsOf(suffix string, f facts.Suffix) demands {
	return demands{wildcard: f.Wildcard && s.embeddedWorld(), withheld: facts.Withheld(suffix, freeLike)}
}
