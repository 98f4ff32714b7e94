package store

import (
	"testing"
	"time"

	"vacant"
)

// Until and holds are one rule: a record holds up to that moment and not beyond.
func TestUntilIsWhenARecordNoLongerHolds(t *testing.T) {
	f := DefaultFreshness()
	at := func(r vacant.Result, method string, expires time.Time) vacant.Result {
		r.CheckedAt, r.Method, r.ExpiresAt = t0, method, expires
		return r
	}
	for _, tt := range []struct {
		name string
		r    vacant.Result
		want time.Time
	}{
		{"available", available(t, "a.com", t0), t0.Add(20 * time.Hour)},
		{"premium", at(vacant.NewPremium("a.com"), "whois", time.Time{}), t0.Add(20 * time.Hour)},
		{"reserved", at(vacant.NewReserved("a.com", ""), "whois", time.Time{}), t0.Add(30 * day)},
		{"delegated", at(vacant.NewRegistered("a.com", ""), "dns", time.Time{}), t0.Add(20 * time.Hour)},
		{"a record", at(vacant.NewRegistered("a.com", vacant.Active), "rdap", time.Time{}), t0.Add(30 * day)},
		{"a record that expires", at(vacant.NewRegistered("a.com", vacant.Active), "rdap", t0.Add(20*day)), t0.Add(13 * day)},
		{"a record past its expiry", at(vacant.NewRegistered("a.com", vacant.Expired), "rdap", t0.Add(-day)), t0.Add(20 * time.Hour)},
		{"redemption", at(vacant.NewRegistered("a.com", vacant.Redemption), "rdap", t0.Add(-day)), t0.Add(20 * time.Hour)},
		{"no registry", at(vacant.NewUndetermined("a.com", vacant.ReasonNoRegistry, t0.Add(30*day)), "", time.Time{}), t0.Add(30 * day)},
		{"a limit", at(vacant.NewUndetermined("a.com", vacant.ReasonRateLimited, t0.Add(time.Hour)), "", time.Time{}), t0.Add(time.Hour)},
		{"at once", at(vacant.NewUndetermined("a.com", vacant.ReasonBadReply, time.Time{}), "", time.Time{}), time.Time{}},
	} {
		got := f.Until(&tt.r)
		if !got.Equal(tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			continue
		}
		s := settledState(&tt.r, 1)
		if f.holds(s, tt.want) || !tt.want.IsZero() && !f.holds(s, tt.want.Add(-time.Second)) {
			t.Errorf("%s: holds disagrees", tt.name)
		}
	}
}
