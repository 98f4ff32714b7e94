package generator

import "math/bits"

// dfa is a compiled set of labels: an acyclic automaton in which every label
// has one way, with the number of labels below each state. That makes it a
// bijection between 0..size-1 and the labels in alphabetical order.
type dfa struct {
	states []dfaState
	edges  []uint32
	before []uint64 // by edge: labels below the state's earlier edges
	root   uint32
}

type dfaState struct {
	symbols charset // of its edges, in order; finalBit and uniformBit besides
	first   uint32  // of its edges
	count   uint64  // labels from here on
}

const (
	finalBit   charset = 1 << 62 // a label may end here
	uniformBit charset = 1 << 63 // all edges lead to one state: ranks by division
)

// newDFA copies what determiner built into the form that is walked.
func newDFA(d *determiner, root uint32) *dfa {
	if root == dead {
		return &dfa{states: []dfaState{{}}}
	}
	n := len(d.counts)
	m := &dfa{root: root, states: make([]dfaState, n), edges: make([]uint32, 0, len(d.graph.table.arena)-n)}
	m.before = make([]uint64, 0, cap(m.edges))
	for s := range m.states {
		m.states[s] = m.addState(d, uint32(s))
	}
	return m
}

func (m *dfa) addState(d *determiner, s uint32) dfaState {
	st := dfaState{first: uint32(len(m.edges)), count: d.counts[s]}
	edges := d.graph.edges(s)
	sum, uniform := uint64(0), true
	for _, e := range edges {
		to := edgeTarget(e)
		st.symbols |= 1 << edgeSymbol(e)
		m.edges = append(m.edges, e)
		m.before = append(m.before, sum)
		sum += d.counts[to]
		uniform = uniform && to == edgeTarget(edges[0])
	}
	if d.graph.final(s) {
		st.symbols |= finalBit
	}
	if uniform && len(edges) > 0 {
		st.symbols |= uniformBit
	}
	return st
}

func (s *dfaState) final() bool { return s.symbols&finalBit != 0 }

func (s *dfaState) fanout() int { return (s.symbols & anySet).size() }

func (m *dfa) size() uint64 { return m.states[m.root].count }

func (m *dfa) exact() bool { return true }

// rank returns the index of label, ok false if the set does not hold it.
func (m *dfa) rank(label []byte) (index uint64, ok bool) {
	s := &m.states[m.root]
	for _, c := range label {
		sym := symbolOf(c)
		if sym < 0 || !s.symbols.has(sym) {
			return 0, false
		}
		e := s.first + uint32(s.symbols.rank(sym))
		index += m.before[e]
		if s.final() {
			index++
		}
		s = &m.states[edgeTarget(m.edges[e])]
	}
	return index, s.final()
}

// unrank appends the label of index i, which is below size.
func (m *dfa) unrank(dst []byte, i uint64) ([]byte, bool) {
	s := &m.states[m.root]
	for {
		if s.final() {
			if i == 0 {
				return dst, true
			}
			i--
		}
		e := m.edgeFor(s, i)
		i -= m.before[e]
		dst = append(dst, alphabet[edgeSymbol(m.edges[e])])
		s = &m.states[edgeTarget(m.edges[e])]
	}
}

// edgeFor returns the edge of s below which the label of rank i lies.
func (m *dfa) edgeFor(s *dfaState, i uint64) uint32 {
	if s.symbols&uniformBit != 0 {
		below := m.states[edgeTarget(m.edges[s.first])].count
		if below == 1 {
			return s.first + uint32(i)
		}
		return s.first + uint32(i/below)
	}
	// The last edge with no more than i labels before it; the first has none. Which
	// half it is in no processor can foresee, so a step has no branch.
	before := m.before[s.first:][:s.fanout()]
	lo := 0
	for n := len(before); n > 1; {
		half := n >> 1
		_, above := bits.Sub64(i, before[lo+half], 0) // 1 where i is below
		lo += half & (int(above) - 1)
		n -= half
	}
	return s.first + uint32(lo)
}

// cursor walks a dfa in order without a division or a search per label.
type cursor struct {
	m     *dfa
	text  []byte
	steps []step // steps[k] led to the state behind text[:k]
}

// step is a state on the way, with the edges that are left at its parent.
type step struct {
	state     *dfaState
	edge, end uint32 // the edge that led here, and the end of its parent's edges
}

// seek puts the cursor on the label of index i.
func (c *cursor) seek(i uint64) {
	c.text, _ = c.m.unrank(c.text[:0], i)
	s := &c.m.states[c.m.root]
	c.steps = append(c.steps[:0], step{state: s})
	for _, b := range c.text {
		end := s.first + uint32(s.fanout())
		e := s.first + uint32(s.symbols.rank(symbolOf(b)))
		s = &c.m.states[edgeTarget(c.m.edges[e])]
		c.steps = append(c.steps, step{state: s, edge: e, end: end})
	}
}

// next goes to the label behind the present one, which must not be the last.
func (c *cursor) next() {
	top := &c.steps[len(c.steps)-1]
	if top.state.symbols&anySet != 0 {
		c.descend(top.state)
	} else {
		c.climb()
	}
	for top = &c.steps[len(c.steps)-1]; !top.state.final(); top = &c.steps[len(c.steps)-1] {
		c.descend(top.state)
	}
}

// descend takes the first edge of s.
func (c *cursor) descend(s *dfaState) {
	e := c.m.edges[s.first]
	c.text = append(c.text, alphabet[edgeSymbol(e)])
	c.steps = append(c.steps, step{&c.m.states[edgeTarget(e)], s.first, s.first + uint32(s.fanout())})
}

// climb leaves the states whose edges are used up and takes the next edge.
func (c *cursor) climb() {
	k := len(c.steps) - 1
	for c.steps[k].edge+1 == c.steps[k].end {
		k--
	}
	c.steps, c.text = c.steps[:k+1], c.text[:k]
	top := &c.steps[k]
	top.edge++
	e := c.m.edges[top.edge]
	c.text[k-1] = alphabet[edgeSymbol(e)]
	top.state = &c.m.states[edgeTarget(e)]
}
