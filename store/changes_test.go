package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"vacant"
)

// changesOf collects what changed between two runs, by name.
func changesOf(t tester, s *Store, from, to uint32) map[string]Change {
	t.Helper()
	out := map[string]Change{}
	last := ""
	for c, err := range s.Changes(Between{From: from, To: to}) {
		if err != nil {
			t.Fatal(err)
		}
		if string(c.Name) <= last {
			t.Fatalf("%s comes after %s", c.Name, last)
		}
		last = string(c.Name)
		out[last] = c
	}
	return out
}

// known is what the store knows of every name: its results, and what is
// delegated in the space.
func known(t tester, s *Store, space [16]byte) map[string]Standing {
	t.Helper()
	out := map[string]Standing{}
	err := s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketProgress).Cursor()
		for k, v := c.Seek(space[:]); k != nil; k, v = c.Next() {
			layers, err := readChunk(k, v)
			if err != nil {
				return err
			}
			for _, l := range layers {
				for i := l.bits.next(0, true); i < chunkSize; i = l.bits.next(i+1, true) {
					out[name(uint64(i))] = delegated
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range s.Results(Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		out[string(r.Name)] = standingOf(&r)
	}
	return out
}

// aNight is one run over a small world, in which anything may be found.
func aNight(t *rapid.T, s *Store, c *clock, n int) {
	space := [16]byte{7}
	statuses := []vacant.Status{vacant.StatusUnasked, vacant.StatusDelegated, vacant.StatusDelegated, vacant.StatusNXDomain, vacant.StatusNXDomain, vacant.StatusNodata, vacant.StatusTimeout}
	r := begin(t, s, RunInfo{ID: fmt.Sprint("night-", n), Space: space, SpaceSize: 12, Fresh: true})
	for lo := uint64(0); lo < 12; lo += 4 {
		b := spaceBatch(lo, lo+4)
		if _, err := r.Admit(b); err != nil {
			t.Fatal(err)
		}
		answered(t, r, b, c.t, func(int) vacant.Status { return rapid.SampledFrom(statuses).Draw(t, "status") })
		if rapid.Bool().Draw(t, "commit") {
			flush(t, r)
		}
	}
	flush(t, r)
	for _, name := range next(t, r, rapid.IntRange(0, 12).Draw(t, "registry takes")) {
		settle(t, r, anyFinding(t, name, c.t))
	}
	if rapid.Bool().Draw(t, "has an end") {
		finish(t, r)
	}
}

func anyFinding(t *rapid.T, name string, at time.Time) vacant.Result {
	switch rapid.IntRange(0, 4).Draw(t, "finding") {
	case 0, 1:
		return available(t, name, at)
	case 2:
		r := registered(name, at, at.Add(day))
		r.Lifecycle = rapid.SampledFrom([]vacant.Lifecycle{"", vacant.Active, vacant.Redemption, vacant.PendingDelete}).Draw(t, "lifecycle")
		return r
	case 3:
		return undetermined(name, rapid.SampledFrom([]vacant.Reason{vacant.ReasonRateLimited, vacant.ReasonSourceConflict}).Draw(t, "why"), at, at)
	}
	r := vacant.NewReserved(vacant.Name(name), "")
	r.CheckedAt = at
	return r
}

// What the changes of all runs between two add up to is the difference of what
// the store knew after each, whatever was found in whatever order, also by check
// in between and by runs that were killed.
func TestChangesAreTheDifferenceOfTwoExports(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := &clock{t0}
		path := filepath.Join(t.TempDir(), "vacant.db")
		var s *Store
		open := func() {
			var err error
			if s, err = Open(path, Options{World: "test", Now: c.now}); err != nil {
				rt.Fatal(err)
			}
			s.db.NoSync = true
		}
		open()
		defer func() { _ = s.Close() }()
		exports := map[uint32]map[string]Standing{0: {}}
		for n := range rapid.IntRange(2, 5).Draw(rt, "nights") {
			aNight(rt, s, c, n)
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
			open()
			runs, err := s.Runs()
			if err != nil {
				rt.Fatal(err)
			}
			exports[runs[len(runs)-1].Number] = known(rt, s, [16]byte{7})
			c.t = c.t.Add(day)
			if rapid.IntRange(0, 3).Draw(rt, "check") == 0 {
				checkOne(rt, s, c.t)
			}
		}
		for from := range exports {
			for to := range exports {
				compareExports(rt, changesOf(rt, s, from, to), exports[from], exports[to])
			}
		}
		if err := s.Check(); err != nil {
			rt.Fatal(err)
		}
	})
}

// checkOne does what check does, to a name that has a result or is in no space:
// of one that only progress tells of, check does not know that it was delegated.
func checkOne(t *rapid.T, s *Store, at time.Time) {
	text := name(rapid.Uint64Range(0, 13).Draw(t, "checked"))
	if _, ok, err := s.Get("", vacant.Name(text)); err != nil || (!ok && text < name(12)) {
		return
	}
	if err := s.Put(nil, []vacant.Result{anyFinding(t, text, at)}); err != nil {
		t.Fatal(err)
	}
}

func compareExports(t *rapid.T, changes map[string]Change, before, after map[string]Standing) {
	for name, b := range before {
		a, both := after[name]
		c, changed := changes[name]
		if both && changed != (a != b) {
			t.Fatalf("%s was %+v, is %+v, and the change is %+v (%v)", name, b, a, c, changed)
		}
		if both && changed && (c.Before != b || c.After != a) {
			t.Fatalf("%s was %+v, is %+v, and the change says %+v", name, b, a, c)
		}
	}
	for name, c := range changes {
		if b, ok := before[name]; ok && b != c.Before {
			t.Fatalf("%s was %+v, the change says %+v", name, b, c.Before)
		}
		if a, ok := after[name]; ok && a != c.After {
			t.Fatalf("%s is %+v, the change says %+v", name, a, c.After)
		}
		if c.Before == c.After {
			t.Fatalf("%s: no change is a change: %+v", name, c)
		}
	}
}

// A name that was delegated, as an index or as a name of a list, and is not any
// more is a change from registered, however much later the registry tells.
func TestDelegatedNamesThatDropAreChanges(t *testing.T) {
	for kind, batch := range map[string]func() *vacant.Batch{
		"of a space": func() *vacant.Batch { return spaceBatch(1, 2) },
		"of a list":  func() *vacant.Batch { return listBatch(name(1)) },
	} {
		t.Run(kind, func(t *testing.T) {
			s, c := fresh1(t)
			night := func(st vacant.Status, tell bool) {
				r := begin(t, s, RunInfo{ID: c.t.String(), Space: [16]byte{1}, SpaceSize: 10})
				b := batch()
				_, _ = r.Admit(b)
				answered(t, r, b, c.t, all(st))
				flush(t, r)
				if tell {
					settle(t, r, available(t, name(1), c.t))
				}
				finish(t, r)
				c.t = c.t.Add(day)
			}
			night(vacant.StatusDelegated, false)
			night(vacant.StatusNXDomain, false)
			r := begin(t, s, RunInfo{ID: "last"})
			settle(t, r, available(t, name(1), c.t))
			finish(t, r)
			got := changesOf(t, s, 1, 3)[name(1)]
			if got.Before != delegated || got.After.Verdict != vacant.Available || got.Kind() != NowAvailable {
				t.Errorf("%+v, %s", got, got.Kind())
			}
			if n := len(changesOf(t, s, 0, 2)); n != 0 {
				t.Errorf("%d changes while it waits", n)
			}
		})
	}
}

func TestKindsOfChanges(t *testing.T) {
	of := func(v vacant.Verdict, life vacant.Lifecycle) Standing {
		return Standing{Known: true, Verdict: v, Lifecycle: life}
	}
	free, taken, unknown := of(vacant.Available, ""), of(vacant.Registered, ""), Standing{}
	dropping := of(vacant.Registered, vacant.PendingDelete)
	for _, tt := range []struct {
		before, after Standing
		want          Kind
	}{
		{taken, free, NowAvailable}, {unknown, free, NowAvailable}, {dropping, free, NowAvailable}, {of(vacant.Undetermined, ""), free, NowAvailable},
		{free, taken, NowTaken}, {of(vacant.Undetermined, ""), taken, NowTaken}, {unknown, taken, NowKnown},
		{taken, dropping, NowDropping}, {unknown, dropping, NowDropping}, {of(vacant.Registered, vacant.Redemption), dropping, NowDropping}, {free, of(vacant.Registered, vacant.Redemption), NowDropping},
		{dropping, taken, NowOther}, {free, of(vacant.Undetermined, ""), NowOther}, {taken, of(vacant.Registered, vacant.Hold), NowOther},
		{unknown, of(vacant.Reserved, ""), NowKnown}, {unknown, of(vacant.Undetermined, ""), NowKnown},
	} {
		if got := (&Change{Before: tt.before, After: tt.after}).Kind(); got != tt.want {
			t.Errorf("%+v to %+v is %q, want %q", tt.before, tt.after, got, tt.want)
		}
	}
	if len(Kinds()) != 5 {
		t.Errorf("%v", Kinds())
	}
}

// A diff over many runs that are larger than one transaction reads all of it, in order.
func TestChangesOfManyRuns(t *testing.T) {
	s, c := fresh1(t)
	s.db.NoSync = true
	const names, runs = 700, 5
	for n := range runs {
		r := begin(t, s, RunInfo{ID: fmt.Sprint(n)})
		var results []vacant.Result
		for i := range uint64(names) {
			if n == 0 || i%uint64(runs) == uint64(n) {
				results = append(results, []vacant.Result{available(t, name(i), c.t), registered(name(i), c.t, c.t)}[n%2])
			}
		}
		settle(t, r, results...)
		finish(t, r)
	}
	want := 0
	for i := range names {
		if n := i % runs; n%2 == 1 {
			want++
		}
	}
	got := changesOf(t, s, 1, runs)
	if len(got) != want || len(changesOf(t, s, runs, 1)) != want {
		t.Errorf("%d changes, want %d", len(got), want)
	}
	if n := len(changesOf(t, s, 0, runs)); n != names {
		t.Errorf("%d changes since before the first run, want %d", n, names)
	}
	kinds := map[Kind]int{}
	for c, err := range s.Changes(Between{From: 0, To: runs, Query: Query{Verdicts: []vacant.Verdict{vacant.Available}, MaxLength: 8}}) {
		if err != nil {
			t.Fatal(err)
		}
		kinds[c.Kind()]++
	}
	if len(kinds) != 1 || kinds[NowAvailable] != names-want {
		t.Errorf("%v, want %d available", kinds, names-want)
	}
}

// A name that came back to where it was within one run is no change.
func TestThereAndBackWithinARun(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	settle(t, r, available(t, "a.com", c.t))
	finish(t, r)
	r = begin(t, s, RunInfo{ID: "2"})
	settle(t, r, undetermined("a.com", vacant.ReasonRateLimited, c.t, c.t))
	settle(t, r, available(t, "a.com", c.t))
	finish(t, r)
	if got := changesOf(t, s, 1, 2); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	records := 0
	if err := s.view(func(tx *bbolt.Tx) error { records = tx.Bucket(bucketChanges).Stats().KeyN; return nil }); err != nil || records != 1 {
		t.Errorf("%d records, %v, want that of the first run alone", records, err)
	}
}

// Two things that a run finds about a name are one change, from how it stood before the run.
func TestTwoFindingsOfARunAreOneChange(t *testing.T) {
	s, c := fresh1(t)
	two := func(id string, first, last vacant.Result) {
		r := begin(t, s, RunInfo{ID: id})
		settle(t, r, first)
		settle(t, r, last)
		finish(t, r)
	}
	unsure := undetermined("a.com", vacant.ReasonRateLimited, c.t, c.t)
	two("1", unsure, available(t, "a.com", c.t))
	two("2", unsure, registered("a.com", c.t, c.t))
	for n, want := range []Change{
		{Before: Standing{}, After: Standing{Known: true, Verdict: vacant.Available}},
		{Before: Standing{Known: true, Verdict: vacant.Available}, After: Standing{Known: true, Verdict: vacant.Registered, Lifecycle: vacant.Active}},
	} {
		got := changesOf(t, s, uint32(n), uint32(n+1))["a.com"]
		if got.Before != want.Before || got.After != want.After {
			t.Errorf("run %d: %+v, want %+v", n+1, got, want)
		}
	}
}

func TestRunsTellWhatTheyWere(t *testing.T) {
	s, c := fresh1(t)
	details := RunDetails{Version: "v1", Sources: []string{"pattern [a-z]{2}"}, TLDs: []string{"com", "io"}, Shard: "1/2", Order: "random", Seed: 7}
	r := begin(t, s, RunInfo{ID: "1", Started: c.t, Details: details, Fresh: true, SpaceSize: 1352})
	c.t = c.t.Add(time.Minute)
	finish(t, r)
	runs, err := s.Runs()
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	got := runs[0]
	if got.Number != 1 || !slices.Equal(got.Details.TLDs, details.TLDs) || got.Details.Seed != 7 || got.Details.Version != "v1" || got.SpaceSize != 1352 || !got.Fresh ||
		got.Freshness != DefaultFreshness() || got.Took() != time.Minute {
		t.Errorf("%+v", got)
	}
}
