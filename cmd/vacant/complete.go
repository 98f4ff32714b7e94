package main

import (
	"strings"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/generator"
	"vacant/store"
)

// completeValues teaches the shells which words a command's flags take.
func completeValues(cmd *cobra.Command) {
	var presets, faults []string
	for _, p := range generator.Presets() {
		presets = append(presets, p.Name+"\t"+p.Help)
	}
	for _, f := range lab.FaultKinds() {
		faults = append(faults, f.Name+"\t"+f.Help)
	}
	var kinds, before, after []string
	for _, k := range generator.TypoKinds() {
		kinds = append(kinds, k.Name+"\t"+k.Help)
	}
	for _, s := range generator.AffixSets() {
		before = append(before, "@"+s.Name+"\t"+strings.Join(s.Before, ", "))
		after = append(after, "@"+s.Name+"\t"+strings.Join(s.After, ", "))
	}
	for flag, words := range map[string][]string{
		"preset":      presets,
		"typo-kinds":  kinds,
		"blend-kinds": {"overlap", "syllable"},
		"prefix":      before,
		"suffix":      after,
		"fault":       faults,
		"format":      {string(store.Text), string(store.CSV), string(store.JSONL)},
		"order":       {"sequential", "random"},
		"via":         {"authority", "resolvers"},
		"lifecycle":   {string(vacant.Active), string(vacant.Hold), string(vacant.Expired), string(vacant.Redemption), string(vacant.PendingDelete)},
		"status":      {vacant.Available.String(), vacant.Registered.String(), vacant.Reserved.String(), vacant.Premium.String(), vacant.Undetermined.String()},
	} {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // fails for unknown flags only
		}
	}
	for _, c := range cmd.Commands() {
		completeValues(c)
	}
}
