package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// filled returns the bytes of a store with something in every table.
func filled(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vacant.db")
	c := &clock{t0}
	s, err := Open(path, Options{World: "test", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	r := begin(t, s, RunInfo{ID: "1", Space: [16]byte{1}, SpaceSize: 1 << 20})
	for i := uint64(0); i < 20_000; i += 1000 {
		answered(t, r, spaceBatch(i, i+1000), c.t, nineInTen)
	}
	answered(t, r, listBatch("a.dev", "b.dev"), c.t, all(vacant.StatusDelegated))
	flush(t, r)
	for range 5 {
		inquiries, err := r.Next(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		var results []vacant.Result
		for _, q := range inquiries {
			results = append(results, available(t, string(q.Name), c.t))
		}
		settle(t, r, results...)
	}
	finish(t, r)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDamagedFilesAreRefused(t *testing.T) {
	good := filled(t)
	flip := func(at, bit int) []byte {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << bit
		return bad
	}
	both := flip(pageHeaderLen+9, 3) // both headers
	both[os.Getpagesize()+pageHeaderLen+9] ^= 1 << 3
	for _, tt := range []struct {
		name string
		data []byte
	}{
		{"empty", nil},
		{"one octet", []byte{0}},
		{"text", []byte("domain,unicode,tld\nexample.com,,com\n")},
		{"zeros", make([]byte, 1<<16)},
		{"cut after the headers", good[:2*os.Getpagesize()]},
		{"cut in the first page", good[:100]},
		{"cut in half", good[:len(good)/2]},
		{"both headers flipped", both},
		{"another program's bbolt file", foreign(t)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vacant.db")
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, readOnly := range []bool{true, false} {
				if _, err := Open(path, Options{World: "test", ReadOnly: readOnly}); !errors.Is(err, ErrDamaged) {
					t.Errorf("read-only %v: %v", readOnly, err)
				}
			}
			if data, err := os.ReadFile(path); err != nil || !bytes.Equal(data, tt.data) {
				t.Error("a refused file was changed", err)
			}
		})
	}
}

func foreign(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Truncated anywhere, or with any bit of a page's header flipped, a file is
// refused or read to its end: never a panic, never a hang.
func TestDamageNeverPanicsNorHangs(t *testing.T) {
	good := filled(t)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	pages := len(good) / os.Getpagesize()
	tally := map[string]int{}
	for i := range 50 {
		bad := bytes.Clone(good)
		if i%2 == 0 {
			bad = bad[:rng.IntN(len(bad))]
		} else {
			at := rng.IntN(pages)*os.Getpagesize() + rng.IntN(3*pageHeaderLen)
			bad[at] ^= 1 << rng.IntN(8)
		}
		path := filepath.Join(t.TempDir(), "vacant.db")
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := child(t, "open", path)
		cmd.WaitDelay = time.Second
		hang := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		out, err := cmd.Output()
		if !hang.Stop() || err != nil {
			t.Errorf("seed %d, case %d: %v %s", seed, i, err, cmd.Stderr)
		}
		tally[string(out)]++
	}
	if tally["damaged"] == 0 {
		t.Error("no damage was found: the test proves nothing")
	}
	t.Logf("%v", tally)
}

func TestNewerSchemaAndOtherWorldsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vacant.db")
	s, err := Open(path, Options{World: "lab 1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var world *WorldError
	if _, err := Open(path, Options{World: "internet"}); !errors.As(err, &world) || world.Have != "lab 1" || world.Want != "internet" {
		t.Errorf("another world: %v", err)
	}
	s, err = Open(path, Options{ReadOnly: true})
	if err != nil || s.World() != "lab 1" {
		t.Fatalf("the file's own world: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	setSchema(t, path, schemaVersion+1)
	if _, err := Open(path, Options{World: "lab 1"}); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer schema: %v", err)
	}
}

func setSchema(t *testing.T, path string, v uint32) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(metaSchema, binary.BigEndian.AppendUint32(nil, v))
	})
	if err := firstError(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenMakesFoldersAndRefusesWhatItCannotUse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "deep", "vacant.db")
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, ErrNoStore) {
		t.Errorf("reading no store: %v", err)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, ErrNoStore) {
		t.Errorf("a new store of no world: %v", err)
	}
	s, err := Open(path, Options{World: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
	var pathErr *fs.PathError
	if _, err := Open(filepath.Join(path, "below-a-file.db"), Options{World: "test"}); !errors.As(err, &pathErr) {
		t.Errorf("below a file: %v", err)
	}
	if _, err := Open(dir, Options{World: "test"}); err == nil {
		t.Error("a folder is opened as a store")
	}
}

func TestFolderWithoutPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("SKIPPED: root may write anywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "vacant.db"), Options{World: "test"}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
}

// A record that contradicts itself is damage, not a result.
func TestForgedRecordsAreRefused(t *testing.T) {
	for i, value := range [][]byte{
		nil, {formJSON}, {9, 1, 'x'}, []byte("\x01\x01{"),
		[]byte("\x01\x01" + `{"n":"a.com","v":"available","dns":{"status":0}}`), // no proof
		[]byte("\x01\x01" + `{"n":"a.com","v":"registered","dns":{}}`),          // header says available
		[]byte("\x01\x02" + `{"n":"b.com","v":"registered","dns":{}}`),          // another name
		{formDNS, 2, 1}, {formDNS, 0, 0, 1, 0, 0, 0, 200, 1},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if r, err := readResult([]byte("a.com"), value); !errors.Is(err, errRecord) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}
