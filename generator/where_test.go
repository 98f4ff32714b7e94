package generator

import (
	"strings"
	"testing"
)

// TestCyclesSayWhichSuffixAnIndexHas goes through every index of some spaces and
// their shards, and compares what Cycles, Rank and AppendName say of it.
func TestCyclesSayWhichSuffixAnIndexHas(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
	}{
		{"one suffix", Config{Patterns: []string{"[a-z]{2}"}, TLDs: []string{"com"}}},
		{"three in turn", Config{Patterns: []string{"[a-z]{2}"}, TLDs: []string{"com", "io", "co.uk"}}},
		{"a shard that begins within a turn", Config{Patterns: []string{"[a-z]{2}"}, TLDs: []string{"com", "io", "dev"}, Shard: 3, ShardsTotal: 7}},
		{"hacks", Config{Patterns: []string{"[a-d]{3}[io][om]"}, TLDs: []string{"io", "com", "do"}, Hack: true}},
		{"a shard of hacks", Config{Patterns: []string{"[a-d]{3}[io][om]"}, TLDs: []string{"io", "om", "im"}, Hack: true, Shard: 2, ShardsTotal: 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, err := New(tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			checkCycles(t, g)
		})
	}
}

func checkCycles(t *testing.T, g *Generator) {
	t.Helper()
	at := g.lo
	for _, c := range g.Cycles() {
		if c.Lo != at || c.Hi <= c.Lo || c.First > c.Lo {
			t.Fatalf("cycle %+v does not go on from %d", c, at)
		}
		at = c.Hi
		seen := make([]uint64, len(c.Suffixes))
		for i := c.Lo; i < c.Hi; i++ {
			k := int((i - c.First) % uint64(len(c.Suffixes)))
			if got := c.Index(k, seen[k]); got != i {
				t.Fatalf("index %d of %s is said to be %d, want %d", seen[k], c.Suffixes[k], got, i)
			}
			seen[k]++
			name, ok := g.AppendName(nil, i)
			if ok && !strings.HasSuffix(string(name), "."+c.Suffixes[k]) {
				t.Fatalf("index %d is %s, not under %s", i, name, c.Suffixes[k])
			}
			if back, here := g.Rank(name); ok && (!here || back != i) {
				t.Fatalf("%s has rank %d, want %d", name, back, i)
			}
		}
		for k, n := range seen {
			if got := c.Count(k); got != n {
				t.Errorf("%s: %d indexes, want %d", c.Suffixes[k], got, n)
			}
		}
	}
	if at != g.hi {
		t.Errorf("the cycles end at %d, the shard at %d", at, g.hi)
	}
}

func TestNamesBeyondTheShardHaveNoRank(t *testing.T) {
	whole, err := New(Config{Patterns: []string{"[a-z]{2}"}, TLDs: []string{"com"}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := New(Config{Patterns: []string{"[a-z]{2}"}, TLDs: []string{"com"}, Shard: 2, ShardsTotal: 2})
	if err != nil {
		t.Fatal(err)
	}
	name, ok := whole.AppendName(nil, 3)
	if !ok {
		t.Fatal("index 3 has no name")
	}
	if _, ok := second.Rank(name); ok {
		t.Errorf("%s is of the first half", name)
	}
	if got, ok := second.AppendName([]byte("x"), 3); ok || string(got) != "x" {
		t.Errorf("index 3 of the second half: %q, %v", got, ok)
	}
	if _, ok := whole.Rank([]byte("abc.com")); ok {
		t.Error("abc.com is of three letters")
	}
}
