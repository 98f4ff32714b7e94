package generator

// term is an expr in which every text is made of a choice or of two parts.
type term struct {
	op    op // opSet (a run of symbols), opWord, opCat (subs[0] then subs[1], or no text) or opAlt
	id    uint32
	set   charset  // opSet: of every symbol
	words *wordSet // opWord
	subs  []*term
	size  uint64 // number of ways
	lo    int    // shortest text
	hi    int    // longest text
}

// termBuilder makes terms and stops at the first that is too large.
type termBuilder struct {
	lex  *lexicon
	sets map[*lexicon]*wordSet
	next uint32
	err  error
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
	if len(subs) == 1 {
		return subs[0]
	}
	t := &term{op: opAlt, subs: subs, lo: longest}
	for _, s := range subs {
		t.size = addNames(t.size, s.size)
		t.lo, t.hi = min(t.lo, s.lo), max(t.hi, s.hi)
	}
	return b.sized(t)
}

// words is a word of lex, which is indexed once.
func (b *termBuilder) words(lex *lexicon) *term {
	set := b.sets[lex]
	if set == nil {
		if b.sets == nil {
			b.sets = map[*lexicon]*wordSet{}
		}
		set = newWordSet(lex.plain)
		b.sets[lex] = set
	}
	return b.sized(&term{op: opWord, words: set, size: uint64(len(lex.plain)), lo: lex.lo, hi: lex.hi})
}

// run is n symbols of set, numbered as n sets one behind another would be.
func (b *termBuilder) run(set charset, n int) *term {
	t := &term{op: opSet, set: set, size: 1, lo: n, hi: n}
	for range n {
		t.size = mulNames(t.size, uint64(set.size()))
	}
	return b.sized(t)
}

// pair is first followed by rest.
func (b *termBuilder) pair(first, rest *term) *term {
	if rest.op == opCat && len(rest.subs) == 0 {
		return first
	}
	return b.sized(&term{op: opCat, subs: []*term{first, rest}, size: mulNames(first.size, rest.size),
		lo: min(longest, first.lo+rest.lo), hi: min(longest, first.hi+rest.hi)})
}

// empty is the empty text.
func (b *termBuilder) empty() *term { return b.sized(&term{op: opCat, size: 1}) }

func (b *termBuilder) term(e *expr) *term {
	switch e.op {
	case opSet:
		return b.run(e.set, 1)
	case opWord:
		return b.words(e.wordsOf(b.lex))
	case opCat:
		t := b.empty()
		for i := len(e.subs) - 1; i >= 0; i-- {
			t = b.pair(b.term(e.subs[i]), t)
		}
		return t
	case opRepeat:
		return b.repeat(e)
	}
	subs := make([]*term, len(e.subs))
	for i, sub := range e.subs {
		subs[i] = b.term(sub)
	}
	return b.choice(subs...)
}

func (b *termBuilder) repeat(e *expr) *term {
	var subs []*term
	if set := e.subs[0]; set.op == opSet {
		for k := e.min; k <= e.max && b.err == nil; k++ {
			if k == 0 {
				subs = append(subs, b.empty())
			} else {
				subs = append(subs, b.run(set.set, k))
			}
		}
		return b.choice(subs...)
	}
	sub, t := b.term(e.subs[0]), b.empty()
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

// write appends the text of way i.
func (t *term) write(dst []byte, i uint64) []byte {
	switch {
	case t.op == opSet:
		return t.writeRun(dst, i)
	case t.op == opWord:
		return append(dst, t.words.words[i]...)
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

// writeRun is write for a run of symbols.
func (t *term) writeRun(dst []byte, i uint64) []byte {
	n := uint64(t.set.size())
	from := len(dst)
	for range t.lo {
		dst = append(dst, 0)
	}
	for k := len(dst) - 1; k >= from; k-- {
		next := i / n
		dst[k] = alphabet[t.set.member(int(i-next*n))]
		i = next
	}
	return dst
}

// rankRun returns the way of writing text, which is as long as the run.
func (t *term) rankRun(text []byte) (i uint64, ok bool) {
	n := uint64(t.set.size())
	for _, c := range text {
		s := symbolOf(c)
		if s < 0 || !t.set.has(s) {
			return 0, false
		}
		i = i*n + uint64(t.set.rank(s))
	}
	return i, true
}
