package generator

import "math/bits"

// maxNames bounds a space, so that sums of two sizes never overflow: it is below
// 2^63, and above 36^12, the labels of twelve letters and digits.
const maxNames = 9_000_000_000_000_000_000

// addNames and mulNames saturate above [maxNames].
func addNames(a, b uint64) uint64 { return min(a+b, maxNames+1) }

func mulNames(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi != 0 {
		return maxNames + 1
	}
	return min(lo, maxNames+1)
}

// unambiguous reports whether it is certain that no text of t can be written in
// two ways. It may say no of a term that is unambiguous all the same.
func unambiguous(t *term) bool {
	for _, sub := range t.subs {
		if !unambiguous(sub) {
			return false
		}
	}
	switch {
	case t.op == opCat && len(t.subs) == 2:
		return prefixFree(t.subs[0]) || t.subs[1].lo == t.subs[1].hi
	case t.op == opAlt:
		return disjoint(t.subs)
	}
	return true
}

// prefixFree reports whether it is certain that no text of t begins another.
func prefixFree(t *term) bool {
	if t.lo == t.hi {
		return true
	}
	switch t.op {
	case opCat:
		return len(t.subs) == 2 && prefixFree(t.subs[0]) && prefixFree(t.subs[1])
	case opAlt:
		for _, sub := range t.subs {
			if !prefixFree(sub) || sub.lo == 0 {
				return false
			}
		}
		return distinctFirsts(t.subs)
	}
	return false
}

// disjoint reports whether it is certain that no text belongs to two terms.
func disjoint(terms []*term) bool { return distinctFirsts(terms) || distinctLengths(terms) }

func distinctLengths(terms []*term) bool {
	for i, a := range terms {
		for _, b := range terms[:i] {
			if a.lo <= b.hi && b.lo <= a.hi {
				return false
			}
		}
	}
	return true
}

func distinctFirsts(terms []*term) bool {
	var seen charset
	for _, t := range terms {
		first, ok := t.firsts()
		if !ok || first&seen != 0 {
			return false
		}
		seen |= first
	}
	return true
}

// firsts returns every symbol that a text of t may begin with; ok is false
// where one may be empty.
func (t *term) firsts() (set charset, ok bool) {
	switch t.op {
	case opSet:
		return t.set, true
	case opWord:
		for _, w := range t.words.words {
			set |= setOf(w[0])
		}
		return set, true
	case opCat:
		if len(t.subs) == 0 {
			return 0, false
		}
		return t.subs[0].firsts()
	}
	for _, sub := range t.subs {
		s, ok := sub.firsts()
		if !ok {
			return 0, false
		}
		set |= s
	}
	return set, true
}
