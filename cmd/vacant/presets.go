package main

import (
	"fmt"
	"io"
	"strings"

	"vacant/generator"
)

// printPresets lists the presets: name, TLDs and what they are for, parted by tabs.
func printPresets(w io.Writer) error {
	for _, p := range generator.Presets() {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", p.Name, strings.Join(p.TLDs, ","), p.Help); err != nil {
			return ioFailure(err)
		}
	}
	return nil
}

// printAffixSets lists the sets of affixes: name, prefixes, suffixes and what they are for, parted by tabs.
func printAffixSets(w io.Writer) error {
	for _, s := range generator.AffixSets() {
		if _, err := fmt.Fprintf(w, "@%s\t%s\t%s\t%s\n", s.Name, strings.Join(s.Before, ","), strings.Join(s.After, ","), s.Help); err != nil {
			return ioFailure(err)
		}
	}
	return nil
}
