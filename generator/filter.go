package generator

import (
	"regexp"
	"regexp/syntax"

	"vacant"
)

// filter is what every label must meet: to be a label at all, and what the
// user asked for. It judges labels of lists one by one, and is compiled into
// spaces as rules.
type filter struct {
	lo, hi  int
	allowed charset
	sounds  bool // pronounceable
	texts   []*textRule
	regex   *regexp.Regexp
	syntax  *syntax.Regexp
}

func newFilter(cfg *Config) (*filter, error) {
	f := &filter{lo: max(1, cfg.MinLength), hi: vacant.MaxLabelLen, allowed: anySet, sounds: cfg.Pronounceable}
	if cfg.MaxLength > 0 {
		f.hi = min(f.hi, cfg.MaxLength)
	}
	switch {
	case cfg.MinLength < 0 || cfg.MaxLength < 0:
		return nil, usage("lengths are octets of the label, 1 to 63", "--min-length and --max-length cannot be negative")
	case cfg.MinLength > vacant.MaxLabelLen:
		return nil, usage("lengths are octets of the label, 1 to 63", "--min-length %d: no label is that long", cfg.MinLength)
	case f.lo > f.hi:
		return nil, usage("swap them", "--min-length %d is above --max-length %d", cfg.MinLength, cfg.MaxLength)
	}
	if cfg.NoHyphen {
		f.allowed &^= hyphenSet
	}
	if cfg.NoDigit {
		f.allowed &^= digitSet
	}
	switch {
	case cfg.OnlyLetters && cfg.OnlyDigits:
		return nil, usage("leave both out for letters and digits, with --no-hyphen", "--only-letters and --only-digits exclude each other")
	case cfg.OnlyLetters:
		f.allowed &= letterSet
	case cfg.OnlyDigits:
		f.allowed &= digitSet
	}
	if err := f.parseTexts(cfg); err != nil {
		return nil, err
	}
	return f, f.parseRegex(cfg.Regex)
}

func (f *filter) parseTexts(cfg *Config) error {
	for _, one := range []struct {
		flag  string
		kind  textKind
		words []string
	}{
		{"--starts", startsWith, cfg.Starts}, {"--ends", endsWith, cfg.Ends},
		{"--contains", containsOne, cfg.Contains}, {"--exclude", containsNo, cfg.Exclude},
	} {
		t, err := newTexts(one.flag, one.kind, one.words)
		if err != nil {
			return err
		}
		if t != nil {
			f.texts = append(f.texts, t)
		}
	}
	return nil
}

func (f *filter) parseRegex(text string) error {
	if text == "" {
		return nil
	}
	const help = "RE2 syntax, searched for in the lower-case label; ^ and $ are its ends"
	re, err := regexp.Compile(text)
	if err != nil {
		return usage(help, "--regex: %v", err)
	}
	if f.syntax, err = syntax.Parse(text, syntax.Perl); err != nil {
		return usage(help, "--regex: %v", err)
	}
	f.regex = re
	return nil
}

// trivial reports whether the filter asks for no more than a label.
func (f *filter) trivial() bool {
	return f.lo <= 1 && f.hi >= vacant.MaxLabelLen && f.allowed == anySet && !f.sounds && f.regex == nil && len(f.texts) == 0
}

// match reports whether label passes. An A-label is a label.
func (f *filter) match(label []byte) bool {
	if len(label) < f.lo || len(label) > f.hi {
		return false
	}
	for _, c := range label {
		if s := symbolOf(c); s < 0 || !f.allowed.has(s) {
			return false
		}
	}
	switch {
	case !shaped(label):
		return false
	case f.sounds && !passes(pronounceable{}, label):
		return false
	}
	for _, t := range f.texts {
		if !passes(t, label) {
			return false
		}
	}
	return f.regex == nil || f.regex.Match(label)
}

// admitsAll reports whether it is certain that every text of e passes.
func (f *filter) admitsAll(e *expr, lex *lexicon) bool {
	lo, hi := e.lengths(lex)
	used := e.symbols(lex)
	labels := e.isWord() || used&hyphenSet == 0 // words are labels; other hyphens may stand anywhere
	return lo >= f.lo && hi <= f.hi && used&^f.allowed == 0 && labels && !f.sounds && f.regex == nil && len(f.texts) == 0
}

// rules returns the filter's rules that texts of n could break, the shape
// first. cut is how many octets at a text's end are not of the label.
func (f *filter) rules(n *nfa, cut int, idn bool) ([]rule, error) {
	rules := []rule{shape{hyphens: (n.used & f.allowed).has(hyphen), idn: idn}}
	if n.lo-cut < f.lo && f.lo > 1 || n.hi-cut > f.hi {
		rules = append(rules, length{f.lo, f.hi})
	}
	if f.sounds {
		rules = append(rules, pronounceable{})
	}
	for _, t := range f.texts {
		rules = append(rules, t)
	}
	if f.regex == nil {
		return rules, nil
	}
	re, err := compileExpression(f.syntax)
	if err != nil {
		return nil, usage("", "--regex: %v", err)
	}
	return append(rules, re), nil
}
