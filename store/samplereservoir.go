package store

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// reservoir keeps so many of what it is offered, each with the same chance,
// without knowing beforehand how many come (Algorithm L: K.-H. Li, 1994). Between
// two that it keeps it draws how many it lets pass, so that one that passes
// costs a comparison.
type reservoir struct {
	rnd   *rand.Rand
	size  int
	seen  uint64 // offered so far
	next  uint64 // which one is kept next, counted from 1, once the reservoir is full
	w     float64
	items []sampled
}

// sampled is one name as its source has it: a key of a record or of a list, or
// the index in a space.
type sampled struct {
	key   string
	index uint64
	at    int64 // Unix seconds, of lists and spaces
}

// newReservoir returns the reservoir of one source, with chance of its own, so
// that what is drawn does not depend on the order in which sources are read.
func newReservoir(size int, seed uint64, class SampleClass, suffix []byte, source int) *reservoir {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s %s %d", class, suffix, source) // a hash never fails to take bytes
	return &reservoir{rnd: rand.New(rand.NewPCG(seed, h.Sum64())), size: size, w: 1}
}

// offer returns where the item that comes now is to be put, nil for one that is
// let pass.
func (r *reservoir) offer() *sampled {
	r.seen++
	switch {
	case len(r.items) < r.size:
		r.items = append(r.items, sampled{})
		if len(r.items) == r.size {
			r.skip()
		}
		return &r.items[len(r.items)-1]
	case r.seen < r.next:
		return nil
	}
	r.skip()
	return &r.items[r.rnd.IntN(r.size)]
}

// skip draws which item is kept next.
func (r *reservoir) skip() {
	r.w *= math.Exp(math.Log(r.positive()) / float64(r.size))
	pass := math.Floor(math.Log(r.positive()) / math.Log1p(-r.w))
	r.next = math.MaxUint64
	if pass < 1<<62 {
		r.next = r.seen + uint64(pass) + 1
	}
}

// positive is a uniform number above 0 and at most 1.
func (r *reservoir) positive() float64 { return 1 - r.rnd.Float64() }

// shuffle mixes the items, which offer leaves more or less in their order.
func (r *reservoir) shuffle() {
	r.rnd.Shuffle(len(r.items), func(i, k int) { r.items[i], r.items[k] = r.items[k], r.items[i] })
}
