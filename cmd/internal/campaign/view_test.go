//go:build linux

package campaign

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// told is what is said of a name.
type told struct{ verdict, lifecycle string }

// truth is what is true tonight.
func (s *sweep) truth() map[string]told {
	all := make(map[string]told, len(s.names))
	for _, name := range s.names {
		tr := s.w.truth.Truth(name)
		all[name] = told{tr.Verdict, tr.Lifecycle}
	}
	return all
}

// view is what a store says of the names asked: its records, and of those
// without one that DNS found them delegated.
func (s *sweep) view(t *testing.T, db string) map[string]told {
	t.Helper()
	e := s.w.run(t, session{args: []string{"export", "--db", db, "--all", "-f", "csv", "-q"}})
	if e.exit != 0 {
		t.Fatalf("export: exit %d\n%s", e.exit, e.stderr)
	}
	rows := csv.NewReader(strings.NewReader(string(e.stdout)))
	head, err := rows.Read()
	if err != nil {
		t.Fatal(err)
	}
	domain, verdict, lifecycle := slices.Index(head, "domain"), slices.Index(head, "verdict"), slices.Index(head, "lifecycle")
	view := make(map[string]told)
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return view
		}
		if err != nil {
			t.Fatal(err)
		}
		view[row[domain]] = told{row[verdict], row[lifecycle]}
	}
}

// agrees reports whether a record, or none, is right about a name. DNS does not tell
// how a delegated name stands; what the registry would not say is undetermined.
func (s *sweep) agrees(name string, got told, recorded bool, want told) bool {
	switch {
	case !recorded:
		return s.w.truth.Delegated(name)
	case want.verdict == "reserved":
		return got.verdict == "reserved" || got.verdict == "undetermined"
	case got.verdict == "registered" && got.lifecycle == "":
		return s.w.truth.Delegated(name)
	}
	return got == want
}

// hold fails on each name of which the store does not say what is true.
func (s *sweep) hold(t *testing.T, when string, truth map[string]told) {
	t.Helper()
	view, wrong := s.view(t, s.db), 0
	for _, name := range s.names {
		got, recorded := view[name]
		if !s.agrees(name, got, recorded, truth[name]) {
			if wrong++; wrong < 10 {
				t.Errorf("%s: %s is %v, the store says %v (%v)", when, name, truth[name], got, recorded)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%s: %d names wrong", when, wrong)
	}
}

// clone copies a store that nobody has open.
func clone(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("clone: %w", err))
	}
}

// diff holds what "vacant diff" tells of the two nights against what the truth
// has, name by name.
func (s *sweep) diff(t *testing.T, was, is map[string]told) {
	t.Helper()
	e := s.w.run(t, session{args: []string{"diff", "prev", "last", "--db", s.db, "-f", "csv", "-q"}})
	rows, err := csv.NewReader(strings.NewReader(string(e.stdout))).ReadAll()
	if e.exit != 0 || err != nil || len(rows) == 0 {
		t.Fatalf("diff: exit %d, %v\n%s", e.exit, err, e.stderr)
	}
	domain, change := slices.Index(rows[0], "domain"), slices.Index(rows[0], "change")
	got, want := make(map[string][]string), make(map[string][]string)
	for _, row := range rows[1:] {
		got[row[change]] = append(got[row[change]], row[domain])
	}
	for _, name := range s.names {
		if kind := kindOf(was[name], is[name]); kind != "" {
			want[kind] = append(want[kind], name)
		}
	}
	for _, kind := range []string{"available", "taken", "pending-delete"} {
		slices.Sort(want[kind])
		if !slices.Equal(got[kind], want[kind]) {
			t.Errorf("diff: %d %s, want %d; invented %.9q, missed %.9q", len(got[kind]), kind, len(want[kind]),
				except(got[kind], want[kind]), except(want[kind], got[kind]))
		}
	}
	t.Logf("diff of the two nights: %d newly available, %d taken, %d in redemption or pending delete", len(got["available"]), len(got["taken"]), len(got["pending-delete"]))
}

// kindOf says under which heading a change belongs, "" for none and for others.
func kindOf(was, is told) string {
	switch {
	case was == is:
		return ""
	case is.verdict == "available":
		return "available"
	case is.lifecycle == "redemption", is.lifecycle == "pending-delete":
		return "pending-delete"
	case is.verdict == "registered" && was.verdict != "registered":
		return "taken"
	}
	return ""
}
