package generator

import "math/bits"

// permutation is a keyed bijection of 0..n-1 onto itself in constant memory: a
// Feistel network over the next power of two, walked until it lands below n
// (format-preserving encryption by cycle walking; fewer than two steps on
// average). It shuffles; it hides nothing.
type permutation struct {
	n           uint64
	left, right uint // bits of the two halves
	keys        [rounds]uint64
}

// rounds of the network. Six mix well even where the halves have few bits.
const rounds = 6

func newPermutation(n, seed uint64) *permutation {
	width := uint(bits.Len64(max(n, 2) - 1))
	p := &permutation{n: n, left: width / 2, right: width - width/2}
	for i := range p.keys {
		seed += 0x9e3779b97f4a7c15
		p.keys[i] = mix(seed)
	}
	return p
}

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// at returns where i, which is below n, goes.
func (p *permutation) at(i uint64) uint64 {
	for i = p.once(i); i >= p.n; {
		i = p.once(i)
	}
	return i
}

func (p *permutation) once(i uint64) uint64 {
	lmask, rmask := uint64(1)<<p.left-1, uint64(1)<<p.right-1
	l, r := i>>p.right, i&rmask
	for k := 0; k < rounds; k += 2 {
		l ^= mix(r+p.keys[k]) & lmask
		r ^= mix(l+p.keys[k+1]) & rmask
	}
	return l<<p.right | r
}
