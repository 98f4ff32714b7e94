package store

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// spoiled returns the path of a sound store with fn done to it behind its back.
func spoiled(t *testing.T, fn func(tx *bbolt.Tx) error) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vacant.db")
	if err := os.WriteFile(path, filled(t), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := firstError(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func firstKey(b *bbolt.Bucket) []byte { k, _ := b.Cursor().First(); return k }

func TestVerifyFindsEachContradiction(t *testing.T) {
	put := func(table []byte, key, value []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket(table).Put(key, value) }
	}
	overFirst := func(table, value []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket(table).Put(firstKey(tx.Bucket(table)), value) }
	}
	dropFirst := func(table []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket(table).Delete(firstKey(tx.Bucket(table))) }
	}
	tests := []struct {
		name, want string
		spoil      func(*bbolt.Tx) error
	}{
		{"a state that cannot be read", "the state of", put(bucketState, []byte("x.com"), []byte("?"))},
		{"a result without a state", "has a result and no state", dropFirst(bucketState)},
		{"a state without its result", "and no result", dropFirst(bucketResults)},
		{"a result that cannot be read", "the result of", overFirst(bucketResults, []byte{9, 9})},
		{"a waiting name that is not in the queue", "waits but is not in its place", dropFirst(bucketQueue)},
		{"a name in the queue that does not wait", "does not wait there", put(bucketQueue, u64Key(1<<40), queued{name: "x.com"}.append(nil, u64Key(1<<40)))},
		{"a queue beyond its counter", "beyond its counter", put(bucketQueue, u64Key(1<<40), queued{name: "x.com"}.append(nil, u64Key(1<<40)))},
		{"progress that cannot be read", "the progress of chunk", overFirst(bucketProgress, []byte{7})},
		{"a manifest that cannot be read", "the manifest of run", overFirst(bucketRuns, []byte("{"))},
		{"a run that does not balance", "conservation broken", overFirst(bucketRuns, []byte(`{"id":"1","end":"done","counts":{"generated":7}}`))},
		{"runs beyond their counter", "beyond their counter", put(bucketRuns, binary.BigEndian.AppendUint32(nil, 99), []byte(`{"id":"99"}`))},
		{"a missing table", "is missing", func(tx *bbolt.Tx) error { return tx.DeleteBucket(bucketQueue) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Verify(spoiled(t, tt.spoil), Options{})
			if err != nil || !strings.Contains(strings.Join(r.Problems, "\n"), tt.want) {
				t.Errorf("%q, %v: want %q", r.Problems, err, tt.want)
			}
		})
	}
}

func TestVerifySaysWhatItCounted(t *testing.T) {
	r, err := Verify(spoiled(t, func(*bbolt.Tx) error { return nil }), Options{})
	if err != nil || len(r.Problems) > 0 {
		t.Fatalf("%q, %v", r.Problems, err)
	}
	counts := map[string]uint64{}
	for _, c := range r.Checked {
		counts[c.What] = c.Count
	}
	if counts["runs"] != 1 || counts["results"] != 500 || counts["states"] != 2000 || counts["waiting names"] != 1500 || counts["names in them"] != 18000 {
		t.Errorf("%v", counts)
	}
	if p := r.Pages; p.Branch+p.Leaf+p.Overflow+p.Free+p.Other != int64(counts["pages"]) || p.Lost != 0 {
		t.Errorf("%+v", p)
	}
}

// What is told of a damaged file is bounded.
func TestVerifyTellsTheFirstContradictions(t *testing.T) {
	r, err := Verify(spoiled(t, func(tx *bbolt.Tx) error {
		return firstError(tx.DeleteBucket(bucketResults), func() error { _, err := tx.CreateBucket(bucketResults); return err }())
	}), Options{})
	if err != nil || len(r.Problems) != maxProblems || r.Further != 500-maxProblems {
		t.Errorf("%d problems, %d further, %v", len(r.Problems), r.Further, err)
	}
}

// A file that grows while its lock is waited for is looked at as it is then.
func TestVerifyAndRecoverLookAtTheFileBehindTheLock(t *testing.T) {
	for range 3 {
		path := filepath.Join(t.TempDir(), "vacant.db")
		s, err := Open(path, Options{World: "test"})
		if err != nil {
			t.Fatal(err)
		}
		begun, reports := make(chan bool, 2), make(chan error, 2)
		look := func(f func(Options) (string, error)) {
			begun <- true
			what, err := f(Options{LockWait: time.Minute})
			if err == nil && what != "" {
				err = errors.New(what)
			}
			reports <- err
		}
		go look(func(o Options) (string, error) { r, err := Verify(path, o); return strings.Join(r.Problems, ", "), err })
		go look(func(o Options) (string, error) { r, err := Recover(path, o); return r.Aside, err })
		<-begun
		<-begun
		r := begin(t, s, RunInfo{ID: "1"})
		for lo := uint64(0); lo < 40_000; lo += 4000 { // some MB
			answered(t, r, spaceBatch(lo, lo+4000), t0, all(vacant.StatusTimeout))
			flush(t, r)
		}
		finish(t, r)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := <-reports; err != nil {
				t.Errorf("%v", err)
			}
		}
	}
}
