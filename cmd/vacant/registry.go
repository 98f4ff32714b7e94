package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/rdapstage"
)

func newRegistry(a *app) *cobra.Command {
	cmd := group(&cobra.Command{Use: "registry", Short: "What is known about registries, and how their replies read"})
	cmd.AddCommand(newRegistryShow(a), newRegistryUpdate(a), newDoctor(a), newClassify(a))
	return cmd
}

func newRegistryShow(a *app) *cobra.Command {
	two := &stageTwo{}
	cmd := &cobra.Command{
		Use:   "show TLD...",
		Short: "Print what is known about a suffix: policy, endpoints, limits",
		Long: `Show prints, for each suffix, who may register there, how its zone denies names,
and the endpoints that would be asked, with their operators and limits. It asks
no registry.`,
		Example: "  vacant registry show com\n  vacant registry show io co.uk",
		Args:    wantArgs(1, -1, "at least one TLD"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.showRegistries(cmd.Context(), two, args) },
	}
	two.AddFlags(cmd.Flags())
	return describe(cmd, exitDone, exitFailed, exitUsage, exitIO, exitInterrupted)
}

func (a *app) showRegistries(ctx context.Context, two *stageTwo, tlds []string) error {
	w := &ways{}
	if err := two.fill(a, a.world(), &w.rdap); err != nil {
		return err
	}
	if err := w.knowSuffixes(ctx); err != nil {
		return err
	}
	tlds = unique(tlds)
	for _, tld := range tlds {
		if err := w.suffixes.Known(tld); err != nil {
			return usage(fmt.Errorf("%q: %w", tld, err), "")
		}
	}
	all, err := pipeline.Describe(ctx, pipeline.CheckConfig{RDAP: w.rdap, World: a.world(), BudgetPath: a.budgetPath(),
		Notice: a.notice, Log: a.log}, tlds)
	if err != nil {
		return err
	}
	for _, d := range all {
		if _, err := io.WriteString(a.stdout, describeSuffix(d)); err != nil {
			return ioFailure(err)
		}
	}
	return nil
}

func describeSuffix(d rdapstage.Description) string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", key, vacant.SafeText(value))
		}
	}
	fmt.Fprintf(&b, "%s\n", d.Suffix)
	line("policy", d.Policy)
	line("denial", d.Denial)
	if d.Wildcard {
		line("wildcard", "yes: it has no NXDOMAIN, so two registry sources must agree")
	}
	for _, e := range d.Endpoints {
		line(string(e.Kind), endpointLine(&e))
	}
	if len(d.Endpoints) == 0 {
		line("endpoints", "none: names here cannot be confirmed")
	}
	for _, note := range d.Notes {
		line("note", note)
	}
	return b.String()
}

func endpointLine(e *rdapstage.Endpoint) string {
	words := []string{e.Base + " (" + e.Source + ")", "operator " + e.Operator, limitText(e.Limit)}
	if e.NeedsSecond {
		words = append(words, "needs a second source")
	}
	if t := stamp(e.LastControl); t != "" {
		words = append(words, "last control "+t)
	}
	if t := stamp(e.LockedUntil); t != "" {
		words = append(words, "locked until "+t)
	}
	return strings.Join(words, ", ")
}

func limitText(l rdapstage.Limit) string {
	switch {
	case l.PerSecond == 0 && l.PerDay == 0:
		return "no limit"
	case l.PerDay == 0:
		return fmt.Sprintf("%g/s", l.PerSecond)
	case l.PerSecond == 0:
		return fmt.Sprintf("%d/day", l.PerDay)
	}
	return fmt.Sprintf("%g/s, %d/day", l.PerSecond, l.PerDay)
}
