package store

import (
	"math/bits"
	"slices"

	"go.etcd.io/bbolt"
)

const (
	mergeTables = 4    // neighbours by age of one size that are merged into one
	mergeMost   = 8    // at once
	manyTables  = 16   // beside each other are too many: they are merged, balanced or not
	smallTable  = 1024 // names; up to here all tables are of one size
)

// tier is the size of a table as merging has it: tables of a tier are at most four
// times as large as those of the tier below.
func (t *table) tier() int {
	return (bits.Len64(max(t.names, 1)/smallTable) + 1) / 2
}

// Whoever adds names merges so many for each of them, and so many more: enough
// that merges keep up with a list of any length. It is bounded by the memory of
// a commit, and in a small file by its size: what is consumed is free only for the next commit.
const (
	mergePerName = 8
	mergeMore    = 1 << 16
	mergeMemory  = 1 << 20
	mergeShare   = 8
)

// mergeBudget is how many names may be merged with n new ones into tables of so many.
func mergeBudget(n int, tables []tableSpan) int {
	all := uint64(0)
	for i := range tables {
		all += tables[i].names
	}
	most := max(mergeMore, min(mergeMemory, int(all/mergeShare)))
	return min(mergePerName*n+mergeMore, most)
}

// saveListed writes names that are in order as the youngest table, and merges tables.
func saveListed(tx *bbolt.Tx, names []listed, tails *tails, mem *arena) error {
	if len(names) == 0 {
		return nil
	}
	if err := writeTable(tx, names, mem); err != nil {
		return err
	}
	tables, err := readTables(tx)
	if err != nil {
		return err
	}
	return mergeLists(tx, tails, mergeBudget(len(names), tables), mem)
}

// mergeLists merges tables, small ones first, until it has read so many names.
func mergeLists(tx *bbolt.Tx, tails *tails, budget int, mem *arena) error {
	for budget > 0 {
		tables, err := readTables(tx)
		if err != nil {
			return err
		}
		if err := beginMerges(tx, tables); err != nil {
			return err
		}
		if tables, err = readTables(tx); err != nil {
			return err
		}
		out := smallestMerge(tables)
		if out < 0 {
			return nil
		}
		read, err := goOnMerging(tx, tables, out, tails, budget, mem)
		if err != nil {
			return err
		}
		budget -= max(read, 1)
	}
	return nil
}

// beginMerges makes the outputs of all merges that are due, still empty.
func beginMerges(tx *bbolt.Tx, tables []tableSpan) error {
	for start := 0; start < len(tables); start++ {
		end := start
		for end < len(tables) && tables[end].whole() && tables[end].into == 0 {
			end++
		}
		if from, to, ok := chooseTables(tables[start:end]); ok {
			if err := beginMerge(tx, tables[start+from:start+to]); err != nil {
				return err
			}
		}
		start = end
	}
	return nil
}

// chooseTables picks which of neighbours to merge: the smallest that are enough.
func chooseTables(tables []tableSpan) (from, to int, ok bool) {
	most := 0
	for i := range tables {
		most = max(most, tables[i].tier())
	}
	for tier := 0; tier <= most && len(tables) >= mergeTables; tier++ {
		n := 0
		for i := range tables {
			if tables[i].tier() > tier {
				n = 0
				continue
			}
			n++
			if n < mergeTables {
				continue
			}
			if start := i + 1 - min(n, mergeMost); n >= manyTables || balanced(tables[start:i+1]) {
				from, to, ok = start, i+1, true // the oldest of them, in the end
			}
		}
		if ok {
			return from, to, true
		}
	}
	return 0, 0, false
}

// balanced reports whether none of tables is so large that a merge would do little
// but copy it: then names are merged about as often as tables can grow threefold.
func balanced(tables []tableSpan) bool {
	var all, most uint64
	for i := range tables {
		all, most = all+tables[i].names, max(most, tables[i].names)
	}
	return all >= 3*most
}

func beginMerge(tx *bbolt.Tx, inputs []tableSpan) error {
	var names, size uint64
	for i := range inputs {
		names, size = names+inputs[i].names, size+inputs[i].size
	}
	out, err := newTable(tx, inputs[0].age, names, size)
	if err != nil {
		return err
	}
	for i := range inputs {
		in := inputs[i].table
		in.into, out.from = out.number, append(out.from, in.number)
		if err := in.put(tx); err != nil {
			return err
		}
	}
	return out.put(tx)
}

// smallestMerge returns the output of fewest names, -1 if nothing is being merged.
func smallestMerge(tables []tableSpan) int {
	least, found := uint64(0), -1
	for i := range tables {
		if tables[i].whole() {
			continue
		}
		if n := tables[i].total(tables); found < 0 || n < least {
			least, found = n, i
		}
	}
	return found
}

// goOnMerging writes blocks of an output until so many names were read.
func goOnMerging(tx *bbolt.Tx, tables []tableSpan, out int, tails *tails, budget int, mem *arena) (read int, err error) {
	t := tables[out].table
	inputs := slices.DeleteFunc(slices.Clone(tables), func(in tableSpan) bool { return in.into != t.number })
	m, err := openMerger(tx, inputs, tails, 0)
	if err != nil {
		return 0, err
	}
	w, err := openWriter(tx, &t, mem)
	if err != nil {
		return 0, err
	}
	var names []listed
	for !t.whole() && m.read < budget {
		if names, err = m.upTo(lastHash(t.next, t.blocks), names[:0]); err != nil {
			return 0, err
		}
		if err := w.block(names); err != nil {
			return 0, err
		}
	}
	if err := w.close(); err != nil {
		return 0, err
	}
	return m.read, dropConsumed(tx, &t, inputs)
}

// dropConsumed removes of the inputs what the output now has, and notes how far it is.
func dropConsumed(tx *bbolt.Tx, out *table, inputs []tableSpan) error {
	for i := range inputs {
		var err error
		if out.whole() {
			err = inputs[i].drop(tx)
		} else {
			err = inputs[i].dropBelow(tx, firstHash(out.next, out.blocks))
		}
		if err != nil {
			return err
		}
	}
	if out.whole() {
		out.from = nil
	}
	return out.put(tx)
}
