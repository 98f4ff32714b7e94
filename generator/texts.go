package generator

import (
	"strings"

	"vacant"
)

// textKind says what a [textRule] wants of the texts.
type textKind uint8

const (
	startsWith  textKind = iota // the label begins with one of them
	endsWith                    // it ends with one
	containsOne                 // one is in it
	containsNo                  // none is
)

// maxTextNodes bounds the octets of all texts of one flag.
const maxTextNodes = 4096

// textRule is the rule of --starts, --ends, --contains and --exclude: the automaton
// of Aho and Corasick over all texts, state 0 its root.
type textRule struct {
	kind textKind
	next [][symbols]uint32
	hit  []bool // a text ends here
}

// found is the state behind a text that was wanted and is there, whatever follows.
const found = dead - 1

// newTexts compiles the texts of flag; nil for none.
func newTexts(flag string, kind textKind, words []string) (*textRule, error) {
	t := &textRule{kind: kind}
	t.node()
	for _, w := range words {
		w = strings.ToLower(strings.TrimSpace(w))
		if w == "" || !symbolsOnly(w) || len(w) > vacant.MaxLabelLen {
			return nil, usage("letters a-z, digits and hyphens, parted by commas", "%s %s: not a part of a label", flag, clip(w))
		}
		t.insert(w)
		if len(t.next) > maxTextNodes {
			return nil, usage("name fewer, or use --regex", "%s: more than %d octets", flag, maxTextNodes)
		}
	}
	if len(words) == 0 {
		return nil, nil
	}
	t.link()
	return t, nil
}

func (t *textRule) node() uint32 {
	t.next = append(t.next, [symbols]uint32{})
	t.hit = append(t.hit, false)
	return uint32(len(t.next) - 1)
}

func (t *textRule) insert(word string) {
	at := uint32(0)
	for i := range len(word) {
		s := symbolOf(word[i])
		if t.next[at][s] == 0 {
			n := t.node()
			t.next[at][s] = n
		}
		at = t.next[at][s]
	}
	t.hit[at] = true
}

// link completes the transitions, nearest nodes first: where a node has none,
// that of the longest ending of its text which is a node too.
func (t *textRule) link() {
	if t.kind == startsWith {
		return
	}
	fail := make([]uint32, len(t.next))
	queue := []uint32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for s := range symbols {
			child := t.next[at][s]
			switch {
			case child == 0:
				t.next[at][s] = t.next[fail[at]][s]
				continue
			case at != 0:
				fail[child] = t.next[fail[at]][s]
			}
			t.hit[child] = t.hit[child] || t.hit[fail[child]]
			queue = append(queue, child)
		}
	}
}

func (t *textRule) start() uint32 { return 0 }

func (t *textRule) step(state uint32, symbol int) uint32 {
	if state == found {
		return found
	}
	next := t.next[state][symbol]
	switch {
	case t.kind == startsWith && next == 0:
		return dead
	case t.kind == endsWith || !t.hit[next]:
		return next
	case t.kind == containsNo:
		return dead
	}
	return found
}

func (t *textRule) accepts(state uint32) bool {
	switch t.kind {
	case containsNo:
		return true
	case endsWith:
		return t.hit[state]
	}
	return state == found
}
