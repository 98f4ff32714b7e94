package pipeline

import (
	"context"
	"math"
	"slices"
	"time"
)

// What a plan reckons with in stage two.
const (
	// openRate is what a registry without a ceiling is taken to answer in a second.
	openRate = 2000
	// questionsToStart is what the first and the last batch of a suffix cost: a
	// registered control before and after, and a free one.
	questionsToStart = 3
	// controlsLeft is the share of questions that are about names.
	controlsLeft = 0.95
)

// planStageTwo gathers the suffixes by operator and reckons when all is done.
func (p *planner) planStageTwo(ctx context.Context) error {
	p.plan.Operators = p.operators()
	names := make([]string, len(p.plan.Operators))
	for i := range p.plan.Operators {
		names[i] = p.plan.Operators[i].Operator
	}
	standing := p.standing(ctx, names)
	for i := range p.plan.Operators {
		o := &p.plan.Operators[i]
		now := standing[p.cfg.World+"/"+o.Operator]
		o.UsedToday, o.LockedUntil = now.UsedToday, now.LockedUntil
		o.Seconds = o.seconds(o.Names+float64(o.Carried), p.plan.Made)
		o.SecondsLow = o.seconds(o.NamesLow+float64(o.Carried), p.plan.Made)
		o.SecondsHigh = o.seconds(o.NamesHigh+float64(o.Carried), p.plan.Made)
	}
	slices.SortStableFunc(p.plan.Operators, func(a, b OperatorPlan) int { return compareDown(a.Seconds, b.Seconds) })
	p.plan.finish(p.cfg.Deadline)
	return nil
}

func compareDown(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

// operators sums the suffixes up by operator, and leaves their rows in the plan.
func (p *planner) operators() []OperatorPlan {
	byName := make(map[string]*OperatorPlan)
	for i, suffix := range sortedKeys(p.rows) {
		r, f := p.rows[suffix], p.forecast[i]
		if r.Candidates == 0 && r.Carried == 0 {
			continue
		}
		r.Names = float64(r.Left) * r.Share.Value
		p.plan.Suffixes = append(p.plan.Suffixes, r.SuffixPlan)
		if r.Reason != "" {
			continue
		}
		o := byName[r.Operator]
		if o == nil {
			o = &OperatorPlan{Operator: r.Operator, Rate: f.Rate, PerDay: f.PerDay}
			byName[r.Operator] = o
		}
		o.Suffixes = append(o.Suffixes, suffix)
		o.Left += r.Left
		o.Carried += r.Carried
		o.Names += r.Names
		o.NamesLow += float64(r.Left) * r.Share.Low
		o.NamesHigh += float64(r.Left) * r.Share.High
	}
	list := make([]OperatorPlan, 0, len(byName))
	for _, name := range sortedKeys(byName) {
		list = append(list, *byName[name])
	}
	return list
}

// seconds is how long the operator is asked about so many names from now on.
func (o *OperatorPlan) seconds(names float64, now time.Time) float64 {
	if names < 0.5 {
		return 0
	}
	rate := o.Rate
	if rate == 0 {
		rate = openRate
	}
	start := questionsToStart * controlsLeft * min(float64(len(o.Suffixes)), names)
	seconds := (names + start) / rate
	if left := float64(max(int64(o.PerDay)-o.UsedToday, 0)); o.PerDay > 0 {
		if beyond := (names+start)/controlsLeft - left; beyond > 0 {
			days, rest := math.Modf(beyond / float64(o.PerDay))
			seconds = max(seconds, (days+1)*24*3600+rest*float64(o.PerDay)*controlsLeft/rate)
		}
	}
	if o.LockedUntil.After(now) {
		seconds += o.LockedUntil.Sub(now).Seconds()
	}
	return seconds
}

// longest is beyond what a calendar is asked for.
const longest = 500 * 365 * 24 * 3600

// finish reckons the end of both stages, and whether a deadline is kept.
func (p *Plan) finish(deadline time.Duration) {
	p.Seconds, p.Slowest = p.StageOne.Seconds, ""
	if len(p.Operators) > 0 && p.Operators[0].Seconds > p.Seconds {
		p.Seconds, p.Slowest = p.Operators[0].Seconds, p.Operators[0].Operator
	}
	if p.Seconds < longest {
		p.End = p.Made.Add(time.Duration(p.Seconds) * time.Second)
	}
	if deadline > 0 {
		p.Fit = p.fit(deadline.Seconds())
	}
}
