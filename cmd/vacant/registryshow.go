package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"vacant/cmd/internal/pipeline"
	"vacant/rdapstage"
)

// registryShow is "registry show".
type registryShow struct {
	*app
	two  stageTwo
	json bool
}

func newRegistryShow(a *app) *cobra.Command {
	r := &registryShow{app: a}
	cmd := &cobra.Command{
		Use:   "show TLD...",
		Short: "Print what is known about a suffix: policy, endpoints, limits, calibrations",
		Long: `Show prints, for each suffix, who may register there, how its zone denies names,
whether a hunt can confirm names there and what one check costs its registry, and
the endpoints in the order in which they would be asked: where they are known
from, whose they are, what may be asked of them and what has been, what their no
proves, by what texts it is known, and what the last controls found. It asks nobody.`,
		Example: "  vacant registry show com\n  vacant registry show -j io co.uk",
		Args:    wantArgs(1, -1, "at least one TLD"),
		RunE:    func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args) },
	}
	r.two.AddFlags(cmd.Flags())
	cmd.Flags().BoolVarP(&r.json, "json", "j", false, "a JSON object for each suffix")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitIO, exitInterrupted)
}

func (r *registryShow) run(ctx context.Context, tlds []string) error {
	w := &ways{}
	if err := r.two.fill(r.app, r.world(), &w.rdap); err != nil {
		return err
	}
	if err := w.knowSuffixes(ctx); err != nil {
		return err
	}
	tlds = unique(commaParted(tlds))
	for _, tld := range tlds {
		if err := w.suffixes.Known(tld); err != nil {
			return usage(fmt.Errorf("%.80q: %w", tld, err), suffixHint(tld))
		}
	}
	all, err := pipeline.Describe(ctx, pipeline.CheckConfig{RDAP: w.rdap, World: r.world(), BudgetPath: r.budgetPath(),
		Notice: r.notice, Log: r.log}, tlds)
	if err != nil {
		return err
	}
	for i := range all {
		if err := r.print(&all[i]); err != nil {
			return ioFailure(err)
		}
	}
	return nil
}

func (r *registryShow) print(d *rdapstage.Description) error {
	if r.json {
		encode := json.NewEncoder(r.stdout)
		encode.SetEscapeHTML(false)
		return encode.Encode(descriptionRecordOf(d))
	}
	_, err := io.WriteString(r.stdout, descriptionText(d))
	return err
}
