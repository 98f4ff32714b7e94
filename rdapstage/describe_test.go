package rdapstage

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// internet is a stage of the real world that nothing is asked of.
func internet(t *testing.T, cfg Config) *Stage {
	t.Helper()
	s, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestForecastSaysWhatCannotBeConfirmed(t *testing.T) {
	tests := []struct {
		suffix string
		cfg    Config
		want   vacant.Reason
	}{
		{"com", Config{}, vacant.ReasonNone},
		{"de", Config{}, vacant.ReasonNone},
		{"google", Config{}, vacant.ReasonClosedTLD},
		{"zw", Config{}, vacant.ReasonNoRegistry},
		{"com", Config{NoRDAP: true}, vacant.ReasonNone},
		{"com", Config{NoRDAP: true, NoWHOIS: true}, vacant.ReasonNoRegistry},
		{"dev", Config{NoRDAP: true}, vacant.ReasonNoRegistry},
		{"io", Config{NoWHOIS: true}, vacant.ReasonNoRegistry}, // its base needs a second source
	}
	for _, tt := range tests {
		f := internet(t, tt.cfg).Forecast([]string{tt.suffix})[0]
		if f.Reason != tt.want || f.ClosedTLD != (tt.want == vacant.ReasonClosedTLD) {
			t.Errorf("%s without RDAP %v, WHOIS %v: %q, want %q", tt.suffix, tt.cfg.NoRDAP, tt.cfg.NoWHOIS, f.Reason, tt.want)
		}
		if f.Reason == vacant.ReasonNone && (f.Operator == "" || f.Rate <= 0 || f.Rate > 1) {
			t.Errorf("%s: %v names/s at %q", tt.suffix, f.Rate, f.Operator)
		}
	}
}

func TestDescribeNamesEveryEndpoint(t *testing.T) {
	d := internet(t, Config{}).Describe("io")
	var kinds []string
	for _, e := range d.Endpoints {
		kinds = append(kinds, string(e.Kind)+" "+e.Source+" "+e.Operator)
	}
	want := []string{"rdap embedded identitydigital", "whois embedded identitydigital"}
	if !slices.Equal(kinds, want) || !d.Endpoints[0].NeedsSecond {
		t.Errorf("io: %q, want %q; needs a second: %v", kinds, want, d.Endpoints[0].NeedsSecond)
	}
	if d = internet(t, Config{}).Describe("zw"); len(d.Endpoints) != 0 || !strings.Contains(strings.Join(d.Notes, " "), "cannot be confirmed") {
		t.Errorf("zw: %+v", d)
	}
}

func TestDescribeKnowsControlsAndLockOuts(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.FirstThen(12, rdaptest.Honest(rdaptest.Names("taken.test")),
		rdaptest.Answer(429, "text/plain", "", "Retry-After", "3600")))
	s := newStage(t, onRDAP(srv))
	judge(t, s, frees("unowned.test"))
	e := s.Describe("test").Endpoints[0]
	if e.LastControl.IsZero() || e.LastFree.IsZero() || !e.LockedUntil.IsZero() {
		t.Errorf("after a good check: control %v, free %v, locked until %v", e.LastControl, e.LastFree, e.LockedUntil)
	}
	judge(t, s, frees("another.test"))
	if e = s.Describe("test").Endpoints[0]; time.Until(e.LockedUntil) < 59*time.Minute {
		t.Errorf("locked until %v", e.LockedUntil)
	}
}

func TestStatsCountWhatWasAsked(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	cfg := onRDAP(srv)
	cfg.MaxPause = time.Minute // few names, over one connection
	s := newStage(t, cfg)
	judge(t, s, frees(numbered("name%d.test", 10)...))
	st := s.Stats()
	if st.Asked != 10 || st.Controls != 3 || st.Inflight != 0 || st.ByOperator[srv.Listener.Addr().String()] != 13 {
		t.Errorf("%+v", st)
	}
}
