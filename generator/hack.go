package generator

import (
	"errors"
	"strings"
)

// A domain hack is a word that ends in a suffix's letters: delicious and us
// give delicio.us, co.uk counts as couk. Its space has one part per suffix.

// compileHack returns the labels under each suffix.
func (src *sources) compileHack(f *filter, tlds []string) ([]labels, error) {
	var sets []labels
	var err error
	if len(src.patterns) == 0 {
		sets, err = src.hackWords(f, tlds)
	} else {
		sets, err = src.hackPatterns(f, tlds)
	}
	if errors.Is(err, errTooComplex) {
		return nil, ErrTooComplex
	}
	return sets, err
}

// hackPatterns compiles, per suffix, what the patterns make in front of it.
func (src *sources) hackPatterns(f *filter, tlds []string) ([]labels, error) {
	if src.lex.graph == nil {
		return nil, errTooComplex
	}
	n, err := newNFA(src.exprs, src.lex, false)
	if err != nil {
		return nil, err
	}
	sets := make([]labels, len(tlds))
	for i, tld := range tlds {
		if !plainSuffix(tld) {
			sets[i] = &dfa{states: make([]dfaState, 1)}
			continue
		}
		if sets[i], err = n.compileDFA(f, undotted(tld), false, src.limit); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// hackWords splits every word by itself: with a thousand suffixes and many
// words that is far less work than as many automata of all words.
func (src *sources) hackWords(f *filter, tlds []string) ([]labels, error) {
	endings := newEndings(tlds)
	found := make([][]string, len(tlds))
	split := func(whole string) {
		endings.each(whole, func(label string, tld int) {
			if f.match([]byte(label)) {
				found[tld] = append(found[tld], label)
			}
		})
	}
	for _, w := range src.lex.plain {
		src.around.around(w, split)
	}
	sets := make([]labels, len(tlds))
	for i, words := range found {
		lex := &lexicon{plain: words}
		lex.finish()
		var err error
		one := &sources{exprs: []*expr{{op: opWord}}, lex: lex, limit: src.limit}
		if sets[i], err = one.compile(f); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

func undotted(tld string) string { return strings.ReplaceAll(tld, ".", "") }

// plainSuffix reports whether a word could end in tld: not in an A-label.
func plainSuffix(tld string) bool {
	return !strings.HasPrefix(tld, "xn--") && !strings.Contains(tld, ".xn--")
}

// endings finds the suffixes that a word ends in.
type endings struct {
	byText  map[string][]int // suffix without dots -> its positions
	lengths []int            // of those texts, each once, ascending
}

func newEndings(tlds []string) *endings {
	e := &endings{byText: map[string][]int{}}
	var has [longest]bool
	for i, tld := range tlds {
		if !plainSuffix(tld) {
			continue
		}
		text := undotted(tld)
		e.byText[text] = append(e.byText[text], i)
		has[len(text)] = true
	}
	for n, ok := range has {
		if ok {
			e.lengths = append(e.lengths, n)
		}
	}
	return e
}

// each calls found with every label that a suffix leaves of word.
func (e *endings) each(word string, found func(label string, tld int)) {
	for _, n := range e.lengths {
		if n >= len(word) {
			return
		}
		cut := len(word) - n
		for _, tld := range e.byText[word[cut:]] {
			found(word[:cut], tld)
		}
	}
}
