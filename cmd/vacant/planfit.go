package main

import (
	"fmt"
	"time"

	"vacant/cmd/internal/pipeline"
)

// fitTexts says whether the hunt is done by its deadline, and what would help.
func fitTexts(p *pipeline.Plan) []string {
	f := p.Fit
	if f == nil {
		return nil
	}
	limit := (time.Duration(f.Deadline) * time.Second).String()
	if f.Fits {
		return []string{fmt.Sprintf("%s fits: %s to spare", limit, span(f.Deadline-p.Seconds))}
	}
	lines := []string{fmt.Sprintf("%s DOES NOT FIT: it takes %s", limit, span(p.Seconds))}
	for i, o := range f.Late {
		if i == mostLate {
			lines = append(lines, fmt.Sprintf("and %d more", len(f.Late)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("%s: %s of %s names done, %s wait", o.Operator, number(o.Done), number(o.Done+o.Waiting), number(o.Waiting)))
	}
	return append(lines, waysOut(p)...)
}

// mostLate is how many operators that would not be done are named.
const mostLate = 4

// mostDropped is how many suffixes are named as those to leave out: leaving out more is no advice.
const mostDropped = 10

// waysOut says what would make the hunt fit.
func waysOut(p *pipeline.Plan) []string {
	f := p.Fit
	var lines []string
	if f.Shards > 1 {
		lines = append(lines, fmt.Sprintf("fits with --shard 1/%d", f.Shards))
	}
	if f.Most > 0 {
		lines = append(lines, fmt.Sprintf("fits with at most %s of the %s candidates to ask", count(f.Most), count(p.Left)))
	}
	if n := len(f.Drop); n > 0 && n <= mostDropped {
		lines = append(lines, wrap("fits without ", f.Drop)...)
	}
	if len(lines) == 0 {
		lines = []string{"no part of it fits: what waits already takes longer"}
	}
	return lines
}
