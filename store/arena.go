package store

// arena is memory for the values of one transaction: bbolt reads them when that
// is committed, and then they may be written over. The zero value is ready; a nil one
// takes new memory for each value.
type arena struct {
	chunks [][]byte // the last one is being filled
	spare  [][]byte
}

const arenaChunk = 1 << 20

// room returns an empty slice with room for n octets, more or less.
func (a *arena) room(n int) []byte {
	if a == nil {
		return make([]byte, 0, n)
	}
	last := len(a.chunks) - 1
	if last < 0 || cap(a.chunks[last])-len(a.chunks[last]) < n {
		a.grow(n)
		last++
	}
	c := a.chunks[last]
	return c[len(c):len(c):cap(c)]
}

func (a *arena) grow(n int) {
	if last := len(a.spare) - 1; last >= 0 && n <= arenaChunk {
		a.chunks, a.spare = append(a.chunks, a.spare[last][:0]), a.spare[:last]
		return
	}
	a.chunks = append(a.chunks, make([]byte, 0, max(n, arenaChunk)))
}

// keep notes that v, which room returned and which was appended to, stays.
func (a *arena) keep(v []byte) []byte {
	if a == nil {
		return v
	}
	last := len(a.chunks) - 1
	c := a.chunks[last]
	if len(v) <= cap(c)-len(c) { // else it was moved, and is memory of its own
		a.chunks[last] = c[:len(c)+len(v)]
	}
	return v[:len(v):len(v)]
}

// reset makes all of the memory free again.
func (a *arena) reset() {
	for _, c := range a.chunks {
		if cap(c) == arenaChunk {
			a.spare = append(a.spare, c[:0])
		}
	}
	a.chunks = a.chunks[:0]
}
