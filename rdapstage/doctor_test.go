package rdapstage

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// examineOne examines .test and returns what was found.
func examineOne(t *testing.T, s *Stage) Examination {
	t.Helper()
	var got []Examination
	if err := s.Examine(t.Context(), []string{"test"}, nil, func(e Examination) { got = append(got, e) }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 {
		t.Fatalf("%d suffixes were reported", len(got))
	}
	return got[0]
}

var taken = rdaptest.Names("taken.test")

func TestExamineTellsEveryFaultApart(t *testing.T) {
	rdap := func(h http.Handler) func(*testing.T) Config {
		return func(t *testing.T) Config { t.Helper(); return onRDAP(rdaptest.Serve(t, h)) }
	}
	whois := func(talk func(*rdaptest.Port43) rdaptest.Talk) func(*testing.T) Config {
		return func(t *testing.T) Config { t.Helper(); return onWHOIS(rdaptest.Listen(t, talk)) }
	}
	at := func(base string) func(*testing.T) Config {
		return func(*testing.T) Config { return Config{RDAPServers: map[string]string{"test": base}} }
	}
	tests := []struct {
		name   string
		cfg    func(*testing.T) Config
		fault  Fault
		reason vacant.Reason
		asked  int // at most
		detail string
	}{
		{"an honest server", rdap(rdaptest.Honest(taken)), FaultNone, vacant.ReasonNone, 2, ""},
		{"an honest WHOIS server", whois(rdaptest.HonestWHOIS(taken)), FaultNone, vacant.ReasonNone, 2, ""},
		{"a hiccup", rdap(rdaptest.FirstThen(1, rdaptest.Answer(500, "text/plain", "oops"), rdaptest.Honest(taken))), FaultNone, vacant.ReasonNone, 3, ""},
		{"a server that knows no name", rdap(http.HandlerFunc(rdaptest.NotFound)), FaultDenies, vacant.ReasonControlFailed, 1, "taken.test"},
		{"WHOIS that knows no name", whois(rdaptest.HonestWHOIS(rdaptest.Names())), FaultDenies, vacant.ReasonControlFailed, 1, "taken.test"},
		{"a server where all is registered", rdap(rdaptest.Honest(func(string) bool { return true })), FaultFreeRegistered, vacant.ReasonControlFailed, 2, ""},
		{"a web page for a no", rdap(rdaptest.Unregistered(taken, rdaptest.Answer(404, "text/html", "<html>404</html>"))), FaultFreeUnreadable, vacant.ReasonBadReply, 4, "404"},
		{"another name's record", rdap(rdaptest.Answer(200, "application/rdap+json", rdaptest.Record("other.test"))), FaultUnreadable, vacant.ReasonBadReply, 3, "OTHER.TEST"},
		{"a broken server", rdap(rdaptest.Answer(500, "text/plain", "oops")), FaultBroken, vacant.ReasonBadReply, 3, "HTTP 500"},
		{"a wall", rdap(rdaptest.Answer(403, "text/html", "no")), FaultBroken, vacant.ReasonBadReply, 3, "HTTP 403"},
		{"a long Retry-After", rdap(rdaptest.Answer(429, "text/plain", "", "Retry-After", "86400")), FaultLockedOut, vacant.ReasonLockedOut, 1, "HTTP 429"},
		{"a server elsewhere", rdap(rdaptest.RedirectTo("http://192.0.2.1:1/")), FaultUnreadable, vacant.ReasonBadReply, 1, "another host"},
		{"a mute server", rdap(http.HandlerFunc(rdaptest.Mute)), FaultSilent, vacant.ReasonUnreachable, 2, "nothing whole"},
		{"mute WHOIS", whois(rdaptest.NeverClosing("")), FaultSilent, vacant.ReasonUnreachable, 2, "nothing whole"},
		{"a reply that is cut", whois(rdaptest.SayAndReset("Domain Name: taken.te")), FaultSilent, vacant.ReasonUnreachable, 2, "connected, then"},
		{"a server that calls all reserved", rdap(rdaptest.Answer(404, "application/rdap+json", `{"errorCode":404,"title":"Not Found","description":["This name is reserved"],"rdapConformance":["rdap_level_0"]}`)),
			FaultDenies, vacant.ReasonControlFailed, 1, "taken.test is reserved"},
		{"WHOIS without a word", whois(rdaptest.Say("")), FaultSilent, vacant.ReasonBadReply, 2, "without a word"},
		{"a closed port", at("http://127.0.0.1:1/"), FaultConnect, vacant.ReasonUnreachable, 2, "refused"},
		{"no such host", at("http://nowhere.invalid/"), FaultLookup, vacant.ReasonUnreachable, 2, "nowhere.invalid"},
		{"a certificate of nobody", func(t *testing.T) Config {
			t.Helper()
			srv := rdaptest.ServeTLS(t, rdaptest.Honest(taken))
			return Config{RDAPServers: map[string]string{"test": srv.Base()}}
		}, FaultTLS, vacant.ReasonBadReply, 1, "certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := tt.cfg(t)
			cfg.Timing.Query = 10 * time.Second
			if strings.Contains(tt.name, "mute") { // the others answer, however busy the machine is
				cfg.Timing.Query = 300 * time.Millisecond
			}
			cfg.Lookup = vacant.NewLookup(func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no resolver") })
			e := examineOne(t, newStage(t, cfg))
			f := &e.Findings[0]
			if f.Fault != tt.fault || f.Reason != tt.reason || f.Asked > tt.asked || f.Asked == 0 {
				t.Errorf("%q %q after %d questions (%s), want %q %q after at most %d", f.Fault, f.Reason, f.Asked, f.Detail, tt.fault, tt.reason, tt.asked)
			}
			if !strings.Contains(f.Detail, tt.detail) {
				t.Errorf("detail %q, want %q in it", f.Detail, tt.detail)
			}
			if (e.Reason == vacant.ReasonNone) != (tt.fault == FaultNone) {
				t.Errorf("the suffix: %q", e.Reason)
			}
		})
	}
}

func TestExamineSaysThatTheHiccupWasThere(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.FirstThen(1, rdaptest.Answer(500, "text/plain", "oops"), rdaptest.Honest(taken)))
	e := examineOne(t, newStage(t, onRDAP(srv)))
	if f := e.Findings[0]; f.Failed != 1 || len(f.Controls) != 3 || f.Address != srv.Listener.Addr().String() || f.Answer <= 0 {
		t.Errorf("%d failed, %d controls, at %q, %v", f.Failed, len(f.Controls), f.Address, f.Answer)
	}
}

func TestExamineJudgesASuffixAsAHuntWould(t *testing.T) {
	rdap, whois := rdaptest.Serve(t, rdaptest.Honest(taken)), rdaptest.Listen(t, rdaptest.HonestWHOIS(taken))
	liar := rdaptest.Serve(t, http.HandlerFunc(rdaptest.NotFound))
	both := func(base string) Config {
		return Config{RDAPServers: map[string]string{"test": base}, WHOISServers: map[string]string{"test": whois.Addr()}}
	}
	second := both(rdap.Base())
	second.SecondSource = []string{"test"}
	alone := onRDAP(rdap)
	alone.SecondSource = []string{"test"}
	for _, tt := range []struct {
		name     string
		cfg      Config
		wildcard bool
		reason   vacant.Reason
		uses     int
	}{
		{"one source is enough", both(rdap.Base()), false, vacant.ReasonNone, 1},
		{"the second stands in", both(liar.Base()), false, vacant.ReasonNone, 2},
		{"two are wanted and there", second, false, vacant.ReasonNone, 2},
		{"two are wanted, one is there", alone, false, vacant.ReasonNoRegistry, 1},
		{"a zone without NXDOMAIN wants two", onRDAP(rdap), true, vacant.ReasonNoRegistry, 1},
		{"a zone without NXDOMAIN has two", both(rdap.Base()), true, vacant.ReasonNone, 2},
		{"nobody to ask", Config{}, false, vacant.ReasonNoRegistry, 0},
	} {
		s := newStage(t, tt.cfg)
		var e Examination
		err := s.Examine(t.Context(), []string{"test"}, func(string) bool { return tt.wildcard }, func(got Examination) { e = got })
		if err != nil || e.Reason != tt.reason || e.Uses != tt.uses {
			t.Errorf("%s: %q by %d sources, %v; want %q by %d", tt.name, e.Reason, e.Uses, err, tt.reason, tt.uses)
		}
	}
}

func TestExamineAsksNobodyAboutAClosedTLD(t *testing.T) {
	s := internet(t, Config{Lookup: vacant.NewLookup(func(context.Context, string, string) (net.Conn, error) {
		t.Error("a host was looked up")
		return nil, errors.New("no")
	})})
	var reasons []vacant.Reason
	err := s.Examine(t.Context(), []string{"google", "zw"}, nil, func(e Examination) { reasons = append(reasons, e.Reason) })
	if want := []vacant.Reason{vacant.ReasonClosedTLD, vacant.ReasonNoRegistry}; err != nil || !slices.Equal(reasons, want) {
		t.Errorf("%q, %v; want %q", reasons, err, want)
	}
}

func TestALockOutThatExamineHeardIsHonouredByTheNext(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Answer(429, "text/plain", "", "Retry-After", "86400"))
	cfg := onRDAP(srv)
	cfg.Budget = newMemoryBudget(time.Now)
	examineOne(t, newStage(t, cfg))
	e := examineOne(t, newStage(t, cfg))
	if f := e.Findings[0]; f.Fault != FaultLockedOut || f.Asked != 0 || len(srv.Asked()) != 1 || time.Until(f.Until) < 23*time.Hour {
		t.Errorf("%q after %d questions, until %v; the server was asked %d times", f.Fault, f.Asked, f.Until, len(srv.Asked()))
	}
}

func TestExamineKeepsTheOperatorsRate(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(taken))
	cfg := onRDAP(srv)
	cfg.Rates = map[string]float64{"": 5}
	examineOne(t, newStage(t, cfg))
	times := srv.Times()
	if len(times) != 2 || times[1].Sub(times[0]) < 150*time.Millisecond {
		t.Errorf("asked at %v", times)
	}
}

func TestExamineHoldsTheClockAgainstTheServers(t *testing.T) {
	ahead := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(3*time.Hour).UTC().Format(http.TimeFormat))
		rdaptest.Honest(taken).ServeHTTP(w, r)
	}))
	e := examineOne(t, newStage(t, onRDAP(ahead)))
	skew, n := ClockSkew(e.Findings)
	if n != 1 || (skew-3*time.Hour).Abs() > 2*time.Second {
		t.Errorf("%v ahead by %d servers", skew, n)
	}
	right := examineOne(t, newStage(t, onRDAP(rdaptest.Serve(t, rdaptest.Honest(taken)))))
	if skew, n = ClockSkew(right.Findings); n != 1 || skew != 0 {
		t.Errorf("a right clock is %v off, by %d servers", skew, n)
	}
}

func TestExamineEndsWithItsContext(t *testing.T) {
	srv := rdaptest.Serve(t, http.HandlerFunc(rdaptest.Mute))
	cfg := onRDAP(srv)
	cfg.Timing.Query = time.Minute
	examine := func(ctx context.Context, want error, detail string) {
		t.Helper()
		var e Examination
		err := newStage(t, cfg).Examine(ctx, []string{"test"}, nil, func(got Examination) { e = got })
		if f := &e.Findings[0]; !errors.Is(err, want) || f.Fault != FaultUnasked || f.Detail != detail {
			t.Errorf("%v, %q, %q", err, f.Fault, f.Detail)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	examine(ctx, context.DeadlineExceeded, "")
	ctx, stop := context.WithCancel(t.Context())
	defer time.AfterFunc(50*time.Millisecond, stop).Stop()
	examine(ctx, context.Canceled, DetailStopped)
}

func TestExamineWithoutControlsSaysSo(t *testing.T) {
	cfg := onRDAP(rdaptest.Serve(t, rdaptest.Honest(taken)))
	cfg.Controls = fixedControls{}
	if f := examineOne(t, newStage(t, cfg)).Findings[0]; f.Fault != FaultNoControl || f.Asked != 1 {
		t.Errorf("%q after %d questions", f.Fault, f.Asked)
	}
}
