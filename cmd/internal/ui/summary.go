package ui

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"vacant"
	"vacant/cmd/internal/pipeline"
)

// Summarize prints how a run ended: a line of what was found, and the two equations.
func Summarize(w io.Writer, s pipeline.Summary) {
	c := &s.Counts
	names := "names"
	if s.Shown == 1 {
		names = "name"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "vacant: %s after %s: %s available, %s registered, %s reserved, %s premium, %s undetermined, %s waiting\n",
		s.End, round(s.Elapsed), thousands(c.Available), thousands(c.Registered+c.Delegated), thousands(c.Reserved),
		thousands(c.Premium), thousands(c.Undetermined+c.UndeterminedDNS), thousands(c.Waiting))
	fmt.Fprintf(&b, "vacant: %s available %s shown, %s candidates (%s/s), %s DNS queries, %s registry questions (%s of them controls)\n",
		thousands(uint64(s.Shown)), names, thousands(c.Generated), thousands(perSecond(c.Generated, s.Elapsed)),
		thousands(s.DNS.Asked), thousands(s.RDAP.Asked+s.RDAP.Controls), thousands(s.RDAP.Controls))
	fmt.Fprintf(&b, "vacant: %s\nvacant: %s\nvacant: %s\n", dnsLine(&s.DNS), c.StageOne(), c.StageTwo())
	b.WriteString(unreachedLines(&s.DNS))
	_, _ = io.WriteString(w, b.String())
}

// SummarizeDNS prints how a run of stage one alone ended: a line of what was
// found, and what became of the queries.
func SummarizeDNS(w io.Writer, s pipeline.Summary) {
	c := &s.Counts
	answered := c.Delegated + c.Queued + c.UndeterminedDNS
	var b strings.Builder
	fmt.Fprintf(&b, "vacant: %s after %s: %s names answered (%s/s): %s", s.End, round(s.Elapsed),
		thousands(answered), thousands(perSecond(answered, s.Elapsed)), statusText(&s.DNS))
	for _, n := range []struct {
		count uint64
		word  string
	}{{c.Unasked, "not asked"}, {c.Duplicate, "duplicate"}, {c.Invalid, "no names"}} {
		if n.count > 0 {
			fmt.Fprintf(&b, "; %s %s", thousands(n.count), n.word)
		}
	}
	fmt.Fprintf(&b, "\nvacant: %s\n", dnsLine(&s.DNS))
	b.WriteString(unreachedLines(&s.DNS))
	_, _ = io.WriteString(w, b.String())
}

// summaryRecord is the last line of a run's JSONL.
type summaryRecord struct {
	Schema  int `json:"schema"`
	Summary any `json:"summary"`
}

type summary struct {
	RunID          string        `json:"run_id"`
	World          string        `json:"world"`
	Started        time.Time     `json:"started"`
	ElapsedSeconds float64       `json:"elapsed_seconds"`
	End            string        `json:"end"`
	Shown          int           `json:"shown"`
	NoRegistry     uint64        `json:"no_registry"`
	Rate           uint64        `json:"names_per_second"`
	Via            string        `json:"via,omitempty"`
	DNSQueries     uint64        `json:"dns_queries"`
	DNS            dnsSummary    `json:"dns"`
	Questions      uint64        `json:"registry_questions"`
	Controls       uint64        `json:"registry_controls"`
	Counts         vacant.Counts `json:"counts"`
	StageOne       string        `json:"stage_one"`
	StageTwo       string        `json:"stage_two"`
}

// SummaryJSON returns the record, a line of JSON, that ends a run's JSONL.
func SummaryJSON(s pipeline.Summary) []byte {
	return record(summary{
		RunID: s.RunID, World: s.World, Started: s.Started.UTC().Truncate(time.Second), ElapsedSeconds: s.Elapsed.Seconds(), End: s.End,
		Shown: s.Shown, NoRegistry: s.NoRegistry, Rate: perSecond(s.Counts.Generated, s.Elapsed), Via: string(s.Via),
		DNSQueries: s.DNS.Asked, DNS: summaryOf(&s.DNS), Questions: s.RDAP.Asked + s.RDAP.Controls, Controls: s.RDAP.Controls,
		Counts: s.Counts, StageOne: s.Counts.StageOne(), StageTwo: s.Counts.StageTwo(),
	})
}

// namesSummary is the record of stage one alone.
type namesSummary struct {
	Started        time.Time     `json:"started"`
	ElapsedSeconds float64       `json:"elapsed_seconds"`
	End            string        `json:"end"`
	Rate           uint64        `json:"names_per_second"`
	Via            string        `json:"via,omitempty"`
	DNS            dnsSummary    `json:"dns"`
	Counts         vacant.Counts `json:"counts"`
	StageOne       string        `json:"stage_one"`
}

// DNSSummaryJSON is [SummaryJSON] for a run of stage one alone.
func DNSSummaryJSON(s pipeline.Summary) []byte {
	return record(namesSummary{
		Started: s.Started.UTC().Truncate(time.Second), ElapsedSeconds: s.Elapsed.Seconds(), End: s.End,
		Rate: perSecond(s.Counts.Generated, s.Elapsed), Via: string(s.Via), DNS: summaryOf(&s.DNS),
		Counts: s.Counts, StageOne: s.Counts.StageOne(),
	})
}

func record(of any) []byte {
	line, err := json.Marshal(summaryRecord{Schema: 1, Summary: of})
	if err != nil {
		return nil // only numbers and texts of our own: cannot happen
	}
	return append(line, '\n')
}

func perSecond(n uint64, d time.Duration) uint64 {
	if d <= 0 {
		return 0
	}
	return uint64(float64(n) / d.Seconds())
}

func round(d time.Duration) time.Duration {
	if d < time.Minute {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(time.Second)
}

// thousands writes 1234567 as 1,234,567.
func thousands(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
