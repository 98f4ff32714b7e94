package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"vacant"
)

// dump is every record of a file, table by table, with the counters.
func dump(t *testing.T, path string) []byte {
	t.Helper()
	db, err := openDB(path, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			out.Write(name)
			out.Write(u64Key(b.Sequence()))
			return b.ForEach(func(k, v []byte) error {
				out.Write(k)
				out.Write(v)
				return nil
			})
		})
	})
	if err := firstError(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// loose makes a store that has written its records many times over.
func loose(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vacant.db")
	if err := os.WriteFile(path, filled(t), 0o640); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{World: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s.db.NoSync = true
	r := begin(t, s, RunInfo{ID: "2"})
	for i := range uint64(60) {
		answered(t, r, listBatch(name(2*i), name(2*i+1)), t0, all(vacant.StatusNXDomain))
		flush(t, r)
	}
	finish(t, r)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCompactKeepsEveryRecordAndNoFreePage(t *testing.T) {
	path := loose(t)
	before := dump(t, path)
	c, err := Compact(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c.After >= c.Before {
		t.Errorf("%d octets before, %d after", c.Before, c.After)
	}
	if !bytes.Equal(dump(t, path), before) {
		t.Error("a record changed")
	}
	r, err := Verify(path, Options{})
	if err != nil || len(r.Problems) > 0 || r.Pages.Lost > 0 || r.Pages.Unused > 0 || r.Pages.Free > 4 {
		t.Errorf("%+v, %v", r, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 || info.Size() != c.After {
		t.Errorf("%v, %v", info, err)
	}
	wantEntries(t, filepath.Dir(path), 1)
	s := open(t, path, &clock{t0})
	settle(t, begin(t, s, RunInfo{ID: "3"}), registered("after.com", t0, t0))
}

func TestCompactFollowsALinkAndLeavesItOne(t *testing.T) {
	path := loose(t)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no symbolic links here")
	}
	if _, err := Compact(link, Options{}); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	wantEntries(t, filepath.Dir(path), 1)
}

func TestCompactLeavesALockedStoreAlone(t *testing.T) {
	s, _ := fresh1(t)
	var locked *LockedError
	if _, err := Compact(s.Path(), Options{}); !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("%v", err)
	}
	if _, err := Compact(s.Path()+".none", Options{}); !errors.Is(err, ErrNoStore) {
		t.Errorf("no store: %v", err)
	}
}

// Whoever waited for the lock of a file that was replaced gets the new one.
func TestTheLockOfAReplacedFileIsNoUse(t *testing.T) {
	path := loose(t)
	old, err := openBolt(path, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, 1)
	go func() {
		s, err := Open(path, Options{World: "test", LockWait: closeWait})
		if err == nil {
			r, berr := s.Begin(RunInfo{ID: "waited"})
			if err = berr; err == nil {
				err = r.Finish(vacant.Counts{}, "done")
			}
			err = firstError(err, s.Close())
		}
		waiting <- err
	}()
	w, err := newRewriter(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := firstFailed(
		func() error { return old.View(w.copyTables) },
		func() error { return w.finish(nil) },
		func() error { return w.replace(old) },
		func() error { return closeDB(old) },
		func() error { return <-waiting }); err != nil {
		t.Fatal(err)
	}
	if runs := runIDs(t, path); runs[len(runs)-1] != "waited" {
		t.Errorf("runs %v: the one that waited wrote into the file that was replaced", runs)
	}
}

func runIDs(t *testing.T, path string) (ids []string) {
	t.Helper()
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	runs, err := s.Runs()
	if err := firstError(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	return ids
}
