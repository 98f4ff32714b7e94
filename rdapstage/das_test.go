package rdapstage

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/facts"
	"vacant/rdapstage/rdaptest"
)

// asService is a config with a service in place of the real one, at addr; it is
// the only source for its TLD unless whois is another.
func asService(host, tld, addr string, whois ...string) Config {
	servers := append([]string{host + "@" + addr}, whois...)
	return Config{WHOISServers: map[string]string{tld: strings.Join(servers, " ")}, Controls: fixedControls{vacant.Name("taken." + tld)}}
}

func TestEveryServiceIsAskedAsItsRegistryWantsAndUnderstood(t *testing.T) {
	for _, s := range rdaptest.Services {
		t.Run(s.Host, func(t *testing.T) {
			t.Parallel()
			held, free := vacant.Name("held."+s.TLD), vacant.Name("unowned."+s.TLD)
			p := rdaptest.Listen(t, rdaptest.DAS(s, rdaptest.Names("taken."+s.TLD, string(held))))
			w := rdaptest.Listen(t, rdaptest.HonestWHOIS(rdaptest.Names("taken."+s.TLD, string(held))))
			got := judge(t, newStage(t, asService(s.Host, s.TLD, p.Addr(), w.Addr())), frees(string(held), string(free)))
			if r := got[held]; words(&r) != "registered" || r.Method != "das" {
				t.Errorf("%s is %s by %q", held, words(&r), r.Method)
			}
			alone, method := facts.DASAlone(facts.DASSet(s.Host)), "das"
			if !alone {
				method = "das+whois"
			}
			if r := got[free]; words(&r) != "available" || r.Method != method || r.RegistryCode == "" {
				t.Errorf("%s is %s by %q, code %q", free, words(&r), r.Method, r.RegistryCode)
			}
			if n := len(w.Asked()); (n > 0) == alone {
				t.Errorf("the WHOIS server was asked %d times", n)
			}
		})
	}
}

func TestServiceThatNeedsASecondSourceProvesNothingAlone(t *testing.T) {
	for _, s := range rdaptest.Services {
		if facts.DASAlone(facts.DASSet(s.Host)) {
			continue
		}
		p := rdaptest.Listen(t, rdaptest.DAS(s, rdaptest.Names("taken."+s.TLD)))
		if got := verdict(t, newStage(t, asService(s.Host, s.TLD, p.Addr())), "unowned."+s.TLD); got != "undetermined no-registry" {
			t.Errorf("%s alone: %s", s.Host, got)
		}
	}
}

// TestPlainHTTPServiceProvesTakenAloneAndFreeWithAnother puts what may sit on the
// way of plain HTTP before a WHOIS server that is honest.
func TestPlainHTTPServiceProvesTakenAloneAndFreeWithAnother(t *testing.T) {
	is := rdaptest.Names("taken.se", "held.se")
	iis := rdaptest.IIS(is)
	about := func(h http.Handler) http.Handler { // the controls pass, unowned.se meets h
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("q") == "unowned.se" {
				h.ServeHTTP(w, r)
				return
			}
			iis.ServeHTTP(w, r)
		})
	}
	tests := []struct {
		name string
		h    http.Handler
		want string
	}{
		{"honest", iis, "available"},
		{"an old answer out of a cache", about(rdaptest.Answer(200, "text/plain", "occupied unowned.se")), "registered"},
		{"another name's answer", about(rdaptest.Answer(200, "text/plain", "free other.se")), "available"},
		{"a sign-in page", about(rdaptest.Answer(200, "text/html", "<html>free unowned.se</html>")), "available"},
		{"a redirect to one", about(rdaptest.RedirectTo("http://127.0.0.2:1/")), "available"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := rdaptest.Serve(t, tt.h)
			w := rdaptest.Listen(t, rdaptest.HonestWHOIS(is))
			addr := strings.TrimPrefix(srv.URL, "http://")
			s := newStage(t, asService("free.iis.se", "se", addr, w.Addr()))
			got := judge(t, s, frees("held.se", "unowned.se"))
			if r := got["held.se"]; words(&r) != "registered" || r.Method != "das" {
				t.Errorf("held.se is %s by %q", words(&r), r.Method)
			}
			if r := got["unowned.se"]; words(&r) != tt.want {
				t.Errorf("unowned.se is %s, want %s", words(&r), tt.want)
			}
			if got := verdict(t, newStage(t, asService("free.iis.se", "se", addr)), "unowned.se"); got == "available" {
				t.Error("by plain http alone unowned.se is available")
			}
		})
	}
}

func TestLimitOfAPlainHTTPServicePausesIt(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.FirstThen(2, rdaptest.Answer(429, "text/plain", "", "Retry-After", "90000"), rdaptest.IIS(rdaptest.Names("taken.se"))))
	cfg := asService("free.iis.se", "se", strings.TrimPrefix(srv.URL, "http://"))
	cfg.MaxPause = time.Second
	if got := verdict(t, newStage(t, cfg), "x.se"); got != "undetermined locked-out" {
		t.Errorf("judged %q", got)
	}
}

// TestWhatEachSuffixIsAsked fixes the order of sources.
func TestWhatEachSuffixIsAsked(t *testing.T) {
	s, err := New(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	for suffix, want := range map[string]string{
		"eu": "das das.eu:4343, whois whois.eu", "be": "das das.dns.be:4343, whois whois.dns.be", "lt": "das das.domreg.lt:4343, whois whois.domreg.lt",
		"ch": "rdap rdap.nic.ch, das whois.nic.ch:4343, whois whois.nic.ch", "nl": "rdap rdap.sidn.nl, das whois.domain-registry.nl",
		"si": "rdap rdap.register.si, whois whois.register.si, das das.arnes.si:4343 (second)", "no": "rdap rdap.norid.no, whois whois.norid.no, das finger.norid.no:79 (second)",
		"se": "whois whois.iis.se, das free.iis.se:80 (second)", "nu": "whois whois.iis.nu, das free.iis.se:80 (second)",
	} {
		var got []string
		for _, e := range s.endpoints(suffix, facts.For(suffix)) {
			text := string(e.kind) + " " + e.host
			if e.needsSecond {
				text += " (second)"
			}
			got = append(got, text)
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("%s: %s, want %s", suffix, text, want)
		}
	}
}

func TestEverySetHasAQuestion(t *testing.T) {
	for _, s := range rdaptest.Services {
		name := vacant.Name("x1." + s.TLD)
		if line := ask.DASQuery(facts.DASSet(s.Host), name); s.Ask(line) != string(name) {
			t.Errorf("%s does not understand %q", s.Host, line)
		}
	}
}
