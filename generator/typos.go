package generator

import (
	"errors"
	"slices"
	"strings"

	"vacant"
)

// brand is one --typos: names that look like it or are typed for it are made.
type brand struct {
	label string
	text  []rune // the label as it is shown
	tld   string // its own, "" if it has none
}

// typo is one label made of a brand.
type typo struct{ label, kind string }

// cleanTypos reads the brands and the kinds.
func (g *Generator) cleanTypos() error {
	kinds, err := chooseKinds(g.cfg.TypoKinds)
	switch {
	case err != nil:
		return err
	case len(g.cfg.Typos) == 0 && len(g.cfg.TypoKinds) > 0:
		return usage("name the brand, as in --typos example.com", "--typo-kinds without --typos")
	case len(g.cfg.Typos) > 0 && g.cfg.Hack:
		return usage("leave one of them out", "--typos and --hack exclude each other")
	}
	g.cfg.TypoKinds = kinds
	for _, text := range g.cfg.Typos {
		b, err := g.parseBrand(text)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(g.brands, func(o brand) bool { return o.label == b.label && o.tld == b.tld }) {
			g.brands = append(g.brands, b)
		}
	}
	return nil
}

func (g *Generator) parseBrand(text string) (b brand, err error) {
	const help = "the name alone or with its TLD, as in --typos example or --typos example.co.uk"
	text = strings.TrimSpace(text)
	if !strings.ContainsAny(strings.TrimRight(text, dots), dots) {
		b.label, err = parseLabel(strings.TrimRight(text, dots))
	} else {
		var name vacant.Name
		if name, err = vacant.ParseName(text); err == nil {
			err = g.cfg.Suffixes.Check(name)
		}
		b.label, b.tld = name.Label(), name.Parent()
	}
	if err != nil {
		return b, usage(help, "--typos %s: %v", clip(text), plainReason(err))
	}
	shown := vacant.Name(b.label + ".com").Unicode()
	b.text = []rune(strings.TrimSuffix(shown, ".com"))
	return b, nil
}

// plainReason is err without the text that it is about.
func plainReason(err error) error {
	var bad *vacant.NameError
	if errors.As(err, &bad) {
		return bad.Err
	}
	return err
}

// role is what a brand is under one TLD.
type role uint8

const (
	absent role = iota
	atHome      // its typos are made, itself is not
	abroad      // its typos and itself: it is under another TLD
)

func (g *Generator) roleOf(b *brand, tld string) role {
	switch {
	case b.tld == tld:
		return atHome
	case !slices.Contains(g.tlds, tld):
		return absent
	case b.tld == "":
		return atHome
	case len(g.cfg.TLDs) > 0:
		return abroad
	}
	return absent
}

// group is TLDs under which the same labels are made.
type group struct {
	tlds  []string
	plain bool   // the patterns and words are made too
	roles []role // of the brands
}

// groups parts the TLDs by what is made under them.
func (g *Generator) groups(plain bool) []group {
	var all []group
	tlds := slices.Clone(g.tlds)
	for i := range g.brands {
		if b := &g.brands[i]; b.tld != "" && !slices.Contains(tlds, b.tld) {
			tlds = append(tlds, b.tld)
		}
	}
	for _, tld := range tlds {
		one := group{plain: plain && slices.Contains(g.tlds, tld)}
		used := one.plain
		for i := range g.brands {
			r := g.roleOf(&g.brands[i], tld)
			one.roles = append(one.roles, r)
			used = used || r != absent
		}
		if !used {
			continue
		}
		same := func(o group) bool { return o.plain == one.plain && slices.Equal(o.roles, one.roles) }
		k := slices.IndexFunc(all, same)
		if k < 0 {
			k = len(all)
			all = append(all, one)
		}
		all[k].tlds = append(all[k].tlds, tld)
	}
	return all
}

// compileGroups makes the sets of labels and the TLDs of each.
func (g *Generator) compileGroups(src *sources) (sets []labels, under [][]string, err error) {
	for _, one := range g.groups(len(src.exprs) > 0) {
		kinds := g.typosOf(one.roles)
		set, err := src.withTypos(one.plain, kinds).compile(g.filter)
		if err != nil {
			return nil, nil, err
		}
		sets, under = append(sets, set), append(under, one.tlds)
		if len(g.brands) > 0 {
			g.kinds = append(g.kinds, kinds)
			src.typos = append(src.typos, sortedKeys(kinds))
		}
	}
	return sets, under, nil
}

// typosOf returns the typos of all brands, each with the first kind that makes it.
func (g *Generator) typosOf(roles []role) map[string]string {
	kinds := map[string]string{}
	for i, r := range roles {
		if r == absent {
			continue
		}
		for _, t := range g.brands[i].typos(g.cfg.TypoKinds) {
			if kinds[t.label] == "" {
				kinds[t.label] = t.kind
			}
		}
	}
	for i, r := range roles {
		label := g.brands[i].label
		switch {
		case r == atHome:
			delete(kinds, label)
		case r == abroad && slices.Contains(g.cfg.TypoKinds, kindTLDSwap):
			kinds[label] = kindTLDSwap
		case r == abroad:
			delete(kinds, label)
		}
	}
	return kinds
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// withTypos returns the sources of one group: the patterns and words if plain, and typos.
func (src *sources) withTypos(plain bool, typos map[string]string) *sources {
	if len(typos) == 0 && plain {
		return src
	}
	one, lex, own := *src, *src.lex, &lexicon{}
	if !plain {
		one.exprs, lex = nil, lexicon{}
	}
	if !one.idn {
		lex.idn = nil
	}
	for label := range typos {
		if isIDN([]byte(label)) {
			lex.idn = append(slices.Clip(lex.idn), label)
		} else {
			own.plain = append(own.plain, label)
		}
	}
	own.finish()
	lex.idn = sortedSet(lex.idn)
	lex.idnGraph, lex.idnRoot = wordGraph(lex.idn)
	one.idn, one.lex = true, &lex
	one.exprs = append(slices.Clip(one.exprs), &expr{op: opWord, own: own})
	return &one
}

// Source says what made the name of an index of the space: "typo:" and its
// kind, "pattern" for all else; "list" for [vacant.NoIndex]. It is safe for concurrent use.
func (g *Generator) Source(index uint64) string {
	switch {
	case index == vacant.NoIndex:
		return "list"
	case len(g.kinds) == 0 || index >= g.space.size:
		return "pattern"
	}
	name, _ := g.space.unrank(make([]byte, 0, 2*vacant.MaxLabelLen), index)
	label, tld, _ := strings.Cut(string(name), ".")
	if kind := g.kinds[g.space.homes[tld].part][label]; kind != "" {
		return "typo:" + kind
	}
	return "pattern"
}
