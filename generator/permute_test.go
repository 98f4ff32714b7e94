package generator

import (
	"math/bits"
	"testing"
)

func TestAPermutationIsABijection(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 4, 5, 7, 8, 9, 100, 255, 256, 257, 1000, 65535, 65537} {
		for seed := range uint64(3) {
			p := newPermutation(n, seed)
			seen := make([]bool, n)
			for i := range n {
				at := p.at(i)
				if at >= n || seen[at] {
					t.Fatalf("n %d, seed %d: %d goes to %d, taken or out of range", n, seed, i, at)
				}
				seen[at] = true
			}
		}
	}
}

func TestAPermutationIsTheSameForASeedAndAnotherForAnother(t *testing.T) {
	const n = 1 << 20
	a, b, c := newPermutation(n, 1), newPermutation(n, 1), newPermutation(n, 2)
	same := 0
	for i := range uint64(1000) {
		if a.at(i) != b.at(i) {
			t.Fatalf("%d goes two ways with one seed", i)
		}
		if a.at(i) == c.at(i) {
			same++
		}
	}
	if same > 3 {
		t.Errorf("%d of 1000 go the same way with another seed", same)
	}
}

// Neighbours go far apart, and any one bit of the index changes half of the place's bits.
func TestAPermutationMixes(t *testing.T) {
	const width, tries = 40, 500
	const n = 1 << width
	p := newPermutation(n, 9)
	near := 0
	for bit := range width {
		flipped := 0
		for i := range uint64(tries) {
			a, b := p.at(mix(i)%n), p.at(mix(i)%n^1<<bit)
			flipped += bits.OnesCount64(a ^ b)
			if max(a, b)-min(a, b) < n/1000 {
				near++
			}
		}
		if mean := float64(flipped) / tries; mean < width/2-1 || mean > width/2+1 {
			t.Errorf("bit %d changes %.1f of %d bits, want half", bit, mean, width)
		}
	}
	if near > width*tries/100 {
		t.Errorf("%d of %d neighbours stay within a thousandth", near, width*tries)
	}
}
