package reading

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// noReplies are good "not found" replies to the question about example123.TLD.
var noReplies = []struct {
	host, name, text string
}{
	{"whois.verisign-grs.com", "example123.com", rdaptest.FreeText("example123.com")},
	{"whois.nic.xyz", "example123.xyz", "The queried object does not exist: DOMAIN NOT FOUND\n" + rdaptest.LegalTail},
	{"whois.iis.se", "example123.se", "# Copyright (c) IIS. All rights reserved.\n# Any use of this material is restricted by law.\ndomain \"example123.se\" not found.\n"},
	{"whois.nic.fr", "example123.fr", "%%\n%% This is the AFNIC Whois server.\n%%\n%% Rights restricted by copyright.\n%%\n%% No entries found in the AFNIC Database.\n"},
	{"whois.nic.cd", "example123.cd", "Domain Name: example123.cd\nDomain Status: No Object Found\n" + rdaptest.LegalTail},
}

// otherReplies are replies that prove something else, or nothing.
var otherReplies = []struct {
	host, name, text string
}{
	{"whois.verisign-grs.com", "example123.com", rdaptest.RecordText("example123.com")},
	{"whois.verisign-grs.com", "example123.com", rdaptest.RecordText("example124.com")},
	{"whois.nic.xyz", "example123.xyz", "Your query limit has been exceeded.\n" + rdaptest.LegalTail},
	{"whois.nic.xyz", "example123.xyz", "This name is reserved by the registry.\n" + rdaptest.LegalTail},
	{"whois.nic.xyz", "example123.xyz", "Server can't process your request.\n"},
	{"whois.nic.fr", "example123.fr", "%%\n%% This is the AFNIC Whois server.\n%%\n%% Too many requests...\n%%\n%% No entries found in the AFNIC Database.\n"},
	{"whois.eu", "example123.eu", "% Terms apply, you agree to them.\n-1: Still in grace period, wait 77 seconds\n"},
	{"whois.denic.de", "example123.de", "Domain: example123.de\nStatus: connect\n"},
	{"whois.punktum.dk", "example123.dk", "# Copyright (c) Punktum dk.\n#\nDomain: example123.dk\nStatus: available-on-waiting-list\n# End of data, whois version 6\n"},
	{"whois.fi", "example123.fi", "Domain not available\nMore information is available at https://domain.fi/\n"},
	{"whois.enom.com", "example123.com", rdaptest.FreeText("example123.com")},
}

// refusals are phrases of the deny-list, as servers have put them.
var refusals = []string{
	"Too many requests...", "Quota exceeded", "Looup quota exceeded.", "Maximum query rate reached", "Excessive querying, grace period", "-1: Still in grace period, wait 10 seconds",
	"-3: IP address blocked", "Please go away for 10 Seconds", "440 Request Denied", "OK! You win", "Server can't process your request.", "TLD is not supported.",
	"Connection refused; access control limit reached.", "You have exceeded your quota of queries.", "only 1 request per second allowed, try again later", "Your access is temporarily blocked",
	"Requests of this client are not permitted.", "Your connection limit exceeded. Please slow down and try again later.", "Sorry, the Whois database is currently down.", "Access denied",
	"This server is blacklisted", "Rate limit exceeded", "can temporarily not be answered", "Internal server error", "Reduced information",
	"This name is reserved", "Domain reserved by the registry", "Blocked by GlobalBlock", "This is a premium domain", "Auction pending", "This name is not available for registration", "Prohibited String", "Domain cannot be registered",
}

func reads(t interface{ Helper() }, host, name, text string) vacant.Verdict {
	t.Helper()
	return WHOIS(host, vacant.Name(name), false, []byte(text)).Verdict
}

func TestNoRepliesReadAsAvailable(t *testing.T) {
	for _, r := range noReplies {
		if got := WHOIS(r.host, vacant.Name(r.name), false, []byte(r.text)); got.Verdict != vacant.Available {
			t.Errorf("%s: %v %q by %q", r.host, got.Verdict, got.Reason, got.Matched)
		}
	}
}

func TestARefusalAnywhereIsNeverAvailable(t *testing.T) {
	for _, r := range noReplies {
		lines := strings.SplitAfter(r.text, "\n")
		for at := range lines {
			for i, refusal := range refusals {
				if (i+at)%5 != 0 {
					continue // each refusal comes to stand in each text, at every fifth place
				}
				text := strings.Join(lines[:at], "") + refusal + "\n" + strings.Join(lines[at:], "")
				if reads(t, r.host, r.name, text) == vacant.Available {
					t.Errorf("%s: available with %q before line %d", r.host, refusal, at)
				}
			}
		}
	}
}

func TestARefusalAfterAWrappedLineIsNeverAvailable(t *testing.T) {
	no := "No match for \"EXAMPLE123.COM\".\r\n>>> Last update of whois database: 2026-01-02T03:04:05Z <<<\r\n\r\nTERMS OF USE: you agree that access may\r\n"
	for _, refusal := range []string{"Your access is temporarily blocked", "Access denied", "Quota exceeded"} {
		if reads(t, "whois.verisign-grs.com", "example123.com", no+refusal+"\r\nbe withdrawn for lawful purposes.\r\n") == vacant.Available {
			t.Errorf("available with %q amid the terms", refusal)
		}
	}
}

func TestACutNeverMakesAvailable(t *testing.T) {
	for _, r := range otherReplies {
		for cut := 0; cut < len(r.text); cut += 1 + len(r.text)/150 {
			if reads(t, r.host, r.name, r.text[:cut]) == vacant.Available || reads(t, r.host, r.name, r.text[cut:]) == vacant.Available && !strings.Contains(r.text, "No entries") {
				t.Errorf("%s: available when cut at %d: %q", r.host, cut, r.text[:cut])
			}
		}
	}
}

func TestARegistrarsTextNeverMakesAvailable(t *testing.T) {
	for _, r := range otherReplies {
		for _, more := range []string{rdaptest.FreeText(r.name), "\nDomain not found.\n", "\nNo match for " + r.name + "\n", "\nObject not found\n", "\n[whois.registrar.example]\nNo Data Found\n"} {
			if reads(t, r.host, r.name, r.text+more) == vacant.Available {
				t.Errorf("%s: available with %q after %.60q", r.host, more, r.text)
			}
		}
	}
}

func TestHTMLNeverMakesAvailable(t *testing.T) {
	for _, r := range noReplies {
		for _, wrap := range [][2]string{{"<html><body><pre>\n", "</pre></body></html>\n"}, {"<p>\n", "\n</p>\n"}, {"<!DOCTYPE html>\n", ""}, {"HTTP/1.1 200 OK\n\n", ""}, {"", "<br>\n"}} {
			if reads(t, r.host, r.name, wrap[0]+r.text+wrap[1]) == vacant.Available {
				t.Errorf("%s: available within %q", r.host, wrap)
			}
		}
	}
}

func TestAnotherNameIsNeverAvailable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := noReplies[0]
		label := rapid.StringMatching(`[a-z][a-z0-9]{0,14}`).Draw(t, "label")
		if label == "example123" {
			return
		}
		if reads(t, r.host, label+".com", r.text) == vacant.Available {
			t.Fatalf("a text about %s reads available for %s.com", r.name, label)
		}
	})
}

func TestAnyTwoRepliesTogetherAreNeverAvailable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(otherReplies).Draw(t, "reply")
		no := rapid.SampledFrom(noReplies).Draw(t, "no")
		more := strings.ReplaceAll(no.text, no.name, r.name)
		if reads(t, r.host, r.name, r.text+"\n"+more) == vacant.Available {
			t.Fatalf("available: %q then %q", r.text, more)
		}
	})
}
