package generator

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vacant"
)

// textFilters are the flags that texts follow, with what they mean.
var textFilters = []struct {
	set  func(*Config, []string)
	keep func(label string, words []string) bool
}{
	{func(c *Config, w []string) { c.Starts = w }, func(l string, ws []string) bool {
		return slices.ContainsFunc(ws, func(w string) bool { return strings.HasPrefix(l, w) })
	}},
	{func(c *Config, w []string) { c.Ends = w }, func(l string, ws []string) bool {
		return slices.ContainsFunc(ws, func(w string) bool { return strings.HasSuffix(l, w) })
	}},
	{func(c *Config, w []string) { c.Contains = w }, func(l string, ws []string) bool {
		return slices.ContainsFunc(ws, func(w string) bool { return strings.Contains(l, w) })
	}},
	{func(c *Config, w []string) { c.Exclude = w }, func(l string, ws []string) bool {
		return !slices.ContainsFunc(ws, func(w string) bool { return strings.Contains(l, w) })
	}},
}

func TestTextFiltersEqualABruteForceSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := Config{Patterns: []string{"[abc]{1,5}"}}
		filtered := plain
		want := namesOf2(t, plain)
		for i, f := range textFilters {
			if !rapid.Bool().Draw(t, "used") {
				continue
			}
			words := rapid.SliceOfN(rapid.StringMatching("[abc]{1,4}"), 1, 3).Draw(t, "words")
			f.set(&filtered, words)
			want = slices.DeleteFunc(want, func(name string) bool { return !textFilters[i].keep(vacant.Name(name).Label(), words) })
		}
		g, err := New(filtered)
		if err != nil {
			t.Fatal(err)
		}
		got := namesOf2(t, filtered)
		if n, exact := g.Count(); !slices.Equal(got, want) || n != uint64(len(want)) || !exact {
			t.Fatalf("%+v: got %v, want %v, count %d %t", filtered, got, want, n, exact)
		}
		listed := filtered
		listed.Patterns, listed.Names = nil, labelsOf(namesOf2(t, plain))
		if got := namesOf2(t, listed); !slices.Equal(got, want) {
			t.Fatalf("of a list: got %v, want %v", got, want)
		}
	})
}

func namesOf2(t *rapid.T, cfg Config) []string {
	var names []string
	for _, s := range runAll(t, cfg, 0) {
		names = append(names, s.name)
	}
	slices.Sort(names)
	return names
}

func labelsOf(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, vacant.Name(n).Label())
	}
	return out
}

func TestClassFilters(t *testing.T) {
	base := Config{Patterns: []string{"[a1-]{1,3}"}}
	letters, digits := base, base
	letters.OnlyLetters, digits.OnlyDigits = true, true
	if got := namesOf(t, letters); !slices.Equal(got, []string{"a.com", "aa.com", "aaa.com"}) {
		t.Errorf("letters: %v", got)
	}
	if got := namesOf(t, digits); !slices.Equal(got, []string{"1.com", "11.com", "111.com"}) {
		t.Errorf("digits: %v", got)
	}
}

func TestFiltersRefuse(t *testing.T) {
	for _, cfg := range []Config{
		{OnlyLetters: true, OnlyDigits: true}, {Starts: []string{""}}, {Ends: []string{"a.b"}}, {Contains: []string{"ä"}},
		{Exclude: []string{strings.Repeat("a", 64)}}, {Prefixes: []string{"@nosuch"}}, {Contains: manyTexts()},
	} {
		cfg.Patterns = []string{"a"}
		_, err := New(cfg)
		var hint interface{ Hint() string }
		if !errors.Is(err, ErrUsage) || !errors.As(err, &hint) || hint.Hint() == "" {
			t.Errorf("%v", err)
		}
	}
}

func manyTexts() (all []string) {
	for i := range 26 * 26 {
		all = append(all, strings.Repeat(string(rune('a'+i%26)), 30)+string(rune('a'+i/26))+"xyzxyz")
	}
	return all
}

func TestOtherFiltersAreAnotherSpace(t *testing.T) {
	seen := map[[16]byte]int{}
	for i, set := range []func(*Config){
		func(*Config) {}, func(c *Config) { c.OnlyLetters = true }, func(c *Config) { c.OnlyDigits = true },
		func(c *Config) { c.Starts = []string{"a"} }, func(c *Config) { c.Ends = []string{"a"} }, func(c *Config) { c.Contains = []string{"a"} },
		func(c *Config) { c.Exclude = []string{"a"} }, func(c *Config) { c.Exclude = []string{"a", "b"} }, func(c *Config) { c.Exclude = []string{"b"} },
	} {
		cfg := Config{Patterns: []string{"[ab1]{2}"}}
		set(&cfg)
		g, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := g.Space()
		if k, ok := seen[id]; ok {
			t.Errorf("configs %d and %d have one id", k, i)
		}
		seen[id] = i
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("ab,b", "cab", uint8(2))
	f.Add("aa,aab,ab", "aaab", uint8(3))
	f.Add("", "a", uint8(0))
	f.Add("A , b", "b-1", uint8(1))
	f.Fuzz(func(t *testing.T, list, label string, kind uint8) {
		words := strings.Split(list, ",")
		rule, err := newTexts("--flag", textKind(kind%4), words)
		if err != nil || vacant.CheckLabel(label) != nil {
			return
		}
		for i, w := range words {
			words[i] = strings.ToLower(strings.TrimSpace(w))
		}
		if got, want := passes(rule, []byte(label)), textFilters[kind%4].keep(label, words); got != want {
			t.Errorf("%q of %q: %t", words, label, got)
		}
	})
}
