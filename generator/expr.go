package generator

import "vacant"

// longest is what the length of a text saturates at: beyond any label.
const longest = 10 * vacant.MaxLabelLen

// lengths returns those of the shortest and longest text of e.
func (e *expr) lengths(lex *lexicon) (lo, hi int) {
	switch e.op {
	case opSet:
		return 1, 1
	case opWord:
		lex = e.wordsOf(lex)
		return lex.lo, lex.hi
	case opRepeat:
		lo, hi = e.subs[0].lengths(lex)
		return min(longest, lo*e.min), min(longest, hi*e.max)
	case opCat:
		for _, sub := range e.subs {
			l, h := sub.lengths(lex)
			lo, hi = min(longest, lo+l), min(longest, hi+h)
		}
		return lo, hi
	}
	lo = longest
	for _, sub := range e.subs {
		l, h := sub.lengths(lex)
		lo, hi = min(lo, l), max(hi, h)
	}
	return lo, hi
}

// symbols returns every symbol that some text of e may hold.
func (e *expr) symbols(lex *lexicon) charset {
	set := e.set
	if e.op == opWord {
		set = e.wordsOf(lex).used
	}
	for _, sub := range e.subs {
		set |= sub.symbols(lex)
	}
	return set
}

// wordsOf returns the words that an opWord stands for: its own, or those of the wordlist.
func (e *expr) wordsOf(lex *lexicon) *lexicon {
	if e.own != nil {
		return e.own
	}
	return lex
}

// compiled reports whether all words of e are automata.
func (e *expr) compiled(lex *lexicon) bool {
	for _, sub := range e.subs {
		if !sub.compiled(lex) {
			return false
		}
	}
	return e.op != opWord || e.wordsOf(lex).graph != nil
}

// usesWord reports whether {word} stands anywhere in e.
func (e *expr) usesWord() bool {
	if e.op == opWord {
		return e.own == nil
	}
	for _, sub := range e.subs {
		if sub.usesWord() {
			return true
		}
	}
	return false
}

// isWord reports whether e is {word} and nothing else.
func (e *expr) isWord() bool {
	if (e.op == opCat || e.op == opAlt) && len(e.subs) == 1 {
		return e.subs[0].isWord()
	}
	return e.op == opWord
}

// nodes is the number of nodes that e unfolds to, saturating above [maxNodes].
func (e *expr) nodes() int {
	n := 1
	for _, sub := range e.subs {
		n += sub.nodes()
	}
	if e.op == opRepeat {
		n = 1 + (n-1)*e.max
	}
	return min(n, maxNodes+1)
}

// literal returns the expression of one fixed text.
func literal(text string) *expr {
	cat := &expr{op: opCat}
	for i := range len(text) {
		cat.subs = append(cat.subs, &expr{op: opSet, set: setOf(text[i])})
	}
	return cat
}
