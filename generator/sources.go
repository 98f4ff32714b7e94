package generator

import (
	"errors"
	"fmt"
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
	around   affixes
	lex      *lexicon   // empty where no source uses words
	idn      bool       // IDN words are labels of the space
	limit    int        // subsets that an automaton may need
	typos    [][]string // by the space's parts, where there are any: sorted
}

// parseSources reads patterns and words.
func (g *Generator) parseSources() (*sources, error) {
	src := &sources{lex: &lexicon{}, around: g.affixes, limit: maxSubsets}
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
	src.idn = src.idn && !g.cfg.Hack && !g.cfg.Blend && len(g.affixes.pairs) == 0
	if words {
		var err error
		if src.lex, err = g.words(src.idn); err != nil {
			return nil, err
		}
	}
	src.patterns = sortedSet(slices.Clone(g.cfg.Patterns))
	err := g.checkLengths(src)
	src.affix(g.affixes)
	return src, err
}

// words returns what {word} stands for: the wordlist, or its blends.
func (g *Generator) words(idn bool) (*lexicon, error) {
	lex, err := g.readWords("--wordlist", g.cfg.Wordlist, idn)
	if err != nil || !g.cfg.Blend {
		return lex, err
	}
	second := lex
	if g.cfg.BlendWith != "" {
		if second, err = g.readWords("--blend-with", g.cfg.BlendWith, false); err != nil {
			return nil, err
		}
	}
	return g.blends(lex, second)
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

// checkLengths refuses patterns that make long labels only.
func (g *Generator) checkLengths(src *sources) error {
	for i, text := range g.cfg.Patterns {
		if lo, _ := src.exprs[i].lengths(src.lex); lo > vacant.MaxLabelLen {
			msg := fmt.Sprintf("it makes only labels of %d octets or more", lo)
			return &PatternError{Pattern: text, Pos: 1, Msg: msg, Help: "no label is longer than 63 octets"}
		}
	}
	return nil
}

// affix puts prefixes and suffixes around every source.
func (src *sources) affix(a affixes) {
	if len(a.pairs) == 0 || len(src.exprs) == 0 {
		return
	}
	before, after := literals(a.before), literals(a.after)
	bare := &expr{op: opAlt, subs: src.exprs}
	around := [][]*expr{{before, bare}, {bare, after}, {before, bare, after}}
	src.exprs = nil
	for _, subs := range around {
		if !slices.ContainsFunc(subs, func(e *expr) bool { return e == nil }) {
			src.exprs = append(src.exprs, &expr{op: opCat, subs: subs})
		}
	}
}

// compile makes the set of labels: an automaton, or, where that would be too
// large, all ways of writing a label.
func (src *sources) compile(f *filter) (labels, error) {
	if (&expr{op: opAlt, subs: src.exprs}).compiled(src.lex) {
		n, err := newNFA(src.exprs, src.lex, src.idn)
		if err != nil {
			return nil, err
		}
		m, err := n.compileDFA(f, "", src.idn, src.limit)
		if !errors.Is(err, errTooComplex) {
			return m, err
		}
	}
	return newDerivation(src.exprs, src.lex, f, src.idn)
}

// compileDFA makes the automaton of the labels that, with tail behind them, are texts of n.
func (n *nfa) compileDFA(f *filter, tail string, idn bool, limit int) (labels, error) {
	rules, err := f.rules(n, len(tail), idn)
	if err != nil {
		return nil, err
	}
	d := &determiner{nfa: n, filters: rules, allowed: f.allowed, tail: tail, limit: limit}
	root, err := d.run()
	if err != nil {
		return nil, err
	}
	return newDFA(d, root), nil
}
