package generator

import "math/bits"

// permutation is a keyed bijection of 0..n-1 onto itself in constant memory. It
// shuffles the next power of two and walks on from what lands at n or above
// until it lands below (cycle walking; fewer than two steps on average). It
// hides nothing.
//
// A step is six rounds of three operations that can each be undone modulo a power
// of two: add a key, multiply by an odd key (low bits reach all higher ones), xor
// the high half onto the low one (high bits come down again). Three rounds
// are the finaliser of a good hash; with the other three the order is
// as even as that of a Feistel network of splitmix64 down to spaces of a
// few names, at a third of its time.
type permutation struct {
	n    uint64
	mask uint64 // of the power of two
	half uint   // how far the high half comes down
	keys [rounds]struct{ add, mul uint64 }
}

const rounds = 6

func newPermutation(n, seed uint64) *permutation {
	width := uint(bits.Len64(max(n, 2) - 1))
	p := &permutation{n: n, mask: 1<<width - 1, half: max(1, width/2)}
	for i := range p.keys {
		k := &p.keys[i]
		k.add = mix(seed + golden*uint64(2*i+1))
		// 5 modulo 8: the cycles of the three lowest bits are as long as they can be.
		k.mul = mix(seed+golden*uint64(2*i+2))&^7 | 5
	}
	return p
}

// golden is 2^64 over the golden ratio, the step of splitmix64.
const golden = 0x9e3779b97f4a7c15

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

func (p *permutation) once(x uint64) uint64 {
	for i := range p.keys {
		k := &p.keys[i]
		x = (x + k.add) * k.mul & p.mask
		x ^= x >> (p.half & 63)
	}
	return x
}

// fill sets to to where first, first+1, ... go. How many steps one index takes
// nobody can foresee, the processor neither; so all take the first step, then
// those that are not home the next. No branch depends on an index, and the
// multiplications of neighbours overlap.
func (p *permutation) fill(to []uint64, first uint64) {
	var away [block]uint8
	left := away[:len(to)]
	for i := range left {
		left[i] = uint8(i)
		to[i] = p.once(first + uint64(i))
	}
	left = left[:p.keep(left, to)]
	for len(left) > 0 {
		for _, i := range left {
			to[i] = p.once(to[i])
		}
		left = left[:p.keep(left, to)]
	}
}

// keep moves to the front of left those whose way is not at its end.
func (p *permutation) keep(left []uint8, to []uint64) (n int) {
	for _, i := range left {
		left[n] = i
		if to[i] >= p.n {
			n++
		}
	}
	return n
}
