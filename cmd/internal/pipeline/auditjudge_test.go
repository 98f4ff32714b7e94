package pipeline

import (
	"testing"
	"time"

	"vacant"
	"vacant/store"
)

// at is a moment so many hours after the check of every case below.
func at(hours int) time.Time {
	return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour)
}

func dated(r vacant.Result, change func(*vacant.Result)) *vacant.Result {
	r.CheckedAt = at(100)
	change(&r)
	return &r
}

func TestJudgeExcusesOnlyWhatADateShows(t *testing.T) {
	const name = vacant.Name("a.com")
	delegated, absent := vacant.DNSProof{Status: vacant.StatusDelegated}, vacant.DNSProof{Status: vacant.StatusNXDomain}
	mute := vacant.DNSProof{Status: vacant.StatusTimeout}
	plain := func(*vacant.Result) {}
	created := func(hours int) func(*vacant.Result) {
		return func(r *vacant.Result) { r.CreatedAt = at(hours) }
	}
	free := dated(lie(t, name, at(100)), plain)
	taken := func(change func(*vacant.Result)) *vacant.Result {
		return dated(vacant.NewRegistered(name, vacant.Active), change)
	}
	doubt := dated(vacant.NewUndetermined(name, vacant.ReasonRateLimited, at(200)), plain)
	wasFree, wasTaken := lie(t, name, at(0)), vacant.NewRegistered(name, vacant.Active)
	dropping := vacant.NewRegistered(name, vacant.PendingDelete)
	ended := vacant.NewRegistered(name, vacant.Active)
	ended.ExpiresAt = at(50)
	later := vacant.NewRegistered(name, vacant.Active)
	later.ExpiresAt = at(1000)
	midnight := func(r *vacant.Result) { r.CreatedAt = time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name     string
		class    store.SampleClass
		was      *vacant.Result // nil: known by progress only
		proof    *vacant.DNSProof
		now, own *vacant.Result
		path     registryPath
		want     Outcome
	}{
		{"available, and still", store.SampleAvailable, &wasFree, &absent, free, nil, askPort43, Agreed},
		{"available, registered before", store.SampleAvailable, &wasFree, &absent, taken(created(-1)), nil, askPort43, Wrong},
		{"available, registered later", store.SampleAvailable, &wasFree, &absent, taken(created(1)), nil, askPort43, Changed},
		{"available, registered, no date", store.SampleAvailable, &wasFree, &absent, taken(plain), nil, askPort43, Wrong},
		{"available, registered, a date by its own source", store.SampleAvailable, &wasFree, &absent, taken(plain), taken(created(1)), askPort43, Changed},
		{"available, registered that day", store.SampleAvailable, &wasFree, &absent, taken(midnight), nil, askPort43, Undecided},
		{"available, delegated now, the registry is mute", store.SampleAvailable, &wasFree, &delegated, doubt, nil, askPort43, Wrong},
		{"available, the registry is mute", store.SampleAvailable, &wasFree, &absent, doubt, nil, askPort43, Undecided},
		{"available, reserved now", store.SampleAvailable, &wasFree, &absent, dated(vacant.NewReserved(name, ""), plain), nil, askPort43, Wrong},
		{"available, premium now", store.SampleAvailable, &wasFree, &absent, dated(vacant.NewPremium(name), plain), nil, askPort43, Wrong},
		{"registered, and still", store.SampleRegistered, &wasTaken, &absent, taken(plain), nil, askPort43, Agreed},
		{"registered, delegated now, the registry is mute", store.SampleRegistered, &wasTaken, &delegated, doubt, nil, askPort43, Agreed},
		{"registered, free now", store.SampleRegistered, &wasTaken, &absent, free, nil, askPort43, Wrong},
		{"pending delete, free now", store.SampleRegistered, &dropping, &absent, free, nil, askPort43, Changed},
		{"expired since, free now", store.SampleRegistered, &ended, &absent, free, nil, askPort43, Changed},
		{"not expired, free now", store.SampleRegistered, &later, &absent, free, nil, askPort43, Wrong},
		{"delegated, and still", store.SampleDelegated, nil, &delegated, nil, nil, askNone, Agreed},
		{"delegated, DNS is mute", store.SampleDelegated, nil, &mute, nil, nil, askNone, Undecided},
		{"delegated, absent now, registered", store.SampleDelegated, nil, &absent, taken(plain), nil, askNone, Agreed},
		{"delegated, absent now, free", store.SampleDelegated, nil, &absent, free, nil, askNone, Wrong},
		{"delegated, absent now, the registry was not asked", store.SampleDelegated, nil, &absent, nil, nil, askNone, Undecided},
		{"delegated, the registry says free", store.SampleDelegated, nil, &delegated, free, nil, askBoth, Wrong},
		{"delegated, the registry is mute", store.SampleDelegated, nil, &delegated, doubt, nil, askBoth, Undecided},
		{"not reached", store.SampleAvailable, &wasFree, &absent, nil, nil, askPort43, NotReached},
		{"not reached by DNS", store.SampleDelegated, nil, nil, nil, nil, askNone, NotReached},
	} {
		c := &auditCase{class: tt.class, suffix: "com", path: tt.path, proof: tt.proof, now: tt.now, own: tt.own}
		c.Name, c.At = name, at(0)
		if tt.was != nil {
			c.Result, c.Recorded = *tt.was, true
		}
		if got, why := c.judge(); got != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.name, got, why, tt.want)
		}
	}
}

func TestPathIsNeverTheRecordsOwn(t *testing.T) {
	with := func(r vacant.Result, method string) *vacant.Result { r.Method = method; return &r }
	const name = vacant.Name("a.com")
	for _, tt := range []struct {
		r    *vacant.Result
		want registryPath
		none string
	}{
		{with(vacant.NewRegistered(name, ""), "rdap"), askPort43, ""},
		{with(vacant.NewRegistered(name, ""), "whois"), askRDAP, ""},
		{with(vacant.NewRegistered(name, ""), "das"), askRDAP, ""},
		{with(vacant.NewRegistered(name, ""), "rdap+whois"), askNone, noneBoth},
		{with(vacant.NewReserved(name, vacant.ReasonClosedTLD), ""), askNone, noneTable},
		{with(vacant.NewReserved(name, ""), "rdap"), askPort43, ""},
		{with(vacant.NewReserved(name, ""), "whois"), askNone, noneWords},
		{with(vacant.NewPremium(name), "das"), askNone, noneWords},
	} {
		if path, none := pathOf(tt.r); path != tt.want || none != tt.none {
			t.Errorf("%s by %q: path %d, %q", tt.r.Verdict(), tt.r.Method, path, none)
		}
	}
}
