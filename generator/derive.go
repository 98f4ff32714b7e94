package generator

import (
	"slices"
	"sync"
)

// derivation is a set of labels too large to compile: its indexes number the
// ways of writing a label, in the order of the pattern. A label that can be
// written in several ways comes out at the lowest index only, so that some
// indexes are empty and the size is an upper bound, unless the pattern is
// unambiguous and no filter applies.
type derivation struct {
	root      *term
	idn       []string // sorted; their indexes come behind those of root
	filter    *filter
	words     bool // some term writes words
	filtered  bool // some text of root may not pass the filter
	ambiguous bool // some text of root may be written in two ways
	bound     bool // the size is only a bound
	matchers  sync.Pool
}

func newDerivation(sources []*expr, lex *lexicon, f *filter, idn bool) (*derivation, error) {
	b := &termBuilder{lex: lex}
	all := &expr{op: opAlt, subs: sources}
	d := &derivation{root: b.term(all), filter: f, words: all.usesWord()}
	d.filtered = !f.admitsAll(all, lex)
	d.ambiguous = b.err == nil && !unambiguous(d.root)
	d.bound = d.filtered || d.ambiguous
	if idn {
		d.idn = lex.idn
		d.bound = d.bound || len(d.idn) > 0 && !f.trivial()
	}
	if b.err == nil && addNames(d.root.size, uint64(len(d.idn))) > maxNames {
		b.err = ErrTooMany
	}
	return d, b.err
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
	label = dst[from:]
	if d.filtered && (isIDN(label) || !d.filter.match(label)) {
		return dst, false
	}
	if d.ambiguous {
		low, _ := d.lowest(label)
		return dst, low == i
	}
	return dst, true
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
	return d.lowest(label)
}

// lowest returns the lowest way of writing label. It is safe for concurrent use.
func (d *derivation) lowest(label []byte) (index uint64, ok bool) {
	m, _ := d.matchers.Get().(*matcher)
	if m == nil {
		m = &matcher{words: d.words}
	}
	index, ok = m.lowest(d.root, label)
	m.label = nil
	d.matchers.Put(m)
	return index, ok
}
