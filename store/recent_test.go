package store

import (
	"fmt"
	"slices"
	"testing"

	"vacant"
)

// A list may name all of its names a second time, however long it is: what the
// file has as named in this run is held in memory up to a bound.
func TestNamesThatAreNamedAgainAreNotHeldForEver(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	admit(t, r, listBatch("a.com", "waits.com"), Admission{})
	answered(t, r, listBatch("a.com"), c.t, all(vacant.StatusDelegated))
	flush(t, r)
	admit(t, r, listBatch("a.com"), Admission{Duplicate: 1})
	r.mu.Lock()
	for i := range maxRecent {
		text := fmt.Append(nil, i)
		r.cur.lists.add(uint64(i+1)*0x9e3779b97f4a7c15, text, 1) // as Admit leaves what it finds in the file
	}
	r.mu.Unlock()
	flush(t, r)
	r.mu.Lock()
	held := len(r.cur.lists.names)
	r.mu.Unlock()
	if held != 1 {
		t.Errorf("%d names are held, one waits for its answer", held)
	}
	admit(t, r, listBatch("a.com", "waits.com"), Admission{Duplicate: 2})
	finish(t, r)
}

// A name that is named again before its answer comes, and was written meanwhile
// to save memory, was what it was.
func TestANameNamedAgainIsRememberedAsItWas(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	answered(t, r, listBatch("a.com"), c.t, all(vacant.StatusDelegated))
	finish(t, r)
	r = begin(t, s, RunInfo{ID: "2", Fresh: true})
	admit(t, r, listBatch("a.com"), Admission{})
	r.mu.Lock()
	r.cur.lists.asked += maxAsked // as if so many more waited
	r.mu.Unlock()
	flush(t, r)
	admit(t, r, listBatch("a.com"), Admission{Duplicate: 1})
	answered(t, r, listBatch("a.com"), c.t, all(vacant.StatusTimeout))
	finish(t, r)
	var got []Change
	for change, err := range s.Changes(Between{From: 1, To: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, change)
	}
	if !slices.ContainsFunc(got, func(x Change) bool { return x.Name == "a.com" && x.Before == delegated }) {
		t.Errorf("%+v", got)
	}
}
