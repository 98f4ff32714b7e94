package store

import (
	"runtime"
	"testing"
	"time"

	"vacant"
)

// A commit that takes long (a disk that syncs for seconds) holds stage one up only
// when as many names wait as memory is meant for, and no name is lost over it.
func TestSlowCommitsHoldUpNobodyBeforeMemoryIsFull(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	const names = maxPending + 2*groupNames
	slow, err := s.db.Begin(true) // the lock that a commit holds while it syncs
	if err != nil {
		t.Fatal(err)
	}
	fed := make(chan error, 1)
	go func() { fed <- feedList(r, c.t, names) }()
	held := func() (full bool, most int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		most = len(r.cur.lists.names)
		if r.flushing != nil {
			most += len(r.flushing.lists.names)
		}
		return r.flushing != nil && r.cur.full(maxPending), most
	}
	full, most := held()
	for !full {
		runtime.Gosched()
		full, most = held()
	}
	if limit := 2 * (maxPending + vacant.BatchSize); most > limit {
		t.Errorf("%d names in memory, more than %d", most, limit)
	}
	select {
	case err := <-fed:
		t.Fatalf("all were taken: %v", err)
	default:
	}
	if err := slow.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-fed; err != nil {
		t.Fatal(err)
	}
	finish(t, r)
	r = begin(t, s, RunInfo{ID: "2"})
	b, known := listBatch(), 0
	for next := uint64(0); next < names; {
		next = refillList(b, next)
		a, err := r.Admit(b)
		if err != nil {
			t.Fatal(err)
		}
		known += a.Known
	}
	if known < names {
		t.Errorf("%d of %d names are known", known, names)
	}
}

func feedList(r *Run, at time.Time, names uint64) error {
	b := listBatch()
	for next := uint64(0); next < names; {
		next = refillList(b, next)
		if _, err := r.Admit(b); err != nil {
			return err
		}
		answer(b, at, all(vacant.StatusDelegated))
		if err := r.Answered(b); err != nil {
			return err
		}
	}
	return nil
}

// Names that wait for answers are kept in memory up to a bound; beyond it they
// are written, and are what they were: named in this run, and not known yet.
func TestManyUnansweredNamesAreWrittenAndStayUnknown(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	b, first := listBatch(), listBatch()
	refillList(first, 0)
	const names = maxAsked + 2*groupNames
	for next := uint64(0); next < names; {
		next = refillList(b, next)
		if a, err := r.Admit(b); err != nil || a != (Admission{}) {
			t.Fatal(a, err)
		}
	}
	flush(t, r)
	r.mu.Lock()
	if n := len(r.cur.lists.names); n > maxAsked {
		t.Errorf("%d names stay in memory", n)
	}
	r.mu.Unlock()
	refillList(b, 0)
	admit(t, r, b, Admission{Duplicate: vacant.BatchSize})
	answered(t, r, first, c.t, all(vacant.StatusDelegated))
	finish(t, r)
	r = begin(t, s, RunInfo{ID: "2"})
	refillList(b, 0)
	admit(t, r, b, Admission{Known: vacant.BatchSize})
	refillList(b, vacant.BatchSize)
	admit(t, r, b, Admission{})
}
