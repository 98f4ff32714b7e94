package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
)

// listDB is an empty file with the tables of a store.
func listDB(t *testing.T) *bbolt.DB {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "lists.db"), 0o600, boltOptions(false, 0))
	if err != nil {
		t.Fatal(err)
	}
	db.NoSync = true
	t.Cleanup(func() { _ = db.Close() })
	update(t, db, func(tx *bbolt.Tx) error { return makeSchema(tx, "test", t0) })
	return db
}

func update(t *testing.T, db *bbolt.DB, fn func(*bbolt.Tx) error) {
	t.Helper()
	if err := db.Update(fn); err != nil {
		t.Fatal(err)
	}
}

// listKey is a name key: some share a label, some a scope, some have no dot.
func listKey(i uint64) string {
	name := fmt.Sprintf("n%d.%s", i/3, []string{"com", "co.uk", "de"}[i%3])
	switch i % 50 {
	case 0:
		return fmt.Sprintf("dotless%d", i)
	case 1, 2, 3:
		return string(nameKey(name, scopeID("by hand")))
	}
	return name
}

// checkAgainst holds the tables of db against want, in every way of reading them.
func checkAgainst(t *testing.T, db *bbolt.DB, want map[string]mark) {
	t.Helper()
	err := db.View(func(tx *bbolt.Tx) error {
		checkLists(tx, func(err error) { t.Error(err) })
		got := make(map[string]mark)
		err := eachListed(tx, func(key []byte, m mark) error {
			if _, again := got[string(key)]; again {
				t.Errorf("%q comes twice", key)
			}
			got[string(key)] = m
			return nil
		})
		if !maps.Equal(got, want) {
			t.Errorf("%d names, want %d", len(got), len(want))
		}
		l, openErr := openLists(tx)
		if err = firstError(err, openErr); err != nil {
			return err
		}
		return findAll(t, tx, l, want)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// findAll looks for all names of want at once, and for as many that are not there.
func findAll(t *testing.T, tx *bbolt.Tx, l *lists, want map[string]mark) error {
	t.Helper()
	keys := slices.Sorted(maps.Keys(want))
	var qs []query
	for _, key := range keys {
		for _, prefix := range []string{"", "x"} {
			name, scope := splitKey([]byte(prefix + key))
			q := query{}
			q.text, q.tail, q.hash = l.place(name, scope)
			qs = append(qs, q)
		}
	}
	if err := l.find(tx, qs); err != nil {
		return err
	}
	for i, q := range qs {
		key := keys[i/2]
		switch {
		case i%2 == 1 && q.found:
			t.Fatalf("x%q is found", key)
		case i%2 == 0 && (!q.found || q.mark != want[key]):
			t.Fatalf("%q: found %v, %+v, want %+v", key, q.found, q.mark, want[key])
		}
	}
	return nil
}

// Whatever comes in whatever portions, and however far merges are, the tables say what a map would.
func TestTablesOfNamesSayWhatAMapWould(t *testing.T) {
	for _, tt := range []struct {
		name          string
		commits, most int
		names         uint64
		budget        int
		bigFirst      int
	}{
		{name: "small commits, merges that hardly keep up", commits: 60, most: 900, names: 30_000, budget: 1500},
		{name: "large commits", commits: 12, most: 20_000, names: 1 << 40, budget: 30_000},
		{name: "the same names again and again", commits: 40, most: 3000, names: 4000, budget: 4000},
		{name: "a large table under small ones", commits: 30, most: 500, names: 200_000, budget: 2000, bigFirst: 60_000},
		{name: "no merges", commits: 9, most: 2000, names: 1 << 40, budget: 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			db, want := listDB(t), map[string]mark{}
			l := readerOf(t, db)
			for c := range tt.commits {
				n := 1 + rng.IntN(tt.most)
				if c == 0 && tt.bigFirst > 0 {
					n = tt.bigFirst
				}
				update(t, db, func(tx *bbolt.Tx) error {
					return putNames(tx, l.tailMemo, rng, n, tt.names, tt.budget, uint32(c), want)
				})
				lookUp(t, db, l, want)
				if c%10 == 9 || c == tt.commits-1 {
					checkAgainst(t, db, want)
				}
			}
		})
	}
}

// putNames writes n random names as one table, notes them in want, and merges within a budget.
func putNames(tx *bbolt.Tx, tails *tailMemo, rng *rand.Rand, n int, names uint64, budget int, run uint32, want map[string]mark) error {
	var r recent
	for range n {
		key := listKey(rng.Uint64N(names))
		name, scope := splitKey([]byte(key))
		text, tail, hash := tails.place(name, scope)
		i := r.find(hash, text, tail)
		if i < 0 {
			i = r.add(hash, text, tail)
		}
		m := mark{run: run * 50, delegated: rng.IntN(2) == 0}
		if m.delegated {
			m.at = int64(rng.IntN(1_000_000)) * timeUnit
		}
		e := &r.names[i]
		e.run, e.delegated, e.at, e.need = m.run, m.delegated, timeUnits(m.at), needWrite
		want[key] = m
	}
	if err := tails.save(tx, tails.saved); err != nil {
		return err
	}
	tails.saved = len(tails.texts)
	if err := writeTable(tx, r.sorted(nil, false), nil); err != nil {
		return err
	}
	return mergeLists(tx, &tails.tails, budget, nil)
}

func readerOf(t *testing.T, db *bbolt.DB) (l *lists) {
	t.Helper()
	if err := db.View(func(tx *bbolt.Tx) (err error) { l, err = openLists(tx); return err }); err != nil {
		t.Fatal(err)
	}
	return l
}

// lookUp looks for some names as a run does, which keeps its reader over many commits.
func lookUp(t *testing.T, db *bbolt.DB, l *lists, want map[string]mark) {
	t.Helper()
	some := make(map[string]mark)
	for key, m := range want { // in random order
		some[key] = m
		if len(some) == 200 {
			break
		}
	}
	for range 2 { // the second time from what the first has opened
		if err := db.View(func(tx *bbolt.Tx) error { return findAll(t, tx, l, some) }); err != nil {
			t.Fatal(err)
		}
	}
}

// Merges that get their share leave few tables, so that a look-up stays cheap.
func TestMergesKeepTablesFew(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	db, want := listDB(t), map[string]mark{}
	l := readerOf(t, db)
	for c := range 150 {
		update(t, db, func(tx *bbolt.Tx) error {
			return putNames(tx, l.tailMemo, rng, 400, 1<<40, 400*mergePerName, uint32(c), want)
		})
	}
	if err := db.View(func(tx *bbolt.Tx) error {
		tables, err := readTables(tx)
		if len(tables) > 24 {
			t.Errorf("%d tables", len(tables))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// Names of one hash stand beside each other and are told apart by their text.
func TestNamesOfOneHashAreTwoNames(t *testing.T) {
	db := listDB(t)
	update(t, db, func(tx *bbolt.Tx) error {
		a := listed{hash: 1 << 60, text: []byte("a"), mark: mark{run: 1}}
		b := listed{hash: 1 << 60, text: []byte("b"), mark: mark{run: 2}}
		return writeTable(tx, []listed{a, b}, nil)
	})
	if err := db.View(func(tx *bbolt.Tx) error {
		l, err := openLists(tx)
		if err != nil {
			return err
		}
		qs := []query{{hash: 1 << 60, text: []byte("b")}, {hash: 1 << 60, text: []byte("a")}, {hash: 1 << 60, text: []byte("c")}}
		if err := l.find(tx, qs); err != nil {
			return err
		}
		if qs[0].mark.run != 2 || qs[1].mark.run != 1 || qs[2].found {
			t.Errorf("%+v", qs)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func sampleBlock(n int) ([]listed, []byte) {
	var names []listed
	for i := range n {
		names = append(names, listed{hash: uint64(i) << 40, text: fmt.Appendf(nil, "name%d", i), tail: uint32(i % 300),
			mark: mark{run: uint32(i), delegated: i%2 == 0, at: int64(i%2^1) * int64(i) * timeUnit}})
	}
	v := appendBlock(nil, names, 1)
	sealBlock([]byte("key"), v)
	return names, v
}

func TestBlockKeepsItsNames(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 500, 9000} { // the last too long for its offsets
		names, v := sampleBlock(n)
		b, err := openBlock([]byte("key"), v, true)
		if err != nil || b.count != n {
			t.Fatalf("%d names: %v, %d", n, err, b.count)
		}
		for i := 0; i < n; i += 1 + n/500 {
			e := names[i]
			if m, ok, err := b.find(e.hash, e.text, e.tail, 1); err != nil || !ok || m != e.mark {
				t.Fatalf("%s of %d: %+v, %v, %v, want %+v", e.text, n, m, ok, err, e.mark)
			}
		}
		if _, ok, err := b.find(3<<40, []byte("other"), 3, 1); ok || err != nil {
			t.Errorf("finds what is not there: %v", err)
		}
	}
}

// A mark's time is rounded down: asked again early, never late.
func TestTimesOfMarksAreRoundedDown(t *testing.T) {
	for _, at := range []int64{0, 1, timeUnit - 1, timeUnit, t0.Unix(), t0.Unix() + 299, -5} {
		got := int64(timeUnits(at)) * timeUnit
		if got > max(at, 0) || got <= at-timeUnit {
			t.Errorf("%d becomes %d", at, got)
		}
	}
}

// Every flipped bit of a block is seen.
func TestFlippedBitsOfBlocksAreSeen(t *testing.T) {
	_, v := sampleBlock(40)
	for bit := range 8 * len(v) {
		bad := slices.Clone(v)
		bad[bit/8] ^= 1 << (bit % 8)
		if _, err := openBlock([]byte("key"), bad, true); !errors.Is(err, errRecord) {
			t.Fatalf("bit %d: %v", bit, err)
		}
	}
	if _, err := openBlock([]byte("kez"), v, true); !errors.Is(err, errRecord) {
		t.Error("a block is read under another key")
	}
}

// What the decoder of blocks is given, it ends, and reads only what is there.
func FuzzBlock(f *testing.F) {
	for _, n := range []int{0, 1, 40} {
		_, v := sampleBlock(n)
		f.Add(v, uint64(n)<<40)
	}
	f.Add([]byte{blockForm}, uint64(0))
	f.Fuzz(func(t *testing.T, v []byte, hash uint64) {
		b, err := openBlock([]byte("key"), v, false)
		if err != nil {
			return
		}
		for _, blocks := range []uint32{1, 7} {
			_, _, _ = b.find(hash, []byte("name1"), 1, blocks)
		}
		for at := 0; at >= 0 && at < len(b.entries); {
			e, next := b.entry(at)
			if next >= 0 && (next <= at || next > len(b.entries)) {
				t.Fatalf("entry at %d ends at %d of %d", at, next, len(b.entries))
			}
			_ = string(e.text)
			at = next
		}
	})
}

// FuzzTableHead decodes what the head of a table may be.
func FuzzTableHead(f *testing.F) {
	whole := table{number: 7, age: 3, names: 10, size: 99, blocks: 2, next: 2, lines: 4}
	part := table{number: 7, age: 3, names: 10, size: 99, blocks: 2, next: 1, lines: 4, from: []uint32{5, 6}}
	f.Add(whole.append(nil))
	f.Add(part.append(nil))
	f.Fuzz(func(t *testing.T, v []byte) {
		if len(v) > 5 {
			v = slices.Clone(v)
			binary.BigEndian.PutUint32(v[1:], sumOf(tableKey(7), v[5:]))
		}
		got, err := readTable(tableKey(7), v)
		if err == nil && (got.blocks == 0 || got.next > got.blocks) {
			t.Fatalf("%+v", got)
		}
	})
}
