package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"vacant"
	"vacant/cmd/internal/pipeline"
)

// planWidth is how many columns a plan may take.
const planWidth = 80

// printPlan prints a plan as a person reads it: what there is, how long it
// takes and who is slowest, then the registries.
func printPlan(out io.Writer, p *pipeline.Plan) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { _, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) } // Flush has the error
	row("candidates", candidatesText(p))
	for i, line := range storeTexts(p) {
		row([]string{"store", ""}[min(i, 1)], line)
	}
	row("stage one", fmt.Sprintf("%s at %s/s: %s", span(p.StageOne.Seconds), number(p.StageOne.Rate), p.StageOne.Basis))
	row("stage two", stageTwoText(p))
	row("disk", diskText(&p.Disk))
	row("end", endText(p))
	for i, line := range fitTexts(p) {
		row([]string{"deadline", ""}[min(i, 1)], line)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := printOperators(out, p); err != nil {
		return err
	}
	for _, line := range unconfirmed(p) {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

func candidatesText(p *pipeline.Plan) string {
	text := fmt.Sprintf("%s = %s known + %s to ask", count(p.Candidates), count(p.Known), count(p.Left))
	if !p.Exact {
		text = "at most " + text
	}
	if p.Invalid > 0 {
		text += fmt.Sprintf("; %s invalid", count(p.Invalid))
	}
	if p.Duplicate > 0 {
		text += fmt.Sprintf("; %s named twice", count(p.Duplicate))
	}
	return text
}

func storeTexts(p *pipeline.Plan) []string {
	switch p.Store.State {
	case pipeline.StoreNone:
		return []string{"none yet"}
	case pipeline.StoreLocked:
		return []string{"locked by another run: what it knows is not counted"}
	}
	text := []string{vacant.SafeText(p.Store.Path)}
	if p.Carried > 0 {
		text = append(text, count(p.Carried)+" names wait for stage two from earlier runs")
	}
	return text
}

func stageTwoText(p *pipeline.Plan) string {
	switch {
	case len(p.Operators) == 0:
		return "no name can be confirmed"
	case p.Operators[0].Seconds == 0:
		return "nothing is left to ask"
	}
	low, high := p.Operators[0].SecondsLow, p.Operators[0].SecondsHigh
	text := span(p.Operators[0].Seconds)
	switch bases := shareBases(p); {
	case slices.Equal(bases, []string{pipeline.ShareAssumed}):
		return text + " by " + p.Operators[0].Operator + ", if 1 in 10 is not delegated (assumed)"
	case span(low) != span(high) && !slices.Contains(bases, pipeline.ShareAssumed):
		text += fmt.Sprintf(" (%s to %s)", span(low), span(high))
	}
	return text + " by " + p.Operators[0].Operator
}

// shareBases returns what the shares of suffixes that can be confirmed rest on.
func shareBases(p *pipeline.Plan) []string {
	var all []string
	for _, s := range p.Suffixes {
		if s.Reason == "" && s.Left > 0 {
			all = append(all, s.Share.Basis)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func diskText(d *pipeline.DiskPlan) string {
	basis := "usual sizes"
	if d.Measured {
		basis = "as this store's records"
	}
	text := fmt.Sprintf("about %s more (%s)", octets(d.Need), basis)
	switch {
	case d.Free < 0:
	case d.Need > float64(d.Free):
		text += fmt.Sprintf("; ONLY %s ARE FREE", octets(float64(d.Free)))
	default:
		text += fmt.Sprintf("; %s free", octets(float64(d.Free)))
	}
	return text
}

func endText(p *pipeline.Plan) string {
	if p.End.IsZero() {
		return "in " + span(p.Seconds)
	}
	local := p.End.Local()
	text := local.Format("Mon 2 Jan 2006 15:04 MST")
	if _, offset := local.Zone(); offset != 0 {
		text += p.End.UTC().Format(" (15:04 UTC)")
	}
	return fmt.Sprintf("%s, in %s", text, span(p.Seconds))
}

// unconfirmed says which suffixes no registry can be asked about.
func unconfirmed(p *pipeline.Plan) []string {
	byReason := make(map[vacant.Reason][]string)
	var reasons []vacant.Reason
	for _, s := range p.Suffixes {
		if s.Reason == "" {
			continue
		}
		if byReason[s.Reason] == nil {
			reasons = append(reasons, s.Reason)
		}
		byReason[s.Reason] = append(byReason[s.Reason], s.Suffix)
	}
	slices.Sort(reasons)
	var lines []string
	for _, r := range reasons {
		lines = append(lines, wrap("cannot be confirmed ("+string(r)+"): ", byReason[r])...)
	}
	return lines
}

// wrap puts words behind a head, on as many lines as it takes.
func wrap(head string, words []string) []string {
	lines := []string{head}
	for i, word := range words {
		if i < len(words)-1 {
			word += ", "
		}
		last := &lines[len(lines)-1]
		if len(*last)+len(word) > planWidth {
			*last = strings.TrimRight(*last, " ")
			lines = append(lines, "  "+word)
		} else {
			*last += word
		}
	}
	return lines
}

func count(n uint64) string { return number(float64(n)) }

// number is n rounded to a whole one, with its thousands apart.
func number(n float64) string {
	if n >= 1e15 {
		return fmt.Sprintf("%.2g", n)
	}
	digits := fmt.Sprintf("%.0f", n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func rate(perSecond float64) string {
	if perSecond == 0 {
		return "open"
	}
	return fmt.Sprintf("%.3g", perSecond)
}

func octets(n float64) string {
	units := []string{"B", "KB", "MB", "GB", "TB"}
	i := 0
	for n >= 1000 && i < len(units)-1 {
		n /= 1000
		i++
	}
	return fmt.Sprintf("%.3g %s", n, units[i])
}

// span says how long so many seconds are, in the unit that a person would use.
func span(seconds float64) string {
	const minute, hour, day, year = 60, 3600, 24 * 3600, 365 * 24 * 3600
	switch {
	case seconds < 1:
		return "1 s"
	case seconds < 2*minute:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 2*hour:
		return fmt.Sprintf("%.0f min", seconds/minute)
	case seconds < 2*day:
		return fmt.Sprintf("%.1f h", seconds/hour)
	case seconds < 2*year:
		return fmt.Sprintf("%.0f days", seconds/day)
	}
	return number(seconds/year) + " years"
}
