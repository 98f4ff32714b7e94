package generator

// knownChunks remembers, in random order, what KnownChunk said of each chunk,
// which it is asked when the order first comes there. In random order a run comes to
// nearly all chunks in its first moments and needs the answers to its end.
type knownChunks struct {
	g     *Generator
	first uint64        // number of the shard's first chunk
	said  []chunkAnswer // by chunk, from first on
}

type chunkAnswer uint8

const (
	notAsked chunkAnswer = iota
	toMake
	toSkip
)

// maxAskedChunks bounds their memory: 4 MB for 2.7*10^11 names. A larger shard
// will not be finished, and is made without asking.
const maxAskedChunks = 1 << 22

// newKnownChunks returns nil where there is nobody to ask or too much.
func newKnownChunks(g *Generator) *knownChunks {
	first := g.lo / ChunkSize
	n := (g.hi-1)/ChunkSize + 1 - first
	if g.cfg.KnownChunk == nil || n > maxAskedChunks {
		return nil
	}
	return &knownChunks{g: g, first: first, said: make([]chunkAnswer, n)}
}

// drop takes out of indexes, which count from the shard's begin, those of known
// chunks, and counts them.
func (k *knownChunks) drop(indexes []uint64) []uint64 {
	n := 0
	for _, i := range indexes {
		at := &k.said[(k.g.lo+i)/ChunkSize-k.first]
		if *at == notAsked {
			*at = k.ask((k.g.lo + i) / ChunkSize)
		}
		indexes[n] = i
		if *at == toMake {
			n++
		}
	}
	k.g.counts.knownChunk(uint64(len(indexes) - n))
	return indexes[:n]
}

func (k *knownChunks) ask(chunk uint64) chunkAnswer {
	lo := chunk * ChunkSize
	hi := min(lo+ChunkSize, k.g.space.size)
	if lo < k.g.lo || hi > k.g.hi || !k.g.cfg.KnownChunk(lo, hi) {
		return toMake
	}
	return toSkip
}
