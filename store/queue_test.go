package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"vacant"
)

func next(t tester, r *Run, n int) []string {
	t.Helper()
	inquiries, err := r.Next(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, q := range inquiries {
		out = append(out, string(q.Name))
	}
	return out
}

func waiting(t tester, r *Run, want uint64) {
	t.Helper()
	if n, err := r.Waiting(); err != nil || n != want {
		t.Errorf("%d wait (%v), want %d", n, err, want)
	}
}

func TestNextGivesEachWaitingNameOncePerRunOldestFirst(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	r.committing.Lock() // nothing is committed meanwhile
	answered(t, r, listBatch("z.com", "a.com", "m.com"), c.t, all(vacant.StatusNXDomain))
	if got := next(t, r, 9); len(got) != 0 {
		t.Errorf("given before they are committed: %v", got)
	}
	r.committing.Unlock()
	flush(t, r)
	waiting(t, r, 3)
	if got := next(t, r, 2); !slices.Equal(got, []string{"z.com", "a.com"}) {
		t.Errorf("next: %v", got)
	}
	if got := next(t, r, 9); !slices.Equal(got, []string{"m.com"}) {
		t.Errorf("next: %v", got)
	}
	if got := next(t, r, 9); len(got) != 0 {
		t.Errorf("given twice: %v", got)
	}
	settle(t, r, available(t, "z.com", c.t))
	waiting(t, r, 2)
	finish(t, r)

	r = begin(t, s, RunInfo{ID: "2"})
	if r.Carried() != 2 {
		t.Errorf("%d carried", r.Carried())
	}
	answered(t, r, listBatch("b.com"), c.t, all(vacant.StatusNodata))
	flush(t, r)
	if got := next(t, r, 9); !slices.Equal(got, []string{"a.com", "m.com", "b.com"}) {
		t.Errorf("next: %v", got)
	}
}

func TestNextGivesTheProofThatStageOneGave(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{Source: func(uint64) string { return "words.txt" }})
	answered(t, r, listBatch("a.com"), c.t, all(vacant.StatusNXDomain))
	flush(t, r)
	want := vacant.Inquiry{Name: "a.com", Source: "words.txt",
		DNS: vacant.DNSProof{At: c.t, Status: vacant.StatusNXDomain, Rcode: 3, Server: "192.0.2.1:53", Flags: vacant.FlagProven, RTTMilli: 12}}
	got, err := r.Next(t.Context(), 1)
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("next %+v, %v, want %+v", got, err, want)
	}
	if i, ok, err := s.Unconfirmed("", "a.com"); err != nil || !ok || i != want {
		t.Errorf("unconfirmed %+v, %v, %v", i, ok, err)
	}
	if _, ok, err := s.Unconfirmed("", "b.com"); err != nil || ok {
		t.Errorf("b.com waits: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Next(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSettledIsInTheFileWhenSettleReturns(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "run-7"})
	want := registered("a.com", c.t, c.t.Add(day))
	want.Evidence = []vacant.Evidence{{At: c.t, Kind: vacant.KindRDAP, Asked: "a.com", Server: "rdap.example", Code: "200", Says: "registered"}}
	settle(t, r, want)
	got, ok, err := s.Get("", "a.com")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	want.RunID = "run-7"
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if err := r.Settle([]vacant.Result{{}}); err == nil {
		t.Error("a result without a name is taken")
	}
}

// A name that was available and is delegated now must not stay available.
func TestStageOneCorrectsAnOlderResult(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status vacant.Status
		want   vacant.Verdict
		reason vacant.Reason
		source string
	}{
		{"delegated", vacant.StatusDelegated, vacant.Registered, "", "pattern"},
		{"no answer", vacant.StatusTimeout, vacant.Undetermined, vacant.ReasonDNSTimeout, "pattern"},
		{"still absent", vacant.StatusNXDomain, vacant.Available, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := fresh1(t)
			name := string(spaceName(nil, 7))
			r := begin(t, s, RunInfo{ID: "1"})
			settle(t, r, available(t, name, c.t))
			finish(t, r)
			c.t = c.t.Add(day)
			r = begin(t, s, RunInfo{ID: "2", Space: [16]byte{1}, SpaceSize: 10})
			b := spaceBatch(7, 8)
			admit(t, r, b, Admission{})
			answered(t, r, b, c.t, all(tt.status))
			finish(t, r)
			got, ok, err := s.Get("", vacant.Name(name))
			if err != nil || !ok || got.Verdict() != tt.want || got.Reason() != tt.reason || got.Source != tt.source {
				t.Errorf("%v %v: %s %s from %q", ok, err, got.Verdict(), got.Reason(), got.Source)
			}
		})
	}
}

func TestUndeterminedByDNSIsAResult(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	answered(t, r, listBatch("a.com", "b.com", "c.com", "d.com"), c.t, func(i int) vacant.Status {
		return []vacant.Status{vacant.StatusTimeout, vacant.StatusServfail, vacant.StatusRefused, vacant.StatusError}[i]
	})
	finish(t, r)
	want := []vacant.Reason{vacant.ReasonDNSTimeout, vacant.ReasonDNSServfail, vacant.ReasonDNSRefused, vacant.ReasonDNSError}
	i := 0
	for got, err := range s.Results(Query{Verdicts: []vacant.Verdict{vacant.Undetermined}}) {
		if err != nil {
			t.Fatal(err)
		}
		if got.Reason() != want[i] || got.Method != "dns" || got.RunID != "1" || !got.CheckedAt.Equal(c.t) || len(got.Evidence) != 1 {
			t.Errorf("%+v %s", got, got.Reason())
		}
		i++
	}
	if i != len(want) {
		t.Fatalf("%d results", i)
	}
	r = begin(t, s, RunInfo{ID: "2"})
	admit(t, r, listBatch("a.com"), Admission{}) // asked again by the next run
}

func TestPutCountsForTheRunThatGoesOn(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	answered(t, r, listBatch("a.com", "b.com"), c.t, all(vacant.StatusNXDomain))
	flush(t, r)
	if err := s.Put(nil, []vacant.Result{available(t, "a.com", c.t), available(t, "x.com", c.t)}); err != nil {
		t.Fatal(err)
	}
	waiting(t, r, 1)
	if err := s.Put(func(string) string { return "other" }, []vacant.Result{available(t, "b.com", c.t)}); err != nil {
		t.Fatal(err)
	}
	waiting(t, r, 1)
	admit(t, r, listBatch("x.com"), Admission{Known: 1})
	if got := next(t, r, 9); !slices.Equal(got, []string{"b.com"}) {
		t.Errorf("next: %v", got)
	}
}

func TestARunEndsOnce(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1", Command: "vacant hunt", Started: c.t})
	if _, err := s.Begin(RunInfo{ID: "2"}); !errors.Is(err, ErrRunGoesOn) {
		t.Errorf("a second run: %v", err)
	}
	answered(t, r, listBatch("a.com"), c.t, all(vacant.StatusNXDomain))
	c.t = c.t.Add(time.Minute)
	if err := r.Finish(vacant.Counts{Generated: 1, Queued: 1, Waiting: 1}, "signal"); err != nil {
		t.Fatal(err)
	}
	_, admitErr := r.Admit(listBatch("b.com"))
	for what, err := range map[string]error{"Finish": r.Finish(vacant.Counts{}, "done"), "Answered": r.Answered(listBatch("b.com")),
		"Settle": r.Settle([]vacant.Result{available(t, "a.com", c.t)}), "Admit": admitErr} {
		if !errors.Is(err, ErrRunOver) {
			t.Errorf("%s after the end: %v", what, err)
		}
	}
	begin(t, s, RunInfo{ID: "3"}) // and is killed
	runs, err := s.Runs()
	if err != nil || len(runs) != 2 {
		t.Fatal(runs, err)
	}
	want := RunSummary{Number: 1, Freshness: DefaultFreshness(), ID: "1", Command: "vacant hunt", End: "signal", Started: t0, Ended: c.t, Counts: vacant.Counts{Generated: 1, Queued: 1, Waiting: 1}}
	if !reflect.DeepEqual(runs[0], want) {
		t.Errorf("run %+v, want %+v", runs[0], want)
	}
	if runs[1].ID != "3" || runs[1].End != "" || !runs[1].Ended.IsZero() {
		t.Errorf("a run that goes on has an end: %+v", runs[1])
	}
}

func TestAnsweredWaitsForCommitsThatFallBehind(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1", Space: [16]byte{1}, SpaceSize: 1 << 30})
	for i := uint64(0); i < 2*maxPending; i += vacant.BatchSize {
		b := spaceBatch(i, i+vacant.BatchSize)
		answered(t, r, b, c.t, all(vacant.StatusDelegated))
		r.mu.Lock()
		n := r.cur.names
		r.mu.Unlock()
		if n > maxPending+vacant.BatchSize {
			t.Fatalf("%d names gathered", n)
		}
	}
	finish(t, r)
	r = begin(t, s, RunInfo{ID: "2", Space: [16]byte{1}, SpaceSize: 1 << 30})
	if !r.KnownChunk(0, chunkSize) {
		t.Error("what was answered is not there")
	}
}
