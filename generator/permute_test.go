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
			checkFill(t, p)
		}
	}
}

// checkFill compares blocks of all lengths with single indexes.
func checkFill(t *testing.T, p *permutation) {
	t.Helper()
	var to [block]uint64
	for first, k := uint64(0), uint64(1); first < p.n; first, k = first+k, k*7%block+1 {
		now := to[:min(k, p.n-first)]
		p.fill(now, first)
		for i, got := range now {
			if want := p.at(first + uint64(i)); got != want {
				t.Fatalf("n %d: %d goes to %d in a block, %d alone", p.n, first+uint64(i), got, want)
			}
		}
		k = uint64(len(now))
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

// Which of the ordered pairs of places the first two indexes come to is even over the seeds, also in the
// smallest spaces.
func TestAPermutationOfFewIsFairOverTheSeeds(t *testing.T) {
	for _, n := range []uint64{2, 3, 4, 5, 7, 16, 26} {
		const seeds = 40_000
		pairs := map[[2]uint64]float64{}
		for seed := range uint64(seeds) {
			p := newPermutation(n, seed)
			pairs[[2]uint64{p.at(0), p.at(1)}]++
		}
		cells := float64(n * (n - 1))
		want, chi2 := seeds/cells, 0.0
		for a := range n {
			for b := range n {
				if d := pairs[[2]uint64{a, b}] - want; a != b {
					chi2 += d * d / want
				}
			}
		}
		if chi2 > 5*cells {
			t.Errorf("n %d: chi-square %.0f over %.0f pairs", n, chi2, cells)
		}
	}
}

// Any stretch of the order is spread over the whole space, as drawn by lot would be:
// 1,024 names lie in 64 parts of it. Neighbours in the order keep no distance.
func TestAPermutationSpreadsEveryStretch(t *testing.T) {
	for _, n := range []uint64{1 << 16, 1<<16 + 1, 11_881_376, 1 << 33, 1 << 61} {
		for seed := range uint64(50) {
			p := newPermutation(n, seed)
			var places, distances [64]float64
			first := mix(seed) % (n - 1025)
			for i := first; i < first+1024; i++ {
				a, b := p.at(i), p.at(i+1)
				places[a/(n/64+1)]++
				distances[(n+b-a)%n/(n/64+1)]++
			}
			// 63 degrees of freedom: above 140 once in ten million.
			if a, b := chiSquare(places[:], 16), chiSquare(distances[:], 16); max(a, b) > 140 {
				t.Errorf("n %d, seed %d, from %d: chi-square of places %.0f, of distances %.0f", n, seed, first, a, b)
			}
		}
	}
}

func chiSquare(seen []float64, want float64) (sum float64) {
	for _, v := range seen {
		sum += (v - want) * (v - want) / want
	}
	return sum
}
