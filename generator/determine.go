package generator

import (
	"errors"
	"slices"
)

// Bounds of a compiled automaton, in states and in words of the table of
// subsets: at most some 200 MB while it is compiled, far less for common patterns.
const (
	maxSubsets     = 1 << 20
	maxSubsetWords = 1 << 23
)

// errTooComplex means that the subset construction went beyond its bounds.
var errTooComplex = errors.New("automaton too large")

// determiner turns an nfa and filters into a minimal automaton in which every
// name has one way only (subset construction, minimised from the leaves up).
// Recursion is as deep as the longest label.
type determiner struct {
	nfa     *nfa
	filters []rule
	allowed charset
	tail    string // a domain hack: what follows the label in the pattern's text
	limit   int    // subsets, at most maxSubsets
	graph   graph
	counts  []uint64 // names from each state of graph
	memo    keyTable // filters' states and set of nfa states -> state of graph
	levels  []*level
	err     error
}

// level is the scratch memory of one depth of the recursion.
type level struct {
	targets [symbols][]uint32
	key     []uint32
	node    []uint32
}

// run builds the automaton and returns its root, dead if it makes no name.
func (d *determiner) run() (root uint32, err error) {
	d.graph.limit = d.limit
	key := make([]uint32, 0, 16)
	for _, f := range d.filters {
		key = append(key, f.start())
	}
	key = d.normalise(d.nfa.begin(key))
	root = d.state(key, 0)
	return root, d.err
}

// normalise sorts the set of nfa states behind the filters' states.
func (d *determiner) normalise(key []uint32) []uint32 {
	k := len(d.filters)
	slices.Sort(key[k:])
	return key[:k+len(slices.Compact(key[k:]))]
}

// state returns the state of graph for key, building what lies below it first.
func (d *determiner) state(key []uint32, depth int) uint32 {
	if s, ok := d.memo.get(key); ok {
		return s
	}
	if d.err != nil || len(d.memo.ends) >= d.limit || len(d.memo.arena) >= maxSubsetWords {
		d.err = cmpErr(d.err, errTooComplex)
		return dead
	}
	lv := d.level(depth)
	d.nfa.moves(key[len(d.filters):], &lv.targets)
	lv.node = append(lv.node[:0], 0)
	total := uint64(0)
	if d.accepts(key) {
		lv.node[0], total = 1, 1
	}
	for s := range symbols {
		total = d.follow(lv, key, s, depth, total)
	}
	state := d.intern(lv.node, total)
	if d.err == nil {
		d.memo.put(key, state)
	}
	return state
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// follow adds to the level's node the edge of symbol s, if names lie that way,
// and their number to total.
func (d *determiner) follow(lv *level, key []uint32, s, depth int, total uint64) uint64 {
	targets := lv.targets[s]
	lv.targets[s] = targets[:0]
	if len(targets) == 0 || !d.allowed.has(s) {
		return total
	}
	lv.key = lv.key[:0]
	for i, f := range d.filters {
		next := f.step(key[i], s)
		if next == dead {
			return total
		}
		lv.key = append(lv.key, next)
	}
	lv.key = d.normalise(append(lv.key, targets...))
	child := d.state(lv.key, depth+1)
	if child == dead {
		return total
	}
	lv.node = append(lv.node, edgeTo(child, s))
	total += d.counts[child] // both at most maxNames
	if total > maxNames && d.err == nil {
		d.err = ErrTooMany
	}
	return total
}

func (d *determiner) intern(node []uint32, total uint64) uint32 {
	if d.err != nil || total == 0 {
		return dead
	}
	state, ok := d.graph.intern(node)
	if !ok {
		d.err = errTooComplex
		return dead
	}
	if int(state) == len(d.counts) {
		d.counts = append(d.counts, total)
	}
	return state
}

func (d *determiner) level(depth int) *level {
	for len(d.levels) <= depth {
		d.levels = append(d.levels, new(level))
	}
	return d.levels[depth]
}

// accepts reports whether a label may end at key.
func (d *determiner) accepts(key []uint32) bool {
	for i, f := range d.filters {
		if !f.accepts(key[i]) {
			return false
		}
	}
	set := key[len(d.filters):]
	if d.tail != "" {
		set = d.walk(set, d.tail)
	}
	// The first filter is the shape of a label: see [shape].
	if !onlyIDN(key[0]) && slices.Contains(set, endPlain) {
		return true
	}
	return slices.Contains(set, endIDN)
}

// walk returns the nfa states after text, from those of set.
func (d *determiner) walk(set []uint32, text string) []uint32 {
	for i := range len(text) {
		var targets [symbols][]uint32
		d.nfa.moves(set, &targets)
		set = targets[symbolOf(text[i])]
		slices.Sort(set)
		set = slices.Compact(set)
	}
	return set
}
