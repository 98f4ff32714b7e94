package generator

import "slices"

// derivation is a set of labels too large to compile: its indexes number the
// ways of writing a label, in the order of the pattern. A label that can be
// written in several ways comes out at the lowest index only, so that some
// indexes are empty and the size is an upper bound, unless the pattern is
// unambiguous and no filter applies.
type derivation struct {
	root   *term
	idn    []string // sorted; their indexes come behind those of root
	filter *filter
	bound  bool // the size is only a bound
}

// term is an expr in which every text is made of a choice or of two parts.
type term struct {
	op    op // opSet, opWord, opCat (subs[0] then subs[1]) or opAlt
	id    uint32
	set   charset
	words []string // opWord: sorted
	subs  []*term
	size  uint64 // number of ways
	lo    int    // shortest text
	hi    int    // longest text
}

// termBuilder makes terms and stops at the first that is too large.
type termBuilder struct {
	lex  *lexicon
	next uint32
	err  error
}

func newDerivation(sources []*expr, lex *lexicon, f *filter, idn bool) (*derivation, error) {
	b := &termBuilder{lex: lex}
	all := &expr{op: opAlt, subs: sources}
	d := &derivation{root: b.term(all), filter: f}
	d.bound = !f.admitsAll(all, lex) || b.err == nil && !unambiguous(d.root)
	if idn {
		d.idn = lex.idn
		d.bound = d.bound || len(d.idn) > 0 && !f.trivial()
	}
	if b.err == nil && addNames(d.root.size, uint64(len(d.idn))) > maxNames {
		b.err = ErrTooMany
	}
	return d, b.err
}

func (b *termBuilder) sized(t *term) *term {
	t.id = b.next
	b.next++
	if t.size > maxNames && b.err == nil {
		b.err = ErrTooMany
	}
	return t
}

func (b *termBuilder) choice(subs ...*term) *term {
	t := &term{op: opAlt, subs: subs, lo: longest}
	for _, s := range subs {
		t.size = addNames(t.size, s.size)
		t.lo, t.hi = min(t.lo, s.lo), max(t.hi, s.hi)
	}
	return b.sized(t)
}

// pair is first followed by rest.
func (b *termBuilder) pair(first, rest *term) *term {
	return b.sized(&term{op: opCat, subs: []*term{first, rest}, size: mulNames(first.size, rest.size),
		lo: min(longest, first.lo+rest.lo), hi: min(longest, first.hi+rest.hi)})
}

// empty is the empty text.
func (b *termBuilder) empty() *term { return b.sized(&term{op: opCat, size: 1}) }

func (b *termBuilder) term(e *expr) *term {
	switch e.op {
	case opSet:
		return b.sized(&term{op: opSet, set: e.set, size: uint64(e.set.size()), lo: 1, hi: 1})
	case opWord:
		lex := e.wordsOf(b.lex)
		return b.sized(&term{op: opWord, words: lex.plain, size: uint64(len(lex.plain)), lo: lex.lo, hi: lex.hi})
	case opCat:
		t := b.empty()
		for i := len(e.subs) - 1; i >= 0; i-- {
			t = b.pair(b.term(e.subs[i]), t)
		}
		return t
	case opRepeat:
		return b.repeat(e)
	}
	var subs []*term
	for _, sub := range e.subs {
		subs = append(subs, b.term(sub))
	}
	return b.choice(subs...)
}

func (b *termBuilder) repeat(e *expr) *term {
	sub, t := b.term(e.subs[0]), b.empty()
	var subs []*term
	for k := 0; k <= e.max && b.err == nil; k++ {
		if k >= e.min {
			subs = append(subs, t)
		}
		if k < e.max {
			t = b.pair(sub, t)
		}
	}
	return b.choice(subs...)
}

func (d *derivation) size() uint64 { return d.root.size + uint64(len(d.idn)) }

func (d *derivation) exact() bool { return !d.bound }

// unrank appends the label of index i; ok is false where the index is empty.
func (d *derivation) unrank(dst []byte, i uint64) (label []byte, ok bool) {
	if i >= d.root.size {
		w := d.idn[i-d.root.size]
		return append(dst, w...), d.filter.match([]byte(w))
	}
	from := len(dst)
	dst = d.root.write(dst, i)
	if !d.bound {
		return dst, true
	}
	label = dst[from:]
	if isIDN(label) || !d.filter.match(label) {
		return dst, false
	}
	low, _ := newMatcher(label).lowest(d.root, 0, len(label))
	return dst, low == i
}

// rank returns the lowest index at which label is written.
func (d *derivation) rank(label []byte) (uint64, bool) {
	if !d.filter.match(label) {
		return 0, false
	}
	if isIDN(label) {
		i, ok := slices.BinarySearch(d.idn, string(label))
		return d.root.size + uint64(i), ok
	}
	return newMatcher(label).lowest(d.root, 0, len(label))
}

// write appends the text of way i.
func (t *term) write(dst []byte, i uint64) []byte {
	switch {
	case t.op == opSet:
		return append(dst, alphabet[t.set.member(int(i))])
	case t.op == opWord:
		return append(dst, t.words[i]...)
	case t.op == opAlt:
		for _, sub := range t.subs {
			if i < sub.size {
				return sub.write(dst, i)
			}
			i -= sub.size
		}
		return dst
	case len(t.subs) == 0:
		return dst
	}
	rest := t.subs[1].size
	return t.subs[1].write(t.subs[0].write(dst, i/rest), i%rest)
}

// matcher finds the lowest way of writing a label, remembering what it found.
type matcher struct {
	label []byte
	known map[span]way
}

type span struct {
	term     uint32
	from, to uint8
}

type way struct {
	index uint64
	ok    bool
}

func newMatcher(label []byte) *matcher { return &matcher{label: label, known: map[span]way{}} }

func (m *matcher) lowest(t *term, from, to int) (uint64, bool) {
	if n := to - from; n < t.lo || n > t.hi || len(m.label) > maxRepeat {
		return 0, false
	}
	switch t.op {
	case opSet:
		s := symbolOf(m.label[from])
		if s < 0 || !t.set.has(s) {
			return 0, false
		}
		return uint64(t.set.rank(s)), true
	case opWord:
		i, ok := slices.BinarySearch(t.words, string(m.label[from:to]))
		return uint64(i), ok
	}
	at := span{t.id, uint8(from), uint8(to)}
	if w, ok := m.known[at]; ok {
		return w.index, w.ok
	}
	var w way
	if t.op == opAlt {
		w = m.lowestChoice(t, from, to)
	} else {
		w = m.lowestPair(t, from, to)
	}
	m.known[at] = w
	return w.index, w.ok
}

func (m *matcher) lowestChoice(t *term, from, to int) way {
	before := uint64(0)
	for _, sub := range t.subs {
		if i, ok := m.lowest(sub, from, to); ok {
			return way{before + i, true}
		}
		before += sub.size
	}
	return way{}
}

func (m *matcher) lowestPair(t *term, from, to int) (best way) {
	if len(t.subs) == 0 {
		return way{ok: true} // lengths agree: both are empty
	}
	first, rest := t.subs[0], t.subs[1]
	for cut := from + first.lo; cut <= min(to-rest.lo, from+first.hi); cut++ {
		i, ok := m.lowest(first, from, cut)
		if !ok {
			continue
		}
		j, ok := m.lowest(rest, cut, to)
		if at := i*rest.size + j; ok && (!best.ok || at < best.index) {
			best = way{at, true}
		}
	}
	return best
}
