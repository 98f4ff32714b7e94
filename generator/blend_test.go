package generator

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vacant"
)

// wordFile writes words to a file of their own.
func wordFile(tb testing.TB, words ...string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "words.txt")
	if err := os.WriteFile(path, []byte(strings.Join(words, "\n")+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func blendsOf(tb testing.TB, first, second, kind string) []string {
	tb.Helper()
	cfg := Config{Wordlist: wordFile(tb, strings.Fields(first)...), Blend: true, BlendWith: wordFile(tb, strings.Fields(second)...)}
	if kind != "" {
		cfg.BlendKinds = []string{kind}
	}
	var labels []string
	for _, name := range namesOf(tb, cfg) {
		labels = append(labels, vacant.Name(name).Label())
	}
	return labels
}

func TestBlendsThatPeopleMade(t *testing.T) {
	for _, tc := range []struct{ first, second, want string }{
		{"breakfast", "lunch", "brunch"}, {"smoke", "fog", "smog"}, {"motor", "hotel", "motel"}, {"spoon", "fork", "spork"},
		{"camera", "recorder", "camcorder"}, {"malicious", "software", "malware"}, {"education", "entertainment", "edutainment"},
		{"web", "seminar", "webinar"}, {"group", "coupon", "groupon"}, {"pin", "interest", "pinterest"}, {"net", "citizen", "netizen"},
		{"medical", "care", "medicare"}, {"british", "exit", "brexit"}, {"friend", "enemy", "frenemy"}, {"glamorous", "camping", "glamping"},
		{"labrador", "poodle", "labradoodle"},
		{"stay", "vacation", "staycation"}, {"insta", "stamp", "instamp"},
	} {
		if got := blendsOf(t, tc.first, tc.second, ""); !slices.Contains(got, tc.want) {
			t.Errorf("%s and %s: %s is missing in %v", tc.first, tc.second, tc.want, got)
		}
	}
}

func TestBlendsAreTheseAndNoOthers(t *testing.T) {
	for _, tc := range []struct{ first, second, kind, want string }{
		{"insta", "stamp", "overlap", "instamp"},
		{"banana", "nanas anagram", "overlap", "bananagram bananas banananas"},
		{"insta", "insta", "overlap", ""},
		{"cat", "tac", "overlap", ""},
		{"smoke", "fog", "syllable", "smog"},
		{"smoke fog", "fog smog", "syllable", "fog"},
		{"xyz", "bcd", "", ""},
	} {
		got := blendsOf(t, tc.first, tc.second, tc.kind)
		want := sortedSet(strings.Fields(tc.want))
		if tc.first == "smoke fog" {
			if slices.Contains(got, "smog") || slices.Contains(got, "fog") {
				t.Errorf("a word of the lists is among %v", got)
			}
			continue
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s and %s: got %v, want %v", tc.first, tc.second, got, want)
		}
	}
}

// bruteOverlaps tries all pairs and all lengths.
func bruteOverlaps(first, second []string) []string {
	var out []string
	for _, a := range first {
		for _, b := range second {
			for n := 2; n < min(len(a), len(b)); n++ {
				whole := a + b[n:]
				if a != b && a[len(a)-n:] == b[:n] && !slices.Contains(first, whole) && !slices.Contains(second, whole) {
					out = append(out, whole)
				}
			}
		}
	}
	return sortedSet(out)
}

func TestOverlapsEqualABruteForceSetInAnyOrderAndShards(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(label string) []string {
			return rapid.SliceOfN(rapid.StringMatching("[ab]{1,5}"), 1, 6).Draw(rt, label)
		}
		first, second := draw("first"), draw("second")
		write := func(name string, words []string) string {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(strings.Join(words, "\n")), 0o600); err != nil {
				rt.Fatal(err)
			}
			return path
		}
		cfg := Config{Wordlist: write("a", first), BlendWith: write("b", second), Blend: true, BlendKinds: []string{blendOverlap},
			TLDs: []string{"com", "io"}, ShardsTotal: rapid.IntRange(1, 3).Draw(rt, "shards"), Random: rapid.Bool().Draw(rt, "random")}
		var got []string
		for cfg.Shard = 1; cfg.Shard <= cfg.ShardsTotal; cfg.Shard++ {
			for _, s := range runAll(rt, cfg, 0) {
				got = append(got, s.name)
			}
		}
		var want []string
		for _, label := range bruteOverlaps(first, second) {
			want = append(want, label+".com", label+".io")
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			rt.Fatalf("%v and %v: got %v, want %v", first, second, got, want)
		}
	})
}

func TestBlendsStandWhereWordsDo(t *testing.T) {
	list := wordFile(t, "smoke", "fog")
	for _, tc := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, "smog.com"},
		{Config{Patterns: []string{"my{word}"}}, "mysmog.com"},
		{Config{Prefixes: []string{"get"}}, "getsmog.com"},
		{Config{MaxLength: 3}, ""},
		{Config{Hack: true, TLDs: []string{"og"}, Suffixes: vacant.NewSuffixes("og")}, "sm.og"},
	} {
		tc.cfg.Wordlist, tc.cfg.Blend = list, true
		g, err := New(tc.cfg)
		if err != nil {
			t.Fatal(err)
		}
		n, exact := g.Count()
		got := strings.Join(namesOf(t, tc.cfg), " ")
		if !strings.Contains(" "+got+" ", " "+tc.want+" ") && tc.want != "" || !exact || n != uint64(len(strings.Fields(got))) {
			t.Errorf("%+v: %q, %d, %t", tc.cfg.Patterns, got, n, exact)
		}
	}
}

func TestBlendRefuses(t *testing.T) {
	list := wordFile(t, "a")
	for _, cfg := range []Config{
		{Blend: true, Names: []string{"a"}},
		{Wordlist: list, BlendWith: list},
		{Wordlist: list, BlendKinds: []string{"overlap"}},
		{Wordlist: list, Blend: true, BlendKinds: []string{"other"}},
		{Wordlist: "-", Blend: true, BlendWith: "-", Stdin: strings.NewReader("a")},
	} {
		_, err := New(cfg)
		var hint interface{ Hint() string }
		if !errors.Is(err, ErrUsage) || !errors.As(err, &hint) || hint.Hint() == "" {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func TestTooManyBlendsAreRefused(t *testing.T) {
	words := []string{"abcab", "abdab", "abeab", "abfab"}
	for _, tc := range []struct {
		limit int
		ok    bool
	}{{11, false}, {12, true}} { // four words, each with three others
		b := &blender{seconds: words, isWord: func([]byte) bool { return false }, found: map[string]struct{}{}, limit: tc.limit}
		if err := b.overlaps(words); tc.ok != (err == nil) || !tc.ok && !errors.Is(err, ErrUsage) {
			t.Errorf("limit %d: %v", tc.limit, err)
		}
	}
}

func TestTooManySyllablesAreRefusedAtOnce(t *testing.T) {
	words := make([]string, 30_000)
	for i := range words {
		words[i] = "banana"
	}
	if err := (&blender{seconds: words}).syllables(words); !errors.Is(err, ErrUsage) {
		t.Error(err)
	}
}

func FuzzSyllables(f *testing.F) {
	for _, w := range []string{"breakfast", "queue", "yes", "sky", "a", "eerie", "rhythm", "strength", "qu", "made"} {
		f.Add(w, "lunch")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, w := range []string{first, second} {
			if vacant.CheckLabel(w) != nil {
				return
			}
		}
		for _, h := range headsOf(first) {
			for _, tail := range tailsOf(second) {
				if !strings.HasPrefix(first, h.text) || !strings.HasSuffix(second, tail.text) || h.text == "" || tail.text == "" {
					t.Fatalf("%+v and %+v are no parts of %s and %s", h, tail, first, second)
				}
				h.meets(&tail)
			}
		}
	})
}
