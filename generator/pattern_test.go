package generator

import (
	"errors"
	"strings"
	"testing"
)

func TestPatternErrorsSayWhereAndWhatToDo(t *testing.T) {
	tests := []struct {
		pattern string
		pos     int
		msg     string
	}{
		{"", 1, "empty"},
		{"a(b|c", 2, "( without its )"},
		{"ab)c", 3, ") without its ("},
		{"[a-z", 1, "[ without its ]"},
		{"x[]", 2, "nothing in it"},
		{"[^a-z0-9]", 1, "nothing in it"},
		{"[z-a]", 2, "no range"},
		{"[0-z]", 2, "no range"},
		{"[--a]", 2, "no range"},
		{"[a_]", 3, "not allowed"},
		{"[a-_]", 4, "not allowed"},
		{"[é]", 2, "outside ASCII"},
		{"bü", 2, "outside ASCII"},
		{"a.com", 2, "a dot"},
		{"a*", 2, "no repetition"},
		{"a?", 2, "no repetition"},
		{"^a", 1, "whole label"},
		{"a]", 2, "without its opening"},
		{"a}", 2, "without its opening"},
		{"a b", 2, "not allowed"},
		{"a_b", 2, "not allowed"},
		{"a\x00b", 2, "not allowed"},
		{`\x`, 1, "no class"},
		{`ab\`, 3, `\ at the end`},
		{"{Z}", 1, "nothing is named {Z}"},
		{"a{word", 2, "{ without its }"},
		{"{3}", 1, "nothing before it"},
		{"{}", 1, "nothing before it"},
		{"a{}", 2, "no repetition"},
		{"a{3", 2, "{ without its }"},
		{"a{3,}", 2, "upper bound"},
		{"a{,3}", 2, "no repetition"},
		{"a{+3}", 2, "nothing is named"},
		{"a{3,+4}", 2, "no repetition"},
		{"a{4,3}", 2, "larger than the second"},
		{"a{0}", 2, "repeats nothing"},
		{"a{64}", 2, "no label is longer"},
		{"a{99999999999999999999}", 2, "no repetition"},
		{"a{2}{3}", 5, "repetition of a repetition"},
		{"ab{word}", 3, "needs a wordlist"},
		{"((a{63}){63}){63}", 1, "too large"},
		{strings.Repeat("(", 60), 51, "parentheses inside"},
	}
	for _, tt := range tests {
		_, err := New(Config{Patterns: []string{tt.pattern}})
		var bad *PatternError
		if !errors.As(err, &bad) || !errors.Is(err, ErrUsage) {
			t.Errorf("%q: error %v, want a PatternError", tt.pattern, err)
			continue
		}
		if bad.Pos != tt.pos || !strings.Contains(bad.Msg, tt.msg) {
			t.Errorf("%q: position %d: %s; want %d: ...%s...", tt.pattern, bad.Pos, bad.Msg, tt.pos, tt.msg)
		}
		if strings.ContainsAny(err.Error(), "\n\x00") || bad.Hint() == "" && !strings.Contains(bad.Msg, "parentheses") {
			t.Errorf("%q: %q with hint %q", tt.pattern, err, bad.Hint())
		}
	}
}

func TestPatternsThatMakeNoLabelAreRefused(t *testing.T) {
	for _, p := range []string{"-", "-a", "a-", "ab--c", "a{1,2}-", "(|)", "[ab]{40}[ab]{40}"} {
		if _, err := New(Config{Patterns: []string{p}}); !errors.Is(err, ErrUsage) {
			t.Errorf("%q: error %v, want one of usage", p, err)
		}
	}
}

// FuzzPattern compiles any text: no panic, and what it makes is labels, each
// once and at its own index.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"{C}{V}{C}{V}", "[a-z]{4}", "(get|try){word}", `\d\l\w`, "[^aeiou-]{1,3}", "(a|ab)(c|bc)", "a{2}{3}",
		"((a|b){0,3}|-){2}", "[a-", "{word", "x--y", "(((", `\`, "{0,2}", "[]", "a{63}"} {
		f.Add(seed)
	}
	lex := testLexicon()
	all, err := newFilter(&Config{MaxLength: 12})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parsePattern(text)
		if err != nil || e.nodes() > 300 {
			return
		}
		src := &sources{exprs: []*expr{e}, lex: lex, limit: maxSubsets}
		set, err := src.compile(all)
		if err != nil || set.size() == 0 {
			return
		}
		last := ""
		for i := range min(set.size(), 200) {
			label, ok := set.unrank(nil, i)
			if !ok {
				continue
			}
			if !all.match(label) || isIDN(label) {
				t.Fatalf("%q makes %q, no label", text, label)
			}
			if at, ok := set.rank(label); !ok || at != i {
				t.Fatalf("%q: rank(%q) = %d, %v, want %d", text, label, at, ok, i)
			}
			if _, compiled := set.(*dfa); compiled && last >= string(label) {
				t.Fatalf("%q: %q comes after %q", text, label, last)
			}
			last = string(label)
		}
	})
}
