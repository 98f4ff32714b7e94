package pipeline

import (
	"fmt"
	"math"
	"slices"
)

// costs says, before the first question, how many there are to come, and how
// long they take at the registries' rates.
func (a *auditor) costs() []string {
	dns, skipped := 0, 0
	due := make(map[string]*OperatorPlan)
	for _, c := range a.cases {
		if c.none != "" {
			skipped++
			continue
		}
		if c.dns != "" {
			dns++
		}
		a.ask.charge(due, c)
	}
	lines := []string{a.costLine(dns, due)}
	if skipped > 0 {
		lines = append(lines, fmt.Sprintf("no independent path for %d of them: not audited, and not counted as right", skipped))
	}
	for _, u := range a.unnamed {
		lines = append(lines, fmt.Sprintf("%d delegated names of space %s are not drawn from: %s", u.Delegated, u.Space, u.Why))
	}
	return append(lines, a.ask.notices...)
}

// charge adds a case to what is due to be asked of its operator, kept by operator and path.
func (k *askers) charge(due map[string]*OperatorPlan, c *auditCase) {
	if c.path == askNone {
		return
	}
	f := k.forecast(c.path, c.suffix)
	key := fmt.Sprintf("%s %d", f.Operator, c.path)
	o := due[key]
	if o == nil {
		o = &OperatorPlan{Operator: f.Operator, Rate: f.Rate, PerDay: f.PerDay}
		due[key] = o
	}
	o.Names++
	if !slices.Contains(o.Suffixes, c.suffix) {
		o.Suffixes = append(o.Suffixes, c.suffix)
	}
}

func (a *auditor) costLine(dns int, due map[string]*OperatorPlan) string {
	questions, slowest := 0.0, OperatorPlan{}
	for _, key := range sortedKeys(due) {
		o := due[key]
		o.Seconds = o.seconds(o.Names, a.cfg.Now())
		questions += o.Names/controlsLeft + questionsToStart*float64(len(o.Suffixes))
		if o.Seconds > slowest.Seconds {
			slowest = *o
		}
	}
	line := fmt.Sprintf("auditing %s: %s to DNS, %.0f to registries with their controls",
		plural(len(a.cases), "name", "names"), plural(dns, "question", "questions"), math.Ceil(questions))
	if questions == 0 {
		return line
	}
	line += ", " + aboutSo(slowest.Seconds) + " at their rates"
	if slowest.Rate > 0 {
		line += fmt.Sprintf(" (longest %s, asked %.3g times a second)", slowest.Operator, slowest.Rate)
	}
	return line
}

// aboutSo is roughly for times that may be short.
func aboutSo(seconds float64) string {
	switch {
	case seconds < 10:
		return "a few seconds"
	case seconds < 120:
		return fmt.Sprintf("about %.0f seconds", seconds)
	}
	return "about " + roughly(seconds)
}
