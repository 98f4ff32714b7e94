package generator

// Cycle is a stretch of the shard's indexes whose suffixes come in turn: index i
// of it stands for a name under Suffixes[(i-First)%len(Suffixes)].
type Cycle struct {
	Lo, Hi   uint64 // its indexes, Hi not among them
	First    uint64 // an index under Suffixes[0], at or before Lo
	Suffixes []string
}

// Cycles returns the shard's indexes as stretches, in order: all of them in one,
// or for domain hacks one for each suffix.
func (g *Generator) Cycles() []Cycle {
	var list []Cycle
	for i := range g.space.parts {
		p := &g.space.parts[i]
		c := Cycle{Lo: max(p.first, g.lo), Hi: min(p.first+p.size(), g.hi), First: p.first}
		if c.Lo >= c.Hi {
			continue
		}
		for _, tld := range p.tlds {
			c.Suffixes = append(c.Suffixes, string(tld[1:]))
		}
		list = append(list, c)
	}
	return list
}

// Count returns how many indexes of the cycle are under Suffixes[k].
func (c *Cycle) Count(k int) uint64 {
	n := uint64(len(c.Suffixes))
	upTo := func(end uint64) uint64 { return (end - c.First + n - 1 - uint64(k)) / n }
	return upTo(c.Hi) - upTo(c.Lo)
}

// Index returns which index is the i-th of Suffixes[k] in the cycle, counted from 0.
func (c *Cycle) Index(k int, i uint64) uint64 {
	n := uint64(len(c.Suffixes))
	before := (c.Lo - c.First + n - 1 - uint64(k)) / n // of k, before Lo
	return c.First + uint64(k) + (before+i)*n
}

// Rank returns the index of a canonical name in the space; ok is false where the
// space, with its filters and shard, does not make it. It is safe for concurrent use.
func (g *Generator) Rank(name []byte) (index uint64, ok bool) {
	i, ok := g.space.rank(name)
	return i, ok && g.lo <= i && i < g.hi
}

// AppendName appends the name of an index of the shard to dst; ok is false where
// the index stands for none.
func (g *Generator) AppendName(dst []byte, index uint64) (name []byte, ok bool) {
	if index < g.lo || index >= g.hi {
		return dst, false
	}
	if name, ok = g.space.unrank(dst, index); !ok {
		return dst, false
	}
	return name, true
}
