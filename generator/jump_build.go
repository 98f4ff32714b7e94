package generator

import (
	"math"
	"math/bits"
)

// jumpBuilder makes tables, those first to which most look-ups come.
type jumpBuilder struct {
	jumps
	left   int                // nodes that may still be made
	share  map[uint32]float64 // of the look-ups, by states without a table that they come to
	busy   []uint32           // those of them that are not rare
	tabled map[uint32]uint32  // state -> 1 + its table, 0 if it can have none

	// Of the table that is being made:
	limit    uint64          // a node that could be cut has no more labels than that,
	hubLimit uint64          // or, if its state is one of hubs, than that
	hubs     map[uint32]bool // states to which so many look-ups come that they get tables
	end      int             // the nodes must be fewer
	text     []byte
}

// newJumps makes tables of at most budget nodes.
func newJumps(m *dfa, budget int) *jumps {
	b := &jumpBuilder{jumps: jumps{m: m}, left: budget, share: map[uint32]float64{}, tabled: map[uint32]uint32{}}
	if m.size() > 0 {
		b.come(m.root, 1)
	}
	for len(b.busy) > 0 && b.left > 0 {
		b.add(b.busiest())
	}
	for i := range b.nodes {
		n := &b.nodes[i]
		if t := b.tabled[n.to&^walkBit]; n.to&walkBit != 0 && t != 0 {
			n.to = t
		}
	}
	return &b.jumps
}

// come notes that a share of the look-ups comes to state.
func (b *jumpBuilder) come(state uint32, share float64) {
	if _, ok := b.tabled[state]; ok {
		return
	}
	before := b.share[state]
	b.share[state] = before + share
	if before < rareState && before+share >= rareState {
		b.busy = append(b.busy, state)
	}
}

// busiest takes the state out of busy to which most look-ups come.
func (b *jumpBuilder) busiest() uint32 {
	best := 0
	for i, s := range b.busy {
		if b.share[s] > b.share[b.busy[best]] {
			best = i
		}
	}
	s, last := b.busy[best], len(b.busy)-1
	b.busy[best] = b.busy[last]
	b.busy = b.busy[:last]
	return s
}

// add makes the table of state.
func (b *jumpBuilder) add(state uint32) {
	share, total := b.share[state], b.m.states[state].count
	b.tabled[state] = 0
	most := min(b.left, max(64, int(8*share*maxJumpNodes))) // what few come to shall leave room for others
	first := len(b.nodes)
	if !b.cut(state, share, most) {
		return
	}
	nodes := b.nodes[first:]
	b.tables = append(b.tables, b.index(first, total))
	b.tabled[state] = uint32(len(b.tables))
	b.left -= len(nodes)
	for i := range nodes {
		if to := nodes[i].to; to != 0 {
			to &^= walkBit
			b.come(to, share*float64(b.m.states[to].count)/float64(total))
		}
	}
	b.nodes = append(b.nodes, jumpNode{base: math.MaxUint64})
}

// cut appends the nodes of state, fewer than most and as small as that allows.
// Nodes that lead to a state with a table need not be smaller still: what room
// is left goes to those that would be walked from.
func (b *jumpBuilder) cut(state uint32, share float64, most int) bool {
	count := b.m.states[state].count
	first := len(b.nodes)
	b.end, b.hubs, b.hubLimit = first+min(most, maxTableNodes), nil, 0
	if !b.narrow(state, max(1, count/2)) {
		return false
	}
	hubs, all := b.findHubs(b.nodes[first:], share/float64(count))
	if all || b.limit == 1 {
		return true
	}
	b.end = first + min(most, maxSplitNodes)
	b.nodes, b.hubs, b.hubLimit = b.nodes[:first], hubs, b.limit
	return b.narrow(state, b.limit)
}

// narrow appends the nodes of state for the least limit that there is room for,
// halving it as long as there is; false if there is none at the first.
func (b *jumpBuilder) narrow(state uint32, limit uint64) bool {
	first, best := len(b.nodes), uint64(0)
	for b.limit = limit; b.limit > 0 && b.expand(state, 0); b.limit /= 2 {
		b.nodes, best = b.nodes[:first], b.limit
	}
	b.nodes, b.limit, b.text = b.nodes[:first], best, b.text[:0]
	return best > 0 && b.expand(state, 0)
}

// findHubs returns the states behind nodes to which more than a few look-ups
// come, each label being looked up in a share each of all; all reports whether there is no other.
func (b *jumpBuilder) findHubs(nodes []jumpNode, each float64) (hubs map[uint32]bool, all bool) {
	shares := map[uint32]float64{}
	for i := range nodes {
		if to := nodes[i].to &^ walkBit; nodes[i].to != 0 {
			shares[to] += each * float64(b.m.states[to].count)
		}
	}
	hubs, all = map[uint32]bool{}, true
	for to, share := range shares {
		if share+b.share[to] >= rareState || b.tabled[to] != 0 {
			hubs[to] = true
		} else {
			all = false
		}
	}
	return hubs, all
}

// expand appends the nodes below state, before which base labels stand, until there are too many.
func (b *jumpBuilder) expand(state uint32, base uint64) bool {
	s := &b.m.states[state]
	if s.count <= b.limit || len(b.text) == jumpText || s.count <= b.hubLimit && b.hubs[state] {
		return b.node(state, base)
	}
	if s.final() {
		if !b.node(dead, base) {
			return false
		}
		base++
	}
	for e := s.first; e < s.first+uint32(s.fanout()); e++ {
		b.text = append(b.text, alphabet[edgeSymbol(b.m.edges[e])])
		if !b.expand(edgeTarget(b.m.edges[e]), base+b.m.before[e]) {
			return false
		}
		b.text = b.text[:len(b.text)-1]
	}
	return true
}

// node appends the node that text leads to, and goes on where there is one way
// only. The state is dead where the label is complete.
func (b *jumpBuilder) node(state uint32, base uint64) bool {
	if len(b.nodes) >= b.end {
		return false
	}
	n := jumpNode{base: base, to: walkBit | state, len: uint8(len(b.text))}
	copy(n.text[:], b.text)
	for state != dead {
		s := &b.m.states[state]
		if s.symbols&anySet == 0 {
			state = dead
		} else if s.final() || s.fanout() > 1 || n.len == jumpText {
			break
		} else {
			e := b.m.edges[s.first]
			n.text[n.len] = alphabet[edgeSymbol(e)]
			n.len++
			state = edgeTarget(e)
		}
	}
	if n.to = walkBit | state; state == dead {
		n.to = 0
	}
	b.nodes = append(b.nodes, n)
	return true
}

// index makes the table of the nodes from first on.
func (b *jumpBuilder) index(first int, total uint64) jumpTable {
	nodes := b.nodes[first:]
	t := jumpTable{nodes: uint32(first), guide: uint32(len(b.guide))}
	each := total / uint64(len(nodes))
	t.single = each == 1 && total == uint64(len(nodes))
	t.even = true
	for k := range nodes {
		t.even = t.even && nodes[k].base == each*uint64(k)
	}
	if t.even = t.even && total == each*uint64(len(nodes)); t.even {
		t.scale = math.MaxUint64 / each
		return t
	}
	slots := min(2*uint64(len(nodes)), total-1)
	t.scale, _ = bits.Div64(slots, 0, total)
	k := 0
	for g := range slots {
		for ; k+1 < len(nodes); k++ {
			// The node begins in an earlier slot, so no rank of this one comes before it.
			if at, _ := bits.Mul64(nodes[k+1].base, t.scale); at >= g {
				break
			}
		}
		b.guide = append(b.guide, uint32(first+k))
	}
	return t
}
