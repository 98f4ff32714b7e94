package rdapstage

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// TestPeerBugs holds, by name, the ways in which other programs call names
// available that are not. Each runs the whole stage with everything else in
// order, proof and controls, and has an honest twin beside the name, which must
// come out available: what saves the name is the protection, not a general silence.
func TestPeerBugs(t *testing.T) {
	t.Run("error text with 404 in it", peerErrorText)
	t.Run("HTTP status or page taken for a no", peerHTTPStatus)
	t.Run("WHOIS reply empty or under 50 octets", peerShortWHOIS)
	t.Run("not found inside a limit text", peerLimitText)
	t.Run("not found from a registrar", peerRegistrar)
	t.Run("not available for registration", peerNotAvailable)
	t.Run("record of another name", peerOtherName)
	t.Run("record of another name as a control", peerOtherNameControl)
	t.Run("bootstrap fetched once", peerBootstrap)
	t.Run("available with an error", peerAvailableError)
	t.Run("withheld labels and closed TLDs", peerWithheld)
}

// exceptRDAP is an honest server of .test that answers about one name with h.
func exceptRDAP(tb testing.TB, name string, h http.Handler) Config {
	tb.Helper()
	honest := rdaptest.Honest(rdaptest.Names("taken.test"))
	return onRDAP(rdaptest.Serve(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rdaptest.NameOf(r) == name {
			h.ServeHTTP(w, r)
			return
		}
		honest.ServeHTTP(w, r)
	})))
}

// exceptWHOIS is an honest server of .test that says text about one name.
func exceptWHOIS(tb testing.TB, name, text string) Config {
	tb.Helper()
	return onWHOIS(rdaptest.Listen(tb, func(p *rdaptest.Port43) rdaptest.Talk {
		honest := rdaptest.HonestWHOIS(rdaptest.Names("taken.test"))(p)
		return func(conn *net.TCPConn, query string) {
			if query == name {
				_, _ = io.WriteString(conn, text)
				return
			}
			honest(conn, query)
		}
	}))
}

// twins judges a name and its twin in one run, closes both with one control, and
// returns what the name is. The twin must be available.
func twins(t *testing.T, cfg Config, name, twin string) string {
	t.Helper()
	s := newStage(t, cfg)
	s.unit = 200 * time.Microsecond
	got := judge(t, s, frees(name, twin))
	r, other := got[vacant.Name(name)], got[vacant.Name(twin)]
	if words(&other) != "available" {
		t.Errorf("%s, the honest twin of %s: %s", twin, name, words(&other))
	}
	return words(&r)
}

// cut takes a request and closes the connection: the client's error names the URL.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func peerErrorText(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.Handler{
		"transport error": http.HandlerFunc(cut),
		"server error":    rdaptest.Answer(500, rdapJSON, `{"errorCode":500,"title":"error 404 while asking about my404.test"}`),
		"plain text":      rdaptest.Answer(500, "text/plain", "my404.test: 404 not found upstream"),
		"two hundred":     rdaptest.Answer(200, rdapJSON, `{"errorCode":404,"title":"Not Found","description":["my404.test"]}`),
	} {
		t.Run(name, func(t *testing.T) {
			if got := twins(t, exceptRDAP(t, "my404.test", h), "my404.test", "404my.test"); !strings.HasPrefix(got, "undetermined") {
				t.Errorf("my404.test is %s", got)
			}
		})
	}
	t.Run("WHOIS", func(t *testing.T) {
		cfg := exceptWHOIS(t, "my404.test", "Error 404 while asking about my404.test, see https://whois.test/404\r\n")
		if got := twins(t, cfg, "my404.test", "404my.test"); !strings.HasPrefix(got, "undetermined") {
			t.Errorf("my404.test is %s", got)
		}
	})
	t.Run("a name with 404 in it that is free", func(t *testing.T) {
		if got := twins(t, exceptRDAP(t, "my404.test", http.HandlerFunc(rdaptest.NotFound)), "my404.test", "404my.test"); got != "available" {
			t.Errorf("my404.test is %s", got)
		}
	})
}

func peerHTTPStatus(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.Handler{
		"400":                rdaptest.Answer(400, rdapJSON, `{"errorCode":400,"title":"Not Found"}`),
		"400 that says 404":  rdaptest.Answer(400, rdapJSON, rdaptest.NotFoundBody),
		"403":                rdaptest.Answer(403, rdapJSON, rdaptest.NotFoundBody),
		"403 page":           rdaptest.Answer(403, "text/html", "<h1>not found</h1>"),
		"429":                rdaptest.Answer(429, rdapJSON, rdaptest.NotFoundBody),
		"500":                rdaptest.Answer(500, rdapJSON, rdaptest.NotFoundBody),
		"502":                rdaptest.Answer(502, "text/html", "<h1>404</h1>"),
		"503":                rdaptest.Answer(503, rdapJSON, rdaptest.NotFoundBody),
		"504":                rdaptest.Answer(504, rdapJSON, ""),
		"410":                rdaptest.Answer(410, rdapJSON, rdaptest.NotFoundBody),
		"404 page":           rdaptest.Answer(404, "text/html", "<html><title>404 Not Found</title></html>"),
		"404 page as JSON":   rdaptest.Answer(404, rdapJSON, "<html><title>404 Not Found</title></html>"),
		"404 in plain JSON":  rdaptest.Answer(404, "application/json", `{"message":"no route matched"}`),
		"404 without a body": rdaptest.Answer(404, rdapJSON, ""),
		"empty 200":          rdaptest.Answer(200, rdapJSON, ""),
		"200 that says 404":  rdaptest.Answer(200, rdapJSON, rdaptest.NotFoundBody),
		"200 of an object":   rdaptest.Answer(200, rdapJSON, "{}"),
		"204":                rdaptest.Answer(204, rdapJSON, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := twins(t, exceptRDAP(t, "unsaid.test", h), "unsaid.test", "unowned.test"); !strings.HasPrefix(got, "undetermined") {
				t.Errorf("unsaid.test is %s", got)
			}
		})
	}
}

func peerShortWHOIS(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":           "",
		"line breaks":     "\r\n\r\n",
		"no match":        "No match\r\n",
		"not found":       "NOT FOUND\r\n",
		"domain":          "Domain not found.\r\n",
		"no data":         "No Data Found\r\n",
		"free":            "free\n",
		"available":       "available",
		"with the name":   "No match for \"UNSAID.TEST\".\r\n",
		"forty-nine":      "Domain unsaid.test not found" + strings.Repeat(" ", 21) + "\r\n",
		"cut in the word": "No match for domain \"UNSA",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := exceptWHOIS(t, "unsaid.test", text)
			cfg.MaxPause = 5 * time.Second
			if got := twins(t, cfg, "unsaid.test", "unowned.test"); !strings.HasPrefix(got, "undetermined") {
				t.Errorf("unsaid.test is %s", got)
			}
		})
	}
}

func peerLimitText(t *testing.T) {
	t.Parallel()
	honest := rdaptest.WHOISNotFound("unsaid.test")
	for name, text := range map[string]string{
		"one line":        "Query rate limit exceeded, object not found. Please try again later, you are being throttled.\r\n",
		"before the text": "You have exceeded your quota of queries.\r\n" + honest,
		"after the text":  honest + "Too many requests from your address.\r\n",
		"as a comment":    "% Access denied: your IP address has been blocked.\r\n" + honest,
		"as the status":   "Domain Name: UNSAID.TEST\r\nStatus: not found (lookup limit reached, try again later)\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := twins(t, exceptWHOIS(t, "unsaid.test", text), "unsaid.test", "unowned.test"); !strings.HasPrefix(got, "undetermined") {
				t.Errorf("unsaid.test is %s", got)
			}
		})
	}
	t.Run("RDAP", func(t *testing.T) {
		t.Parallel()
		h := rdaptest.Answer(404, rdapJSON, `{"errorCode":404,"title":"Not Found","description":["Too many requests, please slow down"]}`)
		if got := twins(t, exceptRDAP(t, "unsaid.test", h), "unsaid.test", "unowned.test"); !strings.HasPrefix(got, "undetermined") {
			t.Errorf("unsaid.test is %s", got)
		}
	})
}

// peerRegistrar asks, through a tunnel to our own server, one that is no
// registry, word for word as honest as the registry's.
func peerRegistrar(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"whois.verisign-grs.com": "available", "whois.enom.com": "undetermined bad-reply", "whois.example": "undetermined bad-reply"} {
		t.Run(host, func(t *testing.T) {
			// Behind a proxy no name need resolve here; this one ends every tunnel at one server.
			s := newStage(t, Config{Proxy: tunnelTo(t, "taken.com"), Lookup: noLookup(), Controls: fixedControls{"taken.com"}, MaxPause: 5 * time.Second})
			s.unit = time.Millisecond
			l := &lane{endpoint: whoisEndpoint(host, sourceEmbedded), suffix: "com", timing: &s.cfg.Timing}
			l.control.held = map[vacant.Name]bool{}
			s.cfg.Rates = map[string]float64{"": 1000}
			s.join(l)
			s.plans["com"] = &plan{suffix: "com", lanes: []*lane{l}}
			if got := verdict(t, s, "unowned.com"); got != want {
				t.Errorf("the words of %s make unowned.com %s, want %s", host, got, want)
			}
		})
	}
}

// tunnelTo is an HTTP proxy behind which every host is one WHOIS server.
func tunnelTo(t *testing.T, taken string) *url.URL {
	t.Helper()
	far := rdaptest.Listen(t, func(*rdaptest.Port43) rdaptest.Talk {
		return func(conn *net.TCPConn, query string) {
			name := query[strings.LastIndexByte(query, ' ')+1:]
			text := rdaptest.FreeText(name)
			if name == taken {
				text = rdaptest.RecordText(name)
			}
			_, _ = io.WriteString(conn, text)
		}
	})
	return mustURL(t, "http://"+rdaptest.CONNECT(t, far.Addr(), "", "").Addr())
}

func peerNotAvailable(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"sentence": "The domain unsaid.test is not available for registration.\r\n>>> Last update of whois database: 2026-01-01T00:00:00Z <<<\r\n",
		"status":   "Domain Name: unsaid.test\r\nDomain Status: Not available for registration\r\n>>> Last update of whois database: 2026-01-01T00:00:00Z <<<\r\n",
		"beside":   rdaptest.WHOISNotFound("unsaid.test") + "This name is not available for registration.\r\n",
		"reserved": rdaptest.WHOISNotFound("unsaid.test") + "This name is reserved by the registry.\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := twins(t, exceptWHOIS(t, "unsaid.test", text), "unsaid.test", "unowned.test")
			if got != "reserved" && !strings.HasPrefix(got, "undetermined") {
				t.Errorf("unsaid.test is %s", got)
			}
		})
	}
	t.Run("RDAP", func(t *testing.T) {
		h := rdaptest.Answer(404, rdapJSON, `{"errorCode":404,"title":"Not Found","description":["Domain not available for registration"]}`)
		if got := twins(t, exceptRDAP(t, "unsaid.test", h), "unsaid.test", "unowned.test"); got != "reserved" {
			t.Errorf("unsaid.test is %s", got)
		}
	})
}

// A record of another name says nothing of the one asked: neither that it is
// registered nor that it is free.
func peerOtherName(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]string{
		"another":            rdaptest.Record("other.test"),
		"longer by a label":  rdaptest.Record("www.unsaid.test"),
		"shorter by a label": rdaptest.Record("test"),
		"with a tail":        rdaptest.Record("unsaid.test.evil"),
	} {
		t.Run(name, func(t *testing.T) {
			cfg := exceptRDAP(t, "unsaid.test", rdaptest.Answer(200, rdapJSON, record))
			if got := twins(t, cfg, "unsaid.test", "unowned.test"); got != "undetermined bad-reply" {
				t.Errorf("unsaid.test is %s", got)
			}
		})
	}
	for name, text := range map[string]string{"WHOIS record": rdaptest.WHOISRecord("other.test"), "WHOIS not found": rdaptest.WHOISNotFound("other.test")} {
		t.Run(name, func(t *testing.T) {
			if got := twins(t, exceptWHOIS(t, "unsaid.test", text), "unsaid.test", "unowned.test"); got != "undetermined bad-reply" {
				t.Errorf("unsaid.test is %s", got)
			}
		})
	}
}

// A server that answers its controls with some record proves nothing by it.
func peerOtherNameControl(t *testing.T) {
	t.Parallel()
	for record, want := range map[string]string{"other.test": "undetermined control-pending", "taken.test": "available"} {
		cfg := onRDAP(rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if rdaptest.NameOf(r) == "taken.test" {
				rdaptest.Answer(200, rdapJSON, rdaptest.Record(record)).ServeHTTP(w, r)
				return
			}
			rdaptest.NotFound(w, r)
		})))
		if got := verdict(t, newStage(t, cfg), "unowned.test"); got != want {
			t.Errorf("with the record of %s for a control unowned.test is %s, want %s", record, got, want)
		}
	}
}

func peerBootstrap(t *testing.T) {
	t.Parallel()
	honest := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	list := rdaptest.Serve(t, rdaptest.Bootstrap(map[string]string{"test": honest.Base()}))
	s := newStage(t, Config{Bootstrap: list.URL + "/dns.json"})
	for round := range 3 { // nor once a run
		for name, r := range judge(t, s, frees(numbered("name%d.test", 100)...)) {
			if words(&r) != "available" {
				t.Fatalf("round %d: %s is %s", round, name, words(&r))
			}
		}
	}
	if n := len(list.Asked()); n != 1 {
		t.Errorf("the bootstrap was fetched %d times for 300 names", n)
	}
}

// peerAvailableError shows that no value can say "available" and "error" at
// once: the verdict is no field, only a proof makes it, and what is decoded is refused.
func peerAvailableError(t *testing.T) {
	t.Parallel()
	cfg := exceptRDAP(t, "unsaid.test", rdaptest.Answer(200, rdapJSON, `{"available":true,"error":"timeout"}`))
	if got := twins(t, cfg, "unsaid.test", "unowned.test"); got != "undetermined bad-reply" {
		t.Errorf("unsaid.test is %s", got)
	}
	result := reflect.TypeFor[vacant.Result]()
	for _, f := range reflect.VisibleFields(result) {
		if settable := f.IsExported() && (f.Type.Kind() == reflect.Bool || f.Type == reflect.TypeFor[vacant.Verdict]() || f.Type == reflect.TypeFor[error]()); settable {
			t.Errorf("anyone can set %s", f.Name)
		}
	}
	for _, text := range []string{
		`{"available":true,"error":"timeout"}`, `{"n":"unsaid.test","available":true,"error":"timeout"}`,
		`{"n":"unsaid.test","v":"available","w":"unreachable"}`, `{"n":"unsaid.test","v":"available"}`,
	} {
		var r vacant.Result
		if err := json.Unmarshal([]byte(text), &r); err == nil || r.Verdict() == vacant.Available {
			t.Errorf("%s is read as %s, %v", text, words(&r), err)
		}
	}
	for _, why := range []vacant.Reason{vacant.ReasonNone, vacant.ReasonUnreachable, "available"} {
		if r := vacant.NewUndetermined("unsaid.test", why, time.Time{}); r.Verdict() != vacant.Undetermined || r.Reason() == vacant.ReasonNone {
			t.Errorf("an error for %q is %s", why, words(&r))
		}
	}
	if r, err := vacant.NewAvailable("unsaid.test", vacant.Proof{DNS: free("unsaid.test").DNS}, time.Now()); err == nil || r.Verdict() == vacant.Available {
		t.Errorf("without a proof: %s, %v", words(&r), err)
	}
}

// peerWithheld asks honest servers that say 404 to the name and all its like.
func peerWithheld(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"d.dev": "undetermined likely-reserved", "dd.dev": "undetermined likely-reserved", "example.dev": "undetermined likely-reserved",
		"www.dev": "undetermined likely-reserved", "redcross.dev": "undetermined likely-reserved",
		"foo.google": "reserved closed-tld", "search.google": "reserved closed-tld",
	} {
		t.Run(name, func(t *testing.T) {
			srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.dev", "taken.google")))
			cfg := Config{RDAPServers: map[string]string{"dev": srv.Base(), "google": srv.Base()}, Controls: fixedControls{"taken.dev", "taken.google"}}
			if got := twins(t, cfg, name, "unowned.dev"); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
			if strings.HasSuffix(name, ".google") && slices.Contains(srv.Asked(), name) {
				t.Errorf("a registry was asked about %s, which nobody can buy", name)
			}
		})
	}
}
