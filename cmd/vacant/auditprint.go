package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/store"
)

// print shows an audit: the evidence of the disagreements, then the table, so
// that what counts stands last on a terminal.
func (c *audit) print(made *pipeline.AuditReport) error {
	if c.json {
		return auditJSON(c.stdout, made)
	}
	for i := range made.Disagreements {
		if _, err := io.WriteString(c.stdout, disagreementText(&made.Disagreements[i])+"\n"); err != nil {
			return err
		}
	}
	_, err := io.WriteString(c.stdout, auditTable(made)+auditNotes(made))
	return err
}

// disagreementText shows one name of which two paths say different things.
func disagreementText(d *pipeline.Disagreement) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s\n", strings.ToUpper(string(d.Outcome)), d.Name, vacant.SafeText(d.Why))
	if d.Recorded == nil {
		fmt.Fprintf(&b, "the store: delegated in DNS at %s or up to an hour later; no more is kept of such names\n", stamp(d.At))
	}
	for _, side := range []struct {
		title string
		r     *vacant.Result
	}{{"the store", d.Recorded}, {"now, by the independent path", d.Now}, {"now, by the record's own source", d.Own}} {
		if side.r != nil {
			fmt.Fprintf(&b, "%s: %s%s", side.title, verdictLine(side.r), ledger(side.r))
		}
	}
	return b.String()
}

// auditTable shows a line for each TLD and class, for each class, and for all,
// in the 80 columns of a terminal where TLDs and numbers are short.
func auditTable(made *pipeline.AuditReport) string {
	lines := [][]string{{"TLD", "CLASS", "NAMES", "AGREED", "CHANGED", "WRONG", "UNDECIDED", "NO PATH", "WRONG %"}}
	if made.Total.NotReached > 0 {
		lines[0] = append(lines[0], "NOT REACHED")
	}
	for i := range made.Rows {
		lines = append(lines, auditCells(&made.Rows[i], made))
	}
	for i := range made.Classes {
		lines = append(lines, auditCells(&made.Classes[i], made))
	}
	return columns(append(lines, auditCells(&made.Total, made)))
}

func auditCells(r *pipeline.AuditRow, made *pipeline.AuditReport) []string {
	cells := []string{cmp.Or(r.Suffix, "all"), cmp.Or(string(r.Class), "all"), fmt.Sprint(r.Names)}
	for _, n := range []int{r.Agreed, r.Changed, r.Wrong, r.Undecided, r.NotAudited} {
		cells = append(cells, fmt.Sprint(n))
	}
	rate := "-"
	if r.Rate != nil {
		rate = fmt.Sprintf("%s (%s-%s)", hundredths(*r.Rate), hundredths(*r.Low), hundredths(*r.High))
	}
	cells = append(cells, rate)
	if made.Total.NotReached > 0 {
		cells = append(cells, fmt.Sprint(r.NotReached))
	}
	return cells
}

// hundredths writes a share in percent, with no more digits than say something.
func hundredths(share float64) string {
	digits := 2
	if share >= 0.1 {
		digits = 1
	}
	text := strconv.FormatFloat(100*share, 'f', digits, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// auditNotes says why names were not decided, and what was not drawn from.
func auditNotes(made *pipeline.AuditReport) string {
	var b strings.Builder
	for _, why := range sortedKeys(made.NoPath) {
		fmt.Fprintf(&b, "no path for %d: %s\n", made.NoPath[why], vacant.SafeText(why))
	}
	for _, why := range sortedKeys(made.Doubts) {
		fmt.Fprintf(&b, "undecided %d: %s\n", made.Doubts[why], vacant.SafeText(why))
	}
	for _, u := range made.Unnamed {
		fmt.Fprintf(&b, "not drawn from: %d delegated names of space %s: %s\n", u.Delegated, u.Space, vacant.SafeText(u.Why))
	}
	for i := range made.Unverified {
		b.WriteString(unverifiedText(&made.Unverified[i]) + "\n")
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}

// unverifiedText says of what under a TLD an audit shows nothing.
func unverifiedText(u *pipeline.Unverified) string {
	switch {
	case len(u.Classes) == 0:
		return "not verified " + u.Suffix + ": the store has no such name there"
	case u.Whole:
		return "not verified " + u.Suffix + ": nothing could be decided"
	}
	return "not verified " + u.Suffix + ": nothing could be decided of " + joinWords(u.Classes)
}

// rateText is a row's rate with its interval.
func rateText(r *pipeline.AuditRow) string {
	return fmt.Sprintf("%.2f %%, 95 %% interval %.2f to %.2f", 100**r.Rate, 100**r.Low, 100**r.High)
}

// disagreementJSON is a disagreement; the results are records as export prints them.
type disagreementJSON struct {
	Domain   vacant.Name       `json:"domain"`
	TLD      string            `json:"tld"`
	Class    store.SampleClass `json:"class"`
	Outcome  pipeline.Outcome  `json:"outcome"`
	Why      string            `json:"why"`
	At       string            `json:"at"`
	Recorded json.RawMessage   `json:"recorded,omitempty"`
	Now      json.RawMessage   `json:"now,omitempty"`
	Own      json.RawMessage   `json:"own,omitempty"`
}

// auditJSON prints an audit as one line of JSON.
func auditJSON(w io.Writer, made *pipeline.AuditReport) error {
	list := make([]disagreementJSON, len(made.Disagreements))
	for i, d := range made.Disagreements {
		list[i] = disagreementJSON{Domain: d.Name, TLD: d.Suffix, Class: d.Class, Outcome: d.Outcome, Why: vacant.SafeText(d.Why), At: stamp(d.At)}
		for _, side := range []struct {
			r  *vacant.Result
			to *json.RawMessage
		}{{d.Recorded, &list[i].Recorded}, {d.Now, &list[i].Now}, {d.Own, &list[i].Own}} {
			var err error
			if *side.to, err = resultJSON(side.r); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(struct {
		Schema int `json:"schema"`
		*pipeline.AuditReport
		Disagreements []disagreementJSON `json:"disagreements"`
	}{1, made, list})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// resultJSON is a result as export -j prints it, nil for none.
func resultJSON(r *vacant.Result) (json.RawMessage, error) {
	if r == nil {
		return nil, nil
	}
	var b bytes.Buffer
	e, err := store.NewEncoder(&b, store.JSONL, false)
	if err != nil {
		return nil, err
	}
	if err := e.Encode(*r); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), e.Close()
}
