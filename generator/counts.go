package generator

import "sync/atomic"

// Counts of a finished or running Run. At its end Generated is the number of
// names sent in batches and of all that the other fields count. KnownChunks
// counts names, not chunks; where the space's size is a bound, its indexes.
type Counts struct {
	Generated, Invalid, Duplicate, KnownChunks uint64
}

// counters are Counts that are written by Run and read by anyone.
type counters struct {
	generated, invalid, dup, known atomic.Uint64
}

func (c *counters) bad() {
	c.generated.Add(1)
	c.invalid.Add(1)
}

func (c *counters) duplicate(n uint64) {
	c.generated.Add(n)
	c.dup.Add(n)
}

func (c *counters) knownChunk(n uint64) {
	c.generated.Add(n)
	c.known.Add(n)
}

// Counts returns what Run has made so far. It may be called at any time. Words
// of the wordlist that New refused count as generated and invalid.
func (g *Generator) Counts() Counts {
	c := &g.counts
	return Counts{
		Generated: c.generated.Load(), Invalid: c.invalid.Load(),
		Duplicate: c.dup.Load(), KnownChunks: c.known.Load(),
	}
}
