package generator

import "math/bits"

// jumps are tables by which look-ups in any order hop through a dfa instead of
// walking it symbol by symbol.
//
// A table belongs to a state. It cuts the labels from there on into nodes: a
// beginning of some octets, the state behind it, and how many labels come
// before. A look-up finds its node by one multiplication and mostly no search,
// copies its octets, and goes on in the table of the state behind, until a node is
// a whole label. [a-z]{5} takes two hops (three letters, two letters),
// {word}{word} two (a word, a word), and where all labels are few it takes one.
//
// Which states get a table is decided by how many look-ups come to them, the
// root first, and nodes are cut so that they lead to such states; from states that
// few come to a label is walked. The tables hold no more than [maxJumpNodes]
// nodes however large the dfa is.
type jumps struct {
	m      *dfa
	tables []jumpTable // the first is the root's; none for no labels
	nodes  []jumpNode  // of all tables
	guide  []uint32    // of all tables
}

// jumpTable is where a state's nodes are. Node k's labels begin at nodes[k].base;
// behind the last node stands one whose base no rank comes to.
//
// A rank i belongs to slot i*scale>>64. Where all nodes have as many labels
// the slot is the node, or the one before it; else guide has the node of the
// slot's first rank, and mostly of all: there are two slots a node.
type jumpTable struct {
	single bool   // every node is one label: rank i is in node i
	even   bool   // no guide
	nodes  uint32 // where its nodes are
	guide  uint32 // where its guide is
	scale  uint64
}

// jumpNode is 32 octets, so that it never lies in three cache lines.
type jumpNode struct {
	base uint64 // labels of the table's state before the node's
	to   uint32 // 0: the label is complete; 1+t: table t; walkBit|s: state s
	len  uint8
	text [jumpText]byte
}

const (
	// jumpText is how many octets a node holds; a longer beginning is cut there.
	jumpText = 19
	walkBit  = 1 << 31
	// maxTableNodes bounds one table: 1 MB, which the second level of cache holds.
	maxTableNodes = 1 << 15
	// maxSplitNodes bounds one in which nodes are split so as to lead to states with a
	// table: to walk from a state that few come to misses the cache at every step.
	maxSplitNodes = 1 << 16
	// maxJumpNodes bounds all tables of a space: 4 MB, and 1 MB of guides.
	maxJumpNodes = 1 << 17
	// rareState is the share of look-ups below which a state is walked.
	rareState = 1.0 / 512
)

// write writes the label of index i, which is below size, to buf, and returns its
// length. It scribbles up to jumpText octets behind it.
func (j *jumps) write(buf []byte, i uint64) (n int) {
	if len(j.tables) == 0 {
		return j.m.write(buf, 0, j.m.root, i)
	}
	for t := &j.tables[0]; ; {
		k := j.find(t, i)
		node := &j.nodes[k]
		*(*[jumpText]byte)(buf[n:]) = node.text
		n += int(node.len)
		switch to := node.to; {
		case to == 0:
			return n
		case to&walkBit != 0:
			return j.m.write(buf, n, to&^walkBit, i-node.base)
		default:
			i -= node.base
			t = &j.tables[to-1]
		}
	}
}

// find returns the node that rank i belongs to.
func (j *jumps) find(t *jumpTable, i uint64) uint32 {
	if t.single {
		return t.nodes + uint32(i)
	}
	slot, _ := bits.Mul64(i, t.scale)
	k := t.nodes + uint32(slot)
	if !t.even {
		k = j.guide[t.guide+uint32(slot)]
	}
	for j.nodes[k+1].base <= i {
		k++
	}
	return k
}

// write writes the label of rank i from state s on to buf[n:].
func (m *dfa) write(buf []byte, n int, state uint32, i uint64) int {
	s := &m.states[state]
	for {
		if s.final() {
			if i == 0 {
				return n
			}
			i--
		}
		e := m.edgeFor(s, i)
		i -= m.before[e]
		buf[n] = alphabet[edgeSymbol(m.edges[e])]
		n++
		s = &m.states[edgeTarget(m.edges[e])]
	}
}
