package generator

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAWordSetFindsItsWordsWithinLabels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := sortedSet(rapid.SliceOfN(rapid.StringMatching(`[ab]{1,5}|[a-z0-9-]{1,63}`), 0, 60).Draw(t, "words"))
		label := []byte(rapid.StringMatching(`[ab]{0,12}|[a-z0-9-]{0,63}`).Draw(t, "label"))
		if len(words) > 0 && rapid.Bool().Draw(t, "a word in it") {
			label = append([]byte("a"), rapid.SampledFrom(words).Draw(t, "word")...)
			label = label[:min(63, len(label))]
		}
		s := newWordSet(words)
		m := matcher{label: label}
		sumLabel(label, &m.sums)
		word := &term{op: opWord, words: s}
		for from := range label {
			for to := from + 1; to <= len(label); to++ {
				got, ok := m.find(word, from, to)
				want, found := slices.BinarySearch(words, string(label[from:to]))
				if ok != found || ok && got != uint64(want) {
					t.Fatalf("%q is word %d, %v; want %d, %v", label[from:to], got, ok, want, found)
				}
			}
		}
	})
}

func TestShapedIsWhatTheRuleOfLabelsSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		label := make([]byte, rng.IntN(8))
		for i := range label {
			label[i] = "ax-n"[rng.IntN(4)]
		}
		if got, want := shaped(label), passes(shape{hyphens: true, idn: isIDN(label)}, label); got != want {
			t.Fatalf("shaped(%q) = %v, the rule says %v", label, got, want)
		}
	}
}

// A pattern of which every span can be written in many ways is matched in no time, and without allocation.
func TestAMatcherRemembersSpans(t *testing.T) {
	e, err := parsePattern("((a{0,2}b{0,1}){0,4}a{0,2}){0,4}")
	if err != nil {
		t.Fatal(err)
	}
	b := &termBuilder{lex: testLexicon()}
	root := b.term(e)
	if b.err != nil {
		t.Fatal(b.err)
	}
	m := &matcher{}
	label := []byte("aaaaaaabaaaaaaaaaaabaaaaaaaaaaaaaaac")
	if _, ok := m.lowest(root, label); ok {
		t.Error("the last octet is none of the pattern's")
	}
	if _, ok := m.lowest(root, label[:len(label)-1]); !ok {
		t.Error("the label is not found")
	}
	if n := testing.AllocsPerRun(10, func() { m.lowest(root, label) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNamesOfWaysCostNoAllocation(t *testing.T) {
	words := writeFile(t, benchWords(500))
	for _, cfg := range []Config{{Patterns: []string{"{word}{word}"}}, {Patterns: []string{"[a-z-]{1,3}[a-z]{0,2}"}, MinLength: 3}} {
		cfg.Wordlist = words
		g, err := newWays(cfg)
		if err != nil {
			t.Fatal(err)
		}
		d, i := g.space.parts[0].labels.(*derivation), uint64(0)
		label := make([]byte, 0, 100)
		m := &matcher{words: d.words}
		if n := testing.AllocsPerRun(1000, func() {
			label = d.root.write(label[:0], i*i%d.size())
			d.filter.match(label)
			m.lowest(d.root, label)
			i++
		}); n > 0 {
			t.Errorf("%q: %v allocations", cfg.Patterns, n)
		}
	}
}
