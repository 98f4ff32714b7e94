package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/cmd/internal/ui"
	"vacant/store"
)

type hunt struct {
	*app
	candidates candidates
	asking     asking
	run        runControl
	out        output
	store      storeFlags
}

func newHunt(a *app) *cobra.Command {
	h := &hunt{app: a}
	cmd := &cobra.Command{
		Use:   "hunt [NAME...]",
		Short: "Find available names: candidates, both stages, store, results",
		Long: `Hunt makes candidates, asks DNS about each, confirms at the registries those that
DNS could not rule out, and prints the names that are available: as they are
proven on stdout, or whole and sorted in the file that -o names.

Registries are asked at their own rates, and among the names about controls: names
that are registered and random labels. A name is printed when the controls after it
held, so the first names of a slow registry take minutes.

What was asked is remembered: the same command again goes on where it stopped
and prints the same names without asking for them again.

Available means unregistered and not withheld as far as the registry tells the
public. Premium prices are mostly invisible before purchase.`,
		Example: `  vacant hunt -p '{C}{V}{C}{V}' -t com,dev,io -o available.csv
  vacant hunt --lab -p '[a-z]{3}' -t com
  vacant hunt --typos example.com --status registered -f csv
  vacant generate -w words.txt -t io | vacant hunt -q
  vacant hunt -l names.txt --deadline 2h --max-undetermined 1% -j`,
		RunE: func(cmd *cobra.Command, args []string) error { return h.start(cmd, args) },
	}
	fs := cmd.Flags()
	h.candidates.AddFlags(fs)
	h.asking.AddFlags(fs)
	h.run.AddFlags(fs)
	h.out.AddFlags(fs)
	h.store.AddFlags(fs)
	return describe(cmd, exitDone, exitFailed, exitUsage, exitEmpty, exitUndetermined, exitStopped, exitLocked, exitStore,
		exitInvariant, exitIO, exitInterrupted)
}

// start checks everything that can be checked before the first question, then hunts.
func (h *hunt) start(cmd *cobra.Command, args []string) error {
	if done, err := h.candidates.printLists(h.stdout); done {
		return err
	}
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	h.asking.lab.seed, h.asking.lab.tlds = h.candidates.seed, h.candidates.worldTLDs()
	form, err := h.out.form()
	if err != nil {
		return err
	}
	w, err := h.asking.open(ctx, h.app, cmd.Flags())
	if err != nil {
		return err
	}
	defer w.close()
	cfg, err := h.config(w, args)
	if err != nil {
		return err
	}
	tired, end := tiredOf(cmd.Context(), h.run.deadline)
	defer end()
	page, err := h.out.create(&patient{to: h.data(), tired: tired}, form)
	if err != nil {
		return err
	}
	defer page.abort()
	defer h.sayStopping(cmd.Context())()
	if h.out.file == "" {
		cfg.Emit = untilReaderLeaves(stop, page)
	}
	return h.hunt(ctx, cfg, page, form)
}

// sayStopping tells the user at the first interrupt that it was heard: finishing
// takes seconds. The function it returns ends the listening.
func (h *hunt) sayStopping(ctx context.Context) (end func() bool) {
	return context.AfterFunc(ctx, func() {
		h.say("stopping: finishing and saving what is in flight; interrupt again to end at once")
	})
}

// config fills the pipeline's Config.
func (h *hunt) config(w *ways, args []string) (cfg pipeline.Config, err error) {
	cfg = pipeline.Config{DNS: w.dns, RDAP: w.rdap, World: w.world, BudgetPath: h.budgetPath(),
		Command: h.command(), Version: buildVersion().String(), LockWait: h.store.lockWait, Notice: h.notice, Log: h.log}
	cfg.Generator.Suffixes = w.suffixes
	if err := w.labHasAll(args); err != nil {
		return cfg, err
	}
	if err := h.candidates.fill(h.app, args, &cfg.Generator); err != nil {
		return cfg, err
	}
	if err := w.labHasTLDs(cfg.Generator.TLDs); err != nil {
		return cfg, err
	}
	if err := h.run.fill(&cfg); err != nil {
		return cfg, err
	}
	if cfg.Verdicts, err = h.out.verdicts(vacant.Available); err != nil {
		return cfg, err
	}
	cfg.StorePath, err = h.storePath(h.store.db, w.world)
	return cfg, err
}

// hunt runs the hunt and writes what it found.
func (h *hunt) hunt(ctx context.Context, cfg pipeline.Config, page *page, form store.Format) error {
	hunting, err := pipeline.Open(ctx, cfg)
	if err != nil {
		return err
	}
	live := ui.Watch(h.talk, hunting.Progress, h.showing())
	sum, err := hunting.Run(ctx)
	live.Stop()
	if err == nil && h.out.file != "" {
		err = hunting.Asked(store.Query{Verdicts: cfg.Verdicts}, h.run.upTo(page.write))
	}
	if err = errors.Join(err, hunting.Close()); err != nil {
		return err
	}
	if !h.global.silent {
		ui.Summarize(h.talk, sum)
		if h.global.verbose || h.run.stats > 0 {
			ui.Servers(h.talk, &sum.DNS)
		}
	}
	if err := page.finish(h.tail(sum, form)); err != nil && !readerLeft(err) {
		return err
	}
	return h.run.judge(sum)
}

// showing says how progress is shown while the hunt runs.
func (h *hunt) showing() ui.Options {
	if h.global.silent {
		return ui.Options{}
	}
	return ui.Options{Live: h.live() && h.run.stats == 0, Every: h.run.stats}
}

// tail returns the summary record that ends a run's JSONL with --json. With
// --stable there is none: it differs between runs.
func (h *hunt) tail(sum pipeline.Summary, form store.Format) []byte {
	if form != store.JSONL || !h.out.json || h.out.stable {
		return nil
	}
	return ui.SummaryJSON(sum)
}

// untilReaderLeaves writes each result at once. When whoever reads stdout has
// left ("| head"), the hunt stops as if it were interrupted: what was asked is saved.
func untilReaderLeaves(stop func(), page *page) func(vacant.Result) error {
	left := false
	return func(r vacant.Result) error {
		if left {
			return nil
		}
		err := page.write(r)
		if err == nil {
			err = page.flush()
		}
		if readerLeft(err) {
			left = true
			stop()
			return nil
		}
		return err
	}
}
