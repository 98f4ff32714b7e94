package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"vacant/cmd/internal/pipeline"
)

// Below so many suffixes each has a line of its own; more are named in a list
// under their operator, and --json has the numbers.
const mostRows = 12

// printOperators prints a line for each operator, with its suffixes below it.
func printOperators(out io.Writer, p *pipeline.Plan) error {
	if len(p.Operators) == 0 {
		return nil
	}
	each := len(p.Suffixes) <= mostRows
	head := []string{"OPERATOR", "PER S", "TO ASK", "NOT DELEGATED", "NAMES", "WAIT", "TIME"}
	lines := [][]string{head}
	for i := range p.Operators {
		o := &p.Operators[i]
		of := suffixesOf(p, o)
		cells, named := operatorCells(o, of)
		lines = append(lines, cells)
		switch {
		case named:
		case each && len(of) > 1:
			for _, s := range of {
				lines = append(lines, []string{"  " + s.Suffix, "", short(float64(s.Left)), shareText(s.Share), short(s.Names), short(float64(s.Carried)), ""})
			}
		default:
			for _, line := range suffixLines(o.Suffixes) {
				lines = append(lines, []string{line})
			}
		}
	}
	_, err := io.WriteString(out, "\n"+columns(lines))
	return err
}

func suffixesOf(p *pipeline.Plan, o *pipeline.OperatorPlan) []pipeline.SuffixPlan {
	return slices.DeleteFunc(slices.Clone(p.Suffixes), func(s pipeline.SuffixPlan) bool {
		return s.Reason != "" || s.Operator != o.Operator
	})
}

// operatorCells returns the cells of an operator's line; named says that its
// suffixes stand in it, one or as many as there is room for.
func operatorCells(o *pipeline.OperatorPlan, of []pipeline.SuffixPlan) (cells []string, named bool) {
	share := "-"
	switch {
	case o.Left > 0 && len(of) == 1:
		share = shareText(of[0].Share)
	case o.Left > 0:
		share = fmt.Sprintf("%.1f%%", 100*o.Names/float64(o.Left))
	}
	time := "-"
	if o.Seconds > 0 {
		time = span(o.Seconds)
	}
	if !o.LockedUntil.IsZero() {
		time += "*"
	}
	who := clip(o.Operator, mostOperator)
	if all := strings.Join(o.Suffixes, " "); len(of) == 1 && len(who)+len(all)+3 <= mostOperator {
		who, named = who+" ("+all+")", true
	}
	return []string{who, rate(o.Rate), short(float64(o.Left)), share, short(o.Names), short(float64(o.Carried)), time}, named
}

// mostOperator is how long an operator's name may be in the table.
const mostOperator = 20

// shareText shows a share with its interval, where it has one.
func shareText(s pipeline.Share) string {
	if s.Basis == pipeline.ShareAssumed {
		return fmt.Sprintf("%.0f%% assumed", 100*s.Value)
	}
	return fmt.Sprintf("%.1f%% (%.1f-%.1f)", 100*s.Value, 100*s.Low, 100*s.High)
}

// suffixLines names suffixes on two lines at most.
func suffixLines(suffixes []string) []string {
	lines := wrap("  ", suffixes)
	if len(lines) <= 2 {
		return lines
	}
	shown := strings.Count(lines[0], ",") + strings.Count(lines[1], ",")
	more := fmt.Sprintf(" and %d more", len(suffixes)-shown)
	second := strings.TrimRight(lines[1], ", ")
	if len(second)+len(more) > planWidth {
		second = second[:strings.LastIndex(second[:planWidth-len(more)], ",")]
		more = fmt.Sprintf(" and %d more", len(suffixes)-strings.Count(lines[0], ",")-strings.Count(second, ",")-1)
	}
	return []string{lines[0], second + more}
}

func clip(text string, most int) string {
	if len(text) > most {
		return text[:most-1] + "~"
	}
	return text
}

// short is a number in at most seven columns.
func short(n float64) string {
	switch {
	case n < 999_999.5:
		return number(n)
	case n < 999.5e6:
		return fmt.Sprintf("%.3g M", n/1e6)
	case n < 999.5e9:
		return fmt.Sprintf("%.3g G", n/1e9)
	}
	return fmt.Sprintf("%.1e", n)
}

// columns sets lines in columns: the first to the left, the others to the right.
// A line of one cell goes through.
func columns(lines [][]string) string {
	var widths []int
	for _, line := range lines {
		for i, cell := range line {
			if len(line) > 1 {
				for len(widths) <= i {
					widths = append(widths, 0)
				}
				widths[i] = max(widths[i], len(cell))
			}
		}
	}
	var b strings.Builder
	for _, line := range lines {
		text := line[0]
		if len(line) > 1 {
			text = fmt.Sprintf("%-*s", widths[0], line[0])
		}
		for i, cell := range line[1:] {
			text += fmt.Sprintf("  %*s", widths[i+1], cell)
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}
