package store

// filter is a set of 64-bit hashes that may say yes wrongly, about once in two
// hundred, and never says no wrongly. It spares most names a look-up; where it
// says yes the exact key decides. It is a split block Bloom filter: one cache
// line per look-up. It grows by adding a layer twice as large.
type filter struct{ layers []filterLayer }

type filterLayer struct {
	blocks []filterBlock
	room   int // keys it may still take
}

type filterBlock [8]uint64

const (
	filterFirst     = 1 << 17 // keys of the first layer: 256 KB
	filterDoublings = 7       // layers grow to 2^24 keys, and no larger
	keysPerBlock    = 32      // 16 bits a key
)

// Odd constants that spread one half of the hash over the eight words.
var filterSalt = [8]uint32{0x9e3779b1, 0xc2b2ae3d, 0x27d4eb2f, 0x85ebca77, 0x165667b1, 0xd3a2646d, 0xfd7046c5, 0xb55a4f09}

func (l *filterLayer) block(h uint64) *filterBlock {
	return &l.blocks[(h>>32)*uint64(len(l.blocks))>>32]
}

func (f *filter) has(h uint64) bool {
	for i := range f.layers {
		if f.layers[i].block(h).has(uint32(h)) {
			return true
		}
	}
	return false
}

func (b *filterBlock) has(h uint32) bool {
	for i, salt := range filterSalt {
		if b[i]>>(h*salt>>26)&1 == 0 {
			return false
		}
	}
	return true
}

func (f *filter) add(h uint64) {
	n := len(f.layers)
	if n == 0 || f.layers[n-1].room == 0 {
		keys := filterFirst << min(n, filterDoublings)
		f.layers = append(f.layers, filterLayer{blocks: make([]filterBlock, keys/keysPerBlock), room: keys})
		n++
	}
	l := &f.layers[n-1]
	l.room--
	b := l.block(h)
	for i, salt := range filterSalt {
		b[i] |= 1 << (uint32(h) * salt >> 26)
	}
}
