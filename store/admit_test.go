package store

import (
	"slices"
	"testing"
	"time"

	"vacant"
)

// admit admits b and returns what stays.
func admit(t tester, r *Run, b *vacant.Batch, want Admission) []string {
	t.Helper()
	a, err := r.Admit(b)
	if err != nil {
		t.Fatal(err)
	}
	if a != want {
		t.Errorf("admission %+v, want %+v", a, want)
	}
	return names(b)
}

func answered(t tester, r *Run, b *vacant.Batch, at time.Time, status func(i int) vacant.Status) {
	t.Helper()
	answer(b, at, status)
	if err := r.Answered(b); err != nil {
		t.Fatal(err)
	}
}

func flush(t tester, r *Run) {
	t.Helper()
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
}

func settle(t tester, r *Run, results ...vacant.Result) {
	t.Helper()
	if err := r.Settle(results); err != nil {
		t.Fatal(err)
	}
}

func TestListNamesAreDuplicateInTheirRunAndKnownInTheNext(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	b := listBatch("a.com", "b.com", "a.com")
	if got := admit(t, r, b, Admission{Duplicate: 1}); !slices.Equal(got, []string{"a.com", "b.com"}) {
		t.Fatalf("to ask: %v", got)
	}
	answered(t, r, b, c.t, all(vacant.StatusDelegated))
	admit(t, r, listBatch("b.com"), Admission{Duplicate: 1}) // not committed yet
	flush(t, r)
	admit(t, r, listBatch("a.com"), Admission{Duplicate: 1}) // committed
	for name, want := range map[vacant.Name]bool{"a.com": true, "c.com": false} {
		if got, err := r.InLists(name); err != nil || got != want {
			t.Errorf("InLists(%s) = %v, %v", name, got, err)
		}
	}
	finish(t, r)

	c.t = c.t.Add(time.Hour)
	r = begin(t, s, RunInfo{ID: "2"})
	if got, err := r.InLists("a.com"); err != nil || got {
		t.Errorf("a name of an earlier run's list is in this one's: %v, %v", got, err)
	}
	admit(t, r, listBatch("a.com", "a.com"), Admission{Known: 1, Duplicate: 1})
	finish(t, r)

	c.t = c.t.Add(20 * time.Hour)
	r = begin(t, s, RunInfo{ID: "3"})
	if got := admit(t, r, listBatch("a.com"), Admission{}); len(got) != 1 {
		t.Errorf("a delegated name is not asked again after 21 h")
	}
}

func TestUnaskedNamesAreAskedAgain(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1", Space: [16]byte{9}, SpaceSize: 100})
	list, space := listBatch("a.com"), spaceBatch(0, 1)
	admit(t, r, list, Admission{})
	admit(t, r, space, Admission{})
	answered(t, r, list, c.t, all(vacant.StatusUnasked))
	answered(t, r, space, c.t, all(vacant.StatusUnasked))
	finish(t, r)
	r = begin(t, s, RunInfo{ID: "2", Space: [16]byte{9}, SpaceSize: 100})
	admit(t, r, listBatch("a.com"), Admission{})
	admit(t, r, spaceBatch(0, 1), Admission{})
	if n := r.Carried(); n != 0 {
		t.Errorf("%d carried", n)
	}
}

func TestProgressOfASpaceIsRemembered(t *testing.T) {
	s, c := fresh1(t)
	info := RunInfo{ID: "1", Space: [16]byte{1}, SpaceSize: 1 << 20}
	r := begin(t, s, info)
	b := spaceBatch(chunkSize-3, chunkSize+3) // across two chunks
	admit(t, r, b, Admission{})
	answered(t, r, b, c.t, func(i int) vacant.Status {
		return []vacant.Status{vacant.StatusDelegated, vacant.StatusNXDomain, vacant.StatusTimeout, vacant.StatusDelegated, vacant.StatusNodata, vacant.StatusUnasked}[i]
	})
	finish(t, r)

	c.t = c.t.Add(time.Hour)
	info.ID = "2"
	r = begin(t, s, info)
	got := admit(t, r, spaceBatch(chunkSize-3, chunkSize+3), Admission{Known: 4})
	want := []string{string(spaceName(nil, chunkSize-1)), string(spaceName(nil, chunkSize+2))} // timed out, not asked
	if !slices.Equal(got, want) {
		t.Errorf("to ask %v, want %v", got, want)
	}
	if n := r.Carried(); n != 2 {
		t.Errorf("%d carried, want the NXDOMAIN and the NODATA", n)
	}
	finish(t, r)

	r = begin(t, s, RunInfo{ID: "3", Space: [16]byte{2}, SpaceSize: 1 << 20})
	if got := admit(t, r, spaceBatch(chunkSize-3, chunkSize+3), Admission{Known: 2}); len(got) != 4 {
		t.Errorf("another space shares more than records: to ask %v", got)
	}
}

func TestKnownChunk(t *testing.T) {
	s, c := fresh1(t)
	info := RunInfo{ID: "1", Space: [16]byte{1}, SpaceSize: 3 * chunkSize}
	r := begin(t, s, info)
	for i := uint64(chunkSize); i < 2*chunkSize+10; i += 512 {
		b := spaceBatch(i, min(i+512, 2*chunkSize+10))
		answered(t, r, b, c.t, all(vacant.StatusDelegated))
	}
	finish(t, r)
	info.ID = "2"
	r = begin(t, s, info)
	for _, tt := range []struct {
		lo, hi uint64
		want   bool
	}{
		{0, chunkSize, false},
		{chunkSize, 2 * chunkSize, true},
		{chunkSize + 5, chunkSize + 900, true},
		{2 * chunkSize, 2*chunkSize + 10, true},
		{2 * chunkSize, 2*chunkSize + 11, false},
		{2 * chunkSize, 3 * chunkSize, false},
		{chunkSize, 2*chunkSize + 1, false}, // not one chunk
		{5, 5, false},
	} {
		if got := r.KnownChunk(tt.lo, tt.hi); got != tt.want {
			t.Errorf("KnownChunk(%d, %d) = %v", tt.lo, tt.hi, got)
		}
	}
	finish(t, r)
	c.t = c.t.Add(20 * time.Hour)
	r = begin(t, s, RunInfo{ID: "3", Space: [16]byte{1}, SpaceSize: 3 * chunkSize})
	if r.KnownChunk(chunkSize, 2*chunkSize) {
		t.Error("a chunk of yesterday is taken for known")
	}
}

func TestFreshRunAsksEverythingButWhatWaits(t *testing.T) {
	s, c := fresh1(t)
	info := RunInfo{ID: "1", Space: [16]byte{1}, SpaceSize: 100}
	r := begin(t, s, info)
	b := spaceBatch(0, 2)
	answered(t, r, b, c.t, func(i int) vacant.Status { return []vacant.Status{vacant.StatusDelegated, vacant.StatusNXDomain}[i] })
	settle(t, r, available(t, "settled.com", c.t))
	finish(t, r)

	info.ID, info.Fresh = "2", true
	r = begin(t, s, info)
	if got := admit(t, r, spaceBatch(0, 2), Admission{Known: 1}); len(got) != 1 || got[0] != string(spaceName(nil, 0)) {
		t.Errorf("to ask: %v", got)
	}
	admit(t, r, listBatch("settled.com"), Admission{})
	settle(t, r, available(t, "settled.com", c.t))
	if r.KnownChunk(0, 1) {
		t.Error("a fresh run knows a chunk")
	}
	// Settled by this very run, so not asked twice: as a name of the space, since
	// in the lists it is a duplicate.
	b = new(vacant.Pool).Get()
	b.Append([]byte("settled.com"), 50)
	admit(t, r, b, Admission{Known: 1})
}

// What a result says decides when its name is asked again.
func TestFreshnessByClass(t *testing.T) {
	hour := time.Hour
	pending := registered("n.com", t0, time.Time{})
	pending.Lifecycle = vacant.PendingDelete
	byDNS := registered("n.com", t0, time.Time{})
	byDNS.Method = "dns"
	nodata := undetermined("n.com", vacant.ReasonDNSUnproven, t0, time.Time{})
	nodata.DNS = vacant.DNSProof{At: t0, Status: vacant.StatusNodata}
	reserved := vacant.NewReserved("n.com", "")
	reserved.CheckedAt = t0
	premium := vacant.NewPremium("n.com")
	premium.CheckedAt = t0
	for _, tt := range []struct {
		name   string
		result vacant.Result
		until  time.Duration // known a second before, asked then
	}{
		{"available", available(t, "n.com", t0), 20 * hour},
		{"premium", premium, 20 * hour},
		{"registered, no expiry known", registered("n.com", t0, time.Time{}), 30 * day},
		{"registered, expiry far", registered("n.com", t0, t0.Add(400*day)), 30 * day},
		{"registered, expiry in the year 9999", registered("n.com", t0, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)), 30 * day},
		{"registered, expiry in 20 days", registered("n.com", t0, t0.Add(20*day)), 13 * day},
		{"registered, expiry tomorrow", registered("n.com", t0, t0.Add(day)), 20 * hour},
		{"registered, expired", registered("n.com", t0, t0.Add(-day)), 20 * hour},
		{"registered by DNS alone", byDNS, 20 * hour},
		{"pending delete", pending, 20 * hour},
		{"reserved", reserved, 30 * day},
		{"no registry", undetermined("n.com", vacant.ReasonNoRegistry, t0, time.Time{}), 30 * day},
		{"undetermined with a retry time", undetermined("n.com", vacant.ReasonRateLimited, t0, t0.Add(3*hour)), 3 * hour},
		{"undetermined without", undetermined("n.com", vacant.ReasonBadReply, t0, time.Time{}), 0},
		{"exists in DNS, nothing proven", nodata, 20 * hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := settledState(&tt.result, 1)
			back, ok, err := readState([]byte("n.com"), st.append(nil, []byte("n.com")))
			if err != nil || !ok || back != st {
				t.Fatalf("state does not survive: %+v, %+v, %v", st, back, err)
			}
			f := DefaultFreshness()
			if tt.until > 0 && !f.holds(st, t0.Add(tt.until-time.Second)) {
				t.Error("asked again too early")
			}
			if f.holds(st, t0.Add(tt.until)) {
				t.Error("not asked again")
			}
			if f.holds(st, t0.Add(-48*hour)) {
				t.Error("a clock that was two days ahead is believed")
			}
		})
	}
}

func TestZeroFreshnessOfOneClassAsksItEveryTime(t *testing.T) {
	s, c := fresh1(t)
	f := DefaultFreshness()
	f.Available = 0
	r := begin(t, s, RunInfo{ID: "1"})
	settle(t, r, available(t, "a.com", c.t), registered("b.com", c.t, time.Time{}))
	finish(t, r)
	r = begin(t, s, RunInfo{ID: "2", Freshness: f})
	if got := admit(t, r, listBatch("a.com", "b.com"), Admission{Known: 1}); !slices.Equal(got, []string{"a.com"}) {
		t.Errorf("to ask: %v", got)
	}
}

func TestScopesDoNotSeeEachOther(t *testing.T) {
	s, c := fresh1(t)
	byHand := func(suffix string) string {
		if suffix == "com" {
			return "rdap=https://127.0.0.1:1"
		}
		return ""
	}
	r := begin(t, s, RunInfo{ID: "1", Scope: byHand})
	b := listBatch("a.com", "a.dev", "w.com", "w.dev")
	admit(t, r, b, Admission{})
	answered(t, r, b, c.t, func(i int) vacant.Status { return []vacant.Status{vacant.StatusDelegated, vacant.StatusNXDomain}[i/2] })
	settle(t, r, available(t, "s.com", c.t), available(t, "s.dev", c.t))
	finish(t, r)

	r = begin(t, s, RunInfo{ID: "2"})
	if n := r.Carried(); n != 1 {
		t.Errorf("%d carried, want w.dev alone", n)
	}
	got := admit(t, r, listBatch("a.com", "a.dev", "w.com", "w.dev", "s.com", "s.dev"), Admission{Known: 3})
	if !slices.Equal(got, []string{"a.com", "w.com", "s.com"}) {
		t.Errorf("to ask: %v", got)
	}
	if next, err := r.Next(t.Context(), 10); err != nil || len(next) != 1 || next[0].Name != "w.dev" {
		t.Errorf("next: %v, %v", next, err)
	}
	finish(t, r)
	for _, tt := range []struct {
		scope func(string) string
		want  []string
	}{{nil, []string{"s.dev"}}, {byHand, []string{"s.com", "s.dev"}}} {
		if got := resultNames(t, s, Query{Scope: tt.scope}); !slices.Equal(got, tt.want) {
			t.Errorf("results %v, want %v", got, tt.want)
		}
	}
	if _, ok, err := s.Get("", "s.com"); ok || err != nil {
		t.Error("found without the fingerprint", err)
	}
	if _, ok, err := s.Get(byHand("com"), "s.com"); !ok || err != nil {
		t.Error("not found with the fingerprint", err)
	}
}

func resultNames(t tester, s *Store, q Query) []string {
	t.Helper()
	out := []string{}
	for r, err := range s.Results(q) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(r.Name))
	}
	return out
}
