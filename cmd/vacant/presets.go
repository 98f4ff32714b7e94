package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// presetTLDs are named sets of suffixes for --preset.
var presetTLDs = map[string][]string{
	"popular": {"com", "net", "org", "io", "co", "ai", "app", "dev", "me", "xyz"},
	"tech":    {"dev", "app", "io", "ai", "tech", "cloud", "software", "systems", "codes", "digital", "network", "page"},
	"short":   {"io", "co", "ai", "me", "so", "to", "gg", "sh", "is", "vc", "cc", "tv"},
	"country": {"de", "co.uk", "fr", "nl", "it", "es", "pl", "ch", "at", "be", "se", "ca", "us", "in", "jp", "com.au", "com.br"},
	"europe":  {"eu", "de", "fr", "nl", "it", "es", "pl", "ch", "at", "be", "se", "dk", "cz", "pt", "ie", "fi"},
	"classic": {"com", "net", "org", "info", "biz"},
	"shop":    {"com", "shop", "store", "online", "co", "market", "sale", "boutique"},
}

// printPresets lists the presets, one a line.
func printPresets(w io.Writer) error {
	for _, name := range slices.Sorted(maps.Keys(presetTLDs)) {
		if _, err := fmt.Fprintf(w, "%s\t%s\n", name, strings.Join(presetTLDs[name], ",")); err != nil {
			return err
		}
	}
	return nil
}
