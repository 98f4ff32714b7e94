package generator

import "math/bits"

// A shard is a run of the space's indexes, the same in both orders. Names of
// lists belong to the shard that their hash says, wherever they are named.

// alignFrom is how many chunks a shard must have for its ends to lie between
// chunks: then the shards' sizes differ by a few per cent at most.
const alignFrom = 64

// shardOf returns the indexes lo to hi-1 of shard i of n, 1-based.
func shardOf(size uint64, i, n int) (lo, hi uint64) {
	if n == 0 {
		return 0, size
	}
	return boundary(size, i-1, n), boundary(size, i, n)
}

// boundary returns size*i/n, moved down to a chunk's begin where shards are large.
func boundary(size uint64, i, n int) uint64 {
	if i == n {
		return size
	}
	hi, lo := bits.Mul64(size, uint64(i))
	at, _ := bits.Div64(hi, lo, uint64(n))
	if size/uint64(n) >= alignFrom*ChunkSize {
		at -= at % ChunkSize
	}
	return at
}

// mine reports whether a text of a list belongs to this shard.
func (g *Generator) mine(text []byte) bool {
	if g.cfg.ShardsTotal == 0 {
		return true
	}
	// FNV-1a, mixed because its low bits are weak.
	h := uint64(14695981039346656037)
	for _, c := range text {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)%uint64(g.cfg.ShardsTotal) == uint64(g.cfg.Shard-1)
}
