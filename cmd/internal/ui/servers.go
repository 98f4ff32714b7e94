package ui

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vacant/cmd/internal/pipeline"
)

// shownServers is how many servers are listed by themselves, the worst ones;
// the rest is folded into one line.
const shownServers = 8

// Servers prints what became of the queries to each server, the worst first.
func Servers(w io.Writer, st *pipeline.DNSStats) {
	all := worstFirst(st.Servers)
	shown := all
	if len(all) > shownServers+1 { // one more takes no more room than the line that would fold it
		shown = all[:shownServers]
	}
	var b strings.Builder
	for _, s := range shown {
		fmt.Fprintf(&b, "vacant: server %s: %s, %s, %s\n", s.Server, queries(&s), s.RTT.Round(100*time.Microsecond), s.State)
	}
	if rest := all[len(shown):]; len(rest) > 0 {
		sum := total(rest)
		fmt.Fprintf(&b, "vacant: %d more servers: %s\n", len(rest), queries(&sum))
	}
	_, _ = io.WriteString(w, b.String())
}

func queries(s *pipeline.ServerStats) string {
	return fmt.Sprintf("%s sent, %s answered, %s retried, %s lost, %s failed",
		thousands(s.Sent), thousands(s.Answered), thousands(s.Resent), percent(s.TimedOut, s.Sent), thousands(s.Failed))
}

// worstFirst returns the servers that were asked: those not to be used, then
// those that lost most of what they were sent, then the busiest.
func worstFirst(servers []pipeline.ServerStats) []pipeline.ServerStats {
	all := slices.DeleteFunc(slices.Clone(servers), func(s pipeline.ServerStats) bool { return s.Sent == 0 })
	slices.SortStableFunc(all, func(a, b pipeline.ServerStats) int {
		return cmp.Or(
			-cmp.Compare(standing(a.State), standing(b.State)),
			-cmp.Compare(lossOf(&a), lossOf(&b)),
			-cmp.Compare(a.Sent, b.Sent),
		)
	})
	return all
}

func standing(state string) int { return slices.Index([]string{"ok", "quarantined", "liar"}, state) }

// lossOf is the share of queries that were of no use, in parts of a thousand:
// less than that is chance, and says nothing about who is worse.
func lossOf(s *pipeline.ServerStats) uint64 { return 1000 * (s.TimedOut + s.Failed) / max(s.Sent, 1) }

func total(servers []pipeline.ServerStats) (sum pipeline.ServerStats) {
	for _, s := range servers {
		sum.Sent, sum.Answered, sum.TimedOut = sum.Sent+s.Sent, sum.Answered+s.Answered, sum.TimedOut+s.TimedOut
		sum.Failed, sum.Resent = sum.Failed+s.Failed, sum.Resent+s.Resent
	}
	return sum
}

// percent writes part of whole with one decimal, "0%" only when there is none.
func percent(part, whole uint64) string {
	switch {
	case part == 0 || whole == 0:
		return "0%"
	case part*1000 < whole:
		return "<0.1%"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}
