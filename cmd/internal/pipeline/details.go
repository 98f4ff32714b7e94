package pipeline

import (
	"cmp"
	"fmt"

	"vacant/generator"
	"vacant/store"
)

// details are what a run's manifest keeps of its candidates. Names given one by
// one are counted, not kept: the command line has them.
func details(version string, g *generator.Config, suffixes []string) store.RunDetails {
	d := store.RunDetails{Version: version, TLDs: suffixes, Order: "sequential"}
	for _, p := range g.Patterns {
		d.Sources = append(d.Sources, "pattern "+p)
	}
	if g.Wordlist != "" {
		d.Sources = append(d.Sources, "wordlist "+g.Wordlist)
	}
	if g.Blend {
		d.Sources = append(d.Sources, "blends "+cmp.Or(g.BlendWith, g.Wordlist))
	}
	for _, b := range g.Typos {
		d.Sources = append(d.Sources, "typos "+b)
	}
	for _, l := range g.Lists {
		d.Sources = append(d.Sources, "list "+l)
	}
	if n := len(g.Names); n > 0 {
		d.Sources = append(d.Sources, fmt.Sprintf("names %d", n))
	}
	if g.BestFirst {
		d.Order = "score"
	}
	if g.Random {
		d.Order, d.Seed = "random", g.Seed
	}
	if g.Shard > 0 {
		d.Shard = fmt.Sprintf("%d/%d", g.Shard, g.ShardsTotal)
	}
	return d
}
