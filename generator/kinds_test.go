package generator

import (
	"fmt"
	"slices"
	"testing"

	"vacant"
)

// Whatever makes the labels, all orders and shards give the same names, each
// once, as many as are counted, and each has the index it came with.
func TestEveryKindOfSourceIsTheSameInAnyOrderAndShards(t *testing.T) {
	words := wordFile(t, "breakfast", "lunch", "camera", "recorder", "insta", "stamp", "bücher")
	for name, cfg := range map[string]Config{
		"blends":                 {Wordlist: words, Blend: true, TLDs: []string{"com", "co.uk"}},
		"blends in a pattern":    {Wordlist: words, Blend: true, Patterns: []string{"(my|get){word}"}, Exclude: []string{"tm"}},
		"blends as hacks":        {Wordlist: words, Blend: true, Hack: true},
		"typos":                  {Typos: []string{"lumo.com", "bücher.de"}},
		"typos under other TLDs": {Typos: []string{"lumo.com", "nova.io", "zap"}, TLDs: []string{"io", "dev", "net"}, Patterns: []string{"lum[aeo]"}},
		"sets of affixes":        {Wordlist: words, Prefixes: []string{"", "@startup"}, Affixes: []string{"@sound"}},
		"texts":                  {Patterns: []string{"[a-d1]{1,4}"}, Contains: []string{"ab", "c1"}, Ends: []string{"d", "1"}, OnlyLetters: true},
	} {
		t.Run(name, func(t *testing.T) { checkOrders(t, cfg) })
	}
}

func checkOrders(t *testing.T, cfg Config) {
	t.Helper()
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := namesOf(t, cfg)
	if n, exact := g.Count(); n != uint64(len(want)) || !exact || n == 0 || len(slices.Compact(slices.Clone(want))) != len(want) {
		t.Fatalf("%d names, each once, where %d are counted (exact: %t)", len(want), n, exact)
	}
	for _, order := range []func(*Config){func(*Config) {}, func(c *Config) { c.Random, c.Seed = true, 9 }, func(c *Config) { c.BestFirst = true }} {
		for _, shards := range []int{1, 3} {
			one := cfg
			order(&one)
			var got []string
			for one.Shard, one.ShardsTotal = 1, shards; one.Shard <= shards; one.Shard++ {
				for _, s := range runAll(t, one, 0) {
					got = append(got, s.name)
					if i, ok := g.space.rank([]byte(s.name)); !ok || i != s.index {
						t.Fatalf("%s came with index %d and has %d", s.name, s.index, i)
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %d names of %d", fmt.Sprint(one.Random, one.BestFirst, shards), len(got), len(want))
			}
		}
	}
	for _, name := range want {
		if _, err := vacant.ParseName(name); err != nil {
			t.Error(err)
		}
	}
}
