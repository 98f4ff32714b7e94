package generator

import (
	"errors"
	"strings"
	"testing"
)

func TestCountsNearTheBoundAreExact(t *testing.T) {
	power := func(base, exp uint64) uint64 {
		n := uint64(1)
		for range exp {
			n *= base
		}
		return n
	}
	words := writeFile(t, "aa\nbb\n")
	tests := []struct {
		patterns, tlds string
		ways           bool
		want           uint64 // 0: too many
	}{
		{"[a-z0-9]{12}", "com", false, power(36, 12)},
		{"[a-z0-9]{12}", "com", true, power(36, 12)},
		{"[a-z0-9]{12}", "com net", false, 0},
		{"[a-z0-9]{12}", "com net", true, 0},
		{"[a-z0-9]{12} [a-z0-9]{11}", "com", false, power(36, 12) + power(36, 11)},
		{"[a-z]{13} [a-y]{13}", "com net org", false, 3 * power(26, 13)},
		{"[a-z]{13}", "com net org io", false, 0},
		{"[ab]{62}", "com", false, 1 << 62},
		{"[ab]{62} [cd]{62}", "com", false, 0},
		{"[ab]{62} [ab]{1,61}", "com", false, 0},
		{"[ab]{63}", "com", false, 0},
		{"[ab]{63}", "com", true, 0},
		{"[a-z]{1,63}", "com", true, 0},
		{"{word}{31}", "com", false, 1 << 31},
	}
	for _, tt := range tests {
		cfg := Config{Patterns: strings.Fields(tt.patterns), TLDs: strings.Fields(tt.tlds), Wordlist: words}
		compile := New
		if tt.ways {
			compile = newWays
		}
		g, err := compile(cfg)
		switch {
		case tt.want == 0 && !errors.Is(err, ErrTooMany):
			t.Errorf("%s under %s: %v, want %v", tt.patterns, tt.tlds, err, ErrTooMany)
		case tt.want > 0 && err != nil:
			t.Errorf("%s under %s: %v", tt.patterns, tt.tlds, err)
		case tt.want > 0:
			if n, exact := g.Count(); n != tt.want || !exact {
				t.Errorf("%s under %s: Count() = %d, %v, want %d", tt.patterns, tt.tlds, n, exact, tt.want)
			}
			checkEnds(t, g)
		}
	}
}

// checkEnds looks up and back the first and last names of a space.
func checkEnds(t *testing.T, g *Generator) {
	t.Helper()
	for k := range uint64(3) {
		for _, i := range []uint64{k, g.space.size/2 + k, g.space.size - 1 - k} {
			name, ok := g.space.unrank(nil, i)
			if at, known := g.space.rank(name); !ok || !known || at != i || !g.Contains(name) {
				t.Errorf("%s: index %d is %q (%v), which has index %d (%v)", g.cfg.Patterns, i, name, ok, at, known)
			}
		}
	}
}

// The last of very many shards ends where the largest space does, in both orders.
func TestTheLastShardOfTheLargestSpaceIsMade(t *testing.T) {
	for _, random := range []bool{false, true} {
		g := mustNew(t, Config{Patterns: []string{"[a-z0-9]{12}"}, Shard: 1 << 46, ShardsTotal: 1 << 46, Random: random, Seed: 1<<64 - 1})
		n, _ := g.Count()
		got := mustCollect(t, g)
		last, seen := "", map[uint64]bool{}
		for _, m := range got {
			seen[m.index] = true
			if m.index == g.space.size-1 {
				last = m.name
			}
			if m.index < g.space.size-n || m.index >= g.space.size {
				t.Fatalf("%s has index %d", m.name, m.index)
			}
		}
		if last != "zzzzzzzzzzzz.com" || uint64(len(seen)) != n || uint64(len(got)) != n || n == 0 || n > 2*ChunkSize {
			t.Errorf("random %v: made %d, distinct %d of %d names, the last is %q", random, len(got), len(seen), n, last)
		}
	}
}

// Shards take sizes that no chunk nor any other shard divides.
func TestShardsCoverAnySize(t *testing.T) {
	for _, size := range []uint64{0, 1, 2, ChunkSize - 1, ChunkSize, ChunkSize + 1, 64*ChunkSize - 1, 64*ChunkSize + 1, 1<<62 - 1, 1 << 62, 1<<62 + 1, maxNames} {
		for _, n := range []int{1, 2, 3, 63, 64, 65, 1000, 65536} {
			next, least, most := uint64(0), uint64(1<<63), uint64(0)
			for i := 1; i <= n; i++ {
				lo, hi := shardOf(size, i, n)
				if lo != next || hi < lo {
					t.Fatalf("size %d: shard %d of %d is %d to %d, want it from %d", size, i, n, lo, hi, next)
				}
				next, least, most = hi, min(least, hi-lo), max(most, hi-lo)
			}
			if next != size {
				t.Errorf("size %d: %d shards end at %d", size, n, next)
			}
			if most-least > 1 && float64(most-least) > float64(size)/float64(n)/20 {
				t.Errorf("size %d: %d shards have %d to %d names", size, n, least, most)
			}
		}
	}
}
