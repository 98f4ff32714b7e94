package generator

import (
	"math/rand/v2"
	"regexp/syntax"
	"testing"

	"vacant"
)

func TestTheCompiledExpressionMatchesAsRegexpDoes(t *testing.T) {
	exprs := []string{"a", "^a", "a$", "^a$", "^$", "a|b$", "(ab)+", "^(a|ab)(c|bc)$", "a.c", "[^a]b", `\ba`, `a\b`, `\Bb\B`, `\b-`,
		"^[a-c]{2,3}$", "(?i)AB", "a*", "", "^(?:a|b)*c", "x*y", `^\w+$`, `\d`, "--", "(^|-)b", "a?b?c?$", `\Aab\z`, "(?m)^b"}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, text := range exprs {
		f, err := newFilter(&Config{Regex: text})
		if err != nil {
			t.Fatal(err)
		}
		if f.regex == nil {
			continue // the empty expression is no filter
		}
		parsed, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		e, err := compileExpression(parsed)
		if err != nil {
			t.Fatal(err)
		}
		for range 2000 {
			label := make([]byte, rng.IntN(7))
			for i := range label {
				label[i] = "abcxy1-"[rng.IntN(7)]
			}
			if got, want := passes(e, label), f.regex.Match(label); got != want {
				t.Fatalf("%q on %q: %v, regexp says %v", text, label, got, want)
			}
		}
	}
}

func TestTheShapeIsThatOfALabel(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		label := make([]byte, rng.IntN(8))
		for i := range label {
			label[i] = "ax-n-"[rng.IntN(5)]
		}
		want := vacant.CheckLabel(string(label)) == nil
		if got := passes(shape{hyphens: true, idn: isIDN(label)}, label); got != want && !isIDN(label) {
			t.Fatalf("%q: %v, CheckLabel says %v", label, got, want)
		}
	}
}

func TestPronounceable(t *testing.T) {
	tests := map[string]bool{
		"banana": true, "a": true, "b": false, "bb": false, "abba": true, "abbba": false, "aeb": true, "aeib": false,
		"rhythm": false, "ab-bb-a": true, "ab1a": false, "yay": true, "xn--bcher-kva": false, "strada": false, "book": true,
	}
	for label, want := range tests {
		if got := passes(pronounceable{}, []byte(label)); got != want {
			t.Errorf("%q: %v, want %v", label, got, want)
		}
	}
}

func TestFilterUsage(t *testing.T) {
	for _, cfg := range []Config{{MinLength: 5, MaxLength: 4}, {MinLength: -1}, {MaxLength: -1}, {MinLength: 64}, {Regex: "("}, {Regex: "(?=a)"}} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}

func TestAFilterAdmitsAllOnlyWhereItRefusesNothing(t *testing.T) {
	lex := testLexicon() // one word has a hyphen
	tests := []struct {
		pattern string
		cfg     Config
		want    bool
	}{
		{"[a-z]{3}", Config{}, true},
		{"{word}", Config{}, true},
		{"({word})", Config{}, true},
		{"x{word}", Config{}, false}, // x and ab-a would do, but -- may come of others
		{"[a-]b", Config{}, false},
		{"[a-z]{3}", Config{MinLength: 3, MaxLength: 3}, true},
		{"[a-z]{3}", Config{MinLength: 4}, false},
		{"[a-z]{3}", Config{MaxLength: 2}, false},
		{"[a-z]{0,3}", Config{}, false},
		{"[a-z]{60,63}[a-z]", Config{}, false},
		{"a1", Config{NoDigit: true}, false},
		{"{word}", Config{NoHyphen: true}, false},
		{"a", Config{Pronounceable: true}, false},
		{"a", Config{Regex: "a"}, false},
	}
	for _, tt := range tests {
		e, err := parsePattern(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		f, err := newFilter(&tt.cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.admitsAll(e, lex); got != tt.want {
			t.Errorf("%q with %+v: %v, want %v", tt.pattern, tt.cfg, got, tt.want)
		}
	}
}
