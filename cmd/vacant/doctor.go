package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/rdapstage"
)

// doctor is "registry doctor".
type doctor struct {
	*app
	asking  asking
	tlds    []string
	presets []string
	db      string
	json    bool
}

func newDoctor(a *app) *cobra.Command {
	d := &doctor{app: a}
	cmd := &cobra.Command{
		Use:   "doctor [TLD...]",
		Short: "Find out what a hunt would meet here: files, DNS, every registry endpoint",
		Long: `Doctor examines, for a hunt over these suffixes (default com) with these flags:
whether the store and the registries' budgets can be written, in which ways DNS
can be asked, and every registry endpoint: the look-up of its host, the
connection, TLS, what it says of a name that DNS shows to be delegated and of a
random label. Questions are put and read as a hunt's are, at the operators'
rates and out of their budgets: mostly two for each endpoint and suffix, never
more than eight. So a server that lies now and then may pass here; a hunt's own
controls find it. Nothing is remembered of the answers but lock-outs.

Each line is ok, warn (a hunt goes on, with less) or FAIL (a hunt needs it), and
says what to do. For each suffix it ends with what a hunt could confirm. Operators
are asked at the same time, each for a minute at most.`,
		Example: `  vacant registry doctor com io de
  vacant registry doctor --preset tech -j
  vacant registry doctor --lab -t com,io --fault whois-hang`,
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd, args) },
	}
	fs := cmd.Flags()
	d.asking.AddFlags(fs)
	fs.StringSliceVarP(&d.tlds, "tlds", "t", nil, "suffixes that a hunt would have (default com)")
	fs.StringSliceVar(&d.presets, "preset", nil, "a named set of suffixes (generate --list-presets shows them)")
	fs.Uint64Var(&d.asking.lab.seed, "seed", 0, "lab: the world's seed")
	fs.StringVar(&d.db, "db", "", "the store `FILE` that a hunt would use")
	fs.BoolVarP(&d.json, "json", "j", false, "a JSON object for each finding, suffix and the summary")
	describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitIO, exitInterrupted)
	return exitMeans(cmd, exitDone, "a hunt finds what it needs (there may be warnings)",
		exitFailed, "something that a hunt needs fails, or a suffix cannot be confirmed")
}

// suffixes returns those to examine, each once: arguments, -t and --preset.
func (d *doctor) suffixes(args []string) ([]string, error) {
	named := candidates{tlds: append(commaParted(args), d.tlds...), presets: d.presets}
	list, err := named.allSuffixes(nil)
	if len(list) == 0 {
		list = []string{"com"}
	}
	return list, err
}

// commaParted takes com,io for what -t takes it for.
func commaParted(args []string) []string { return strings.Split(strings.Join(args, ","), ",") }

func (d *doctor) run(cmd *cobra.Command, args []string) error {
	suffixes, err := d.suffixes(args)
	if err != nil {
		return err
	}
	d.asking.lab.tlds = suffixes
	w, err := d.asking.open(cmd.Context(), d.app, cmd.Flags())
	if err != nil {
		return err
	}
	defer w.close()
	for _, suffix := range suffixes {
		if err := w.suffixes.Known(suffix); err != nil {
			return usage(fmt.Errorf("%.80q: %w", suffix, err), nameHint(err))
		}
	}
	return d.examine(cmd.Context(), w, suffixes)
}

// examine runs the examination and prints it.
func (d *doctor) examine(ctx context.Context, w *ways, suffixes []string) error {
	page := newDoctorPage(d.stdout, d.json)
	cfg := pipeline.DoctorConfig{
		CheckConfig: pipeline.CheckConfig{DNS: w.dns, RDAP: w.rdap, World: w.world, BudgetPath: d.budgetPath(), Notice: d.notice, Log: d.log},
		Found:       page.found, Examined: page.examined,
	}
	cfg.StorePath, cfg.NoStore = d.storePath(d.db, w.world)
	d.say("examining %s; registries are asked at their own rates, a minute at most", countOf(len(suffixes), "suffix", "suffixes"))
	sum, err := pipeline.Doctor(ctx, cfg, suffixes)
	if err == nil {
		page.finish(sum)
	}
	if err = errors.Join(err, shown(page.err)); err != nil {
		return err
	}
	return page.judge()
}

// judge says how the examination ends: an error where a hunt would lack something.
func (p *doctorPage) judge() error {
	switch {
	case len(p.cannot) > 0:
		return &hinted{fmt.Errorf("%d of %s cannot be confirmed", len(p.cannot), countOf(p.suffixes, "suffix", "suffixes")), "the lines with FAIL say what to do"}
	case p.failed > 0:
		return &hinted{errors.New("a hunt lacks something it needs"), "the lines with FAIL say what to do"}
	}
	return nil
}

// countOf is "1 suffix" or "3 suffixes".
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// levelOf says what an endpoint's finding means to a hunt in its suffix.
func endpointLevel(e *pipeline.SuffixExam, i int) pipeline.Level {
	f := &e.Findings[i]
	switch {
	case f.Good() && f.Failed == 0 && !expiresSoon(f):
		return pipeline.LevelOK
	case f.Good(), e.Reason == vacant.ReasonNone:
		return pipeline.LevelWarn
	case f.Fault == rdapstage.FaultNoControl && e.DNSFault(time.Now()) != nil:
		return pipeline.LevelWarn // DNS is at fault
	}
	return pipeline.LevelFail
}
