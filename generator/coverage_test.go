package generator

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"testing"

	"vacant"
)

// indexSet is a set of indexes, a bit each.
type indexSet []uint64

func newIndexSet(n uint64) indexSet { return make(indexSet, (n+63)/64) }

// add reports whether i was not in the set.
func (s indexSet) add(i uint64) bool {
	bit := uint64(1) << (i & 63)
	was := s[i>>6] & bit
	s[i>>6] |= bit
	return was == 0
}

func (s indexSet) len() (n uint64) {
	for _, w := range s {
		n += uint64(bits.OnesCount64(w))
	}
	return n
}

// sieve runs g and puts what it makes into seen. check returns why a name is not
// the one of its index, "" where it is.
func sieve(t *testing.T, g *Generator, seen indexSet, check func(name []byte, index uint64) string) (made uint64) {
	t.Helper()
	out := make(chan *vacant.Batch, 4)
	done := make(chan error, 1)
	go func() {
		done <- g.Run(t.Context(), out)
		close(out)
	}()
	for b := range out {
		made += uint64(b.Len())
		for i, index := range b.Index {
			if index>>6 >= uint64(len(seen)) || !seen.add(index) {
				t.Errorf("%s, index %d, came twice or is none of the space's", b.Name(i), index)
			}
			if why := check(b.Name(i), index); why != "" {
				t.Errorf("index %d is %s: %s", index, b.Name(i), why)
			}
		}
		b.Release()
		if t.Failed() {
			break
		}
	}
	for b := range out { // after a failure
		b.Release()
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	return made
}

// sieveShards runs all shards of cfg and wants every index once in all.
func sieveShards(t *testing.T, cfg Config, check func(name []byte, index uint64) string) {
	t.Helper()
	var seen indexSet
	var size, counted uint64
	for i := 1; i <= cfg.ShardsTotal && !t.Failed(); i++ {
		cfg.Shard = i
		g := mustNew(t, cfg)
		if seen == nil {
			_, size = g.Space()
			seen = newIndexSet(size)
		}
		n, exact := g.Count()
		counted += n
		if made := sieve(t, g, seen, check); made != n || !exact || g.Counts().Generated != n {
			t.Errorf("shard %d of %d counts %d, exact %v, and made %d: %+v", i, cfg.ShardsTotal, n, exact, made, g.Counts())
		}
	}
	if seen.len() != size || counted != size {
		t.Errorf("%d of %d indexes came, the shards count %d", seen.len(), size, counted)
	}
}

// digits returns a check for a space of all numbers of width digits under tlds:
// which name an index has can be told without the generator.
func digits(width int, tlds ...string) func([]byte, uint64) string {
	return func(name []byte, index uint64) string {
		n := uint64(0)
		for _, c := range name[:min(width, len(name))] {
			n = 10*n + uint64(c-'0')
		}
		if n*uint64(len(tlds))+index%uint64(len(tlds)) != index || string(name[width:]) != tlds[index%uint64(len(tlds))] {
			return "it is the name of another index"
		}
		return ""
	}
}

// Every index of a space of ten million comes exactly once, in both orders,
// over any number of shards, and has its own name.
func TestEveryIndexOfTenMillionComesOnce(t *testing.T) {
	width, words := 7, 3200
	if raced || testing.Short() {
		width, words = 5, 320
	}
	list := writeFile(t, benchWords(words))
	pairs := mustNew(t, Config{Patterns: []string{"{word}{word}"}, Wordlist: list})
	spaces := []struct {
		name  string
		cfg   Config
		check func([]byte, uint64) string
	}{
		{"numbers", Config{Patterns: []string{fmt.Sprintf("[0-9]{%d}", width)}}, digits(width, ".com")},
		{"numbers under two suffixes", Config{Patterns: []string{fmt.Sprintf("[0-4][0-9]{%d}", width-1)}, TLDs: []string{"net", "co.uk"}}, digits(width, ".net", ".co.uk")},
		{"pairs of words", Config{Patterns: []string{"{word}{word}"}, Wordlist: list}, func(name []byte, index uint64) string {
			if index%16 != 0 { // a rank costs more than all else
				return ""
			}
			if at, ok := pairs.space.rank(name); !ok || at != index {
				return fmt.Sprintf("it has index %d", at)
			}
			return ""
		}},
	}
	for _, s := range spaces {
		for _, random := range []bool{false, true} {
			for _, shards := range []int{1, 3, 16} {
				if s.name != "numbers" && shards == 3 {
					continue // one of each is enough for the others
				}
				t.Run(fmt.Sprintf("%s, random %v, %d shards", s.name, random, shards), func(t *testing.T) {
					s.cfg.Random, s.cfg.Seed, s.cfg.ShardsTotal = random, 11, shards
					sieveShards(t, s.cfg, s.check)
				})
			}
		}
	}
}

func TestMoreShardsThanNames(t *testing.T) {
	for _, n := range []int{1, 2, 3, 9, 10, 11, 64, 1000} {
		for _, random := range []bool{false, true} {
			sieveShards(t, Config{Patterns: []string{"[0-9]"}, Random: random, ShardsTotal: n}, digits(1, ".com"))
		}
	}
}

// runUntil runs g until it has made about n names, adds them to seen, and
// returns how many had come before.
func runUntil(t *testing.T, g *Generator, n uint64, seen indexSet) (again uint64) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := make(chan *vacant.Batch)
	done := make(chan error, 1)
	go func() {
		done <- g.Run(ctx, out)
		close(out)
	}()
	made := uint64(0)
	for b := range out {
		for _, index := range b.Index {
			if !seen.add(index) {
				again++
			}
		}
		if made += uint64(b.Len()); made >= n {
			stop()
		}
		b.Release()
	}
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return again
}

// A run that is broken off several times and goes on with the chunks that it
// knows makes every name; in order no more come again than each break leaves of a chunk.
func TestABrokenRunGoesOnByWhatIsKnown(t *testing.T) {
	const breaks = 5
	width, names := 7, uint64(10_000_000)
	if raced || testing.Short() {
		width, names = 6, 1_000_000
	}
	for _, random := range []bool{false, true} {
		for shard := 1; shard <= 3; shard++ {
			seen := newIndexSet(names)
			cfg := Config{Patterns: []string{fmt.Sprintf("[0-9]{%d}", width)}, Random: random, Seed: 3, Shard: shard, ShardsTotal: 3}
			cfg.KnownChunk = func(lo, hi uint64) bool {
				for i := lo; i < hi; i++ {
					if seen[i>>6]>>(i&63)&1 == 0 {
						return false
					}
				}
				return true
			}
			again := uint64(0)
			for range breaks {
				again += runUntil(t, mustNew(t, cfg), names/18, seen)
			}
			g := mustNew(t, cfg)
			again += runUntil(t, g, 1<<62, seen)
			size, _ := g.Count()
			if seen.len() != size {
				t.Errorf("random %v, shard %d: %d of %d names came", random, shard, seen.len(), size)
			}
			if most := uint64(2 * (breaks + 1) * ChunkSize); !random && again > most {
				t.Errorf("shard %d: %d names came again, want at most %d", shard, again, most)
			}
			if c := g.Counts(); c.Generated != size || !random && size > 20*ChunkSize && c.KnownChunks < size/2 {
				t.Errorf("random %v, shard %d: the last run counts %+v of %d", random, shard, c, size)
			}
		}
	}
}

// In random order too a chunk that is known is not made, is counted, and is asked about once.
func TestKnownChunksAreSkippedInRandomOrder(t *testing.T) {
	for shard := range 4 { // 0: the whole
		asked := map[uint64]int{}
		cfg := Config{Patterns: []string{"[a-z]{4}"}, Random: true, Seed: 5}
		if shard > 0 {
			cfg.Shard, cfg.ShardsTotal = shard, 3
		}
		g := mustNew(t, cfg)
		known := uint64(0)
		g.cfg.KnownChunk = func(lo, hi uint64) bool {
			if asked[lo]++; asked[lo] > 1 || lo%ChunkSize != 0 || lo < g.lo || hi > g.hi || hi != min(lo+ChunkSize, g.space.size) {
				t.Errorf("shard %d (%d to %d): asked %d times about %d to %d", shard, g.lo, g.hi, asked[lo], lo, hi)
			}
			if lo/ChunkSize%2 == 1 {
				known += hi - lo
				return true
			}
			return false
		}
		got := mustCollect(t, g)
		for _, m := range got {
			if _, ok := asked[m.index/ChunkSize*ChunkSize]; ok && m.index/ChunkSize%2 == 1 {
				t.Fatalf("shard %d: %s of a known chunk was made", shard, m.name)
			}
		}
		c := g.Counts()
		if c.KnownChunks != known || known == 0 || c.Generated != g.hi-g.lo || uint64(len(got)) != c.Generated-known {
			t.Errorf("shard %d of %d names: counts %+v with %d made, %d known", shard, g.hi-g.lo, c, len(got), known)
		}
	}
}

func TestARandomShardOfTooManyChunksIsMadeWithoutAsking(t *testing.T) {
	g := mustNew(t, Config{Patterns: []string{"[a-z]{12}"}, Random: true, KnownChunk: func(uint64, uint64) bool { return true }})
	if k := newKnownChunks(g); k != nil {
		t.Errorf("%d octets to remember the answers", len(k.said))
	}
}
