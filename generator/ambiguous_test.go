package generator

import (
	"testing"

	"pgregory.net/rapid"
)

func TestUnambiguousIsNeverSaidOfAPatternWithTwoWays(t *testing.T) {
	lex := testLexicon()
	rapid.Check(t, func(t *rapid.T) {
		text := drawPattern(t, 2)
		if text == "" {
			return
		}
		e, err := parsePattern(text)
		if err != nil {
			t.Fatalf("pattern %q: %v", text, err)
		}
		root := (&termBuilder{lex: lex}).term(e)
		if root.size > 5_000 || !unambiguous(root) {
			return
		}
		if n := uint64(len(texts(e, lex))); n != root.size {
			t.Fatalf("%q is said to be unambiguous: %d ways, %d texts", text, root.size, n)
		}
	})
}

func TestCommonPatternsAreSeenToBeUnambiguous(t *testing.T) {
	tests := map[string]bool{
		"[a-z]{5}": true, "{C}{V}{C}{V}": true, "{word}": true, "(get|my){word}": true, "{word}[0-9]{2}": true, "[a-z]{1,4}": true,
		"x{word}": true, "(a|bc){2}x": true, "(a|bc)(a|bc){word}": true,
		"{word}{word}": false, "(a|ab)(c|bc)": false, "(a|a)": false, "[ab]{1,2}[ab]{1,2}": false, "(a|ab|)x{0,1}": false, "(a|[ab])": false,
		"((a|ab)|x)(b|c|bc)": false, "(a|bb)|(aa|b)|bb": false,
		"([ab]{1,2}|x)[ab]{1,2}": false,
	}
	for text, want := range tests {
		e, err := parsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := unambiguous((&termBuilder{lex: testLexicon()}).term(e)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
