package store

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// schema1 puts the store that a program of schema 1 wrote into a folder of the test's own.
func schema1(t *testing.T) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "schema1", "vacant.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "vacant.db")
	if err := os.WriteFile(path, data, 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

// schema1World and schema1Made are those of the file.
const schema1World = "lab seed=0 density=0.9 tlds=com,io"

var schema1Made = time.Date(2026, 11, 21, 6, 10, 0, 0, time.UTC)

// stableExport is what "export --all --stable -f jsonl" writes.
func stableExport(t *testing.T, s *Store) []byte {
	t.Helper()
	var out bytes.Buffer
	enc, err := NewEncoder(&out, JSONL, true)
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range s.Results(Query{}) {
		if err = firstFailed(func() error { return err }, func() error { return enc.Encode(r) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func wantSchema1Export(t *testing.T, s *Store) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", "schema1", "vacant.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(stableExport(t, s), want) {
		t.Error("the export differs from the one that the older program made")
	}
}

func TestAnOlderFileIsConvertedAndKept(t *testing.T) {
	path := schema1(t)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".schema-1", []byte("of an earlier time"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), ".vacant.db.new"), []byte("left by a kill"), 0o600); err != nil {
		t.Fatal(err)
	}
	var told []string
	s, err := Open(path, Options{World: schema1World, Now: (&clock{schema1Made}).now, Notice: func(line string) { told = append(told, line) }})
	if err != nil {
		t.Fatal(err)
	}
	backup := path + ".schema-1.2"
	if len(told) != 1 || !strings.Contains(told[0], backup) || !strings.Contains(told[0], "from schema 1 to 2") {
		t.Errorf("told %q", told)
	}
	wantSchema1Export(t, s)
	if err := firstError(s.Check(), s.Close()); err != nil {
		t.Error(err)
	}
	wantFile(t, path+".schema-1", "of an earlier time")
	wantFile(t, backup, string(old))
	wantEntries(t, filepath.Dir(path), 3)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	s, err = Open(path, Options{World: schema1World, Notice: func(line string) { t.Error("told again:", line) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnOlderFileIsReadAsItIs(t *testing.T) {
	path := schema1(t)
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	wantSchema1Export(t, s)
	st, err := s.Stats()
	if err != nil || st.Schema != 1 || st.Waiting != 47 {
		t.Errorf("%+v, %v", st, err)
	}
	if err := firstError(s.Check(), s.Close()); err != nil {
		t.Error(err)
	}
	wantEntries(t, filepath.Dir(path), 1)
}

// The same hunt as before asks nothing again while its answers are fresh: the
// waiting names, the progress and the names of lists are there.
// What a file of version 1 has no tables for is told, or is none; it is no damage.
func TestAnOlderFileHasNoChangesAndIsNotDamaged(t *testing.T) {
	s, err := Open(schema1(t), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, err = range s.Changes(Between{From: 1, To: 2}) {
		if err == nil {
			t.Error("a change")
		}
	}
	if !errors.Is(err, ErrOlder) || errors.Is(err, ErrDamaged) {
		t.Errorf("changes: %v", err)
	}
	if w, err := s.Weigh(); err != nil || w.Settled <= 0 {
		t.Errorf("%+v, %v", w, err)
	}
	runs, err := s.Runs()
	if err != nil || len(runs) != 2 {
		t.Fatal(runs, err)
	}
	for _, r := range runs {
		if r.KeptChanges() {
			t.Errorf("run %s of version 1 is said to have kept its changes", r.ID)
		}
	}
}

func TestAConvertedFileRemembersWhatWasAsked(t *testing.T) {
	path := schema1(t)
	before := whatWasAsked(t, path)
	c := &clock{schema1Made}
	s, err := Open(path, Options{World: schema1World, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	r := begin(t, s, RunInfo{ID: "new", Space: before.space, SpaceSize: 1 << 16, Started: c.t})
	if r.Carried() != 47 {
		t.Errorf("%d names wait, want 47", r.Carried())
	}
	b := new(vacant.Pool).Get()
	b.Servers = vacant.NewServers()
	for _, name := range before.listed {
		b.Append([]byte(name), vacant.NoIndex)
	}
	if n := b.Len(); n == 0 {
		t.Fatal("the file has no names of lists: the test proves nothing")
	} else {
		admit(t, r, b, Admission{Known: n})
	}
	b = new(vacant.Pool).Get()
	b.Servers = vacant.NewServers()
	for _, i := range before.indexes {
		b.Append(spaceName(nil, i), i)
	}
	admit(t, r, b, Admission{Known: len(before.indexes)})
	finish(t, r)
	if err := firstError(s.Check(), s.Close()); err != nil {
		t.Error(err)
	}
}

type wasAsked struct {
	space   [16]byte
	indexes []uint64
	listed  []string
}

// whatWasAsked reads the file without the store's own code for opening it.
func whatWasAsked(t *testing.T, path string) (w wasAsked) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		k, v := tx.Bucket(bucketProgress).Cursor().First()
		copy(w.space[:], k)
		c, err := readChunk(k, v)
		if err != nil {
			return err
		}
		for _, l := range c {
			for i := l.bits.next(0, true); i < chunkSize; i = l.bits.next(i+1, true) {
				w.indexes = append(w.indexes, uint64(i))
			}
		}
		return tx.Bucket([]byte("lists")).ForEach(func(k, _ []byte) error {
			w.listed = append(w.listed, string(k))
			return nil
		})
	})
	if err := firstError(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if len(w.indexes) == 0 || hex.EncodeToString(w.space[:]) == strings.Repeat("0", 32) {
		t.Fatal("the file has no progress: the test proves nothing")
	}
	return w
}

func TestAFileOfAnotherWorldIsNotConverted(t *testing.T) {
	path := schema1(t)
	if _, err := Open(path, Options{World: "internet"}); err == nil {
		t.Error("opened")
	}
	wantEntries(t, filepath.Dir(path), 1)
}
