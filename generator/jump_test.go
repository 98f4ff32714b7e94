package generator

import (
	"fmt"
	"strings"
	"testing"

	"vacant"
)

// jumpSpaces are of one table, of several, and of some that must be walked.
func jumpSpaces(t *testing.T) map[string]Config {
	t.Helper()
	words := writeFile(t, benchWords(700)+"a\nab\nabc\nan\nant\nants\n")
	long := writeFile(t, strings.Repeat("long", 12)+"\n"+strings.Repeat("long", 12)+"er\n"+strings.Repeat("z", 63)+"\nbücher\n")
	return map[string]Config{
		"one label":            {Patterns: []string{"q"}},
		"one long label":       {Patterns: []string{"q{63}"}},
		"even":                 {Patterns: []string{"[a-z]{4}"}},
		"all lengths":          {Patterns: []string{"[a-c]{1,10}"}},
		"uneven":               {Patterns: []string{"(a|ab)(c|bc)[0-9]{0,4}x{0,20}", "[a-c-]{2,7}"}},
		"words":                {Wordlist: words},
		"pairs of words":       {Patterns: []string{"{word}{word}"}, Wordlist: words},
		"long words":           {Wordlist: long},
		"long words, digits":   {Patterns: []string{"{word}[0-9]{3,5}", "{word}"}, Wordlist: long},
		"sounds":               {Patterns: []string{"[a-z]{2,6}"}, Pronounceable: true, Regex: "a.e"},
		"far behind the start": {Patterns: []string{"x{40}[a-z]{1,3}y{18}[a-z]"}},
	}
}

// checkJumps compares what j writes with what the automaton unranks.
func checkJumps(t *testing.T, j *jumps, step uint64) {
	t.Helper()
	buf := make([]byte, vacant.MaxLabelLen+jumpText)
	var want []byte
	size := j.m.size()
	check := func(i uint64) {
		n := j.write(buf, i)
		if want, _ = j.m.unrank(want[:0], i); string(buf[:n]) != string(want) {
			t.Fatalf("label %d is %q by %d tables of %d nodes, %q by unrank", i, buf[:n], len(j.tables), len(j.nodes), want)
		}
	}
	for i := uint64(0); i < size; i += step {
		check(i)
	}
	check(size - 1)
}

func TestJumpsFollowUnrank(t *testing.T) {
	tries := uint64(30_000)
	if raced {
		tries = 3_000
	}
	for name, cfg := range jumpSpaces(t) {
		m := mustNew(t, cfg).space.parts[0].labels.(*dfa)
		for _, budget := range []int{0, 10, 100, 3000, maxJumpNodes} {
			t.Run(fmt.Sprintf("%s, %d nodes", name, budget), func(t *testing.T) {
				j := newJumps(m, budget)
				if made := len(j.nodes) - len(j.tables); made > budget {
					t.Errorf("%d nodes were made", made)
				}
				checkJumps(t, j, 1+m.size()/tries)
			})
		}
	}
}

func TestJumpsReachTheEndOfTheLargestSpaces(t *testing.T) {
	words := writeFile(t, benchWords(3000))
	for _, p := range []string{"[a-z]{13}", "[a-z0-9]{12}", "{word}{word}{word}", "[a-z0-9]{1,11}"} {
		m := mustNew(t, Config{Patterns: []string{p}, Wordlist: words}).space.parts[0].labels.(*dfa)
		j := newJumps(m, maxJumpNodes)
		for _, step := range []uint64{m.size()/9973 | 1, m.size() / 1024, m.size() / 26} {
			checkJumps(t, j, step)
		}
	}
}

func TestMostLookUpsNeedFewHops(t *testing.T) {
	words, plurals := writeFile(t, benchWords(10_000)), writeFile(t, benchPlurals(10_000))
	tests := []struct {
		pattern, words string
		want           float64
		walked         float64 // share of look-ups
	}{
		{"[a-z]{5}", words, 2, 0},
		{"[a-z]{8}", words, 3, 0},
		{"{C}{V}{C}{V}", words, 1, 0},
		{"(get|my){word}", words, 1, 0},
		{"{word}{word}", words, 2, 0},
		{"{word}{word}", plurals, 2, 0.05},
		{"{word}{word}{word}", plurals, 3, 0.2}, // more states than there is room for
	}
	for _, tt := range tests {
		j := newJumps(mustNew(t, Config{Patterns: []string{tt.pattern}, Wordlist: tt.words}).space.parts[0].labels.(*dfa), maxJumpNodes)
		hops, walks := 0, 0
		const tries = 20_000
		for i := range uint64(tries) {
			h, walked := countHops(j, mix(i)%j.m.size())
			hops += h
			walks += walked
		}
		if mean := float64(hops) / tries; mean > tt.want+0.1 || float64(walks) > tries*tt.walked {
			t.Errorf("%s: %.2f hops a label, %d of %d walked; want %.0f hops", tt.pattern, mean, walks, tries, tt.want)
		}
	}
}

// countHops follows write through the tables.
func countHops(j *jumps, i uint64) (hops, walked int) {
	for t := &j.tables[0]; ; {
		node := &j.nodes[j.find(t, i)]
		hops++
		switch {
		case node.to == 0:
			return hops, 0
		case node.to&walkBit != 0:
			return hops, 1
		}
		i -= node.base
		t = &j.tables[node.to-1]
	}
}

func TestDivide(t *testing.T) {
	for n := uint64(1); n < 2000; n += 1 + n/7 {
		per := ^uint64(0) / n
		for k := range uint64(500) {
			for _, i := range []uint64{k, k * n, k*n + n - 1, mix(k) % maxNames, maxNames - k, mix(k) % maxNames / n * n} {
				if q, r := divide(i, n, per); q != i/n || r != i%n {
					t.Fatalf("%d / %d = %d rest %d", i, n, q, r)
				}
			}
		}
	}
}

func TestNamesInRandomOrderCostNoAllocation(t *testing.T) {
	words := writeFile(t, benchWords(500))
	for _, bb := range benchSpaces {
		g := mustNew(t, Config{Patterns: []string{bb.pattern}, Wordlist: words, TLDs: []string{"com", "net"}})
		s, order := newScatter(g.space), newPermutation(g.space.size, 1)
		b := new(vacant.Pool).Get()
		var indexes [block]uint64
		if perBlock := testing.AllocsPerRun(20, func() {
			b.Reset()
			order.fill(indexes[:], g.space.size/3)
			s.append(b, indexes[:], 0)
		}); perBlock != 0 {
			t.Errorf("%s: %v allocations for a block", bb.name, perBlock)
		}
	}
}
