package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"vacant"
)

// pagesOf returns the leaf and branch pages in use whose first record, or that
// of whose first child, is one of table.
func pagesOf(t *testing.T, path string, table []byte) (leaves, branches []uint64) {
	t.Helper()
	in, err := openInspector(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.f.Close() }()
	if err := in.start(); err != nil {
		t.Fatal(err)
	}
	w := newWalker(in)
	w.run()
	free, err := in.freePages()
	if err != nil {
		t.Fatal(err)
	}
	unused := newPageSet(in.meta.high)
	for _, id := range free {
		unused.add(id, 1)
	}
	isLeaf := func(id uint64) bool {
		p, err := in.tree(id, nil)
		if err != nil || p.flags != flagLeaf || p.count == 0 {
			return false
		}
		k, v, isBucket, err := p.element(0)
		return err == nil && !isBucket && hasSum(table, k, v) && checkRecord(table, k, v) == nil
	}
	for id := uint64(2); id < in.meta.high; id++ {
		p, err := in.tree(id, nil)
		if unused.has(id) || err != nil {
			continue
		}
		if isLeaf(id) {
			leaves = append(leaves, id)
		} else if p.flags == flagBranch {
			if _, child, err := p.child(0); err == nil && isLeaf(child) {
				branches = append(branches, id)
			}
		}
	}
	if len(leaves) == 0 || len(branches) == 0 {
		t.Fatalf("table %s has no pages: the test shows nothing", table)
	}
	return leaves, branches
}

// hurt overwrites a page of the file.
func hurt(t *testing.T, path string, id uint64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(os.Getpagesize())
	_, err = f.WriteAt(bytes.Repeat([]byte{0xAA}, int(size)), int64(id)*size)
	if err := firstError(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func saved(rec Recovered, table []byte) Saved {
	for _, s := range rec.Tables {
		if s.Table == string(table) {
			return s
		}
	}
	return Saved{}
}

// recovered recovers the file, which must then be sound, and returns its results.
func recovered(t *testing.T, path string) (Recovered, map[string]vacant.Verdict) {
	t.Helper()
	rec, err := Recover(path, Options{World: "test", Now: (&clock{t0}).now})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(path, Options{}); err != nil || len(r.Problems) > 0 {
		t.Fatalf("after recovery: %q, %v", r.Problems, err)
	}
	s, err := Open(path, Options{World: "test"})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]vacant.Verdict{}
	for r, err := range s.Results(Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		out[string(r.Name)] = r.Verdict()
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return rec, out
}

func TestRecoverSavesWhatOtherPagesHold(t *testing.T) {
	for _, table := range [][]byte{bucketResults, bucketState, bucketQueue} {
		t.Run(string(table), func(t *testing.T) {
			path := spoiled(t, func(*bbolt.Tx) error { return nil })
			bad, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			leaves, _ := pagesOf(t, path, table)
			hurt(t, path, leaves[len(leaves)/2])
			rec, results := recovered(t, path)
			if rec.Pages != 1 || rec.World != "test" || !strings.HasPrefix(rec.Aside, path+".corrupt-20260301T120000Z") {
				t.Errorf("%+v", rec)
			}
			if n := len(results); (string(table) != "results" && n != 500) || n < 300 || n > 500 {
				t.Errorf("%d results of 500", n)
			}
			if data, err := os.ReadFile(rec.Aside); err != nil || len(data) != len(bad) || bytes.Equal(data, bad) {
				t.Errorf("the damaged file is not what stands aside: %v", err)
			}
			wantEntries(t, filepath.Dir(path), 2)
		})
	}
}

// Pages below a branch page that is lost are found by what stands on them.
func TestRecoverFindsPagesThatNothingLeadsTo(t *testing.T) {
	path := spoiled(t, func(*bbolt.Tx) error { return nil })
	_, branches := pagesOf(t, path, bucketResults)
	hurt(t, path, branches[0])
	rec, results := recovered(t, path)
	if len(results) != 500 || saved(rec, bucketResults).Kept != 500 || rec.Orphans < 300 {
		t.Errorf("%d results, %+v", len(results), rec)
	}
}

// A record of which one bit is wrong is lost, and what depends on it mended.
func TestRecoverDropsRecordsWhoseSumIsWrong(t *testing.T) {
	path := spoiled(t, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketResults)
		k, v := b.Cursor().First()
		v = bytes.Clone(v)
		v[len(v)/2] ^= 1
		return b.Put(bytes.Clone(k), v)
	})
	rec, results := recovered(t, path)
	if len(results) != 499 || saved(rec, bucketResults) != (Saved{Table: "results", Kept: 499, Lost: 1}) || rec.Mended != 1 {
		t.Errorf("%d results, %+v", len(results), rec)
	}
}

func TestRecoverLeavesASoundFileAlone(t *testing.T) {
	path := spoiled(t, func(*bbolt.Tx) error { return nil })
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := Recover(path, Options{})
	if err != nil || rec.Aside != "" {
		t.Errorf("%+v, %v", rec, err)
	}
	wantFile(t, path, string(before))
	wantEntries(t, filepath.Dir(path), 1)
}

// A world that the file does not tell any more is said to be a guess.
func TestRecoverSaysWhoseTheWorldIs(t *testing.T) {
	for name, forget := range map[string]func(*bbolt.Tx) error{
		"told":      func(tx *bbolt.Tx) error { return tx.Bucket(bucketQueue).Put([]byte("?"), []byte("?")) },
		"forgotten": func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Delete(metaWorld) },
	} {
		rec, err := Recover(spoiled(t, forget), Options{World: "test", Now: (&clock{t0}).now})
		if err != nil || rec.Aside == "" || rec.World != "test" || rec.Given != (name == "forgotten") {
			t.Errorf("%s: %+v, %v", name, rec, err)
		}
	}
}

func TestRecoverRefusesWhatHoldsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vacant.db")
	if err := os.WriteFile(path, make([]byte, 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Recover(path, Options{World: "test"}); !errors.Is(err, ErrDamaged) {
		t.Errorf("zeros: %v", err)
	}
	if _, err := Recover(path+".none", Options{World: "test"}); !errors.Is(err, ErrNoStore) {
		t.Errorf("no file: %v", err)
	}
	wantEntries(t, filepath.Dir(path), 1)
	s, _ := fresh1(t)
	if _, err := Recover(s.Path(), Options{}); !errors.As(err, new(*LockedError)) {
		t.Errorf("a store that is being written: %v", err)
	}
}

// Names of lists stand in tables; what other blocks of one hold is saved.
func TestRecoverSavesNamesOfListsOfOtherBlocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vacant.db")
	s, err := Open(path, Options{World: "test", Now: (&clock{t0}).now})
	if err != nil {
		t.Fatal(err)
	}
	const all = 20_000
	r := begin(t, s, RunInfo{ID: "1"})
	for i := uint64(0); i < all; i += 1000 {
		listed := make([]string, 1000)
		for k := range listed {
			listed[k] = name(i + uint64(k))
		}
		answered(t, r, listBatch(listed...), t0, func(int) vacant.Status { return vacant.StatusDelegated })
	}
	finish(t, r)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := openDB(path, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketSorted)
		k, v := b.Cursor().First()
		v = bytes.Clone(v)
		v[len(v)/2] ^= 4
		return b.Put(bytes.Clone(k), v)
	})
	if err := firstError(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(path, Options{}); err != nil || len(r.Problems) == 0 {
		t.Fatalf("verify finds %q, %v", r.Problems, err)
	}
	rec, _ := recovered(t, path)
	r2, err := Verify(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	kept := uint64(0)
	for _, c := range r2.Checked {
		if c.What == "names of lists" {
			kept = c.Count
		}
	}
	if kept < all*8/10 || kept >= all || saved(rec, bucketSorted).Lost == 0 {
		t.Errorf("%d names of %d kept, %+v", kept, all, rec)
	}
}

// A damaged file of an older version is saved in this version's form.
func TestRecoverConvertsOlderFiles(t *testing.T) {
	path := schema1(t)
	db, err := bbolt.Open(path, 0o600, boltOptions(false, closeWait))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketResults).Put(firstKey(tx.Bucket(bucketResults)), []byte("?"))
	})
	if err := firstError(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	rec, err := Recover(path, Options{Now: (&clock{t0}).now})
	if err != nil || saved(rec, bucketResults) != (Saved{"results", 136, 1}) || saved(rec, bucketLists).Kept != 138 {
		t.Fatalf("%+v, %v", rec, err)
	}
	r, err := Verify(path, Options{})
	if err != nil || len(r.Problems) > 0 || r.Schema != schemaVersion {
		t.Errorf("%+v, %v", r, err)
	}
}
