package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/store"
)

type audit struct {
	*app
	asking   asking
	store    storeFlags
	statuses []string
	tlds     []string

	sample         int
	maxError       string
	minAge, maxAge age
	record, json   bool
}

func newAudit(a *app) *cobra.Command {
	c := &audit{app: a}
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Ask about a random sample of the store again, by another path, and count the errors",
		Long: `Audit draws names of each class and TLD out of the store, every one with the same
chance, and asks about each again by a path that its record does not rest on: a
verdict of RDAP is put to WHOIS or DAS and the reverse, a delegation that the
TLD's servers showed to recursive resolvers and the reverse. It says beforehand
how many questions that takes, keeps the registries' budgets, and writes nothing
unless --record is given.

The classes are available, registered (by a registry's record), delegated
(registered by DNS alone), reserved and premium. Each name is

  agreed      the other path says the same
  changed     it says something else, and a date shows that this began later
  wrong       it says something else, and nothing shows that it changed
  undecided   it says nothing that counts
  no path     the suffix has no independent path: not audited, not counted as right

The rate, in percent, is wrong / (agreed + changed + wrong), and in brackets its
95 % interval (Wilson's). NAMES is how many the store has.
The evidence of every disagreement is printed, the record's and today's.

Exit code 1 means that the rate of some class is above --max-error (default 0%:
any error), or that an audit shows nothing of a TLD: of none of its names anything
could be decided, or of none in a class that has an independent path, or the
store has no name of a TLD that -t names. Such TLDs are listed as not verified.
Classes without any path are listed too, and fail no audit by themselves.

It is the rate that is compared, not the interval's end: what was found decides,
and the interval says how much that proves. To show less than 1 % takes about 400
names without an error.`,
		Example: `  vacant audit
  vacant audit --status available -t com,io -n 400
  vacant audit --max-error 0.5% -j >audit.json
  vacant audit -r 192.0.2.53 --status delegated -n 1000
  vacant audit --lab`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.start(cmd) },
	}
	fs := cmd.Flags()
	c.asking.AddFlags(fs)
	c.store.AddFlags(fs)
	fs.IntVarP(&c.sample, "sample", "n", 100, "names of each class and TLD")
	fs.Uint64Var(&c.asking.lab.seed, "seed", 0, "key of the sample; with --lab the world's seed too")
	fs.StringSliceVar(&c.asking.lab.tlds, "lab-tlds", nil, "lab: its TLDs (default com,dev,io)")
	fs.StringSliceVarP(&c.tlds, "tlds", "t", nil, "only names under these suffixes")
	fs.StringSliceVar(&c.statuses, "status", nil, "only these classes: available, registered, delegated, reserved, premium")
	fs.Var(&c.minAge, "min-age", "only what was checked at least this long ago")
	fs.Var(&c.maxAge, "max-age", "only what was checked at most this long ago")
	fs.StringVar(&c.maxError, "max-error", "0%", "exit 1 when the rate of a class is above `P%`")
	fs.BoolVar(&c.record, "record", false, "write what is found now of the names that changed or are wrong into the store")
	fs.BoolVarP(&c.json, "json", "j", false, "print the audit as JSON")
	fs.SetNormalizeFunc(exportAliases)
	describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitLocked, exitStore, exitIO, exitInterrupted)
	status := cmd.Annotations[exitAnnotation]
	status = strings.Replace(status, "failed", "failed; or a class's rate is above --max-error, or nothing could be decided of a TLD", 1)
	cmd.Annotations[exitAnnotation] = strings.Replace(status, "stopped early by a signal", "stopped early by a signal; what is known by then is printed", 1)
	return cmd
}

// mostAudited bounds --sample: more than that is a hunt.
const mostAudited = 100_000

// start checks everything that can be checked before the first question.
func (c *audit) start(cmd *cobra.Command) error {
	limit, err := parseShare("--max-error", c.maxError)
	if err != nil {
		return err
	}
	w, err := c.asking.open(cmd.Context(), c.app, cmd.Flags())
	if err != nil {
		return err
	}
	defer w.close()
	cfg, err := c.config(w)
	if err != nil {
		return err
	}
	made, err := pipeline.Audit(cmd.Context(), cfg)
	if made == nil {
		return explainNothing(err)
	}
	if perr := shown(c.print(made)); perr != nil {
		return perr
	}
	if rerr := c.keep(w, made); rerr != nil {
		return rerr
	}
	if err != nil {
		return fmt.Errorf("%w: %d of %d names were not reached", errStopped, made.Total.NotReached, made.Total.Sampled)
	}
	return judgeAudit(made, limit)
}

func (c *audit) config(w *ways) (cfg pipeline.AuditConfig, err error) {
	if c.sample < 1 || c.sample > mostAudited {
		return cfg, usagef("--sample %d: want 1 to %d names of each class and TLD", c.sample, mostAudited)
	}
	if c.maxAge > 0 && c.minAge > c.maxAge {
		return cfg, usage(errors.New("--min-age is above --max-age"), "swap them")
	}
	classes, err := parseClasses(c.statuses)
	if err != nil {
		return cfg, err
	}
	cfg = pipeline.AuditConfig{
		CheckConfig: pipeline.CheckConfig{DNS: w.dns, RDAP: w.rdap, World: w.world, BudgetPath: c.budgetPath(), Notice: c.notice, Log: c.log},
		Command:     c.command(), LockWait: c.store.lockWait,
		Sample: store.SampleQuery{Per: c.sample, Seed: c.asking.lab.seed, Classes: classes, TLDs: unique(c.tlds),
			MinAge: time.Duration(c.minAge), MaxAge: time.Duration(c.maxAge)}}
	if w.lab != nil {
		cfg.Resolvers = w.lab.Resolvers()
	}
	cfg.StorePath, err = c.storePath(c.store.db, w.world)
	return cfg, err
}

// keep records what was found now of the names of which the store says
// something else. What proves nothing replaces nothing.
func (c *audit) keep(w *ways, made *pipeline.AuditReport) error {
	if !c.record {
		return nil
	}
	var results []vacant.Result
	for _, d := range made.Disagreements {
		if d.Now != nil && d.Now.Verdict() != vacant.Undetermined {
			results = append(results, *d.Now)
		}
	}
	if len(results) == 0 {
		return nil
	}
	return c.app.record(c.store.db, w, results)
}

// judgeAudit turns a finished audit into the error that gives its exit code.
func judgeAudit(made *pipeline.AuditReport, limit float64) error {
	if made.Total.Decided() == 0 {
		return &hinted{errors.New("no name could be decided, so nothing is shown"), "the lines above say why; vacant registry show TLD lists whom a suffix has"}
	}
	for _, r := range made.Classes {
		if r.Rate != nil && *r.Rate > limit {
			return &hinted{fmt.Errorf("%d of %d %s names are wrong (%s), more than --max-error %s", r.Wrong, r.Decided(), r.Class, rateText(&r), percent(limit)),
				"the evidence of each is printed; vacant registry doctor finds endpoints that lie"}
		}
	}
	return judgeUnverified(made.Unverified)
}

// judgeUnverified fails an audit that shows nothing of a TLD, whatever it shows of
// others: who reads the exit code alone must not take that for a pass.
func judgeUnverified(list []pipeline.Unverified) error {
	var tlds []string
	for i := range list {
		if list[i].Fails() {
			tlds = append(tlds, list[i].Suffix)
		}
	}
	if len(tlds) == 0 {
		return nil
	}
	return &hinted{errors.New("not verified: " + pipeline.SomeOf(tlds)),
		"the lines above say of what nothing could be decided, and why; registry doctor finds sources that do not answer, -t and --status leave out what has none"}
}

func explainNothing(err error) error {
	if errors.Is(err, pipeline.ErrNothingToAudit) {
		return &hinted{err, "vacant store stats shows what the store has: what is undetermined claims nothing and is not audited; --status, -t and the ages select"}
	}
	return err
}

// parseShare reads a percentage.
func parseShare(flag, text string) (float64, error) {
	number, ok := strings.CutSuffix(strings.TrimSpace(text), "%")
	p, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(p >= 0 && p <= 100) {
		return 0, usagef("%s %q: want a percentage such as 0.5%%", flag, text)
	}
	return p / 100, nil
}

func parseClasses(words []string) ([]store.SampleClass, error) {
	var classes []store.SampleClass
	for _, word := range words {
		class := store.SampleClass(strings.ToLower(strings.TrimSpace(word)))
		switch {
		case class == store.SampleClass(vacant.Undetermined.String()):
			return nil, usage(errors.New("--status undetermined: such names claim nothing, so nothing in them can be wrong"), "a hunt or check asks about them again")
		case !slices.Contains(store.SampleClasses(), class):
			return nil, usage(fmt.Errorf("--status: unknown class %q", word), "the classes are "+joinWords(store.SampleClasses()))
		}
		classes = append(classes, class)
	}
	return classes, nil
}

// percent writes a share.
func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', -1, 64) + "%" }
