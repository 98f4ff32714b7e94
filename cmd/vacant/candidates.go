package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"vacant"
	"vacant/generator"
	"vacant/rdapstage/facts"
)

// candidates are the flags that say which names to make.
type candidates struct {
	patterns, lists, prefixes, suffixes, tlds, presets []string

	typos, typoKinds, blendKinds, starts, ends, contains, exclude []string

	wordlist, blendWith, regex, order, sort, shard string

	blend, hack, allTLDs, noHyphen, noDigit, onlyLetters, onlyDigits, pronounceable, listPresets, listAffixSets bool

	minLength, maxLength int
	seed                 uint64
}

// AddFlags adds the flags.
func (c *candidates) AddFlags(fs *pflag.FlagSet) {
	c.addSources(fs)
	fs.StringSliceVar(&c.prefixes, "prefix", nil, "labels come with each of these in front, not bare; an empty one keeps the bare label, @NAME is a set (see --list-affix-sets)")
	fs.StringSliceVar(&c.suffixes, "suffix", nil, "the same behind the label")
	fs.BoolVar(&c.hack, "hack", false, "domain hacks: the word ends in the TLD")
	c.addFilters(fs)
	fs.StringVar(&c.order, "order", "sequential", "sequential or random (a keyed permutation)")
	fs.StringVar(&c.sort, "sort", "", "score: the best names first: short, easily said, of letters alone")
	fs.Uint64Var(&c.seed, "seed", 0, "key of --order random; with --lab the world's seed too")
	fs.StringVar(&c.shard, "shard", "", "only part `i/n` of the candidates, counted from 1")
	fs.BoolVar(&c.listPresets, "list-presets", false, "list the presets of TLDs and exit")
	fs.BoolVar(&c.listAffixSets, "list-affix-sets", false, "list the sets of prefixes and suffixes and exit")
}

// addFilters adds the flags that say which labels are wanted.
func (c *candidates) addFilters(fs *pflag.FlagSet) {
	fs.IntVar(&c.minLength, "min-length", 0, "shortest label")
	fs.IntVar(&c.maxLength, "max-length", 0, "longest label")
	fs.StringVar(&c.regex, "regex", "", "labels must match this `RE2` expression")
	fs.BoolVar(&c.noHyphen, "no-hyphen", false, "no label with a hyphen")
	fs.BoolVar(&c.noDigit, "no-digit", false, "no label with a digit")
	fs.BoolVar(&c.onlyLetters, "only-letters", false, "only labels of letters a-z")
	fs.BoolVar(&c.onlyDigits, "only-digits", false, "only labels of digits")
	fs.BoolVar(&c.pronounceable, "pronounceable", false, "only labels that can be spoken")
	fs.StringSliceVar(&c.starts, "starts", nil, "labels must begin with one of these `texts`")
	fs.StringSliceVar(&c.ends, "ends", nil, "labels must end with one of these `texts`")
	fs.StringSliceVar(&c.contains, "contains", nil, "labels must contain one of these `texts`")
	fs.StringSliceVar(&c.exclude, "exclude", nil, "labels must contain none of these `texts`")
}

func (c *candidates) addSources(fs *pflag.FlagSet) {
	fs.StringArrayVarP(&c.patterns, "pattern", "p", nil, "pattern `P`, for instance '{C}{V}{C}{V}' or '[a-z]{4}' (repeatable)")
	fs.StringVarP(&c.wordlist, "wordlist", "w", "", "words, one a line, for {word} or as they are: `FILE`")
	fs.BoolVar(&c.blend, "blend", false, "the words of -w are blended, two by two: breakfast and lunch are brunch")
	fs.StringVar(&c.blendWith, "blend-with", "", "the second of the two words comes from this `FILE`")
	fs.StringSliceVar(&c.blendKinds, "blend-kinds", nil, "overlap (insta and stamp are instamp), syllable; default both")
	fs.StringArrayVarP(&c.lists, "list", "l", nil, "full names or bare labels, one a line: `FILE`, - for stdin (repeatable)")
	fs.StringArrayVar(&c.typos, "typos", nil, "what is mistyped or passed off for a `BRAND`; with its TLD, under that one (repeatable)")
	fs.StringSliceVar(&c.typoKinds, "typo-kinds", nil, "`kinds` of typos, default all; -KIND leaves one out: "+typoKindNames())
	fs.StringSliceVarP(&c.tlds, "tlds", "t", nil, "suffixes to combine labels with (default com; with --hack the preset hack; a brand of --typos has its own)")
	fs.StringSliceVar(&c.presets, "preset", nil, "a named set of suffixes (see --list-presets)")
	fs.BoolVar(&c.allTLDs, "all-tlds", false, "all TLDs in which anybody may register")
}

// fill completes cfg; names are the positional arguments.
func (c *candidates) fill(a *app, names []string, cfg *generator.Config) error {
	if c.tlds != nil && len(unique(c.tlds)) == 0 {
		return usage(errors.New("--tlds names no TLD"), "for instance -t com,dev,co.uk; without the flag it is com")
	}
	tlds, err := c.allSuffixes(cfg.Suffixes)
	if err != nil {
		return err
	}
	cfg.Patterns, cfg.Wordlist, cfg.Lists, cfg.Names, cfg.Stdin = c.patterns, c.wordlist, c.lists, names, a.stdin
	cfg.Typos, cfg.TypoKinds = c.typos, c.typoKinds
	cfg.Prefixes, cfg.Affixes, cfg.Hack, cfg.TLDs = c.prefixes, c.suffixes, c.hack, tlds
	cfg.MinLength, cfg.MaxLength, cfg.Regex = c.minLength, c.maxLength, c.regex
	cfg.Blend, cfg.BlendWith, cfg.BlendKinds = c.blend, c.blendWith, c.blendKinds
	cfg.OnlyLetters, cfg.OnlyDigits = c.onlyLetters, c.onlyDigits
	cfg.Starts, cfg.Ends, cfg.Contains, cfg.Exclude = c.starts, c.ends, c.contains, c.exclude
	cfg.NoHyphen, cfg.NoDigit, cfg.Pronounceable = c.noHyphen, c.noDigit, c.pronounceable
	cfg.Seed, cfg.BadLine = c.seed, a.badLine
	if err := errors.Join(c.fillOrder(cfg), c.checkFiles()); err != nil {
		return err
	}
	return c.fillStdin(a, cfg)
}

// printLists prints what a --list flag asks for, if one was given.
func (c *candidates) printLists(w io.Writer) (done bool, err error) {
	switch {
	case c.listPresets:
		return true, printPresets(w)
	case c.listAffixSets:
		return true, printAffixSets(w)
	}
	return false, nil
}

func (c *candidates) fillOrder(cfg *generator.Config) (err error) {
	switch c.order {
	case "sequential":
	case "random":
		cfg.Random = true
	default:
		return usagef("--order %q: want sequential or random", c.order)
	}
	switch c.sort {
	case "":
	case "score":
		cfg.BestFirst = true
	default:
		return usage(fmt.Errorf("--sort %q: want score", c.sort), "without --sort names come in the order of the patterns")
	}
	cfg.Shard, cfg.ShardsTotal, err = parseShard(c.shard)
	return err
}

// checkFiles finds files that cannot be read before any work is done.
func (c *candidates) checkFiles() error {
	for i, path := range append([]string{c.wordlist, c.blendWith}, c.lists...) {
		if path == "" || path == "-" {
			continue
		}
		flag := []string{"--wordlist", "--blend-with", "--list"}[min(i, 2)]
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			err = fmt.Errorf("%s is a folder", path)
		}
		if err != nil {
			return usage(fmt.Errorf("%s: %w", flag, err), "")
		}
	}
	return nil
}

// fillStdin reads stdin when it is piped and nothing else was named.
func (c *candidates) fillStdin(a *app, cfg *generator.Config) error {
	if len(cfg.Patterns)+len(cfg.Lists)+len(cfg.Names)+len(cfg.Typos) > 0 || cfg.Wordlist != "" {
		return nil
	}
	if !a.piped() {
		return usage(fmt.Errorf("no candidates named"), "give a pattern (-p), a word list (-w), a list (-l), names, a brand (--typos), or pipe names in")
	}
	cfg.Lists = []string{"-"}
	return nil
}

// allSuffixes returns the suffixes that -t, --preset and --all-tlds name, each once.
func (c *candidates) allSuffixes(known *vacant.Suffixes) ([]string, error) {
	tlds := slices.Clone(c.tlds)
	for _, name := range c.presets {
		set, err := generator.PresetTLDs(name)
		if err != nil {
			return nil, usage(err, "--list-presets shows them")
		}
		tlds = append(tlds, set...)
	}
	if c.allTLDs {
		tlds = append(tlds, openTLDs(known)...)
	}
	return unique(tlds), nil // none is the generator's default: a brand's own TLD, else com
}

// typoKindNames lists the kinds for the help.
func typoKindNames() string {
	var names []string
	for _, k := range generator.TypoKinds() {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}

// worldTLDs returns the TLDs that a lab needs for these candidates: none (its
// own) unless some are named or a brand has another.
func (c *candidates) worldTLDs() []string {
	tlds := c.tlds
	for _, text := range c.typos {
		name, err := vacant.ParseName(text)
		if err != nil || name.Parent() == "" {
			continue // whatever is wrong is said later
		}
		if len(tlds) == 0 && !slices.Contains(labTLDs, name.Parent()) {
			tlds = labTLDs
		}
		if len(tlds) > 0 {
			tlds = unique(append(slices.Clone(tlds), name.Parent()))
		}
	}
	return tlds
}

// labTLDs are those of a lab for which none are named.
var labTLDs = []string{"com", "dev", "io"}

// openTLDs returns the TLDs in which anybody may register, right below them: in
// some (kh, ck) names are registered only one label deeper.
func openTLDs(known *vacant.Suffixes) []string {
	return slices.DeleteFunc(facts.OpenTLDs(), func(tld string) bool { return known.Known(tld) != nil })
}

// unique returns the suffixes in order, lower-cased, without a leading dot, each once.
func unique(suffixes []string) []string {
	seen := make(map[string]bool, len(suffixes))
	var out []string
	for _, s := range suffixes {
		s = strings.ToLower(strings.Trim(strings.TrimSpace(s), "."))
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// parseShard reads "i/n"; "" is the whole.
func parseShard(text string) (i, n int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	first, second, ok := strings.Cut(text, "/")
	i, errI := strconv.Atoi(first)
	n, errN := strconv.Atoi(second)
	if !ok || errI != nil || errN != nil || i < 1 || i > n {
		return 0, 0, usage(fmt.Errorf("--shard %q: want i/n with i from 1 to n", text), "for instance --shard 2/4")
	}
	return i, n, nil
}

// badLine tells the user of a line that is no candidate.
func (a *app) badLine(source string, line int, text string, why error) {
	if len(text) > 80 {
		text = text[:77] + "..."
	}
	a.warn("%s:%d: %+q: %s", source, line, text, plainReason(why))
}
