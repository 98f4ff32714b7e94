package generator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vacant"
)

// texts returns every text of e, found by trying all ways.
func texts(e *expr, lex *lexicon) map[string]bool {
	out := map[string]bool{}
	switch e.op {
	case opSet:
		for i := range e.set.size() {
			out[string(alphabet[e.set.member(i)])] = true
		}
	case opWord:
		for _, w := range lex.plain {
			out[w] = true
		}
	case opAlt:
		for _, sub := range e.subs {
			for t := range texts(sub, lex) {
				out[t] = true
			}
		}
	case opCat:
		out[""] = true
		for _, sub := range e.subs {
			out = products(out, texts(sub, lex))
		}
	case opRepeat:
		all := map[string]bool{"": true}
		for k := 0; k <= e.max; k++ {
			if k >= e.min {
				for t := range all {
					out[t] = true
				}
			}
			all = products(all, texts(e.subs[0], lex))
		}
	}
	return out
}

func products(a, b map[string]bool) map[string]bool {
	out := map[string]bool{}
	for x := range a {
		for y := range b {
			out[x+y] = true
		}
	}
	return out
}

// expected returns the sorted labels among texts that pass keep.
func expected(all map[string]bool, keep func(string) bool) []string {
	var out []string
	for t := range all {
		if vacant.CheckLabel(t) == nil && !strings.HasPrefix(t, "xn--") && keep(t) {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return out
}

// drawPattern draws a small, mostly ambiguous pattern.
func drawPattern(t *rapid.T, depth int) string {
	atoms := []string{"a", "b", "[ab]", "-", "{word}", "[a-c-]", "x", "n"}
	var b strings.Builder
	for range rapid.IntRange(0, 3).Draw(t, "atoms") {
		if depth > 0 && rapid.Bool().Draw(t, "group") {
			b.WriteString("(" + drawPattern(t, depth-1) + "|" + drawPattern(t, depth-1) + ")")
		} else {
			b.WriteString(rapid.SampledFrom(atoms).Draw(t, "atom"))
		}
		b.WriteString(rapid.SampledFrom([]string{"", "", "", "{0,2}", "{2}", "{1,2}"}).Draw(t, "repeat"))
	}
	return b.String()
}

func testLexicon() *lexicon {
	lex := &lexicon{plain: []string{"a", "aa", "b", "ab-a"}}
	lex.finish()
	return lex
}

func TestBothEnginesEqualBruteForce(t *testing.T) {
	lex := testLexicon()
	ways := *lex
	ways.graph = nil // leaves no other way than derivation
	regexes := []string{"", "", "a$", "^ab", "b.*b", `\bb`, "(a|b-)a"}
	rapid.Check(t, func(t *rapid.T) {
		text := drawPattern(t, 1)
		if text == "" {
			return
		}
		e, err := parsePattern(text)
		if err != nil {
			t.Fatalf("pattern %q: %v", text, err)
		}
		if b := (&termBuilder{lex: lex}); b.term(e).size > 5_000 {
			return // too many ways to try
		}
		f, err := newFilter(&Config{
			Regex:     rapid.SampledFrom(regexes).Draw(t, "regex"),
			MinLength: rapid.IntRange(0, 3).Draw(t, "min"), MaxLength: rapid.SampledFrom([]int{0, 4, 6}).Draw(t, "max"),
			NoHyphen: rapid.Bool().Draw(t, "no hyphen"), Pronounceable: rapid.IntRange(0, 3).Draw(t, "sounds") == 0,
		})
		if err != nil {
			t.Fatal(err)
		}
		want := expected(texts(e, lex), func(s string) bool { return f.match([]byte(s)) })
		for _, l := range []*lexicon{lex, &ways} {
			src := &sources{exprs: []*expr{e}, lex: l, limit: maxSubsets}
			set, err := src.compile(f)
			if err != nil {
				t.Fatal(err)
			}
			checkSet(t, text, set, want)
		}
	})
}

func checkSet(t *rapid.T, text string, set labels, want []string) {
	var got []string
	for i := range set.size() {
		label, ok := set.unrank(nil, i)
		if !ok && set.exact() {
			t.Fatalf("%q: index %d of an exact %T is empty", text, i, set)
		}
		if !ok {
			continue
		}
		if r, ok := set.rank(label); !ok || r != i {
			t.Fatalf("%q: rank(unrank(%d) = %q) = %d, %v by %T", text, i, label, r, ok, set)
		}
		got = append(got, string(label))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("%q: %T makes %q, want %q", text, set, got, want)
	}
	for _, no := range []string{"zz", "a_", "", "-", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		if _, ok := set.rank([]byte(no)); ok {
			t.Fatalf("%q: %T holds %q", text, set, no)
		}
	}
}

func TestTheCursorFollowsUnrank(t *testing.T) {
	words := writeFile(t, benchWords(300))
	for _, pattern := range []string{"[a-z]{3}", "[ab-]{1,9}", "(a|ab)(c|bc)x{0,3}", "{word}{word}", "{word}[0-9]{0,2}"} {
		g := mustNew(t, Config{Patterns: []string{pattern}, Wordlist: words})
		m := g.space.parts[0].labels.(*dfa)
		starts := []uint64{0, 1, m.size() / 2, m.size() - 2}
		for _, from := range starts {
			c := cursor{m: m}
			c.seek(from)
			for i := from; i < min(m.size(), from+3000); i++ {
				if i > from {
					c.next()
				}
				if want, _ := m.unrank(nil, i); string(c.text) != string(want) {
					t.Fatalf("%s: label %d is %q by the cursor from %d, %q by unrank", pattern, i, c.text, from, want)
				}
			}
		}
	}
}

func TestEveryIndexComesOnceInAnyOrderAndAnyShards(t *testing.T) {
	words := writeFile(t, benchWords(150))
	spaces := []Config{
		{Patterns: []string{"[a-z]{3}"}, TLDs: []string{"com", "net", "co.uk"}},
		{Patterns: []string{"(a|ab)(c|bc)", "{word}{word}", "[ab]{1,9}"}, Wordlist: words},
		{Patterns: []string{"q"}, TLDs: []string{"com", "dev"}},
		{Patterns: []string{"[a-z]{1,3}(io|me)"}, TLDs: []string{"io", "me", "com", "to"}, Hack: true},
		{Patterns: []string{"[a-f][a-z0-9]{3}"}, NoDigit: true},
	}
	for i, cfg := range spaces {
		for _, random := range []bool{false, true} {
			for _, shards := range []int{0, 1, 3, 16} {
				if raced && shards != 3 {
					continue
				}
				t.Run(fmt.Sprintf("space %d, random %v, %d shards", i, random, shards), func(t *testing.T) {
					cfg := cfg
					cfg.Random, cfg.Seed, cfg.ShardsTotal = random, 7, shards
					checkCoverage(t, cfg)
				})
			}
		}
	}
}

func checkCoverage(t *testing.T, cfg Config) {
	t.Helper()
	whole := cfg
	whole.ShardsTotal = 0
	all := mustNew(t, whole)
	id, size := all.Space()
	seen := make([]bool, size)
	for cfg.Shard = min(1, cfg.ShardsTotal); cfg.Shard <= cfg.ShardsTotal; cfg.Shard++ {
		g := mustNew(t, cfg)
		if shardID, n := g.Space(); shardID != id || n != size {
			t.Errorf("shard %d is of another space", cfg.Shard)
		}
		got := mustCollect(t, g)
		if n, exact := g.Count(); !exact || n != uint64(len(got)) {
			t.Errorf("shard %d counts %d and made %d", cfg.Shard, n, len(got))
		}
		for _, m := range got {
			if seen[m.index] {
				t.Fatalf("index %d (%s) came twice", m.index, m.name)
			}
			seen[m.index] = true
			if name, _ := all.space.unrank(nil, m.index); string(name) != m.name {
				t.Fatalf("index %d is %q, Run made %q", m.index, name, m.name)
			}
			if !g.Contains([]byte(m.name)) {
				t.Fatalf("Contains(%q) = false in shard %d, which made it", m.name, cfg.Shard)
			}
		}
	}
	if i := slices.Index(seen, false); i >= 0 {
		t.Errorf("index %d never came", i)
	}
}

func TestASpaceOfWaysGivesEachNameOnce(t *testing.T) {
	e, err := parsePattern("(a|ab)(c|bc)[ab]{0,5}[ab]{0,3}")
	if err != nil {
		t.Fatal(err)
	}
	g := mustNew(t, Config{TLDs: []string{"com", "dev"}})
	lex := testLexicon()
	d, err := newDerivation([]*expr{e}, lex, g.filter, false)
	if err != nil {
		t.Fatal(err)
	}
	if g.space, err = newSpace([]labels{d}, [][]string{g.tlds}); err != nil {
		t.Fatal(err)
	}
	g.hi = g.space.size
	if n, exact := g.Count(); exact || n != d.size()*2 {
		t.Errorf("Count() = %d, %v, want the bound %d, false", n, exact, d.size()*2)
	}
	want := expected(texts(e, lex), func(string) bool { return true })
	for _, random := range []bool{false, true} {
		g.cfg.Random = random
		got := names(mustCollect(t, g))
		slices.Sort(got)
		if len(got) != 2*len(want) || len(slices.Compact(got)) != 2*len(want) {
			t.Errorf("random %v: made %d names, want %d distinct", random, len(got), 2*len(want))
		}
	}
}

func TestASpaceOfWaysTakesALabelsOnlyFromIDNWords(t *testing.T) {
	lex := &lexicon{plain: []string{"plain"}, idn: []string{"xn--bcher-kva", "xn--strae-oqa"}}
	lex.finish()
	lex.graph = nil
	e, err := parsePattern("xn--[a-c]cher-kva")
	if err != nil {
		t.Fatal(err)
	}
	for regex, want := range map[string][]string{"": {"plain", "xn--bcher-kva", "xn--strae-oqa"}, "a$": {"xn--bcher-kva", "xn--strae-oqa"}, "b": {"xn--bcher-kva"}} {
		f, err := newFilter(&Config{Regex: regex})
		if err != nil {
			t.Fatal(err)
		}
		src := &sources{exprs: []*expr{{op: opWord}, e}, lex: lex, idn: true, limit: maxSubsets}
		set, err := src.compile(f)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range set.size() {
			if label, ok := set.unrank(nil, i); ok {
				got = append(got, string(label))
				if at, ok := set.rank(label); !ok || at != i {
					t.Errorf("rank(%q) = %d, %v, want %d", label, at, ok, i)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("regex %q: made %q, want %q", regex, got, want)
		}
	}
}

func TestLargeSpacesAreCountedAtOnce(t *testing.T) {
	words := writeFile(t, benchWords(10_000))
	tests := []struct {
		cfg  Config
		want uint64 // 0 = more than 10^12
	}{
		{Config{Patterns: []string{"[a-z0-9]{8}"}, TLDs: []string{"com", "net", "org"}}, 3 * 2821109907456},
		{Config{Patterns: []string{"[a-z0-9-]{8}"}}, 36 * 36 * (37*37*37*37*37*37 - 37*37*37*37)},
		{Config{Patterns: []string{"{C}{V}{C}{V}{C}{V}{C}{V}"}}, 105 * 105 * 105 * 105},
		{Config{Patterns: []string{"[a-z]{1,10}"}, MinLength: 10}, 141167095653376},
		{Config{Patterns: []string{"{word}{word}{word}"}, Wordlist: words}, 0},
	}
	for _, tt := range tests {
		begin := time.Now()
		g := mustNew(t, tt.cfg)
		n, exact := g.Count()
		// Making the names would take hours; a loaded machine may take seconds.
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("%q: counted in %v", tt.cfg.Patterns, took)
		}
		if !exact || tt.want > 0 && n != tt.want || n < 1e8 || tt.want == 0 && n < 9e11 {
			t.Errorf("%q: Count() = %d, %v, want %d exactly", tt.cfg.Patterns, n, exact, tt.want)
		}
	}
}

func TestASpaceTooLargeToNumberIsRefused(t *testing.T) {
	for _, p := range []string{"[a-z]{14}", "[a-z]{1,63}", "[a-z0-9]{12}[a-z]{0,9}"} {
		if _, err := New(Config{Patterns: []string{p}}); err == nil {
			t.Errorf("%q was taken", p)
		}
	}
}

func TestAPatternThatDefeatsTheAutomatonIsNumberedByItsWays(t *testing.T) {
	e, err := parsePattern("[ab]{1,5}a[ab]{7}")
	if err != nil {
		t.Fatal(err)
	}
	f, err := newFilter(&Config{})
	if err != nil {
		t.Fatal(err)
	}
	src := &sources{exprs: []*expr{e}, lex: testLexicon()}
	for limit, compiled := range map[int]bool{10: false, maxSubsets: true} {
		src.limit = limit
		set, err := src.compile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := set.(*dfa); ok != compiled || !set.exact() || set.size() != (1<<6-2)<<7 {
			t.Errorf("limit %d: a %T of size %d, exact %v", limit, set, set.size(), set.exact())
		}
	}
}

func TestTheSpaceIDFollowsWhatTheSpaceIs(t *testing.T) {
	list := writeFile(t, "one\ntwo\n")
	base := Config{Patterns: []string{"{word}[ab]"}, Wordlist: list, TLDs: []string{"com", "net"}}
	id := func(change func(*Config)) [16]byte {
		cfg := base
		change(&cfg)
		id, _ := mustNew(t, cfg).Space()
		return id
	}
	want := id(func(*Config) {})
	same := map[string]func(*Config){
		"words in another order":   func(c *Config) { c.Wordlist = writeFile(t, "# mine\nTWO\none\none\n") },
		"order":                    func(c *Config) { c.Random, c.Seed = true, 5 },
		"a shard":                  func(c *Config) { c.Shard, c.ShardsTotal = 2, 3 },
		"a pattern named twice":    func(c *Config) { c.Patterns = []string{"{word}[ab]", "{word}[ab]"} },
		"names besides":            func(c *Config) { c.Names = []string{"x.com"} },
		"a TLD in another writing": func(c *Config) { c.TLDs = []string{".COM", "net", "com"} },
	}
	for name, change := range same {
		if id(change) != want {
			t.Errorf("%s: another id", name)
		}
	}
	other := map[string]func(*Config){
		"another word":    func(c *Config) { c.Wordlist = writeFile(t, "one\ntwa\n") },
		"another pattern": func(c *Config) { c.Patterns = []string{"{word}[ac]"} },
		"another TLD":     func(c *Config) { c.TLDs = []string{"com", "org"} },
		"TLD order":       func(c *Config) { c.TLDs = []string{"net", "com"} },
		"a prefix":        func(c *Config) { c.Prefixes = []string{"x"} },
		"a suffix":        func(c *Config) { c.Affixes = []string{"x"} },
		"a filter":        func(c *Config) { c.Regex = "n" },
		"a length":        func(c *Config) { c.MaxLength = 9 },
		"hack":            func(c *Config) { c.Hack = true },
	}
	for name, change := range other {
		if id(change) == want {
			t.Errorf("%s: the same id", name)
		}
	}
}

func TestHack(t *testing.T) {
	words := writeFile(t, "delicious\ncoffeecouk\nus\nred-us\nwords\nbücher\nabcd-us\nfooxn--p1ai\n")
	tlds := []string{"us", "co.uk", "ds", "com", "рф"}
	suffixes := vacant.NewSuffixes("ds")
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"words", Config{Wordlist: words}, "coffee.co.uk delicio.us wor.ds"},
		{"affixes make the word", Config{Wordlist: words, Affixes: []string{"us"}, MaxLength: 2}, "us.us"},
		{"patterns", Config{Patterns: []string{"[ab](us|couk)"}}, "a.co.uk a.us b.co.uk b.us"},
		{"lengths are the label's", Config{Patterns: []string{"a{1,3}us"}, MinLength: 2}, "aa.us aaa.us"},
		{"words in patterns", Config{Patterns: []string{"{word}us"}, Wordlist: words, MaxLength: 5}, "us.us words.us"},
		{"labels of lists", Config{Names: []string{"virus", "plain", "full.com"}}, "full.com vir.us"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := tt.cfg
			cfg.TLDs, cfg.Suffixes, cfg.Hack = tlds, suffixes, true
			got := names(mustCollect(t, mustNew(t, cfg)))
			slices.Sort(got)
			if strings.Join(got, " ") != tt.want {
				t.Errorf("made %q, want %s", got, tt.want)
			}
		})
	}
}

func TestManyAffixesStaySmall(t *testing.T) {
	var cfg Config
	for i := range 150 {
		cfg.Prefixes = append(cfg.Prefixes, fmt.Sprintf("p%03d", i))
		cfg.Affixes = append(cfg.Affixes, fmt.Sprintf("s%03d", i))
	}
	cfg.Patterns = []string{"[ab]{3}"}
	g := mustNew(t, cfg)
	if n, exact := g.Count(); n != (150+150+150*150)*8 || !exact {
		t.Errorf("Count() = %d, %v", n, exact)
	}
	if m := g.space.parts[0].labels.(*dfa); len(m.states) > 100 {
		t.Errorf("an automaton of %d states", len(m.states))
	}
}

func TestAnEmptyWordlistMakesNothing(t *testing.T) {
	empty := writeFile(t, "# nothing yet\n")
	for _, cfg := range []Config{{Wordlist: empty}, {Wordlist: empty, Patterns: []string{"my{word}"}}, {Wordlist: empty, Hack: true}} {
		if n, exact := mustNew(t, cfg).Count(); n != 0 || !exact {
			t.Errorf("%+v: Count() = %d, %v", cfg, n, exact)
		}
	}
}

func TestIDNWordsStandAlone(t *testing.T) {
	words := writeFile(t, "bücher\nStraße\nplain\n")
	var bad []string
	report := func(_ string, line int, _ string, why error) { bad = append(bad, fmt.Sprint(line, why)) }
	g := mustNew(t, Config{Wordlist: words, BadLine: report})
	want := "plain.com xn--bcher-kva.com xn--strae-oqa.com"
	if got := strings.Join(names(mustCollect(t, g)), " "); got != want || len(bad) > 0 {
		t.Errorf("made %q (bad: %q), want %s", got, bad, want)
	}
	g = mustNew(t, Config{Patterns: []string{"{word}", "xn--[a-z]cher-kva"}, Wordlist: words, BadLine: report})
	if got := strings.Join(names(mustCollect(t, g)), " "); got != want || len(bad) > 0 {
		t.Errorf("made %q (bad: %q), want %s", got, bad, want)
	}
	g = mustNew(t, Config{Patterns: []string{"my{word}"}, Wordlist: words, BadLine: report})
	if got := strings.Join(names(mustCollect(t, g)), " "); got != "myplain.com" || len(bad) != 2 {
		t.Errorf("made %q (bad: %q), want myplain.com and two bad lines", got, bad)
	}
	if c := g.Counts(); c.Invalid != 2 || c.Generated != 3 {
		t.Errorf("counts %+v, want 3 generated, 2 invalid", c)
	}
}

func TestKnownChunksAreSkippedAndCounted(t *testing.T) {
	var asked []uint64
	cfg := Config{Patterns: []string{"[a-z]{4}"}, KnownChunk: func(lo, hi uint64) bool {
		asked = append(asked, lo)
		return lo == 2*ChunkSize || hi == 26*26*26*26
	}}
	g := mustNew(t, cfg)
	got := mustCollect(t, g)
	c := g.Counts()
	last := uint64(26*26*26*26) % ChunkSize
	if c.KnownChunks != ChunkSize+last || c.Generated != 26*26*26*26 || uint64(len(got)) != c.Generated-c.KnownChunks {
		t.Errorf("counts %+v with %d made", c, len(got))
	}
	for i, lo := range asked {
		if lo != uint64(i)*ChunkSize {
			t.Fatalf("asked about %d as number %d", lo, i)
		}
	}
	for _, m := range got {
		if m.index/ChunkSize == 2 || m.index/ChunkSize == 6 {
			t.Fatalf("%s of a known chunk was made", m.name)
		}
	}
}

func TestAShardAsksOnlyAboutChunksThatAreWhollyItsOwn(t *testing.T) {
	cfg := Config{Patterns: []string{"[a-z]{4}"}, Shard: 2, ShardsTotal: 3}
	g := mustNew(t, cfg)
	g.cfg.KnownChunk = func(lo, hi uint64) bool {
		if lo%ChunkSize != 0 || lo < g.lo || hi > g.hi {
			t.Errorf("asked about %d-%d, the shard is %d-%d", lo, hi, g.lo, g.hi)
		}
		return true
	}
	if c := uint64(len(mustCollect(t, g))); c == 0 || c+g.Counts().KnownChunks != g.hi-g.lo {
		t.Errorf("made %d, counts %+v, want %d in all", c, g.Counts(), g.hi-g.lo)
	}
}

func TestShardsOfLargeSpacesBeginAtChunks(t *testing.T) {
	const size = 1<<40 + 12345
	next := uint64(0)
	for i := 1; i <= 7; i++ {
		lo, hi := shardOf(size, i, 7)
		if lo != next || lo%ChunkSize != 0 {
			t.Errorf("shard %d begins at %d, want %d", i, lo, next)
		}
		next = hi
	}
	if next != size {
		t.Errorf("the last shard ends at %d", next)
	}
}

func TestNamesInOrderCostNoAllocation(t *testing.T) {
	words := writeFile(t, benchWords(500))
	for _, bb := range benchSpaces {
		g := mustNew(t, Config{Patterns: []string{bb.pattern}, Wordlist: words, TLDs: []string{"com", "net"}})
		w := walker{space: g.space}
		w.seek(0)
		b := new(vacant.Pool).Get()
		w.fill(b, g.space.size)
		perBatch := testing.AllocsPerRun(20, func() {
			b.Reset()
			w.seek(g.space.size / 3)
			w.fill(b, g.space.size)
		})
		if perBatch != 0 {
			t.Errorf("%s: %v allocations for a batch", bb.name, perBatch)
		}
	}
}
