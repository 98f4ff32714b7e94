package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// deadlineTick is how often a hunt with a deadline looks how long it would take to save what it has.
const deadlineTick = 20 * time.Millisecond

// savingMost bounds how much earlier the intake ends than the deadline: one slow
// commit must not make a hunt give up much of its time.
const savingMost = 15 * time.Second

// stopInTime stops the intake at the deadline, counted from the hunt's opening,
// or so much earlier that what stage one has answered is in the store by then:
// answers for several seconds of commits may be on their way there. The function
// it returns ends the watch.
func (h *Hunt) stopInTime(stop context.CancelCauseFunc) (end func()) {
	if h.cfg.Deadline <= 0 {
		return func() {}
	}
	over, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(deadlineTick)
		defer tick.Stop()
		for h.left() > min(h.run.Backlog(), savingMost, h.cfg.Deadline/4) {
			select {
			case <-tick.C:
			case <-over:
				return
			}
		}
		stop(errDeadline)
	}()
	return func() { close(over); <-gone }
}

// left is how long it is to the deadline.
func (h *Hunt) left() time.Duration { return h.cfg.Deadline - time.Since(h.opened) }

// foretellDeadline says, before anybody is asked, when the registries cannot be
// done by the deadline. Names of lists are not counted: they have not been read.
func (h *Hunt) foretellDeadline(ctx context.Context) error {
	if h.cfg.Deadline <= 0 {
		return nil
	}
	p := &planner{cfg: &PlanConfig{Config: h.cfg}, gen: h.gen, store: h.store, rows: make(map[string]*row)}
	p.foreseer = h.store.Foreseer(h.cfg.runInfo(h.gen, ""))
	p.plan.Made = h.cfg.Now()
	known := func(context.Context) error { p.heed(h.rdap); return nil }
	for _, step := range []func(context.Context) error{p.countSpace, p.foresee, known, p.estimate, p.planStageTwo} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	h.trim = h.newTrimmer(p)
	if line := lateLine(p.plan.Fit, h.cfg.Deadline, h.cfg.Trim); line != "" {
		h.cfg.Notice(line)
	}
	return nil
}

// lateLine says which operators will not be done, "" when all will.
func lateLine(f *Fit, deadline time.Duration, trim bool) string {
	if f == nil || len(f.Late) == 0 {
		return ""
	}
	const most = 3
	var list []string
	for _, o := range f.Late[:min(most, len(f.Late))] {
		list = append(list, fmt.Sprintf("%.0f of about %.0f names at %s", o.Done, o.Done+o.Waiting, o.Operator))
	}
	text := strings.Join(list, ", ")
	if n := len(f.Late) - most; n > 0 {
		text += fmt.Sprintf(" and %s more", plural(n, "operator", "operators"))
	}
	if trim {
		return fmt.Sprintf("in %s the registries have time for %s: no more candidates are asked than that", deadline, text)
	}
	return fmt.Sprintf("%s is not enough: the registries have time for %s; the rest will wait (--trim asks fewer candidates, plan says what would fit)", deadline, text)
}

// trimmedLine says what was left out.
func trimmedLine(suffixes []string, n uint64) string {
	slices.Sort(suffixes)
	return fmt.Sprintf("trimmed: %d candidates under %s were not asked, so that the registries are done by the deadline", n, strings.Join(wrapMost(suffixes, 8), ", "))
}

// wrapMost shortens a list to its first few.
func wrapMost(list []string, most int) []string {
	if len(list) <= most {
		return list
	}
	return append(slices.Clone(list[:most]), fmt.Sprintf("%d more", len(list)-most))
}
