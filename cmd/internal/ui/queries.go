package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vacant"
	"vacant/cmd/internal/pipeline"
)

// dnsLine says where every query went: an equation, like those of the names.
func dnsLine(d *pipeline.DNSStats) string {
	line := fmt.Sprintf("queries sent %d = answered %d + lost by us %d + lost by the network %d + failed %d + in flight %d; %d retried; %s",
		d.Asked, d.Answered, d.LostByUs, d.LostByNetwork, d.Failed, d.Inflight, d.Resent, count(len(asked(d)), "server"))
	if n := liars(d); n > 0 {
		line += fmt.Sprintf(", %d of them caught lying and not believed", n)
	}
	if d.Synthesised > 0 {
		line += fmt.Sprintf("; %s names settled without a query, %s of them delegated", thousands(d.Synthesised), thousands(d.SynthesisedDelegated))
	}
	return line
}

// unreachedLines say about which suffixes nobody could be asked, a line for each cause.
func unreachedLines(d *pipeline.DNSStats) string {
	byCause := make(map[string][]string)
	for _, u := range d.Unreached {
		byCause[u.Why] = append(byCause[u.Why], u.Suffix)
	}
	var b strings.Builder
	for _, why := range slices.Sorted(maps.Keys(byCause)) {
		fmt.Fprintf(&b, "vacant: DNS could not be asked about names under %s: %s\n", pipeline.SomeOf(byCause[why]), vacant.SafeText(why))
	}
	return b.String()
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func asked(d *pipeline.DNSStats) []pipeline.ServerStats { return worstFirst(d.Servers) }

func liars(d *pipeline.DNSStats) (n int) {
	for _, s := range d.Servers {
		if s.State == "liar" {
			n++
		}
	}
	return n
}

// statusText counts the names by status, those without any left out.
func statusText(d *pipeline.DNSStats) string {
	var words []string
	for _, status := range statuses {
		if n := d.ByStatus[status]; n > 0 {
			words = append(words, thousands(n)+" "+status.String())
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// dnsSummary is what became of stage one's queries, in a summary record. Sent is
// answered, lost_by_us, lost_by_network, failed and in_flight together.
type dnsSummary struct {
	Sent          uint64            `json:"sent"`
	Answered      uint64            `json:"answered"`
	LostByUs      uint64            `json:"lost_by_us"`
	LostByNetwork uint64            `json:"lost_by_network"`
	Failed        uint64            `json:"failed"`
	Inflight      uint64            `json:"in_flight"`
	Retried       uint64            `json:"retried"`
	Ignored       uint64            `json:"ignored"`               // replies that failed the checker
	Spared        uint64            `json:"settled_without_query"` // names in ranges that their zone denies, or delegated by the record at such a range
	ByStatus      map[string]uint64 `json:"by_status"`
	Servers       []serverSummary   `json:"servers"` // the worst first
}

// serverSummary is one server's part; who lost a query is not known of each by itself.
type serverSummary struct {
	Server   string  `json:"server"`
	Sent     uint64  `json:"sent"`
	Answered uint64  `json:"answered"`
	Lost     uint64  `json:"lost"`
	Failed   uint64  `json:"failed"`
	Inflight uint64  `json:"in_flight"`
	Retried  uint64  `json:"retried"`
	RTT      float64 `json:"rtt_ms"`
	Rate     float64 `json:"rate"` // limit in queries a second, 0 = none
	State    string  `json:"state"`
}

func summaryOf(d *pipeline.DNSStats) dnsSummary {
	sum := dnsSummary{
		Sent: d.Asked, Answered: d.Answered, LostByUs: d.LostByUs, LostByNetwork: d.LostByNetwork, Failed: d.Failed,
		Inflight: d.Inflight, Retried: d.Resent, Ignored: d.Mismatched, Spared: d.Synthesised, ByStatus: make(map[string]uint64),
		Servers: []serverSummary{},
	}
	for status, n := range d.ByStatus {
		sum.ByStatus[status.String()] += n
	}
	for _, s := range asked(d) {
		sum.Servers = append(sum.Servers, serverSummary{
			Server: s.Server, Sent: s.Sent, Answered: s.Answered, Lost: s.TimedOut, Failed: s.Failed, Inflight: s.Inflight,
			Retried: s.Resent, RTT: float64(s.RTT.Round(time.Microsecond).Microseconds()) / 1000, Rate: s.Rate, State: s.State,
		})
	}
	return sum
}
