package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/pipeline"
)

type check struct {
	*app
	asking  asking
	out     output
	db      string
	explain bool
}

func newCheck(a *app) *cobra.Command {
	c := &check{app: a}
	cmd := &cobra.Command{
		Use:   "check NAME...",
		Short: "Ask about a few names afresh and print every verdict",
		Long: `Check asks DNS and the registries about each name, always afresh, and prints a
line for each: the name, the verdict, and the reason or the lifecycle. It waits
up to a minute for a registry that asks to slow down.

A name that DNS does not settle costs its registry three questions, four on its
suffix's first day: a name that is registered before and after it (the controls),
and a random label once a day. Where two sources must agree, each gets as many. A
registered name mostly costs two.

Available means unregistered and not withheld as far as the registry tells the
public. Premium prices are mostly invisible before purchase.`,
		Example: `  vacant check example.com example.dev
  vacant check --explain foo.io
  vacant check -j example.com`,
		Args: wantArgs(1, -1, "at least one NAME"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args) },
	}
	fs := cmd.Flags()
	c.asking.AddFlags(fs)
	c.asking.lab.addWorld(fs)
	c.out.addForm(fs)
	fs.StringVar(&c.db, "db", "", "record into this store `FILE`")
	fs.BoolVar(&c.explain, "explain", false, "print the evidence under each verdict")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitInvariant, exitIO, exitInterrupted)
}

func (c *check) run(cmd *cobra.Command, args []string) error {
	w, err := c.asking.open(cmd.Context(), c.app, cmd.Flags())
	if err != nil {
		return err
	}
	defer w.close()
	names, err := parseNames(args, w.suffixes)
	if err == nil {
		err = w.labHas(names...)
	}
	if err != nil {
		return err
	}
	page, err := newVerdicts(c.data(), &c.out, c.explain)
	if err != nil {
		return err
	}
	defer page.abort()
	free, err := c.ask(cmd.Context(), w, names, false, c.db, page)
	if free > 0 && isTerminal(c.stdout) {
		c.say("note: a registry mostly does not say which free names have a premium price")
	}
	return err
}

// ask asks both stages about names, shows and records what they say, and
// returns how many are available.
func (a *app) ask(ctx context.Context, w *ways, names []vacant.Name, registry bool, db string, page *verdicts) (free int, err error) {
	if err := a.sameWorld(db, w.world); err != nil {
		return 0, err
	}
	var results []vacant.Result
	err = pipeline.Check(ctx, pipeline.CheckConfig{DNS: w.dns, RDAP: w.rdap, World: w.world, BudgetPath: a.budgetPath(),
		AskRegistry: registry, Notice: a.notice, Log: a.log}, names, func(r vacant.Result) error {
		results = append(results, r)
		if r.Verdict() == vacant.Available {
			free++
		}
		return page.write(r)
	})
	if len(results) > 0 {
		err = errors.Join(err, a.record(db, w, results))
	}
	if err != nil {
		return free, err
	}
	return free, page.finish()
}

// parseNames brings the arguments into canonical form, each once, and refuses
// those that no registry sells.
func parseNames(args []string, suffixes *vacant.Suffixes) ([]vacant.Name, error) {
	var names []vacant.Name
	for _, text := range args {
		name, err := vacant.ParseName(text)
		if err == nil {
			err = suffixes.Check(name)
		}
		if err != nil {
			return nil, usage(err, nameHint(err))
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

func nameHint(err error) string {
	switch {
	case errors.Is(err, vacant.ErrOneLabel):
		return "give the whole name, for instance example.com"
	case errors.Is(err, vacant.ErrTooDeep):
		return "give the name that is registered: one label and its suffix"
	case errors.Is(err, vacant.ErrUnknownSuffix):
		return "a suffix with a server named by hand exists: --authority, --rdap-server, --whois-server"
	}
	return ""
}
