package hostile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// totals writes what a campaign came to, in Markdown.
func (a *tally) totals(names int, seed uint64, took time.Duration) string {
	var b strings.Builder
	row := func(what string, format string, value ...any) {
		fmt.Fprintf(&b, "| %s | "+format+" |\n", append([]any{what}, value...)...)
	}
	fmt.Fprintf(&b, "HOSTILE=%d SEED=%d, %s\n\n| what | count |\n|---|---|\n", names, seed, took.Round(time.Second))
	row("worlds, nights hunted in", "%d, %d", a.worlds, a.nights)
	row("labelled names", "%d", a.names)
	row("... that DNS did not settle, so that registries were asked about them", "%d", a.reached)
	row("... of those dangerous: registered without a delegation, reserved, premium", "%d", a.dangerous)
	row("questions that registries were asked", "%d", a.questions)
	row("kinds, all of which met dangerous names", "%d", len(a.byKind))
	row("**called available that are not**", "**%d**", a.wrong)
	row("connections to where redirects and referrals lead", "%d", a.strays)
	row("undetermined in the last night, for a reason that time mends", "%d", a.unsettled)
	row("available in truth, found", "%d, %d", a.free, a.found)
	row("missed after the last night", "%d (%.3f %%)", a.missed, 100*float64(a.missed)/float64(max(a.free, 1)))
	return b.String()
}

// kinds writes a row for each kind, in Markdown.
func (a *tally) kinds() string {
	var b strings.Builder
	b.WriteString("| kind | questions it answered | about dangerous names | available in its own worlds | found among the faults | missed in the end | undetermined among the faults |\n|---|---|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(a.byKind)) {
		k := a.byKind[name]
		fmt.Fprintf(&b, "| `%s` | %d | %d | %d | %d | %d | %s |\n", name, k.answered, k.dangerous, k.free, k.first, k.missed, reasonsOf(k.reasons))
	}
	return b.String()
}

// reasonsOf writes reasons and their counts, most frequent first.
func reasonsOf(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, counts[name])
	}
	return strings.Join(names, ", ")
}
