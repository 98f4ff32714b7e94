package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vacant/cmd/internal/pipeline"
)

type planning struct {
	*app
	candidates candidates
	asking     asking
	run        runControl // deadline, fresh and recheck-after of it
	store      storeFlags
	sample     int
	json       bool
}

// errNoFit ends a plan whose hunt would be stopped by its deadline, with the
// exit code that the hunt would end with.
var errNoFit = errors.New("the hunt does not fit its deadline")

func newPlan(a *app) *cobra.Command {
	p := &planning{app: a}
	cmd := &cobra.Command{
		Use:   "plan [NAME...]",
		Short: "What a hunt with the same flags would cost, without hunting",
		Long: `Plan counts the candidates and what the store knows of them, and reckons how long
both stages would take, registry by registry, how much the store would grow, and
when the hunt would end. It asks nobody and writes nothing.

How many names get as far as a registry is learned from earlier runs; where there
were none it is taken to be one in ten. --sample N asks DNS about N random
candidates of each suffix instead, at a gentle rate, and gives a 95 % interval.

With --deadline it says whether the hunt would be done by then; if not, what would
be left, what would make it fit, and the exit code is 5.`,
		Example: `  vacant plan -p '[a-z]{4}' -t com,net,io
  vacant plan -p '{C}{V}{C}{V}{C}' -t com,dev --sample 400 --deadline 8h
  vacant plan --lab -p '[a-z]{3}' -t com,io -j`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.start(cmd, args) },
	}
	fs := cmd.Flags()
	p.candidates.AddFlags(fs)
	p.asking.AddFlags(fs)
	p.store.AddFlags(fs)
	fs.IntVar(&p.sample, "sample", 0, "ask DNS about `N` random candidates of each suffix")
	fs.DurationVar(&p.run.deadline, "deadline", 0, "say whether the hunt would be done after this long (exit 5 if not)")
	fs.BoolVar(&p.run.fresh, "fresh", false, "as if everything were to be asked again")
	fs.StringSliceVar(&p.run.recheck, "recheck-after", nil, "how long an answer of a class holds, `class=DUR` (repeatable)")
	fs.BoolVarP(&p.json, "json", "j", false, "print the plan as JSON")
	describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitStore, exitIO, exitInterrupted)
	status := cmd.Annotations[exitAnnotation]
	cmd.Annotations[exitAnnotation] = strings.Replace(status, "stopped early by a signal", "the hunt does not fit --deadline; or stopped early by a signal", 1)
	return cmd
}

func (p *planning) start(cmd *cobra.Command, args []string) error {
	if done, err := p.candidates.printLists(p.stdout); done {
		return err
	}
	if p.sample < 0 || p.sample > mostSampled {
		return usagef("--sample %d: want 1 to %d names of each suffix", p.sample, mostSampled)
	}
	p.asking.lab.seed, p.asking.lab.tlds = p.candidates.seed, p.candidates.worldTLDs()
	w, err := p.asking.open(cmd.Context(), p.app, cmd.Flags())
	if err != nil {
		return err
	}
	defer w.close()
	cfg, err := p.config(w, args)
	if err != nil {
		return err
	}
	made, err := pipeline.MakePlan(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	if err := shown(p.print(made)); err != nil {
		return err
	}
	if made.Fit != nil && !made.Fit.Fits {
		return errNoFit
	}
	return nil
}

// mostSampled bounds --sample: more would be a hunt.
const mostSampled = 100_000

func (p *planning) config(w *ways, args []string) (cfg pipeline.PlanConfig, err error) {
	cfg.Sample = p.sample
	cfg.Config = pipeline.Config{DNS: w.dns, RDAP: w.rdap, World: w.world, BudgetPath: p.budgetPath(),
		Command: p.command(), LockWait: p.store.lockWait, Notice: p.notice, Log: p.log}
	cfg.Generator.Suffixes = w.suffixes
	if err := w.labHasAll(args); err != nil {
		return cfg, err
	}
	if err := p.candidates.fill(p.app, args, &cfg.Generator); err != nil {
		return cfg, err
	}
	if err := w.labHasTLDs(cfg.Generator.TLDs); err != nil {
		return cfg, err
	}
	if err := p.run.fill(&cfg.Config); err != nil {
		return cfg, err
	}
	cfg.StorePath, err = p.storePath(p.store.db, w.world)
	if errors.Is(err, errNoHome) {
		err = nil // then there is no store, and nothing is known
	}
	return cfg, err
}

func (p *planning) print(made *pipeline.Plan) error {
	if !p.json {
		return printPlan(p.stdout, made)
	}
	text, err := json.Marshal(struct {
		Schema int `json:"schema"`
		*pipeline.Plan
	}{1, made})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s\n", text)
	return err
}
