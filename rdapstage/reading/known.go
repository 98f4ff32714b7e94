package reading

import (
	"slices"

	"vacant/rdapstage/facts"
)

// Known is what is known of one WHOIS server's "not found", beside the strict
// lines, which hold for every registry's server.
type Known struct {
	Repeats bool     // it always has the name in it: one without is not its own
	Whole   []string // whole replies, in lower case, lines joined by "|", the name as {name}
	Lines   []string // sentences that no other server writes, as regular expressions
}

// KnownOf returns what is known of host alone; the zero value is nothing.
func KnownOf(host string) Known {
	r := rowOf(facts.BareHost(host))
	k := Known{Repeats: r.repeats}
	for _, whole := range slices.Concat(r.whole, r.unended) {
		if !slices.Contains(k.Whole, whole) {
			k.Whole = append(k.Whole, whole)
		}
	}
	for _, line := range r.lines {
		k.Lines = append(k.Lines, line.String())
	}
	return k
}
