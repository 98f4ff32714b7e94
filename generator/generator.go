// Package generator makes candidate names. Every deterministic source (pattern,
// wordlist product, TLD set) is a bijection between an index and a name; lists
// and stdin are read as they come. It asks nobody anything.
package generator

import (
	"context"
	"errors"
	"io"

	"vacant"
)

// Config says which candidates to make. The zero value makes none.
type Config struct {
	Patterns []string // -p
	Wordlist string   // -w, a file
	Lists    []string // -l, files of full names or bare labels; "-" is Stdin
	Names    []string // positional names or labels
	Stdin    io.Reader

	Prefixes, Affixes []string // --prefix, --suffix
	Hack              bool     // --hack: the word ends in the TLD

	TLDs     []string         // suffixes to combine with labels, in order; default com
	Suffixes *vacant.Suffixes // which suffixes exist; required

	MinLength, MaxLength int    // of the label, in octets; 0 = no bound
	Regex                string // on the label
	NoHyphen, NoDigit    bool
	Pronounceable        bool

	Random      bool   // --order random: a keyed permutation of the space
	Seed        uint64 // its key
	Shard       int    // 1-based, 0 = the whole
	ShardsTotal int

	// DedupLists makes lists give each name once by remembering them in memory
	// (128 bits a name). A hunt leaves that to the store.
	DedupLists bool

	// BadLine is told of every line that is no candidate: the source's name, its
	// 1-based line, the text and why. nil ignores them; they are counted all the same.
	BadLine func(source string, line int, text string, why error)

	// KnownChunk, if set, is asked before the indexes [lo, hi) of the space are
	// made; true skips them and counts them as generated and known.
	KnownChunk func(lo, hi uint64) bool
}

// ChunkSize is the number of indexes that KnownChunk is asked about at a time,
// always aligned to it; it is the store's unit of progress too.
const ChunkSize = 1 << 16

// Counts of a finished or running Run.
type Counts struct {
	Generated, Invalid, Duplicate, KnownChunks uint64 // KnownChunks counts names, not chunks
}

// Generator makes the candidates of one Config.
type Generator struct{ cfg Config }

// New compiles cfg. Its errors are the user's: they say which flag, where in the
// pattern, and a hint.
func New(cfg Config) (*Generator, error) { return nil, errors.New("generator: not built yet") }

// Count returns the number of names that the deterministic sources make, after
// filters and sharding; exact is false when it is an upper bound only.
func (g *Generator) Count() (n uint64, exact bool) { return 0, true }

// Space identifies the whole deterministic space (before sharding): two
// generators with the same id make the same name at the same index.
func (g *Generator) Space() (id [16]byte, size uint64) { return id, 0 }

// HasLists reports whether names come from lists, stdin or arguments besides the space.
func (g *Generator) HasLists() bool { return false }

// Contains reports whether the space (with filters and shard) makes name.
func (g *Generator) Contains(name []byte) bool { return false }

// Suffixes returns every suffix that candidates can have, as far as that is
// known beforehand, sorted; names in lists may bring others.
func (g *Generator) Suffixes() []string { return nil }

// Run sends all candidates to out in batches and returns when done or when ctx
// ends. It does not close out. A batch holds names of the space or of lists, never both.
func (g *Generator) Run(ctx context.Context, out chan<- *vacant.Batch) error { return nil }

// Counts returns what Run has made so far. It may be called at any time.
func (g *Generator) Counts() Counts { return Counts{} }
