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

// Neighbours go far apart, and one bit of the index changes half of the place's bits.
func TestAPermutationMixes(t *testing.T) {
	const n = 1 << 40
	p := newPermutation(n, 9)
	flipped, near := 0, 0
	for i := range uint64(4000) {
		a, b := p.at(i), p.at(i^1)
		flipped += bits.OnesCount64(a ^ b)
		if max(a, b)-min(a, b) < n/1000 {
			near++
		}
	}
	if mean := float64(flipped) / 4000; mean < 19 || mean > 21 {
		t.Errorf("%.1f of 40 bits change, want 20", mean)
	}
	if near > 40 {
		t.Errorf("%d of 4000 neighbours stay within a thousandth", near)
	}
}
