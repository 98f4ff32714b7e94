package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"vacant"
	"vacant/generator"
	"vacant/rdapstage"
)

// assumedShare is the share of candidates that reaches stage two, for the
// estimate before anything is known: about one name in ten is not delegated in the spaces people hunt in.
const assumedShare = 0.1

// hopeless returns the suffixes under which no registry will ever say no.
func hopeless(fs []rdapstage.Forecast) map[string]bool {
	set := make(map[string]bool)
	for _, f := range fs {
		if f.ClosedTLD || f.Reason == vacant.ReasonNoRegistry {
			set[f.Suffix] = true
		}
	}
	return set
}

// forecastLines says which suffixes cannot be confirmed, and how long stage two may take.
func forecastLines(fs []rdapstage.Forecast, gen *generator.Generator) []string {
	var lines []string
	unconfirmed := make(map[vacant.Reason][]string)
	perOperator := make(map[string]int)
	rates := make(map[string]float64)
	for _, f := range fs {
		switch {
		case f.ClosedTLD:
			unconfirmed[vacant.ReasonClosedTLD] = append(unconfirmed[vacant.ReasonClosedTLD], f.Suffix)
		case f.Reason != vacant.ReasonNone:
			unconfirmed[f.Reason] = append(unconfirmed[f.Reason], f.Suffix)
		case f.Rate > 0:
			perOperator[f.Operator]++
			rates[f.Operator] = f.Rate
		}
	}
	for _, reason := range sortedKeys(unconfirmed) {
		lines = append(lines, unconfirmedLine(reason, unconfirmed[reason]))
	}
	if line := durationLine(perOperator, rates, len(fs), gen); line != "" {
		lines = append(lines, line)
	}
	return lines
}

// SomeOf lists the first dozen of words, and counts the others.
func SomeOf(words []string) string {
	const most = 12
	list := strings.Join(words[:min(most, len(words))], ", ")
	if len(words) > most {
		list += fmt.Sprintf(" and %d more", len(words)-most)
	}
	return list
}

func unconfirmedLine(reason vacant.Reason, suffixes []string) string {
	list := SomeOf(suffixes)
	if reason == vacant.ReasonClosedTLD {
		return fmt.Sprintf("nobody can register names under %s (closed-tld)", list)
	}
	return fmt.Sprintf("names under %s cannot be confirmed as available (%s)", list, reason)
}

// durationLine estimates stage two's time by its slowest operator.
func durationLine(suffixes map[string]int, rates map[string]float64, total int, gen *generator.Generator) string {
	count, _ := gen.Count()
	if gen.HasLists() || count == 0 || total == 0 {
		return ""
	}
	worst, slowest := 0.0, "" // in seconds: a large space takes longer than a time.Duration holds
	for _, op := range sortedKeys(suffixes) {
		names := assumedShare * float64(count) * float64(suffixes[op]) / float64(total)
		if seconds := names / rates[op]; seconds > worst {
			worst, slowest = seconds, op
		}
	}
	if slowest == "" || worst < 2*60 {
		return ""
	}
	return fmt.Sprintf("if one name in ten is not delegated, stage two takes about %s: %s is asked %.3g times a second",
		roughly(worst), slowest, rates[slowest])
}

// roughly says how long so many seconds are, in the unit that a person would use.
func roughly(seconds float64) string {
	const hour, day, year = 3600, 24 * 3600, 365 * 24 * 3600
	switch {
	case seconds < 2*hour:
		return fmt.Sprintf("%.0f minutes", seconds/60)
	case seconds < 2*day:
		return fmt.Sprintf("%.0f hours", seconds/hour)
	case seconds < 2*year:
		return fmt.Sprintf("%.0f days", seconds/day)
	}
	return fmt.Sprintf("%.0f years", seconds/year)
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
