package generator

import (
	"slices"
	"strings"
	"unicode/utf8"

	"vacant"
)

// TypoKind is a way in which a name is mistyped or imitated.
type TypoKind struct{ Name, Help string }

const kindTLDSwap = "tld-swap"

// typoMakers are the kinds in the order in which a label that several make is
// called, each with what it makes of a brand's text.
var typoMakers = []struct {
	TypoKind
	make func(b *brand, add func(string))
}{
	{TypoKind{"omission", "a letter left out: exmple"}, (*brand).omissions},
	{TypoKind{"repetition", "a letter typed twice: exxample"}, (*brand).repetitions},
	{TypoKind{"transposition", "two neighbours swapped: examlpe"}, (*brand).transpositions},
	{TypoKind{"replacement", "the key beside the right one: exanple"}, (*brand).replacements},
	{TypoKind{"insertion", "the key beside it as well: exasmple"}, (*brand).insertions},
	{TypoKind{"vowel-swap", "another vowel: exomple"}, (*brand).vowelSwaps},
	{TypoKind{"plural", "an s or es within or behind: examples"}, (*brand).plurals},
	{TypoKind{"hyphenation", "a hyphen within: ex-ample"}, (*brand).hyphenations},
	{TypoKind{"addition", "a letter or digit behind: examplea"}, (*brand).additions},
	{TypoKind{"homoglyph", "ASCII that looks alike: exarnple, examp1e"}, (*brand).homoglyphs},
	{TypoKind{"various", "a dot forgotten: wwwexample, examplecom"}, (*brand).various},
	{TypoKind{"bitsquatting", "one bit of a letter flipped: mxample"}, (*brand).bitsquats},
	{TypoKind{"idn", "Unicode that looks alike: examplé, and all of it in Cyrillic or Greek letters"}, (*brand).lookalikes},
	{TypoKind{kindTLDSwap, "itself under the other TLDs of -t"}, func(*brand, func(string)) {}},
}

// TypoKinds returns the kinds of typos; a label that several make is called by the first.
func TypoKinds() []TypoKind {
	all := make([]TypoKind, len(typoMakers))
	for i, m := range typoMakers {
		all[i] = m.TypoKind
	}
	return all
}

// chooseKinds reads --typo-kinds: kinds, or with a minus before them those that
// are not wanted; none or "all" is every one.
func chooseKinds(texts []string) ([]string, error) {
	var names []string
	for _, m := range typoMakers {
		names = append(names, m.Name)
	}
	var with, without []string
	for _, text := range texts {
		name, not := strings.CutPrefix(strings.ToLower(strings.TrimSpace(text)), "-")
		switch {
		case name == "all" && !not:
			with = append(with, names...)
		case !slices.Contains(names, name):
			return nil, usage("kinds are "+strings.Join(names, ", "), "--typo-kinds %s: there is no such kind", clip(text))
		case not:
			without = append(without, name)
		default:
			with = append(with, name)
		}
	}
	if len(with) == 0 {
		with = names
	}
	out := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(with, n) || slices.Contains(without, n) })
	if len(out) == 0 {
		return nil, usage("leave --typo-kinds out for all", "--typo-kinds: no kind is left")
	}
	return out, nil
}

// typos returns what the kinds make of b, the same label more than once at
// times, in the order of the kinds, itself never.
func (b *brand) typos(kinds []string) (all []typo) {
	for _, m := range typoMakers {
		if !slices.Contains(kinds, m.Name) {
			continue
		}
		m.make(b, func(text string) {
			if label, ok := typoLabel(text); ok && label != b.label {
				all = append(all, typo{label, m.Name})
			}
		})
	}
	return all
}

// typoLabel brings a made text into canonical form. No typo is what IDNA refuses
// or maps to something else, nor an ASCII text that reads as an A-label.
func typoLabel(text string) (label string, ok bool) {
	label, err := parseLabel(text)
	if err != nil || !isIDN([]byte(label)) {
		return label, err == nil && label == text
	}
	return label, vacant.Name(label+".com").Unicode() == text+".com"
}

// splice returns the brand's text with its runes i to j-1 replaced.
func (b *brand) splice(i, j int, with string) string {
	return string(b.text[:i]) + with + string(b.text[j:])
}

func (b *brand) omissions(add func(string)) {
	for i := range b.text {
		add(b.splice(i, i+1, ""))
	}
}

func (b *brand) repetitions(add func(string)) {
	for i, r := range b.text {
		add(b.splice(i, i, string(r)))
	}
}

func (b *brand) transpositions(add func(string)) {
	for i := 1; i < len(b.text); i++ {
		add(b.splice(i-1, i+1, string([]rune{b.text[i], b.text[i-1]})))
	}
}

func (b *brand) replacements(add func(string)) {
	for i, r := range b.text {
		for _, key := range neighbours(r) {
			add(b.splice(i, i+1, string(key)))
		}
	}
}

func (b *brand) insertions(add func(string)) {
	for i, r := range b.text {
		for _, key := range neighbours(r) {
			add(b.splice(i, i, string(key)))
			add(b.splice(i+1, i+1, string(key)))
		}
	}
}

const vowels = "aeiou"

func (b *brand) vowelSwaps(add func(string)) {
	for i, r := range b.text {
		if !strings.ContainsRune(vowels, r) {
			continue
		}
		for _, v := range vowels {
			add(b.splice(i, i+1, string(v)))
		}
	}
}

// plurals puts an s, or es where it has to be, behind every letter but the first two.
func (b *brand) plurals(add func(string)) {
	for i := 2; i < len(b.text); i++ {
		end := "s"
		if strings.ContainsRune("sxz", b.text[i]) {
			end = "es"
		}
		add(b.splice(i+1, i+1, end))
	}
}

func (b *brand) hyphenations(add func(string)) {
	for i := 1; i < len(b.text); i++ {
		if b.text[i-1] != '-' && b.text[i] != '-' {
			add(b.splice(i, i, "-"))
		}
	}
}

// additions puts a letter or digit behind the text, and behind each part of one with hyphens.
func (b *brand) additions(add func(string)) {
	for i := 1; i <= len(b.text); i++ {
		if i < len(b.text) && b.text[i] != '-' {
			continue
		}
		for _, c := range alphabet[1:] {
			add(b.splice(i, i, string(c)))
		}
	}
}

// various are what is typed with a dot forgotten.
func (b *brand) various(add func(string)) {
	text := string(b.text)
	add("www" + text)
	add("www-" + text)
	if b.tld != "" {
		add(text + undotted(b.tld))
		add(text + "-" + strings.ReplaceAll(b.tld, ".", "-"))
	}
}

func (b *brand) bitsquats(add func(string)) {
	for i, r := range b.text {
		if r >= utf8.RuneSelf {
			continue
		}
		for bit := range 7 {
			if c := byte(r) ^ 1<<bit; symbolOf(c) >= 0 {
				add(b.splice(i, i+1, string(rune(c))))
			}
		}
	}
}
