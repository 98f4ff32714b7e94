package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vacant"
)

// sent is a name with its index, as Run sent it.
type sent struct {
	name  string
	index uint64
}

// bestFirst orders as Run promises to.
func bestFirst(a, b sent) int {
	as, bs := Score([]byte(vacant.Name(a.name).Label())), Score([]byte(vacant.Name(b.name).Label()))
	switch {
	case as != bs:
		return bs - as
	case a.index == vacant.NoIndex && b.index == vacant.NoIndex:
		return strings.Compare(a.name, b.name)
	case a.index == vacant.NoIndex:
		return -1
	case b.index == vacant.NoIndex:
		return 1
	case a.index < b.index:
		return -1
	}
	return 1
}

// runAll returns what cfg makes, in order.
func runAll(t interface {
	Helper()
	Fatal(...any)
}, cfg Config, window uint64) []sent {
	t.Helper()
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if window > 0 {
		g.window, g.scored = window, window*10
	}
	out := make(chan *vacant.Batch, 1)
	done := make(chan error, 1)
	go func() { defer close(out); done <- g.Run(context.Background(), out) }()
	var all []sent
	for b := range out {
		for i := range b.Len() {
			all = append(all, sent{string(b.Name(i)), b.Index[i]})
		}
		b.Release()
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if c := g.Counts(); c.Generated != uint64(len(all))+c.Invalid+c.Duplicate+c.KnownChunks {
		t.Fatal("counts do not add up", c, len(all))
	}
	return all
}

func TestBestFirstIsTheSameNamesInTheOrderOfTheirScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(t, "shards")
		window := rapid.Uint64Range(1, 40).Draw(t, "window")
		pattern := rapid.SampledFrom([]string{"[a-e]{2}", "(a|ab)(c|bc)[xyz]", "b[aeiou0-9]t", "[ab-]{3}"}).Draw(t, "pattern")
		var all, want []sent
		for i := range n {
			cfg := Config{Patterns: []string{pattern}, TLDs: []string{"com", "io"}, Names: []string{"nova", "zz.org", "abc", "nova"},
				Shard: i + 1, ShardsTotal: n, DedupLists: true}
			plain := runAll(t, cfg, 0)
			cfg.BestFirst = true
			sorted := runAll(t, cfg, window)
			if !slices.IsSortedFunc(sorted, bestFirst) {
				t.Fatalf("not in order: %v", sorted)
			}
			all, want = append(all, sorted...), append(want, plain...)
		}
		slices.SortFunc(all, bestFirst)
		slices.SortFunc(want, bestFirst)
		if !slices.Equal(all, want) {
			t.Fatalf("shards of %q have\n%v\nwant\n%v", pattern, all, want)
		}
	})
}

func TestBestFirstLeavesKnownChunksOut(t *testing.T) {
	asked := 0
	cfg := Config{Patterns: []string{"[a-z]{4}"}, TLDs: []string{"com"}, BestFirst: true, KnownChunk: func(lo, _ uint64) bool {
		asked++
		return lo/ChunkSize%2 == 0
	}}
	all := runAll(t, cfg, 100_000)
	size := 26 * 26 * 26 * 26
	if want := 3 * ChunkSize; len(all) != want || asked != size/ChunkSize+1 {
		t.Errorf("%d names after %d questions, want %d", len(all), asked, want)
	}
	if !slices.IsSortedFunc(all, bestFirst) || slices.ContainsFunc(all, func(m sent) bool { return m.index/ChunkSize%2 == 0 }) {
		t.Error("a known name came, or the order is wrong")
	}
}

func TestBestFirstRefusesWhatIsTooLarge(t *testing.T) {
	for _, cfg := range []Config{
		{Patterns: []string{"[a-z]{7}"}, BestFirst: true},
		{Patterns: []string{"a"}, BestFirst: true, Random: true},
	} {
		if _, err := New(cfg); !errors.Is(err, ErrUsage) {
			t.Errorf("%v: %v", cfg.Patterns, err)
		}
	}
}

func TestBestFirstRefusesMoreListedNamesThanItHolds(t *testing.T) {
	k := &kept{names: make([]keptName, maxKept)}
	if err := k.add([]byte("a.com")); !errors.Is(err, ErrUsage) {
		t.Error(err)
	}
	k = &kept{text: make([]byte, maxKeptOctets)}
	if err := k.add([]byte("a.com")); !errors.Is(err, ErrUsage) {
		t.Error(err)
	}
}

func TestBestFirstReadsStdinToItsEnd(t *testing.T) {
	stdin := bytes.NewBufferString("xqz\nnova\n" + strings.Repeat("a1b2.com\n", 3))
	all := runAll(t, Config{Lists: []string{"-"}, Stdin: stdin, BestFirst: true}, 0)
	if got := fmt.Sprint(all); len(all) != 3 || all[0].name != "nova.com" {
		t.Error(got)
	}
}

func BenchmarkBestFirst(b *testing.B) {
	g, err := New(Config{Patterns: []string{"[a-z]{4}"}, TLDs: []string{"com"}, BestFirst: true})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	r := ranking{g: g, out: &emitter{ctx: context.Background(), g: g}, batch: g.pool.Get()}
	n := 0
	for b.Loop() {
		r.counts, r.window, r.known = [MaxScore + 1]uint64{}, r.window[:0], r.known[:0]
		if err := r.count(); err != nil {
			b.Fatal(err)
		}
		if err := r.load(0); err != nil {
			b.Fatal(err)
		}
		n += 26 * 26 * 26 * 26
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "names/s")
}
