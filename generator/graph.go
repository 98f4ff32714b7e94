package generator

import "slices"

// graph is a minimal acyclic automaton under construction: states are interned
// from the leaves up, so that two states with the same future are one.
type graph struct {
	table keyTable // state's final flag and edges -> its number
	limit int      // of states
}

const (
	// dead is no state: no name lies that way.
	dead = ^uint32(0)
	// edgeBits is how many low bits of an edge hold its symbol; the rest is the target.
	edgeBits = 6
	// maxStates bounds any automaton, so that a target fits an edge.
	maxStates = 1 << (32 - edgeBits)
)

func edgeTo(to uint32, symbol int) uint32 { return to<<edgeBits | uint32(symbol) }

func edgeTarget(e uint32) uint32 { return e >> edgeBits }

func edgeSymbol(e uint32) int { return int(e & (1<<edgeBits - 1)) }

// intern returns the state with this key: the final flag (0 or 1), then its
// edges in the order of their symbols. ok is false when the graph is full.
func (g *graph) intern(key []uint32) (state uint32, ok bool) {
	if s, ok := g.table.get(key); ok {
		return s, true
	}
	s := uint32(len(g.table.ends))
	if int(s) >= min(g.limit, maxStates) {
		return dead, false
	}
	g.table.put(key, s)
	return s, true
}

// addWords adds the automaton of sorted, distinct words, of which all have the
// same first depth octets, and returns its root; dead for no words.
func (g *graph) addWords(words []string, depth int) (root uint32, ok bool) {
	if len(words) == 0 {
		return dead, true
	}
	key := make([]uint32, 1, 8)
	if len(words[0]) == depth {
		key[0], words = 1, words[1:]
	}
	for len(words) > 0 {
		c := words[0][depth]
		n := slices.IndexFunc(words, func(w string) bool { return w[depth] != c })
		if n < 0 {
			n = len(words)
		}
		child, ok := g.addWords(words[:n], depth+1)
		if !ok {
			return dead, false
		}
		key = append(key, edgeTo(child, symbolOf(c)))
		words = words[n:]
	}
	return g.intern(key)
}

// final reports whether a word ends in state.
func (g *graph) final(state uint32) bool { return g.table.key(state)[0] == 1 }

// edges returns the edges of state.
func (g *graph) edges(state uint32) []uint32 { return g.table.key(state)[1:] }
