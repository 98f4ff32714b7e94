//go:build linux

package campaign

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// table is what a campaign counted.
type table struct {
	mu sync.Mutex // guards add

	kills, stops, exports, compacts int
	phases                          map[string]int

	lost, printed, notHeld, inconsistent, unbalanced, torn, wrong int

	unborn int // killed before the store was made

	dns, registry, unread, stopped []int // asked again, a session each; unread of registries while stdout blocked
	oldest                         []time.Duration
	slowest                        time.Duration // from a signal to the end of a stopped hunt
}

// kill counts a killed session.
func (tb *table) kill(e ended) {
	tb.kills++
	if tb.phases == nil {
		tb.phases = make(map[string]int)
	}
	tb.phases[phaseOf(e.seen)]++
}

// recent is how long ago a question of a hunt at work may be.
const recent = 50 * time.Millisecond

// phaseOf says what a session was doing when it ended.
func phaseOf(seen activity) string {
	now := time.Now()
	switch {
	case seen.questions == 0:
		return "1 starting"
	case seen.dns+seen.registry == 0:
		return "2 preflight, or nothing left to ask"
	case now.Sub(seen.lastDNS) < recent && now.Sub(seen.lastRegistry) < recent:
		return "4 both stages ask"
	case now.Sub(seen.lastDNS) < recent:
		return "3 stage one asks"
	case now.Sub(seen.lastRegistry) < recent:
		return "5 stage two asks"
	}
	return "6 nobody is asked: finishing"
}

func (tb *table) stop(e ended, sum *summary) {
	if sum != nil && sum.End != "done" {
		tb.stops++
	}
	tb.slowest = max(tb.slowest, e.fromSign)
}

// again counts what a killed session lost, where it had asked anything.
func (tb *table) again(k killed, l loss) {
	if k.seen.dns > 0 {
		tb.dns, tb.oldest = append(tb.dns, l.dns), append(tb.oldest, l.oldest)
	}
	switch {
	case k.seen.registry > 0 && k.sink == sinkReads:
		tb.registry = append(tb.registry, l.registry)
	case k.seen.registry > 0:
		tb.unread = append(tb.unread, l.registry)
	}
}

func (tb *table) againAfterStop(l loss) { tb.stopped = append(tb.stopped, l.dns+l.registry) }

// add adds another table's counts.
func (tb *table) add(o *table) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.kills, tb.stops, tb.exports, tb.compacts = tb.kills+o.kills, tb.stops+o.stops, tb.exports+o.exports, tb.compacts+o.compacts
	tb.lost, tb.printed, tb.notHeld = tb.lost+o.lost, tb.printed+o.printed, tb.notHeld+o.notHeld
	tb.inconsistent, tb.unbalanced = tb.inconsistent+o.inconsistent, tb.unbalanced+o.unbalanced
	tb.torn, tb.wrong, tb.unborn = tb.torn+o.torn, tb.wrong+o.wrong, tb.unborn+o.unborn
	tb.dns, tb.registry, tb.stopped = append(tb.dns, o.dns...), append(tb.registry, o.registry...), append(tb.stopped, o.stopped...)
	tb.unread = append(tb.unread, o.unread...)
	tb.oldest, tb.slowest = append(tb.oldest, o.oldest...), max(tb.slowest, o.slowest)
	for phase, n := range o.phases {
		if tb.phases == nil {
			tb.phases = make(map[string]int)
		}
		tb.phases[phase] += n
	}
}

// String writes the table in Markdown.
func (tb *table) String() string {
	var b strings.Builder
	row := func(what string, value any) { fmt.Fprintf(&b, "| %s | %v |\n", what, value) }
	b.WriteString("| what | count |\n|---|---|\n")
	row("kill -9 of a hunt", tb.kills)
	row("... of them before the store was made", tb.unborn)
	phases := make([]string, 0, len(tb.phases))
	for phase := range tb.phases {
		phases = append(phases, phase)
	}
	slices.Sort(phases)
	for _, phase := range phases {
		row("... while "+phase[2:], tb.phases[phase])
	}
	row("kill -9 of an export to a file, files torn", fmt.Sprintf("%d, %d", tb.exports, tb.torn))
	row("kill -9 of a compaction", tb.compacts)
	row("committed verdicts lost", tb.lost)
	row("names printed, of them not in the file", fmt.Sprintf("%d, %d", tb.printed, tb.notHeld))
	row("files inconsistent", tb.inconsistent)
	row("stops by signal or deadline, slowest", fmt.Sprintf("%d, %s", tb.stops, tb.slowest.Round(time.Millisecond)))
	row("equations broken, or waiting names miscounted", tb.unbalanced)
	row("verdicts at the end that are not the truth", tb.wrong)
	row("kills of hunts that had asked DNS; names asked again: median, max", fmt.Sprintf("%d; %s", len(tb.dns), spread(tb.dns)))
	row("... so long before the kill they had been asked: median, max", spread(tb.oldest))
	row("kills of hunts that had asked registries; names asked again: median, max", fmt.Sprintf("%d; %s", len(tb.registry), spread(tb.registry)))
	row("... the same while nobody, or hardly anybody, read stdout", fmt.Sprintf("%d; %s", len(tb.unread), spread(tb.unread)))
	row("names asked again after a stop: median, max", spread(tb.stopped))
	return b.String()
}

// spread returns the median and the largest.
func spread[T int | time.Duration](values []T) string {
	if len(values) == 0 {
		return "-"
	}
	slices.Sort(values)
	return fmt.Sprintf("%v, %v", values[len(values)/2], values[len(values)-1])
}
