package store

import "slices"

// recent is the names of lists that came since the last commit of a group, and
// those asked that have no answer yet: an exact set, by open addressing.
type recent struct {
	names []recentName
	texts []byte
	slots []uint32 // place in names, plus one; 0 is free
	asked int      // names that wait for an answer
}

type recentName struct {
	hash      uint64
	off       uint32 // of the text in texts
	tail      uint32
	at        uint32 // in timeUnits
	run       uint32
	length    uint16
	need      need
	delegated bool
}

// need is what a recent name needs of a commit.
type need uint8

const (
	needNothing need = iota // the file has it as it is
	needAnswer              // it was given out to be asked; to write it before the answer would be to write it twice
	needWrite
)

const firstSlots = 1 << 10

func (r *recent) text(e *recentName) []byte { return r.texts[e.off : e.off+uint32(e.length)] }

// find returns the place of a name, -1 if it is not there.
func (r *recent) find(hash uint64, text []byte, tail uint32) int {
	if len(r.slots) == 0 {
		return -1
	}
	mask := uint64(len(r.slots) - 1)
	for s := hash & mask; r.slots[s] != 0; s = (s + 1) & mask {
		e := &r.names[r.slots[s]-1]
		if e.hash == hash && e.tail == tail && string(r.text(e)) == string(text) {
			return int(r.slots[s] - 1)
		}
	}
	return -1
}

// add adds a name that is not there and returns its place.
func (r *recent) add(hash uint64, text []byte, tail uint32) int {
	if 2*len(r.names) >= len(r.slots) {
		r.grow()
	}
	r.names = append(r.names, recentName{hash: hash, off: uint32(len(r.texts)), length: uint16(len(text)), tail: tail})
	r.texts = append(r.texts, text...)
	r.slot(hash, len(r.names))
	return len(r.names) - 1
}

func (r *recent) slot(hash uint64, place int) {
	mask := uint64(len(r.slots) - 1)
	s := hash & mask
	for r.slots[s] != 0 {
		s = (s + 1) & mask
	}
	r.slots[s] = uint32(place)
}

func (r *recent) grow() {
	r.slots = make([]uint32, max(firstSlots, 2*len(r.slots)))
	for i := range r.names {
		r.slot(r.names[i].hash, i+1)
	}
}

// set says what name i needs from now on.
func (r *recent) set(i int, n need) {
	e := &r.names[i]
	if e.need == needAnswer {
		r.asked--
	}
	if n == needAnswer {
		r.asked++
	}
	e.need = n
}

// reset empties r and keeps its memory.
func (r *recent) reset() {
	r.names, r.texts, r.asked = r.names[:0], r.texts[:0], 0
	clear(r.slots)
}

// carry adds the names that wait for an answer to next.
func (r *recent) carry(next *recent) {
	for i := range r.names {
		if e := &r.names[i]; e.need == needAnswer {
			n := next.add(e.hash, r.text(e), e.tail)
			next.names[n].at, next.names[n].run, next.names[n].delegated = e.at, e.run, e.delegated
			next.set(n, needAnswer)
		}
	}
}

// sorted returns the names that a commit must write in the order of a table:
// all=true those that wait for an answer too. It uses the memory of dst.
func (r *recent) sorted(dst []listed, all bool) []listed {
	needs := func(e *recentName) bool { return e.need == needWrite || (all && e.need == needAnswer) }
	count := 0
	for i := range r.names {
		if needs(&r.names[i]) {
			count++
		}
	}
	if count == 0 {
		return dst[:0]
	}
	// Hashes are even, so their high bits tell nearly where each belongs.
	n := uint32(count)
	starts := make([]uint32, n+1)
	for i := range r.names {
		if e := &r.names[i]; needs(e) {
			starts[blockOf(e.hash, n)+1]++
		}
	}
	for i := range n {
		starts[i+1] += starts[i]
	}
	dst = slices.Grow(dst[:0], count)[:count]
	for i := range r.names {
		if e := &r.names[i]; needs(e) {
			to := &starts[blockOf(e.hash, n)]
			dst[*to] = listed{hash: e.hash, text: r.text(e), tail: e.tail,
				mark: mark{run: e.run, delegated: e.delegated, at: int64(e.at) * timeUnit}}
			*to++
		}
	}
	insertionSort(dst)
	return dst
}

// insertionSort sorts names that are nearly in order.
func insertionSort(names []listed) {
	for i := 1; i < len(names); i++ {
		for j := i; j > 0 && names[j].hash < names[j-1].hash; j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
}
