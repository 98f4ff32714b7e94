package generator

import "slices"

// keyTable maps keys, which are short runs of words, to a word each. One arena
// holds all keys: a million of them cost no allocation each and little memory.
type keyTable struct {
	arena []uint32
	ends  []uint32 // end of key i in arena
	vals  []uint32
	slots []uint32 // 1 + i, 0 = free; a power of two of them
}

func hashKey(key []uint32) uint64 {
	h := uint64(len(key)) * 0x9e3779b97f4a7c15
	for _, w := range key {
		h = (h ^ uint64(w)) * 0xff51afd7ed558ccd
		h ^= h >> 32
	}
	return h
}

func (t *keyTable) key(i uint32) []uint32 {
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.arena[start:t.ends[i]]
}

// find returns the slot of key: its own, or the free one where it belongs.
func (t *keyTable) find(key []uint32) (slot int) {
	mask := len(t.slots) - 1
	for slot = int(hashKey(key)) & mask; t.slots[slot] != 0; slot = (slot + 1) & mask {
		if slices.Equal(t.key(t.slots[slot]-1), key) {
			return slot
		}
	}
	return slot
}

func (t *keyTable) get(key []uint32) (val uint32, ok bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	if s := t.slots[t.find(key)]; s != 0 {
		return t.vals[s-1], true
	}
	return 0, false
}

// put adds a key that is not in the table.
func (t *keyTable) put(key []uint32, val uint32) {
	if 4*len(t.ends) >= 3*len(t.slots) {
		t.grow()
	}
	t.arena = append(t.arena, key...)
	t.ends = append(t.ends, uint32(len(t.arena)))
	t.vals = append(t.vals, val)
	t.slots[t.findFree(key)] = uint32(len(t.ends))
}

func (t *keyTable) findFree(key []uint32) int {
	mask := len(t.slots) - 1
	slot := int(hashKey(key)) & mask
	for t.slots[slot] != 0 {
		slot = (slot + 1) & mask
	}
	return slot
}

func (t *keyTable) grow() {
	t.slots = make([]uint32, max(64, 2*len(t.slots)))
	for i := range t.ends {
		t.slots[t.findFree(t.key(uint32(i)))] = uint32(i) + 1
	}
}
