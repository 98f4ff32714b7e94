package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/store"
)

// runControl are the flags that say when a hunt ends and how it is judged.
type runControl struct {
	deadline, stats time.Duration

	maxUndetermined string
	recheck         []string
	limit           int

	failEmpty, fresh, trim bool
}

// AddFlags adds the flags.
func (r *runControl) AddFlags(fs *pflag.FlagSet) {
	fs.DurationVar(&r.deadline, "deadline", 0, "stop cleanly after this long (exit 5)")
	fs.BoolVar(&r.trim, "trim", false, "with --deadline: ask no more candidates than the registries have time for")
	fs.StringVar(&r.maxUndetermined, "max-undetermined", "", "exit 4 when more names than `N|P%` stay undetermined")
	fs.BoolVar(&r.failEmpty, "fail-empty", false, "exit 3 when nothing is available")
	fs.BoolVar(&r.fresh, "fresh", false, "ask everything again")
	fs.StringSliceVar(&r.recheck, "recheck-after", nil, "how long an answer of a class holds, `class=DUR` (repeatable); the class all is every one")
	fs.IntVarP(&r.limit, "limit", "n", 0, "stop after `N` available names")
	fs.DurationVar(&r.stats, "stats", 0, "print a line of progress this often")
}

// fill completes cfg.
func (r *runControl) fill(cfg *pipeline.Config) (err error) {
	if r.deadline < 0 || r.stats < 0 || r.limit < 0 {
		return usagef("--deadline, --stats and --limit cannot be negative")
	}
	if _, err := parseCeiling(r.maxUndetermined); err != nil {
		return err
	}
	if r.trim && r.deadline == 0 {
		return usage(errors.New("--trim has no deadline to trim for"), "add --deadline, for instance --deadline 8h")
	}
	cfg.Trim = r.trim
	cfg.Deadline, cfg.Limit, cfg.Fresh = r.deadline, r.limit, r.fresh
	cfg.Freshness, err = freshness(r.recheck)
	return err
}

// allClasses stands for every class in --recheck-after. What comes after it
// makes exceptions.
const allClasses = "all"

// freshness returns the defaults with what --recheck-after changes.
func freshness(texts []string) (store.Freshness, error) {
	f := store.DefaultFreshness()
	classes := map[string]*time.Duration{
		"delegated": &f.Delegated, "nodata": &f.Nodata, "registered": &f.Registered, "redemption": &f.Redemption,
		"available": &f.Available, "reserved": &f.Reserved, "no-registry": &f.NoRegistry,
	}
	for _, text := range texts {
		class, value, err := pair("--recheck-after", text, "class=DURATION")
		if err != nil {
			return f, err
		}
		d, err := parseAge(value)
		switch {
		case classes[class] == nil && class != allClasses:
			return f, usage(fmt.Errorf("--recheck-after: unknown class %q", class),
				"the classes are delegated, nodata, registered, redemption, available, reserved and no-registry, or all")
		case err != nil || d < 0:
			return f, usagef("--recheck-after %q: want a duration such as 20h or 30d", text)
		}
		for name, holds := range classes {
			if class == name || class == allClasses {
				*holds = d
			}
		}
	}
	return f, nil
}

// ceiling is how many names may stay undetermined.
type ceiling struct {
	set     bool
	count   uint64
	percent float64
	share   bool // percent says how many, not count
}

// parseCeiling reads --max-undetermined.
func parseCeiling(text string) (ceiling, error) {
	if text == "" {
		return ceiling{}, nil
	}
	bad := usagef("--max-undetermined %q: want a number or a percentage", text)
	if number, ok := strings.CutSuffix(text, "%"); ok {
		p, err := strconv.ParseFloat(number, 64)
		if err != nil || p < 0 || p > 100 {
			return ceiling{}, bad
		}
		return ceiling{set: true, percent: p, share: true}, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return ceiling{}, bad
	}
	return ceiling{set: true, count: n}, nil
}

// exceeded reports whether s left more names undetermined than allowed. Names
// whose suffix has no registry service do not count: nobody could confirm them.
func (c ceiling) exceeded(s pipeline.Summary) bool {
	if !c.set {
		return false
	}
	n := s.Counts.Undetermined + s.Counts.UndeterminedDNS - s.NoRegistry
	if !c.share {
		return n > c.count
	}
	asked := s.Counts.Delegated + s.Counts.UndeterminedDNS + s.Counts.Queued + s.Counts.Carried - s.Counts.Waiting - s.NoRegistry
	return float64(n)*100 > c.percent*float64(asked)
}

// upTo lets only as many available names through as --limit allows.
func (r *runControl) upTo(write func(vacant.Result) error) func(vacant.Result) error {
	hits := 0
	return func(res vacant.Result) error {
		if r.limit > 0 && res.Verdict() == vacant.Available {
			if hits++; hits > r.limit {
				return nil
			}
		}
		return write(res)
	}
}

// judge turns a finished hunt into the error that gives its exit code.
func (r *runControl) judge(s pipeline.Summary) error {
	limit, err := parseCeiling(r.maxUndetermined)
	switch {
	case err != nil:
		return err
	case s.End != pipeline.EndDone && s.End != pipeline.EndLimit:
		return fmt.Errorf("%w (%s); the same command goes on from here", errStopped, s.End)
	case limit.exceeded(s):
		return fmt.Errorf("%w (more than %s)", errUndetermined, r.maxUndetermined)
	case r.failEmpty && s.Shown == 0:
		return errEmpty
	}
	return nil
}
