package generator

import (
	"cmp"
	"math"
	"slices"

	"vacant"
)

// nfa is the automaton of all patterns as they were written: it may reach a
// label in many ways. States are numbered: first the nodes, then, for each
// place where a word may stand, all states of the words' graph.
type nfa struct {
	nodes  []nfaNode
	places []place
	start  uint32
	seen   []uint32 // by lane and node: the mark of the last visit
	mark   uint32   // of the present step
	used   charset  // every symbol that some name may hold
	lo, hi int      // lengths of the shortest and longest text
}

// nfaNode reads one symbol of set and goes to next; or, with an empty set,
// stands for all of outs.
type nfaNode struct {
	set  charset
	next uint32
	outs []uint32
}

// place is one place where a word may stand.
type place struct {
	words *graph
	base  uint32 // number of the graph's state 0
	next  uint32 // where to go on after a word
}

// The first nodes are the ends: a text of patterns, or an IDN word. The latter
// alone may begin with "xn--".
const (
	endPlain uint32 = iota
	endIDN
	ends
)

// maxNodes bounds the nodes of all patterns: those that need more would
// take minutes to compile and make no sensible names.
const maxNodes = 20_000

var errTooLarge = &UsageError{
	Msg:  "--pattern: the patterns are too large",
	Help: "use fewer or smaller repetitions inside repetitions",
}

// nfaBuilder builds an nfa from its end.
type nfaBuilder struct {
	nfa
	lex *lexicon
	err error
}

// newNFA returns the automaton of the alternatives and of the IDN words.
func newNFA(sources []*expr, lex *lexicon, idn bool) (*nfa, error) {
	b := &nfaBuilder{lex: lex}
	b.nodes = make([]nfaNode, ends)
	all := &expr{op: opAlt, subs: sources}
	b.lo, b.hi = all.lengths(lex)
	b.used = all.symbols(lex)
	b.start = b.compile(all, endPlain)
	if idn && len(lex.idn) > 0 {
		b.used |= anySet
		b.lo, b.hi = min(b.lo, 4), max(b.hi, vacant.MaxLabelLen)
		b.start = b.node(nfaNode{outs: []uint32{b.start, b.place(lex.idnGraph, lex.idnRoot, endIDN)}})
	}
	b.number()
	return &b.nfa, b.err
}

// number gives the words' states their numbers, behind the nodes.
func (b *nfaBuilder) number() {
	b.seen = make([]uint32, symbols*len(b.nodes))
	total := len(b.nodes)
	for i := range b.places {
		b.places[i].base = uint32(total)
		total += len(b.places[i].words.table.ends)
	}
	if total > math.MaxInt32 && b.err == nil {
		b.err = errTooLarge
	}
}

func (b *nfaBuilder) node(n nfaNode) uint32 {
	if len(b.nodes) >= maxNodes {
		b.err = errTooLarge
		return endPlain
	}
	b.nodes = append(b.nodes, n)
	return uint32(len(b.nodes) - 1)
}

// compile returns the state from which e leads to next.
func (b *nfaBuilder) compile(e *expr, next uint32) uint32 {
	if b.err != nil {
		return next
	}
	switch e.op {
	case opSet:
		return b.node(nfaNode{set: e.set, next: next})
	case opWord:
		lex := e.wordsOf(b.lex)
		return b.place(lex.graph, lex.root, next)
	case opCat:
		for i := len(e.subs) - 1; i >= 0; i-- {
			next = b.compile(e.subs[i], next)
		}
		return next
	case opRepeat:
		return b.repeat(e, next)
	}
	n := nfaNode{}
	for _, sub := range e.subs {
		n.outs = append(n.outs, b.compile(sub, next))
	}
	return b.node(n)
}

func (b *nfaBuilder) repeat(e *expr, next uint32) uint32 {
	state := next
	for range e.max - e.min {
		state = b.node(nfaNode{outs: []uint32{b.compile(e.subs[0], state), next}})
	}
	for range e.min {
		state = b.compile(e.subs[0], state)
	}
	return state
}

// place adds a place for a word. Its node keeps the place's number and the root
// until the bases are known: see visit.
func (b *nfaBuilder) place(words *graph, root, next uint32) uint32 {
	if root == dead {
		return b.node(nfaNode{}) // no words: no way on
	}
	b.places = append(b.places, place{words: words, next: next})
	return b.node(nfaNode{next: placeMark | uint32(len(b.places)-1), outs: []uint32{root}})
}

const placeMark = 1 << 31

// begin returns the states before any symbol is read.
func (n *nfa) begin(set []uint32) []uint32 {
	n.mark++
	return n.visit(set, n.start, 0)
}

// visit appends to set every state that reads a symbol, or is an end, and is
// reached from state without reading. lane tells apart the sets that grow at
// the same time: each sees each node once.
func (n *nfa) visit(set []uint32, state uint32, lane int) []uint32 {
	seen := &n.seen[lane*len(n.nodes)+int(state)]
	if *seen == n.mark {
		return set
	}
	*seen = n.mark
	node := &n.nodes[state]
	switch {
	case state < ends || node.set != 0:
		return append(set, state)
	case node.next&placeMark != 0:
		return n.enter(set, &n.places[node.next&^placeMark], node.outs[0], lane)
	}
	for _, out := range node.outs {
		set = n.visit(set, out, lane)
	}
	return set
}

// enter appends a state of a word at p, and what follows if the word may end here.
func (n *nfa) enter(set []uint32, p *place, state uint32, lane int) []uint32 {
	if len(p.words.edges(state)) > 0 {
		set = append(set, p.base+state)
	}
	if p.words.final(state) {
		set = n.visit(set, p.next, lane)
	}
	return set
}

// moves appends to into, by symbol, the states that follow on those of set.
func (n *nfa) moves(set []uint32, into *[symbols][]uint32) {
	n.mark++
	for _, state := range set {
		switch {
		case state < ends:
		case state < uint32(len(n.nodes)):
			node := &n.nodes[state]
			for left := node.set; left != 0; left &= left - 1 {
				s := left.member(0)
				into[s] = n.visit(into[s], node.next, s)
			}
		default:
			n.moveWord(state, into)
		}
	}
}

// moveWord is moves for a state within a word.
func (n *nfa) moveWord(state uint32, into *[symbols][]uint32) {
	k, found := slices.BinarySearchFunc(n.places, state, func(p place, state uint32) int { return cmp.Compare(p.base, state) })
	if !found {
		k--
	}
	p := &n.places[k]
	for _, e := range p.words.edges(state - p.base) {
		s := edgeSymbol(e)
		into[s] = n.enter(into[s], p, edgeTarget(e), s)
	}
}
