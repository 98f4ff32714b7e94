package rdapstage

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
	"vacant/rdapstage/rdaptest"
)

func TestBootstrapByHandIsFetchedOnce(t *testing.T) {
	honest := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test", "taken.zone")))
	list := rdaptest.Serve(t, rdaptest.Bootstrap(map[string]string{"test": honest.Base(), "zone": honest.Base()}))
	s := newStage(t, Config{Bootstrap: list.URL + "/dns.json", Controls: fixedControls{"taken.test", "taken.zone"}})
	got := judge(t, s, frees(append(numbered("name%d.test", 50), numbered("name%d.zone", 50)...)...))
	for name, r := range got {
		if words(&r) != "available" {
			t.Errorf("%s, listed over plain http in a file named by hand: %s", name, words(&r))
		}
	}
	if n := len(list.Asked()); n != 1 {
		t.Errorf("the bootstrap was fetched %d times for 100 names", n)
	}
}

func TestBootstrapByHandFromAFile(t *testing.T) {
	honest := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	file := filepath.Join(t.TempDir(), "dns.json")
	body := fmt.Sprintf(`{"version":"1.0","services":[[["test"],[%q]]]}`, honest.Base())
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := verdict(t, newStage(t, Config{Bootstrap: file}), "unowned.test"); got != "available" {
		t.Errorf("judged %q", got)
	}
}

func TestBadBootstrapByHandIsTheUsersError(t *testing.T) {
	broken := rdaptest.Serve(t, rdaptest.Answer(200, "application/json", "{"))
	gone := rdaptest.Serve(t, rdaptest.Answer(404, "text/html", "no"))
	for _, place := range []string{broken.URL, gone.URL, "/does/not/exist.json"} {
		if s, err := New(t.Context(), Config{World: "test", Bootstrap: place}); err == nil {
			t.Errorf("%s was taken for a bootstrap file", place)
			_ = s.Close()
		}
	}
}

func TestPlainHTTPOfIANAIsNotAsked(t *testing.T) {
	s := newStage(t, Config{})
	s.cfg.World = "internet"
	s.table.Store(&bootstrapTable{base: map[string]string{"aaa": "http://rdap.example/", "com": "https://rdap.example/"}})
	for _, e := range s.endpoints("aaa", facts.Suffix{}) {
		t.Errorf("a plain http base is asked: %+v", e)
	}
	if list := s.endpoints("com", facts.Suffix{}); len(list) != 1 || list[0].source != sourceBootstrap {
		t.Errorf("the https base is not: %+v", list)
	}
}

func TestWhatIsNamedByHandIsAllThatIsAsked(t *testing.T) {
	cfg := Config{RDAPServers: map[string]string{"com": "http://127.0.0.1:1/"}, WHOISServers: map[string]string{"de": "127.0.0.1:2"}}
	s, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"com", "de"} {
		list := s.endpoints(suffix, facts.For(suffix))
		if len(list) != 1 || list[0].source != sourceHand {
			t.Errorf("%s: %+v", suffix, list)
		}
	}
	if list := s.endpoints("net", facts.For("net")); len(list) < 2 || list[0].source != sourceBootstrap {
		t.Errorf("net, which nobody named: %+v", list)
	}
}

func TestOtherWorldsNeverReachRealRegistries(t *testing.T) {
	s := newStage(t, Config{})
	for _, suffix := range []string{"com", "de", "io", "test"} {
		if list := s.endpoints(suffix, facts.For(suffix)); len(list) > 0 {
			t.Errorf("%s: %+v", suffix, list)
		}
	}
	if got := verdict(t, s, "x.test"); got != "undetermined no-registry" {
		t.Errorf("judged %q", got)
	}
}

func TestRatesByHandAndByDefault(t *testing.T) {
	hand := &endpoint{host: "127.0.0.1:80", source: sourceHand}
	remote := &endpoint{host: "rdap.example", source: sourceHand}
	tests := []struct {
		rates    map[string]float64
		operator string
		e        *endpoint
		want     float64
	}{
		{nil, "127.0.0.1:80", hand, 0},
		{nil, "example", remote, 1},
		{nil, "identitydigital", remote, 0.5},
		{map[string]float64{"": 7}, "example", remote, 7},
		{map[string]float64{"": 7}, "127.0.0.1:80", hand, 7},
		{map[string]float64{"": 7, "example": 3}, "example", remote, 3},
		{map[string]float64{"example": 3}, "identitydigital", remote, 0.5},
		{map[string]float64{"": 0}, "identitydigital", remote, 0.5},
		{map[string]float64{"": -1}, "127.0.0.1:80", hand, 0},
	}
	for _, tt := range tests {
		s := newStage(t, Config{Rates: tt.rates})
		if got := s.limitFor(tt.operator, tt.e).PerSecond; got != tt.want {
			t.Errorf("%v: %s may be asked %v/s, want %v", tt.rates, tt.operator, got, tt.want)
		}
	}
}

// both is a config with an RDAP and a WHOIS server for .test.
func both(t *testing.T, rdap http.Handler, whois func(*rdaptest.Port43) rdaptest.Talk) Config {
	t.Helper()
	return Config{
		RDAPServers:  map[string]string{"test": rdaptest.Serve(t, rdap).Base()},
		WHOISServers: map[string]string{"test": rdaptest.Listen(t, whois).Addr()},
	}
}

func TestTwoSources(t *testing.T) {
	taken := rdaptest.Names("taken.test")
	all := rdaptest.Names("taken.test", "x.test", "nic.test", "ab.test")
	wildcard := func(i vacant.Inquiry) vacant.Inquiry {
		i.DNS.Status, i.DNS.Rcode, i.DNS.Flags = vacant.StatusNodata, 0, vacant.FlagWildcard|vacant.FlagProven
		return i
	}
	nodata := func(i vacant.Inquiry) vacant.Inquiry {
		i.DNS.Status, i.DNS.Rcode, i.DNS.Flags = vacant.StatusNodata, 0, 0
		return i
	}
	old := func(i vacant.Inquiry) vacant.Inquiry {
		i.DNS.At = time.Now().Add(-25 * time.Hour)
		return i
	}
	same := func(i vacant.Inquiry) vacant.Inquiry { return i }
	tests := []struct {
		name        string
		rdap, whois rdaptest.Registered
		change      func(vacant.Inquiry) vacant.Inquiry
		label       string
		want        string
		method      string
	}{
		{"one no is enough", taken, taken, same, "x", "available", "rdap"},
		{"a wildcard zone takes two", taken, taken, wildcard, "x", "available", "rdap+whois"},
		{"a wildcard zone with two opinions", taken, all, wildcard, "x", "undetermined source-conflict", ""},
		{"a label kept back, free in words", taken, taken, same, "nic", "available", "rdap+whois"},
		{"a label kept back, taken in words", taken, all, same, "nic", "undetermined source-conflict", ""},
		{"no delegation, but the name exists", taken, taken, nodata, "x", "undetermined source-conflict", ""},
		{"no delegation, and registered", all, taken, nodata, "x", "registered", "rdap"},
		{"an old NXDOMAIN", taken, taken, old, "x", "undetermined dns-unproven", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage(t, both(t, rdaptest.Honest(tt.rdap), rdaptest.HonestWHOIS(tt.whois)))
			name := vacant.Name(tt.label + ".test")
			r := judge(t, s, []vacant.Inquiry{tt.change(free(string(name)))})[name]
			if words(&r) != tt.want {
				t.Errorf("judged %q, want %q", words(&r), tt.want)
			}
			if tt.method != "" && r.Method != tt.method {
				t.Errorf("by %q, want %q", r.Method, tt.method)
			}
		})
	}
}

func TestLiarIsOverruledByTheOtherSource(t *testing.T) {
	liar := http.HandlerFunc(rdaptest.NotFound)
	got := judge(t, newStage(t, both(t, liar, rdaptest.HonestWHOIS(rdaptest.Names("taken.test", "held.test")))), frees("held.test", "unowned.test"))
	if r := got["held.test"]; words(&r) != "registered" || r.Method != "whois" {
		t.Errorf("held.test: %s by %q", words(&r), r.Method)
	}
	if r := got["unowned.test"]; words(&r) != "available" || r.Method != "whois" {
		t.Errorf("unowned.test: %s by %q", words(&r), r.Method)
	}
}

func TestLimitAtOneDoorIsNoReasonToTryTheOther(t *testing.T) {
	cfg := both(t, rdaptest.Answer(429, "text/plain", "", "Retry-After", "90000"), rdaptest.HonestWHOIS(rdaptest.Names("taken.test")))
	if got := verdict(t, newStage(t, cfg), "x.test"); got != "undetermined locked-out" {
		t.Errorf("judged %q", got)
	}
}

func TestClosedTLDIsReservedUnasked(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("nic.google")))
	s := newStage(t, Config{RDAPServers: map[string]string{"google": srv.Base()}, Controls: fixedControls{"nic.google"}})
	if got := verdict(t, s, "foo.google"); got != "reserved closed-tld" {
		t.Errorf("judged %q", got)
	}
	if n := len(srv.Asked()); n > 0 {
		t.Errorf("%d questions about a closed TLD", n)
	}
}

func TestOneStuckRegistryDoesNotHoldUpTheOthers(t *testing.T) {
	slow := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.slow")))
	quick := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.quick")))
	cfg := Config{RDAPServers: map[string]string{"slow": slow.Base(), "quick": quick.Base()}, Controls: fixedControls{"taken.slow", "taken.quick"}}
	cfg.Rates = map[string]float64{slow.Listener.Addr().String(): 0.01}
	cfg.Timing.BatchIdle = 10 * time.Millisecond
	s := newStage(t, cfg)
	in, out := make(chan []vacant.Inquiry, 2), make(chan []vacant.Result)
	in <- frees(numbered("n%d.slow", 5000)...)
	in <- frees(numbered("n%d.quick", 100)...)
	ctx, cancel := contextWith(t)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, in, out) }()
	for n := 0; n < 100; {
		select {
		case group := <-out:
			n += len(group)
		case <-ctx.Done():
			t.Fatalf("%d of 100 names of the quick registry", n)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, ctx.Err()) {
		t.Error(err)
	}
}

func TestOneServerIsOneSource(t *testing.T) {
	s, err := New(t.Context(), Config{NoRDAP: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"nl", "ch", "eu", "be"} {
		seen := map[string]bool{}
		for _, e := range s.endpoints(suffix, facts.For(suffix)) {
			if seen[e.base] {
				t.Errorf("%s: %s is named twice", suffix, e.base)
			}
			seen[e.base] = true
		}
		if len(seen) == 0 {
			t.Errorf("%s has no source besides RDAP", suffix)
		}
	}
}
