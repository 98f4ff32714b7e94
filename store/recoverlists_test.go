package store

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"vacant"
)

// listedStore is the path of a store of three names of a list, of run 1, with fn done to it behind its back.
func listedStore(t *testing.T, fn func(tx *bbolt.Tx) error) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vacant.db")
	s, err := Open(path, Options{World: "test", Now: (&clock{t0}).now})
	if err != nil {
		t.Fatal(err)
	}
	r := begin(t, s, RunInfo{ID: "1"})
	answered(t, r, listBatch("a.com", "b.com", "c.com"), t0, all(vacant.StatusDelegated))
	finish(t, r)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := openDB(path, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := firstError(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// A flipped bit of what many names end in makes no other names known.
func TestFlippedBitOfATailMakesNoNameKnown(t *testing.T) {
	path := listedStore(t, func(tx *bbolt.Tx) error {
		key := tailKey(1)
		v := bytes.Clone(tx.Bucket(bucketTables).Get(key))
		v[bytes.IndexByte(v, 'm')] ^= 1 // .col
		return tx.Bucket(bucketTables).Put(key, v)
	})
	if r, err := Verify(path, Options{}); err != nil || len(r.Problems) == 0 {
		t.Errorf("verify finds %q, %v", r.Problems, err)
	}
	recovered(t, path)
	s := open(t, path, &clock{t0})
	r := begin(t, s, RunInfo{ID: "2"})
	admit(t, r, listBatch("a.col", "b.col", "c.col", "a.com"), Admission{})
}

// A block under a key that one flipped bit made is dropped, and what is written
// afterwards is found.
func TestRecoverDropsBlocksUnderWrongKeys(t *testing.T) {
	path := listedStore(t, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketSorted)
		k, v := b.Cursor().First()
		key := bytes.Clone(k)
		key[0] ^= 0x80
		return firstError(b.Put(key, bytes.Clone(v)), b.Delete(k))
	})
	recovered(t, path)
	s := open(t, path, &clock{t0})
	r := begin(t, s, RunInfo{ID: "2"})
	answered(t, r, listBatch("d.com"), t0, all(vacant.StatusDelegated))
	finish(t, r)
	r = begin(t, s, RunInfo{ID: "3"})
	admit(t, r, listBatch("d.com"), Admission{Known: 1})
}

// A run never gets a number that names of lists bear: it would take them for its own.
func TestRecoverGivesNoNumberOfARunTwice(t *testing.T) {
	path := listedStore(t, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketRuns)
		return firstError(b.Delete(binary.BigEndian.AppendUint32(nil, 1)), b.SetSequence(0))
	})
	// Recover needs a reason to write the file anew.
	db, err := openDB(path, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketShares).Put([]byte("?"), []byte("?")) })
	if err := firstError(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	recovered(t, path)
	s := open(t, path, &clock{t0.Add(21 * day)})
	r := begin(t, s, RunInfo{ID: "2"})
	admit(t, r, listBatch("a.com", "b.com"), Admission{})
}
