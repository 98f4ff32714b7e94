package generator

import "vacant"

// matcher finds the lowest way of writing a label. It remembers what it found of
// the label's spans, since ways share most of their parts. One matcher serves
// any number of labels and allocates for the first few only.
type matcher struct {
	words bool // the terms may write words, for which sums are needed
	label []byte
	sums  [vacant.MaxLabelLen + 1]uint64 // of label[:k], for words
	memo  []span                         // open addressing, a power of two, at most half of them of this label
	used  int                            // of this label
	stamp uint32                         // marks this label's
}

// span is the lowest way in which a term writes a part of a label.
type span struct {
	index uint64
	key   uint64 // the term, where the part begins and where it ends
	stamp uint32
	ok    bool
}

// lowest returns the lowest way of writing label, which has at most 63 octets.
func (m *matcher) lowest(t *term, label []byte) (index uint64, ok bool) {
	m.label, m.used = label, 0
	if m.stamp++; m.stamp == 0 || m.memo == nil { // as good as new
		m.memo, m.stamp = make([]span, 64), 1
	}
	if m.words {
		sumLabel(label, &m.sums)
	}
	if n := len(label); n < t.lo || n > t.hi {
		return 0, false
	}
	return m.find(t, 0, len(label))
}

// part returns the lowest way in which t writes label[from:to].
func (m *matcher) part(t *term, from, to int) (index uint64, ok bool) {
	switch n := to - from; {
	case n < t.lo || n > t.hi:
		return 0, false
	case t.op == opSet || t.op == opWord || t.lo == t.hi:
		return m.find(t, from, to) // cheaper than to remember, and not asked about often
	}
	key := uint64(t.id)<<12 | uint64(from)<<6 | uint64(to)
	if s := m.recall(key); s.stamp == m.stamp {
		return s.index, s.ok
	}
	index, ok = m.find(t, from, to)
	if 2*m.used >= len(m.memo) {
		m.grow()
	}
	*m.recall(key) = span{index, key, m.stamp, ok}
	m.used++
	return index, ok
}

// recall returns the place of key: what is known, or where it is to be noted.
func (m *matcher) recall(key uint64) *span {
	mask := uint64(len(m.memo) - 1)
	for i := key * golden >> 32 & mask; ; i = (i + 1) & mask {
		if s := &m.memo[i]; s.key == key || s.stamp != m.stamp {
			return s
		}
	}
}

func (m *matcher) grow() {
	old := m.memo
	m.memo = make([]span, 2*len(old))
	for _, s := range old {
		if s.stamp == m.stamp {
			*m.recall(s.key) = s
		}
	}
}

// find is part for a length that t may have, without remembering.
func (m *matcher) find(t *term, from, to int) (index uint64, ok bool) {
	switch {
	case t.op == opSet:
		return t.rankRun(m.label[from:to])
	case t.op == opWord:
		return t.words.find(m.label[from:to], m.sums[to]-m.sums[from]*wordPowers[to-from])
	case t.op == opAlt:
		return m.choice(t, from, to)
	case len(t.subs) == 0:
		return 0, true // lengths agree: both are empty
	}
	return m.pair(t, from, to)
}

func (m *matcher) choice(t *term, from, to int) (index uint64, ok bool) {
	before := uint64(0)
	for _, sub := range t.subs {
		if i, ok := m.part(sub, from, to); ok {
			return before + i, true
		}
		before += sub.size
	}
	return 0, false
}

// pair tries every cut between the two terms of t. Another cut gives another text
// to the first, so another way of it; the lower of two wins whatever the rest is.
func (m *matcher) pair(t *term, from, to int) (best uint64, ok bool) {
	first, rest := t.subs[0], t.subs[1]
	for cut := max(from+first.lo, to-rest.hi); cut <= min(to-rest.lo, from+first.hi); cut++ {
		i, found := m.part(first, from, cut)
		if !found || ok && i*rest.size > best {
			continue
		}
		j, found := m.part(rest, cut, to)
		if !found {
			continue
		}
		best, ok = i*rest.size+j, true
		if first.op == opWord {
			break // words are sorted: what begins with this one comes behind it
		}
	}
	return best, ok
}

// wordSet finds words by hash sums that a label's spans need not be read for: the
// sum of a span is a difference of the sums of two beginnings (Rabin and Karp).
type wordSet struct {
	words []string // sorted
	// slots are a power of two of them, at most half in use: 1 + a word's
	// position below 32 bits of its sum, 0 = free.
	slots []uint64
	shift uint
}

// wordBase is what a sum is multiplied by for each octet, wordPowers its powers.
const wordBase = 0xff51afd7ed558ccd

var wordPowers = func() (p [vacant.MaxLabelLen + 1]uint64) {
	p[0] = 1
	for k := 1; k < len(p); k++ {
		p[k] = p[k-1] * wordBase
	}
	return p
}()

// newWordSet indexes sorted, distinct words of at most 63 octets.
func newWordSet(words []string) *wordSet {
	s := &wordSet{words: words, shift: 63}
	for 1<<(64-s.shift) < 2*len(words) {
		s.shift--
	}
	s.slots = make([]uint64, 1<<(64-s.shift))
	var sums [vacant.MaxLabelLen + 1]uint64
	for i, w := range words {
		sumLabel([]byte(w), &sums)
		sum := sums[len(w)]
		at := sum * golden >> s.shift
		for ; s.slots[at] != 0; at = (at + 1) & uint64(len(s.slots)-1) {
		}
		s.slots[at] = sum<<32 | uint64(i+1)
	}
	return s
}

// sumLabel sets sums[k] to the sum of label[:k].
func sumLabel(label []byte, sums *[vacant.MaxLabelLen + 1]uint64) {
	for k, c := range label {
		sums[k+1] = sums[k]*wordBase + uint64(c)
	}
}

// find returns the position of the word that has this text and sum.
func (s *wordSet) find(text []byte, sum uint64) (index uint64, ok bool) {
	for at := sum * golden >> s.shift; s.slots[at] != 0; at = (at + 1) & uint64(len(s.slots)-1) {
		if v := s.slots[at]; uint32(v>>32) == uint32(sum) {
			if i := v&(1<<32-1) - 1; s.words[i] == string(text) {
				return i, true
			}
		}
	}
	return 0, false
}
