package generator

import (
	"slices"
	"strings"

	"vacant"
)

// affixes are what --prefix and --suffix ask for: each prefix, each suffix, and
// each of both together around a label. An empty entry stands for none, so that
// "get," also gives the label without a prefix.
type affixes struct {
	before, after []string // sorted, each once
	pairs         []affix  // all of them; none where labels stay as they are
}

// affix is one pair of texts around a label.
type affix struct{ before, after string }

func newAffixes(prefixes, suffixes []string) (a affixes, err error) {
	if a.before, err = cleanAffixes("--prefix", prefixes, func(s AffixSet) []string { return s.Before }); err != nil {
		return affixes{}, err
	}
	if a.after, err = cleanAffixes("--suffix", suffixes, func(s AffixSet) []string { return s.After }); err != nil {
		return affixes{}, err
	}
	seen := map[affix]bool{}
	add := func(before, after string) {
		if p := (affix{before, after}); !seen[p] {
			seen[p] = true
			a.pairs = append(a.pairs, p)
		}
	}
	for _, b := range a.before {
		add(b, "")
		for _, s := range a.after {
			add(b, s)
		}
	}
	for _, s := range a.after {
		add("", s)
	}
	if len(a.pairs) == 1 && seen[affix{}] {
		return affixes{}, nil
	}
	return a, nil
}

func cleanAffixes(flag string, texts []string, side func(AffixSet) []string) ([]string, error) {
	texts, err := expandSets(flag, texts, side)
	if err != nil {
		return nil, err
	}
	clean := make([]string, 0, len(texts))
	for _, t := range texts {
		t = strings.ToLower(strings.TrimSpace(t))
		if !symbolsOnly(t) || len(t) >= vacant.MaxLabelLen {
			return nil, usage("letters a-z, digits and hyphens, as in get,my- or @startup", "%s %s: not a part of a label", flag, clip(t))
		}
		clean = append(clean, t)
	}
	return sortedSet(clean), nil
}

// literals returns the expression of any of the texts, nil if there are none.
func literals(texts []string) *expr {
	if len(texts) == 0 {
		return nil
	}
	alt := &expr{op: opAlt}
	for _, text := range texts {
		alt.subs = append(alt.subs, literal(text))
	}
	return alt
}

// around calls each with the label under every pair of affixes, a label that
// comes out twice once.
func (a affixes) around(label string, each func(whole string)) {
	if len(a.pairs) == 0 {
		each(label)
		return
	}
	made := make([]string, 0, len(a.pairs))
	for _, p := range a.pairs {
		made = append(made, p.before+label+p.after)
	}
	slices.Sort(made)
	for _, whole := range slices.Compact(made) {
		each(whole)
	}
}
