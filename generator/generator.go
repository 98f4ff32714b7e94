// Package generator makes candidate names. Every deterministic source (pattern,
// wordlist product, TLD set) is a bijection between an index and a name; lists
// and stdin are read as they come. It asks nobody anything.
//
// # Patterns
//
// A pattern makes labels. Its atoms are literals (letters, digits, hyphen); sets
// [a-z] and [^aeiou], the complement being taken within letters and digits;
// classes \d \l \w (digit, letter, either); {C} and {V} (21 consonants with y,
// five vowels); {word} from the wordlist; and groups (get|my). Any atom may be
// repeated, {n} or {m,n}. What is no label (a hyphen first, last, or at both
// positions 3 and 4; no octet; more than 63) never comes out and is not counted.
//
// # How a space is made
//
// All patterns, words, affixes and filters are compiled into one minimal acyclic
// automaton in which each label has one way (an NFA, the subset construction,
// states shared from the leaves up), with the number of labels below each state.
// So overlapping and ambiguous sources give each name once, the count is exact,
// and rank and unrank cost one step per octet. The names come in alphabetical
// order of the labels, each under all suffixes in turn.
//
// Where that automaton would need more than a million states (an ambiguous
// product of a very large wordlist, a pattern that defeats the construction), an
// index numbers the ways of writing a label instead, and a label comes out at its
// lowest index only: the count is then an upper bound and some indexes are
// empty, except where the pattern is certainly unambiguous and nothing filters.
//
// # What else makes labels
//
// Blends of two words, typos of brands and the labels of domain hacks are listed when
// a Generator is made, within bounds, and compiled like a wordlist: they have indexes,
// each label comes once, and the count is exact. Typos have TLDs of their own, so that
// a space can have parts, each with its labels and its suffixes; [Generator.Source] tells their kinds.
//
// # Goroutines
//
// Run reads lists in a goroutine of its own, which ends with the list, and sends
// from the caller's. New, Count, Space, Contains and Suffixes start none.
package generator

import (
	"io"
	"maps"
	"slices"

	"vacant"
)

// Config says which candidates to make. The zero value makes none.
type Config struct {
	Patterns []string // -p
	Wordlist string   // -w, a file; without patterns each word is a label, with them {word} decides
	// Blend is --blend: the words are blends of two words of the list, or of one of it and one of
	// the file BlendWith; BlendKinds are overlap and syllable, none means both.
	Blend      bool
	BlendWith  string
	BlendKinds []string
	Lists      []string // -l, files of full names or bare labels; "-" is Stdin
	Names      []string // positional names or labels
	Stdin      io.Reader

	// Prefixes and Affixes are --prefix and --suffix. Labels come with a prefix,
	// with a suffix and with both, not bare; an empty entry stands for "without".
	Prefixes, Affixes []string
	// Hack is --hack: a label is split where it ends in a TLD, instead of being combined with all.
	Hack bool

	// Typos are --typos: brands, each bare or with a TLD of its own, of which the names are made that
	// look or are typed like it, by the TypoKinds ([TypoKinds]; none means all, "-idn" all but that one).
	// A brand with a TLD comes under that and, where TLDs are named, under those; affixes leave typos alone.
	Typos, TypoKinds []string

	TLDs     []string         // suffixes to combine with labels, in order; default com, of hacks the preset "hack"
	Suffixes *vacant.Suffixes // which suffixes exist; nil is the public suffix list's

	// The filters hold for the label of every candidate, also from lists.
	MinLength, MaxLength int    // in octets of the A-label; 0 = no bound
	Regex                string // RE2, searched for in the label
	NoHyphen, NoDigit    bool

	OnlyLetters, OnlyDigits bool
	// Of each of these, if it is not empty, the label begins with, ends with or contains one; of
	// Exclude it contains none.
	Starts, Ends, Contains, Exclude []string
	// Pronounceable wants letters with a vowel among them, at most two consonants
	// and two vowels in a row; a hyphen begins anew; no digits, no IDN.
	Pronounceable bool

	// BestFirst is --sort score: everything comes in the order of [Score]. Spaces of up to
	// 2^30 names are gone over several times; names of lists are kept in memory, each once.
	BestFirst   bool
	Random      bool   // --order random: a keyed permutation of the space
	Seed        uint64 // its key
	Shard       int    // 1-based, 0 = the whole
	ShardsTotal int

	// DedupLists makes lists give each name once by remembering them in memory
	// (128 bits a name). A hunt leaves that to the store.
	DedupLists bool

	// BadLine is told of every line that is no candidate: the source's name, its
	// 1-based line, the text (at most 4 KiB of it) and why. nil ignores them; they
	// are counted all the same. New calls it for the wordlist, Run for lists.
	BadLine func(source string, line int, text string, why error)

	// KnownChunk, if set, is asked before the indexes [lo, hi) of the space are
	// made; true skips them and counts them as generated and known. lo is a multiple
	// of ChunkSize, and hi is the next one or the space's end. Not asked about a
	// chunk that is not wholly the shard's, nor in random order over more than 2*10^11 names.
	KnownChunk func(lo, hi uint64) bool
}

// ChunkSize is the number of indexes that KnownChunk is asked about at a time,
// always aligned to it; it is the store's unit of progress too.
const ChunkSize = 1 << 16

// Generator makes the candidates of one Config.
type Generator struct {
	cfg     Config
	tlds    []string
	affixes affixes
	brands  []brand
	kinds   []map[string]string // by the space's parts: typo -> its kind
	endings *endings            // for a hack's labels of lists
	filter  *filter
	space   *space
	lo, hi  uint64   // the shard's indexes
	files   []string // lists without stdin
	stdin   bool
	listed  listed // how far the lists have been read
	counts  counters
	pool    vacant.Pool
	window  uint64 // names that a pass of BestFirst keeps
	scored  uint64 // size up to which its first pass keeps all scores
}

// New compiles cfg. Its errors are the user's: they say which flag, where in the
// pattern, and a hint, which a method Hint() string gives. Those that other
// flags would mend are [ErrUsage].
func New(cfg Config) (*Generator, error) {
	if cfg.Suffixes == nil {
		cfg.Suffixes = vacant.NewSuffixes()
	}
	g := &Generator{cfg: cfg, window: windowNames, scored: maxScored}
	for _, step := range []func() error{g.checkShard, g.cleanTLDs, g.cleanAffixes, g.cleanFilter, g.cleanTypos, g.checkBlend, g.checkLists, g.compile} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	g.lo, g.hi = shardOf(g.space.size, cfg.Shard, cfg.ShardsTotal)
	if err := g.checkSort(); err != nil {
		return nil, err
	}
	return g, nil
}

func (g *Generator) cleanAffixes() (err error) {
	g.affixes, err = newAffixes(g.cfg.Prefixes, g.cfg.Affixes)
	return err
}

func (g *Generator) cleanFilter() (err error) {
	g.filter, err = newFilter(&g.cfg)
	return err
}

// compile makes the space; without deterministic sources it is empty.
func (g *Generator) compile() error {
	src, err := g.parseSources()
	if err != nil {
		return err
	}
	return g.compileSources(src)
}

func (g *Generator) compileSources(src *sources) (err error) {
	var sets []labels
	var under [][]string
	switch {
	case g.cfg.Hack && len(src.exprs) > 0:
		sets, err = src.compileHack(g.filter, g.tlds)
		under = slices.Collect(slices.Chunk(g.tlds, 1))
	default:
		sets, under, err = g.compileGroups(src)
	}
	if err != nil {
		return err
	}
	if g.space, err = newSpace(sets, under); err != nil {
		return err
	}
	if len(sets) > 0 {
		g.space.identify(&g.cfg, src, g.tlds)
	}
	return g.checkEmpty(src)
}

// Count returns the number of names that the deterministic sources make, after
// filters and sharding; exact is false when it is an upper bound only.
func (g *Generator) Count() (n uint64, exact bool) { return g.hi - g.lo, g.space.exact }

// Space identifies the whole deterministic space (before sharding): two
// generators with the same id make the same name at the same index. A space of
// no size has the zero id where there is no deterministic source.
func (g *Generator) Space() (id [16]byte, size uint64) { return g.space.id, g.space.size }

// ListsOnly returns c without its deterministic sources: what is left are lists,
// stdin and arguments.
func (c Config) ListsOnly() Config {
	c.Patterns, c.Wordlist, c.Blend, c.BlendWith, c.BlendKinds, c.Typos, c.TypoKinds = nil, "", false, "", nil, nil, nil
	return c
}

// HasLists reports whether names come from lists, stdin or arguments besides the space.
func (g *Generator) HasLists() bool { return len(g.cfg.Lists)+len(g.cfg.Names) > 0 }

// Contains reports whether the space (with filters and shard) makes name, which
// is in canonical form. It is safe for concurrent use.
func (g *Generator) Contains(name []byte) bool {
	i, ok := g.space.rank(name)
	return ok && g.lo <= i && i < g.hi
}

// Suffixes returns every suffix that candidates can have, as far as that is
// known beforehand, sorted; names in lists may bring others.
func (g *Generator) Suffixes() []string {
	var all []string
	if g.space.size > 0 {
		all = slices.Collect(maps.Keys(g.space.homes))
	}
	combined := len(g.cfg.Lists) > 0
	for _, text := range g.cfg.Names {
		name, err := vacant.ParseName(text)
		if err == nil && g.cfg.Suffixes.Check(name) == nil {
			all = append(all, name.Parent())
		}
		combined = combined || err != nil
	}
	if combined {
		all = append(all, g.tlds...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// badLine counts a refused line and tells the caller.
func (g *Generator) badLine(source string, line int, text []byte, why error) {
	g.counts.bad()
	if g.cfg.BadLine != nil {
		g.cfg.BadLine(source, line, string(text), why)
	}
}
