package generator

import (
	"errors"
	"slices"
	"strings"

	"vacant"
)

// labels is a set of labels with indexes 0..size-1.
type labels interface {
	size() uint64
	exact() bool // every index has a label
	rank(label []byte) (index uint64, ok bool)
	unrank(dst []byte, index uint64) (label []byte, ok bool)
}

var (
	_ labels = (*dfa)(nil)
	_ labels = (*derivation)(nil)
)

// sources are the deterministic ones of a Config: patterns, or a wordlist by itself.
type sources struct {
	patterns []string // sorted, each once
	exprs    []*expr  // with affixes
	lex      *lexicon // empty where no source uses words
	idn      bool     // IDN words are labels of the space
}

// parseSources reads patterns and words.
func (g *Generator) parseSources() (*sources, error) {
	src := &sources{lex: &lexicon{}}
	src.lex.finish()
	words := g.cfg.Wordlist != "" && len(g.cfg.Patterns) == 0
	for _, text := range g.cfg.Patterns {
		e, err := g.parseOne(text)
		if err != nil {
			return nil, err
		}
		words = words || e.usesWord()
		src.idn = src.idn || e.isWord()
		src.exprs = append(src.exprs, e)
	}
	if len(g.cfg.Patterns) == 0 && words {
		src.exprs, src.idn = []*expr{{op: opWord}}, true
	}
	src.idn = src.idn && !g.cfg.Hack && len(g.affixes) == 0
	if words {
		var err error
		if src.lex, err = g.readWords(src.idn); err != nil {
			return nil, err
		}
	}
	src.patterns = sortedSet(slices.Clone(g.cfg.Patterns))
	src.affix(g.affixes)
	return src, src.checkLengths()
}

func (g *Generator) parseOne(text string) (*expr, error) {
	e, err := parsePattern(text)
	if err != nil {
		return nil, err
	}
	if e.nodes() > maxNodes {
		return nil, &PatternError{Pattern: text, Pos: 1, Msg: "it is too large", Help: errTooLarge.Help}
	}
	if e.usesWord() && g.cfg.Wordlist == "" {
		at := strings.Index(text, "{word}")
		return nil, &PatternError{Pattern: text, Pos: at + 1, Msg: "{word} needs a wordlist", Help: "name one with -w FILE"}
	}
	return e, nil
}

// checkLengths refuses sources that make long labels only.
func (src *sources) checkLengths() error {
	for i, e := range src.exprs {
		if lo, _ := e.lengths(src.lex); lo > vacant.MaxLabelLen {
			what := "the wordlist"
			if i < len(src.patterns) {
				what = "a pattern"
			}
			return usage("no label is longer than 63 octets", "%s makes only labels of %d octets or more", what, lo)
		}
	}
	return nil
}

// affix puts prefixes and suffixes around every source.
func (src *sources) affix(pairs []affix) {
	if len(pairs) == 0 {
		return
	}
	around := make([]*expr, 0, len(pairs)*len(src.exprs))
	for _, e := range src.exprs {
		for _, a := range pairs {
			around = append(around, &expr{op: opCat, subs: []*expr{literal(a.before), e, literal(a.after)}})
		}
	}
	src.exprs = around
}

// compile makes the set of labels: an automaton, or, where that would be too
// large, all ways of writing a label.
func (src *sources) compile(f *filter) (labels, error) {
	if src.lex.graph != nil {
		n, err := newNFA(src.exprs, src.lex, src.idn)
		if err != nil {
			return nil, err
		}
		m, err := n.compileDFA(f, "", src.idn)
		if !errors.Is(err, errTooComplex) {
			return m, err
		}
	}
	return newDerivation(src.exprs, src.lex, f, src.idn)
}

// compileDFA makes the automaton of the labels that, with tail behind them, are texts of n.
func (n *nfa) compileDFA(f *filter, tail string, idn bool) (labels, error) {
	rules, err := f.rules(n, len(tail), idn)
	if err != nil {
		return nil, err
	}
	d := &determiner{nfa: n, filters: rules, allowed: f.allowed, tail: tail}
	root, err := d.run()
	if err != nil {
		return nil, err
	}
	return newDFA(d, root), nil
}

// affix is one pair of texts around a label.
type affix struct{ before, after string }

// affixPairs returns the pairs that --prefix and --suffix ask for: each prefix,
// each suffix, and each of both together. An empty entry stands for none, so
// that "get," also gives the label without prefix.
func affixPairs(prefixes, suffixes []string) ([]affix, error) {
	before, err := cleanAffixes("--prefix", prefixes)
	if err != nil {
		return nil, err
	}
	after, err := cleanAffixes("--suffix", suffixes)
	if err != nil {
		return nil, err
	}
	var pairs []affix
	for _, b := range before {
		pairs = append(pairs, affix{before: b})
		for _, a := range after {
			pairs = append(pairs, affix{b, a})
		}
	}
	for _, a := range after {
		pairs = append(pairs, affix{after: a})
	}
	slices.SortFunc(pairs, func(a, b affix) int {
		if c := strings.Compare(a.before, b.before); c != 0 {
			return c
		}
		return strings.Compare(a.after, b.after)
	})
	return slices.Compact(pairs), nil
}

func cleanAffixes(flag string, texts []string) ([]string, error) {
	clean := make([]string, 0, len(texts))
	for _, t := range texts {
		t = strings.ToLower(strings.TrimSpace(t))
		if !symbolsOnly(t) || len(t) >= vacant.MaxLabelLen {
			return nil, usage("letters a-z, digits and hyphens, as in get,my-", "%s %s: not a part of a label", flag, clip(t))
		}
		clean = append(clean, t)
	}
	return sortedSet(clean), nil
}
