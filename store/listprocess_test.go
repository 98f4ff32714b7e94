package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// childLists asks names of the list in the store args[0] from number args[1] on, for
// ever, and prints up to which number answers have been committed.
func childLists(args []string) error {
	s, err := Open(args[0], Options{World: "test"})
	if err != nil {
		return err
	}
	s.db.NoSync = true // a killed process loses no page that it wrote
	r, err := s.Begin(RunInfo{ID: args[1], Started: time.Now()})
	if err != nil {
		return err
	}
	next, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return err
	}
	for b := spaceBatch(0, 0); ; {
		for range 10 {
			next = refillList(b, next)
			if _, err := r.Admit(b); err != nil {
				return err
			}
			answer(b, time.Now(), all(vacant.StatusDelegated))
			if err := r.Answered(b); err != nil {
				return err
			}
		}
		if err := r.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, next)
	}
}

// Whenever a process is killed, in the middle of merges too, the tables are whole
// and have every name whose answer was committed.
func TestKilledProcessLosesNoNamesOfLists(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: no SIGKILL on windows")
	}
	path := filepath.Join(t.TempDir(), "vacant.db")
	merging, done := 0, uint64(0)
	for range 4 {
		done = huntListsUntilKilled(t, path, done)
		s, err := Open(path, Options{World: "test"})
		if err != nil {
			t.Fatal(err)
		}
		err = s.view(func(tx *bbolt.Tx) error {
			checkLists(tx, func(err error) { t.Error(err) })
			tables, err := readTables(tx)
			if smallestMerge(tables) >= 0 {
				merging++
			}
			return firstError(err, wantListed(t, tx, done))
		})
		if err = firstError(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d names, %d kills in the middle of a merge", done, merging)
}

// huntListsUntilKilled returns up to which name answers were committed.
func huntListsUntilKilled(t *testing.T, path string, from uint64) uint64 {
	t.Helper()
	cmd := child(t, "lists", path, fmt.Sprint(from))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var timer *time.Timer
	for lines := bufio.NewReader(stdout); ; {
		line, err := lines.ReadString('\n')
		if err != nil { // a line cut off by the kill was not shown
			break
		}
		if from, err = strconv.ParseUint(strings.TrimSpace(line), 10, 64); err != nil {
			t.Fatal(err)
		}
		if timer == nil {
			timer = time.AfterFunc(time.Duration(50+rand.IntN(100))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait()
	if timer == nil || timer.Stop() {
		t.Fatalf("the child ended by itself: %v", cmd.Stderr)
	}
	return from
}

func wantListed(t *testing.T, tx *bbolt.Tx, n uint64) error {
	t.Helper()
	l, err := openLists(tx)
	if err != nil {
		return err
	}
	qs := make([]query, n)
	for i := range qs {
		q := &qs[i]
		q.text, q.tail, q.hash = l.place(listName(nil, uint64(i)), "")
	}
	err = l.find(tx, qs)
	for i := range qs {
		if !qs[i].mark.delegated {
			t.Fatalf("name %d of %d was committed and is not there", i, n)
		}
	}
	return err
}

// damageLists flips one bit of a value of the tables of names.
func damageLists(t *testing.T, path string, table []byte, at func(key []byte) bool) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, boltOptions(false, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	update(t, db, func(tx *bbolt.Tx) error {
		c := tx.Bucket(table).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if at(k) {
				bad := append([]byte{}, v...)
				bad[len(bad)/2] ^= 4
				return tx.Bucket(table).Put(append([]byte{}, k...), bad)
			}
		}
		return errors.New("there is nothing to damage")
	})
}

// A damaged table of names is damage: no name is taken for known, none for new.
func TestDamagedTablesOfNamesAreSeen(t *testing.T) {
	isSieve := func(k []byte) bool { return binary.BigEndian.Uint32(k[4:])&sieveParts != 0 }
	for name, tt := range map[string]struct {
		table []byte
		at    func(key []byte) bool
	}{
		"block": {bucketSorted, func(k []byte) bool { return !isSieve(k) }},
		"sieve": {bucketSorted, isSieve},
		"head":  {bucketTables, func(k []byte) bool { return len(k) == 4 }},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vacant.db")
			s, err := Open(path, Options{World: "test"})
			if err != nil {
				t.Fatal(err)
			}
			r := begin(t, s, RunInfo{ID: "1"})
			b := listBatch()
			refillList(b, 0)
			answered(t, r, b, time.Now(), all(vacant.StatusDelegated))
			finish(t, r)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			damageLists(t, path, tt.table, tt.at)
			if s, err = Open(path, Options{World: "test"}); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			r = begin(t, s, RunInfo{ID: "2"})
			refillList(b, 0)
			if a, err := r.Admit(b); !errors.Is(err, ErrDamaged) {
				t.Errorf("%+v, %v", a, err)
			}
			if err := s.Check(); !errors.Is(err, ErrDamaged) {
				t.Errorf("check: %v", err)
			}
		})
	}
}
