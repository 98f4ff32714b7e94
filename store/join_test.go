package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"vacant"
)

// joined joins files and returns the new one, which must be sound.
func joined(t tester, dir string, from ...string) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("joined-%d.db", time.Now().UnixNano()))
	if _, err := Join(path, from, Options{Now: (&clock{t0}).now}); err != nil {
		t.Fatal(err)
	}
	checkFile(t, path)
	return path
}

func exported(t *testing.T, path string) string {
	t.Helper()
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	return string(stableExport(t, s))
}

// story makes a store by what tell does in one run.
func story(t *testing.T, id string, at time.Time, info RunInfo, tell func(r *Run)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), id+".db")
	s, err := Open(path, Options{World: "test", Now: (&clock{at}).now})
	if err != nil {
		t.Fatal(err)
	}
	info.ID, info.Started = id, at
	r := begin(t, s, info)
	tell(r)
	finish(t, r)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOfTwoResultsTheYoungerStands(t *testing.T) {
	later := t0.Add(time.Hour)
	a := story(t, "a", t0, RunInfo{}, func(r *Run) {
		settle(t, r, available(t, "gone.com", t0), registered("freed.com", t0, t0))
		answered(t, r, listBatch("waited.com", "waits.com"), t0, all(vacant.StatusNXDomain))
	})
	b := story(t, "b", later, RunInfo{}, func(r *Run) {
		settle(t, r, registered("gone.com", later, later), available(t, "freed.com", later), registered("waited.com", later, later))
		answered(t, r, listBatch("waits.com"), later, all(vacant.StatusNXDomain))
	})
	dir := t.TempDir()
	path := joined(t, dir, a, b)
	if other := joined(t, dir, b, a); exported(t, other) != exported(t, path) {
		t.Error("the order of the files matters")
	}
	if again := joined(t, dir, path, b); exported(t, again) != exported(t, path) {
		t.Error("joining again changes something")
	}
	s := open(t, path, &clock{later})
	for name, want := range map[vacant.Name]vacant.Verdict{"gone.com": vacant.Registered, "freed.com": vacant.Available, "waited.com": vacant.Registered} {
		if r, ok, err := s.Get("", name); err != nil || !ok || r.Verdict() != want {
			t.Errorf("%s: %s, %v, %v: want %s", name, r.Verdict(), ok, err, want)
		}
	}
	r := begin(t, s, RunInfo{ID: "c"})
	if got := next(t, r, 10); len(got) != 1 || got[0] != "waits.com" {
		t.Errorf("%v wait", got)
	}
	runs, err := s.Runs()
	if err != nil || len(runs) != 3 || runs[0].ID != "a" || runs[1].ID != "b" {
		t.Errorf("%+v, %v", runs, err)
	}
}

// A name that one store knows available and another, later, as delegated by a
// list is no longer available.
func TestALaterDelegationCorrectsAnotherStoresVerdict(t *testing.T) {
	later := t0.Add(time.Hour)
	a := story(t, "a", t0, RunInfo{}, func(r *Run) { settle(t, r, available(t, "gone.com", t0), available(t, "kept.com", t0)) })
	b := story(t, "b", later, RunInfo{}, func(r *Run) { answered(t, r, listBatch("gone.com"), later, all(vacant.StatusDelegated)) })
	for _, from := range [][]string{{a, b}, {b, a}} {
		s := open(t, joined(t, t.TempDir(), from...), &clock{later})
		got := map[string]bool{}
		for r, err := range s.Results(Query{Verdicts: []vacant.Verdict{vacant.Available}}) {
			if err != nil {
				t.Fatal(err)
			}
			got[string(r.Name)] = true
		}
		if len(got) != 1 || !got["kept.com"] {
			t.Errorf("%v are available", got)
		}
	}
}

func TestSharesAreAddedOnce(t *testing.T) {
	count := func(lo, hi uint64) func(*Run) {
		return func(r *Run) { answered(t, r, spaceBatch(lo, hi), t0, all(vacant.StatusDelegated)) }
	}
	info := RunInfo{Space: [16]byte{1}, SpaceSize: 1 << 20}
	a, b := story(t, "a", t0, info, count(0, 300)), story(t, "b", t0, info, count(300, 400))
	dir := t.TempDir()
	both := joined(t, dir, a, b)
	for _, path := range []string{both, joined(t, dir, both, b), joined(t, dir, a, both), joined(t, dir, both, both)} {
		s := open(t, path, &clock{t0})
		shares, err := s.Shares(nil)
		if err != nil || len(shares) != 1 || shares[0].Delegated != 400 {
			t.Errorf("%+v, %v", shares, err)
		}
		r := begin(t, s, RunInfo{ID: "c", Space: [16]byte{1}, SpaceSize: 1 << 20})
		admit(t, r, spaceBatch(0, 401), Admission{Known: 400})
	}
}

// What a killed run had not yet put into progress is known in the joined file.
func TestJoinKeepsTheStepsOfAKilledRun(t *testing.T) {
	space := [16]byte{9}
	path := story(t, "a", t0, RunInfo{Space: space, SpaceSize: 1 << 20}, func(r *Run) {
		answered(t, r, spaceBatch(0, 100), t0, all(vacant.StatusDelegated))
	})
	db, err := openDB(path, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		s, key := step{at: t0.Unix(), delegated: []uint64{100, 101, 70_000}, gone: []uint64{5}}, stepKey(space, 1)
		return tx.Bucket(bucketSteps).Put(key, s.append(nil, key))
	})
	if err := firstError(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	b := story(t, "b", t0, RunInfo{}, func(*Run) {})
	s := open(t, joined(t, t.TempDir(), path, b), &clock{t0})
	r := begin(t, s, RunInfo{ID: "c", Space: space, SpaceSize: 1 << 20})
	admit(t, r, spaceBatch(0, 110), Admission{Known: 101})
	admit(t, r, spaceBatch(70_000, 70_001), Admission{Known: 1})
}

// Steps of several spaces, in more chunks than one transaction takes, all come over.
func TestJoinKeepsStepsOfManyChunks(t *testing.T) {
	path := story(t, "a", t0, RunInfo{}, func(*Run) {})
	db, err := openDB(path, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for n := range uint64(6) {
			st := step{at: t0.Unix() + int64(n)*3000}
			for i := range uint64(foldChunks + 10) {
				st.delegated = append(st.delegated, i*chunkSize+n)
			}
			key := stepKey([16]byte{byte(1 + n/3)}, n)
			if err := tx.Bucket(bucketSteps).Put(key, st.append(nil, key)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := firstError(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	b := story(t, "b", t0, RunInfo{}, func(*Run) {})
	s := open(t, joined(t, t.TempDir(), path, b), &clock{t0.Add(5 * time.Hour)})
	if n := stepsIn(t, s); n != 0 {
		t.Errorf("%d steps came over as such", n)
	}
	for space := range uint64(2) {
		r := begin(t, s, RunInfo{ID: fmt.Sprint(space), Space: [16]byte{byte(1 + space)}, SpaceSize: 1 << 40})
		for n := range uint64(6) {
			want := Admission{}
			if n/3 == space {
				want.Known = foldChunks + 10
			}
			admit(t, r, sparseBatch(foldChunks+10, n), want)
		}
		finish(t, r)
	}
}

func TestJoinRefuses(t *testing.T) {
	a := story(t, "a", t0, RunInfo{}, func(*Run) {})
	other := filepath.Join(t.TempDir(), "other.db")
	s, err := Open(other, Options{World: "lab"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.db")
	if _, err := Join(out, []string{a, other}, Options{}); !errors.As(err, new(*WorldError)) {
		t.Errorf("two worlds: %v", err)
	}
	if _, err := Join(out, []string{a, schema1(t)}, Options{}); !errors.As(err, new(*WorldError)) && !errors.Is(err, ErrOlder) {
		t.Errorf("an older version: %v", err)
	}
	if _, err := Join(a, []string{a, a}, Options{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto itself: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(out)); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// Whatever two stores were told at what times, together they say of each name
// what was told last, in whatever order they are joined.
func TestJoinAgreesWithAMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		last := map[string]time.Time{}
		told := map[string]vacant.Verdict{} // absent while it waits
		var files []string
		for _, id := range []string{"a", "b"} {
			path := filepath.Join(dir, id+".db")
			_ = os.Remove(path)
			c := &clock{t0}
			s, err := Open(path, Options{World: "test", Now: c.now})
			if err != nil {
				rt.Fatal(err)
			}
			s.db.NoSync = true
			r := begin(rt, s, RunInfo{ID: id, Started: t0})
			minutes := rapid.SliceOfNDistinct(rapid.IntRange(0, 1000), 1, 12, rapid.ID[int]).Draw(rt, "minutes")
			slices.Sort(minutes)
			for _, m := range minutes {
				c.t = t0.Add(time.Duration(3*m+len(files)) * time.Minute) // no two stores at one time
				tellOne(rt, r, c.t, last, told)
			}
			finish(rt, r)
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
			files = append(files, path)
		}
		path := joined(rt, dir, files...)
		compareJoined(rt, path, last, told)
		if other := joined(rt, dir, files[1], files[0]); exported(t, other) != exported(t, path) {
			rt.Error("the order of the files matters")
		}
		again := joined(rt, dir, path, files[1])
		if exported(t, again) != exported(t, path) {
			rt.Error("joining again changes something")
		}
	})
}

// tellOne tells a store one thing about one name.
func tellOne(rt *rapid.T, r *Run, at time.Time, last map[string]time.Time, told map[string]vacant.Verdict) {
	n := name(rapid.Uint64Range(0, 9).Draw(rt, "name"))
	var v vacant.Verdict
	waits := false
	switch rapid.IntRange(0, 2).Draw(rt, "what") {
	case 0:
		v = vacant.Available
		settle(rt, r, available(rt, n, at))
	case 1:
		v = vacant.Registered
		settle(rt, r, registered(n, at, time.Time{}))
	default:
		waits = true
		answered(rt, r, listBatch(n), at, all(vacant.StatusNXDomain))
		flush(rt, r)
	}
	if at.Before(last[n]) {
		return
	}
	last[n] = at
	if waits {
		delete(told, n)
	} else {
		told[n] = v
	}
}

func compareJoined(rt *rapid.T, path string, last map[string]time.Time, told map[string]vacant.Verdict) {
	s, err := Open(path, Options{World: "test", Now: (&clock{t0}).now})
	if err != nil {
		rt.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	r := begin(rt, s, RunInfo{ID: "after"})
	inquiries, err := r.Next(context.Background(), 100)
	if err != nil {
		rt.Fatal(err)
	}
	waits := map[string]bool{}
	for _, q := range inquiries {
		waits[string(q.Name)] = true
	}
	for n := range last {
		want, settled := told[n]
		res, ok, err := s.Get("", vacant.Name(n))
		if err != nil || settled == waits[n] || (settled && (!ok || res.Verdict() != want)) {
			rt.Errorf("%s: %s, known %v, waits %v, %v: want %s, settled %v", n, res.Verdict(), ok, waits[n], err, want, settled)
		}
	}
	if len(waits)+len(told) != len(last) {
		rt.Errorf("%d wait and %d are settled, of %d", len(waits), len(told), len(last))
	}
}
