package generator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What follows knows a pattern as a tree that it wrote itself and tries all its
// ways. It shares no code with the generator: no parser, no filter, no affixes.

// part of a pattern: its text, and every text it stands for.
type sample struct {
	pattern string
	texts   []string
}

// maxSample bounds the ways that are tried.
const maxSample = 3000

var bruteWords = []string{"a", "aa", "b", "ab-a", "em", "be", "x1"}

func lit(text string) sample { return sample{text, []string{text}} }

func oneOf(pattern string, symbols string) sample {
	return sample{pattern, strings.Split(symbols, "")}
}

func alternatives(subs ...sample) sample {
	var s sample
	var patterns []string
	for _, sub := range subs {
		patterns = append(patterns, sub.pattern)
		s.texts = append(s.texts, sub.texts...)
	}
	s.pattern = "(" + strings.Join(patterns, "|") + ")"
	return s
}

// then returns all texts of a followed by all of b, ok false if those are too many.
func then(a, b []string) (all []string, ok bool) {
	if len(a)*len(b) > maxSample {
		return nil, false
	}
	for _, x := range a {
		for _, y := range b {
			all = append(all, x+y)
		}
	}
	return unique(all), true
}

func unique(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// repeated is s{lo,hi}.
func repeated(s sample, lo, hi int) (sample, bool) {
	out := sample{pattern: fmt.Sprintf("%s{%d,%d}", s.pattern, lo, hi)}
	if lo == hi {
		out.pattern = fmt.Sprintf("%s{%d}", s.pattern, lo)
	}
	power, ok := []string{""}, true
	for k := 0; k <= hi && ok; k++ {
		if k >= lo {
			out.texts = append(out.texts, power...)
		}
		power, ok = then(power, s.texts)
	}
	out.texts = unique(out.texts)
	return out, ok && len(out.texts) <= maxSample
}

// drawSample draws a pattern, mostly an ambiguous one; ok is false for one of too many ways.
func drawSample(t *rapid.T, depth int) (s sample, ok bool) {
	s, ok = sample{"", []string{""}}, true
	for range rapid.IntRange(1, 3).Draw(t, "parts") {
		p := drawPart(t, depth)
		if bounds := rapid.SampledFrom([][2]int{{1, 1}, {1, 1}, {1, 1}, {0, 1}, {0, 2}, {2, 2}, {1, 3}}).Draw(t, "repeat"); ok && bounds != [2]int{1, 1} {
			p, ok = repeated(p, bounds[0], bounds[1])
		}
		if !ok {
			return s, false
		}
		s.pattern += p.pattern
		s.texts, ok = then(s.texts, p.texts)
	}
	return s, ok
}

func drawPart(t *rapid.T, depth int) sample {
	if depth > 0 && rapid.IntRange(0, 2).Draw(t, "group") == 0 {
		a, okA := drawSample(t, depth-1)
		b, okB := drawSample(t, depth-1)
		if okA && okB {
			return alternatives(a, b)
		}
	}
	return rapid.SampledFrom([]sample{
		lit("a"), lit("b"), lit("m"), lit("e"), lit("-"), lit("x"), oneOf("[ab]", "ab"), oneOf("[a-c-]", "abc-"), oneOf(`\d`, "0123456789"),
		oneOf("{V}", "aeiou"), {"{word}", bruteWords}, {"(a|ab)", []string{"a", "ab"}}, {"(em|m|)", []string{"em", "m", ""}},
	}).Draw(t, "part")
}

// asked is a Config with what it should make.
type asked struct {
	cfg   Config
	texts []string // of all patterns
}

func drawAsked(t *rapid.T, words string) (a asked, ok bool) {
	a.cfg.Wordlist = words
	for range rapid.IntRange(0, 2).Draw(t, "patterns") {
		s, ok := drawSample(t, 1)
		if !ok {
			return a, false
		}
		a.cfg.Patterns = append(a.cfg.Patterns, s.pattern)
		a.texts = append(a.texts, s.texts...)
	}
	if len(a.cfg.Patterns) == 0 {
		a.texts = bruteWords
	}
	some := func(name string, texts ...string) []string {
		return rapid.SampledFrom([][]string{nil, nil, texts[:1], texts}).Draw(t, name)
	}
	a.cfg.Prefixes, a.cfg.Affixes = some("prefixes", "a", "ab", ""), some("affixes", "be", "e", "-1")
	a.cfg.MinLength, a.cfg.MaxLength = rapid.IntRange(0, 3).Draw(t, "min"), rapid.SampledFrom([]int{0, 0, 4, 6}).Draw(t, "max")
	a.cfg.NoHyphen, a.cfg.NoDigit = rapid.Bool().Draw(t, "no hyphen"), rapid.Bool().Draw(t, "no digit")
	a.cfg.Pronounceable = rapid.IntRange(0, 3).Draw(t, "sounds") == 0
	a.cfg.Regex = rapid.SampledFrom([]string{"", "", "a$", "^ab", "b.*b", `\bb`, "(a|b-)a"}).Draw(t, "regex")
	a.cfg.Hack = rapid.IntRange(0, 2).Draw(t, "hack") == 0
	a.cfg.TLDs = rapid.SampledFrom([][]string{{"com"}, {"com", "me", "co.uk"}, {"me", "be", "com", "eu"}}).Draw(t, "tlds")
	return a, true
}

// names returns every name that a should make, sorted.
func (a asked) names() []string {
	var out []string
	for _, text := range a.texts {
		for _, whole := range a.affixed(text) {
			for _, tld := range a.cfg.TLDs {
				label := whole
				if a.cfg.Hack {
					ending := strings.ReplaceAll(tld, ".", "")
					if !strings.HasSuffix(whole, ending) {
						continue
					}
					label = strings.TrimSuffix(whole, ending)
				}
				if a.admits(label) {
					out = append(out, label+"."+tld)
				}
			}
		}
	}
	return unique(out)
}

func (a asked) affixed(text string) (all []string) {
	if len(a.cfg.Prefixes)+len(a.cfg.Affixes) == 0 {
		return []string{text}
	}
	for _, p := range a.cfg.Prefixes {
		all = append(all, p+text)
		for _, s := range a.cfg.Affixes {
			all = append(all, p+text+s)
		}
	}
	for _, s := range a.cfg.Affixes {
		all = append(all, text+s)
	}
	return all
}

var (
	ldh        = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	thirdForth = regexp.MustCompile(`^..--`)
	unspoken   = regexp.MustCompile(`[0-9]|[aeiou]{3}|[^aeiou0-9-]{3}`)
	vowel      = regexp.MustCompile(`[aeiou]`)
)

// admits says by regular expressions what the filters say by automata.
func (a asked) admits(label string) bool {
	c := &a.cfg
	switch {
	case !ldh.MatchString(label) || thirdForth.MatchString(label):
		return false
	case len(label) < c.MinLength || c.MaxLength > 0 && len(label) > c.MaxLength:
		return false
	case c.NoHyphen && strings.Contains(label, "-") || c.NoDigit && strings.ContainsAny(label, "0123456789"):
		return false
	case c.Pronounceable && (unspoken.MatchString(label) || !vowel.MatchString(label)):
		return false
	}
	return c.Regex == "" || regexp.MustCompile(c.Regex).MatchString(label)
}

// failer is what rapid's and testing's T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkAsked compares both engines, both orders and any number of shards with what is wanted.
func checkAsked(tb testing.TB, t failer, a asked) {
	tb.Helper()
	t.Helper()
	want := a.names()
	if _, err := New(a.cfg); err != nil && len(want) == 0 {
		return // a space without names may be refused
	}
	engines := map[string]func(Config) (*Generator, error){"automaton": New, "ways": newWays}
	for engine, compile := range engines {
		if g, err := compile(a.cfg); engine == "ways" && errors.Is(err, ErrTooComplex) && a.cfg.Hack && len(a.cfg.Patterns) > 0 {
			continue // a hack of patterns is compiled or refused
		} else if err != nil {
			t.Fatalf("%+v, %s: %v", a.cfg, engine, err)
		} else {
			checkSpace(t, g, want)
			checkLowest(t, g, engine == "ways")
		}
		for k := range 4 {
			cfg := a.cfg
			cfg.Random, cfg.Seed, cfg.ShardsTotal = k%2 == 1, uint64(k), 1+k
			checkShards(tb, t, cfg, compile, want)
		}
	}
}

// checkShards wants the shards of cfg to make each name once.
func checkShards(tb testing.TB, t failer, cfg Config, compile func(Config) (*Generator, error), want []string) {
	tb.Helper()
	t.Helper()
	var got []string
	for cfg.Shard = 1; cfg.Shard <= cfg.ShardsTotal; cfg.Shard++ {
		g, err := compile(cfg)
		if err != nil {
			t.Fatalf("%+v: %v", cfg, err)
		}
		made := names(mustCollect(tb, g))
		if n, exact := g.Count(); uint64(len(made)) > n || exact && uint64(len(made)) != n {
			t.Fatalf("%+v: Count() = %d, exact %v, and made %d", cfg, n, exact, len(made))
		}
		for _, name := range made {
			if !g.Contains([]byte(name)) {
				t.Fatalf("%+v: made %s and does not contain it", cfg, name)
			}
		}
		got = append(got, made...)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Fatalf("%+v: made %q, want %q", cfg, got, want)
	}
}

// checkSpace wants rank and unrank to be each other's inverse, and to know no other names than want.
func checkSpace(t failer, g *Generator, want []string) {
	t.Helper()
	left := map[string]bool{}
	for _, name := range want {
		left[name] = true
	}
	for i := range g.space.size {
		name, ok := g.space.unrank(nil, i)
		if !ok && !g.space.exact {
			continue
		}
		if r, known := g.space.rank(name); !ok || !known || r != i || !left[string(name)] {
			t.Fatalf("%+v: index %d is %q (%v), which has index %d (%v), wanted %v", g.cfg, i, name, ok, r, known, left[string(name)])
		}
		delete(left, string(name))
	}
	if len(left) > 0 {
		t.Fatalf("%+v: no index has %v", g.cfg, left)
	}
	for _, name := range want {
		for _, other := range []string{"a" + name, name[1:], name + "m", strings.Replace(name, ".", "b.", 1), strings.Replace(name, "a", "e", 1), strings.ToUpper(name)} {
			if _, member := slices.BinarySearch(want, other); g.Contains([]byte(other)) != member {
				t.Fatalf("%+v: Contains(%q) = %v", g.cfg, other, !member)
			}
		}
	}
}

// checkLowest wants every label at the lowest of the ways in which it is written.
func checkLowest(t failer, g *Generator, ways bool) {
	t.Helper()
	for _, p := range g.space.parts {
		d, ok := p.labels.(*derivation)
		if ok != ways && p.size() > 0 {
			t.Fatalf("%+v: the labels are a %T", g.cfg, p.labels)
		}
		if !ok {
			continue
		}
		seen := map[string]bool{}
		for i := range d.root.size {
			label := d.root.write(nil, i)
			if low, ok := d.rank(label); ok && (low > i || low < i && !seen[string(label)]) {
				t.Fatalf("%+v: %s is written at %d, its rank is %d", g.cfg, label, i, low)
			}
			seen[string(label)] = true
		}
	}
}

func TestRandomSourcesEqualBruteForce(t *testing.T) {
	words := writeFile(t, strings.Join(bruteWords, "\n"))
	rapid.Check(t, func(rt *rapid.T) {
		if a, ok := drawAsked(rt, words); ok {
			checkAsked(t, rt, a)
		}
	})
}

func TestAmbiguousSourcesEqualBruteForce(t *testing.T) {
	words := writeFile(t, strings.Join(bruteWords, "\n"))
	word := sample{"{word}", bruteWords}
	ambiguous := sample{"(a|ab)(c|bc)", []string{"ac", "abc", "abbc"}}
	optional, _ := repeated(alternatives(lit("a"), lit("ab"), lit("")), 0, 3)
	pairs, _ := then(bruteWords, bruteWords)
	triples, _ := then(pairs, bruteWords)
	lots, _ := repeated(oneOf("[ab]", "ab"), 1, 7)
	few, _ := repeated(oneOf("[a-b]", "ab"), 2, 4)
	tests := map[string]struct {
		samples []sample
		cfg     Config
		count   int // of names; 0 = as brute force has it
	}{
		"two ways of abc":        {[]sample{ambiguous}, Config{}, 3},
		"one within the other":   {[]sample{lots, few}, Config{TLDs: []string{"com", "dev"}}, 2 * 254},
		"the same twice":         {[]sample{lots, lots}, Config{}, 254},
		"pairs of words":         {[]sample{{"{word}{word}", pairs}}, Config{}, 0},
		"triples of words":       {[]sample{{"{word}{word}{word}", triples}}, Config{}, 0},
		"words and pairs":        {[]sample{word, {"{word}{word}", pairs}}, Config{MaxLength: 4}, 0},
		"optional parts":         {[]sample{optional, few}, Config{}, 0},
		"affixes that overlap":   {[]sample{optional}, Config{Prefixes: []string{"a", "ab", ""}, Affixes: []string{"b", "bb"}}, 0},
		"words with affixes":     {nil, Config{Prefixes: []string{"a"}, Affixes: []string{"a", "b", ""}}, 0},
		"filters":                {[]sample{optional, {"{word}{word}", pairs}}, Config{MinLength: 2, MaxLength: 5, NoDigit: true, Regex: "ab|ba"}, 0},
		"sounds":                 {[]sample{{"{word}{word}{word}", triples}}, Config{Pronounceable: true}, 0},
		"hack of words":          {nil, Config{Hack: true, TLDs: []string{"be", "me", "ae"}, Prefixes: []string{"", "b", "be"}, Affixes: []string{"", "e"}}, 0},
		"hack of pairs of words": {[]sample{{"{word}{word}", pairs}, word}, Config{Hack: true, TLDs: []string{"be", "com", "ba"}}, 0},
		"no name":                {[]sample{ambiguous}, Config{MinLength: 9}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := asked{cfg: tt.cfg}
			a.cfg.Wordlist = words
			for _, s := range tt.samples {
				a.cfg.Patterns = append(a.cfg.Patterns, s.pattern)
				a.texts = append(a.texts, s.texts...)
			}
			if tt.samples == nil {
				a.texts = bruteWords
			}
			if len(a.cfg.TLDs) == 0 {
				a.cfg.TLDs = []string{"com"}
			}
			if got := len(a.names()); tt.count > 0 && got != tt.count {
				t.Errorf("brute force has %d names, want %d", got, tt.count)
			}
			checkAsked(t, t, a)
		})
	}
}

// newWays is [New] for a space that is numbered by the ways of writing its labels, as
// where the automaton would be too large.
func newWays(cfg Config) (*Generator, error) {
	g, err := New(cfg)
	if err != nil {
		return nil, err
	}
	src, err := g.parseSources()
	if err != nil {
		return nil, err
	}
	src.limit = 1
	if err := g.compileSources(src); err != nil {
		return nil, err
	}
	g.lo, g.hi = shardOf(g.space.size, cfg.Shard, cfg.ShardsTotal)
	return g, nil
}
