package main

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"vacant"
	"vacant/store"
)

// ledgerAt is a moment so many seconds after the name of a test's ledger was asked.
func ledgerAt(seconds int) time.Time {
	return time.Date(2026, 3, 1, 12, 0, seconds, 0, time.UTC)
}

// proven is an available name with both registered controls and a random label,
// the second control a record of another name.
func proven(t *testing.T) vacant.Result {
	t.Helper()
	said := vacant.Evidence{At: ledgerAt(0), Kind: vacant.KindRDAP, Asked: "https://rdap.test/com/domain/free.com", Server: "rdap.test",
		Code: "404", Says: "available", Excerpt: "404 Not Found"}
	dns := vacant.DNSProof{At: ledgerAt(-5), Status: vacant.StatusNXDomain, Rcode: 3, Server: "192.0.2.1:53", Flags: vacant.FlagProven}
	r, err := vacant.NewAvailable("free.com", vacant.Proof{DNS: dns, Registry: said, ControlBefore: ledgerAt(-1), ControlAfter: ledgerAt(1)}, ledgerAt(0))
	if err != nil {
		t.Fatal(err)
	}
	control := func(at int, role, name, says string) vacant.Evidence {
		return vacant.Evidence{At: ledgerAt(at), Kind: vacant.KindRDAP, Control: role, Asked: "https://rdap.test/com/domain/" + name, Server: "rdap.test", Says: says}
	}
	r.Evidence = []vacant.Evidence{dns.Evidence("free.com"), said, control(-1, "registered", "one.com", "registered"),
		control(1, "", "two.com", "registered"), control(-9, "free", "xkqz.com", "available")}
	return r
}

func TestLedgerTellsControlsFromQuestions(t *testing.T) {
	r := proven(t)
	var roles []string
	for i := range r.Evidence {
		roles = append(roles, roleOf(&r, i))
	}
	if want := []string{"", "", controlBefore, controlAfter, controlFree}; !slices.Equal(roles, want) {
		t.Errorf("%q, want %q", roles, want)
	}
	text := ledger(&r)
	for _, want := range []string{
		"  means       unregistered, and not withheld",
		"  not known   its price: premium prices are mostly invisible before purchase",
		`  decided by  RDAP status 404 with an error object at the base of this suffix (rdap.test): "404 Not Found"`,
		"  decided by  a proven NXDOMAIN for this very name, by the zone's own server (192.0.2.1:53)",
		"  controls    RDAP (rdap.test) held: before one.com, after two.com, random label xkqz.com",
		"  asked again by a hunt from 2026-03-02T08:00:00Z on",
		"one.com: registered [registered control]; before, held\n",
		"two.com: registered; after, held\n",
		"xkqz.com: available [free control]; random label, held\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "distrusted") || strings.Contains(text, "FAILED") {
		t.Errorf("a good source is distrusted:\n%s", text)
	}
}

func TestLedgerNamesSourcesThatFailed(t *testing.T) {
	r := proven(t)
	r.Evidence = append(r.Evidence, vacant.Evidence{At: ledgerAt(-20), Kind: vacant.KindWHOIS, Control: "registered", Asked: "one.com", Server: "whois.test", Says: "available"})
	if text := ledger(&r); !strings.Contains(text, "  distrusted  WHOIS at whois.test failed the control one.com") ||
		!strings.Contains(text, "[registered control]; before, FAILED") || strings.Contains(text, "WHOIS (whois.test) held") {
		t.Error(text)
	}
}

// What decided is told by rule for each kind of source and verdict.
func TestLedgerTellsTheRule(t *testing.T) {
	answer := func(kind vacant.Kind, says vacant.Verdict, excerpt string) vacant.Evidence {
		return vacant.Evidence{Kind: kind, Says: says.String(), Excerpt: excerpt, Server: "s.test"}
	}
	for _, tt := range []struct {
		e    vacant.Evidence
		want string
	}{
		{answer(vacant.KindRDAP, vacant.Available, "404 without a body"), "RDAP status 404 without a body"},
		{answer(vacant.KindRDAP, vacant.Available, "404 Not Found"), "RDAP status 404 with an error object"},
		{answer(vacant.KindRDAP, vacant.Registered, "ldhName: A.COM"), "an RDAP record of this very name"},
		{answer(vacant.KindRDAP, vacant.Reserved, "Reserved name"), `the registry's own words, over RDAP (s.test): "Reserved name"`},
		{answer(vacant.KindWHOIS, vacant.Available, "No match"), "the whole not-found line"},
		{answer(vacant.KindWHOIS, vacant.Registered, "domain: a.com"), "a WHOIS record of this very name"},
		{answer(vacant.KindWHOIS, vacant.Premium, "PREMIUM"), "the registry's own words, over WHOIS"},
		{answer(vacant.KindDAS, vacant.Available, "free"), "the word of this suffix's availability server"},
	} {
		if got := ruleOf(&tt.e); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s %s: %s", tt.e.Kind, tt.e.Says, got)
		}
	}
}

// Every reason says what happened and what can be done about it.
func TestEveryReasonHasWords(t *testing.T) {
	for _, reason := range reasons {
		r := vacant.NewUndetermined("a.com", reason, time.Time{})
		if reason == vacant.ReasonClosedTLD {
			r = vacant.NewReserved("a.com", reason)
		} else if _, ok := reasonTexts[reason]; !ok {
			t.Errorf("%s has no words", reason)
		}
		means, _ := meaning(&r)
		if means == "" || r.Verdict() == vacant.Undetermined && toDo(&r) == "" {
			t.Errorf("%s: %q, %q", reason, means, toDo(&r))
		}
	}
}

// nasty is what a server could send to a terminal, a log or a table.
const nasty = "\x1b]52;c;aGk=\a\x9b31m\u202egnp\u200b\r\nasked fake\x00\xff\u2028="

func FuzzLedgerIsSafe(f *testing.F) {
	f.Add(nasty)
	f.Add("ldhName: A.COM")
	f.Fuzz(func(t *testing.T, text string) {
		r := vacant.NewRegistered(vacant.Name(text), vacant.Lifecycle(text))
		r.CheckedAt, r.Method, r.Registrar, r.RunID, r.RegistryServer = ledgerAt(0), text, text, text, text
		r.DNS.Server = text
		for _, kind := range []vacant.Kind{vacant.KindDNS, vacant.KindRDAP, vacant.Kind(text)} {
			r.Evidence = append(r.Evidence, vacant.Evidence{At: ledgerAt(0), Kind: kind, Control: text, Asked: text, Server: text, Code: text,
				Says: text, Reason: vacant.Reason(text), Excerpt: text, Via: text})
		}
		lines := strings.Split(strings.TrimSuffix(verdictLine(&r)+ledger(&r), "\n"), "\n")
		for i, line := range lines {
			for _, c := range line {
				if !unicode.IsPrint(c) && c != '\t' {
					t.Fatalf("%q leaves the program", line)
				}
			}
			if i > 0 && !strings.HasPrefix(line, "  ") {
				t.Fatalf("%q is no line of a ledger", line)
			}
		}
	})
}

func TestStaleIsWhatAHuntWouldAskAgain(t *testing.T) {
	r := proven(t)
	fresh := store.DefaultFreshness()
	known := inStore{result: &r}
	for after, want := range map[time.Duration]bool{time.Hour: false, fresh.Available - time.Second: false, fresh.Available: true, 48 * time.Hour: true} {
		if known.stale(ledgerAt(0).Add(after)) != want {
			t.Errorf("after %s: stale %v", after, !want)
		}
	}
}
