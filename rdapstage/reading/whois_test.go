package reading

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

func TestOwnWHOISSamples(t *testing.T) {
	for _, path := range ownSamples(t, "whois") {
		host, file := filepath.Base(filepath.Dir(path)), filepath.Base(path)
		name, want := nameAndVerdict(file)
		t.Run(host+"/"+file, func(t *testing.T) {
			got := WHOIS(host, name, false, readSample(t, path))
			if got.Verdict.String() != want {
				t.Errorf("reads %v (%s, %q), want %s", got.Verdict, got.Reason, got.Matched, want)
			}
			if got.Verdict == vacant.Undetermined && got.Reason == vacant.ReasonNone {
				t.Error("undetermined without a reason")
			}
		})
	}
}

// nameAndVerdict takes a file name apart: NAME[.NOTE].VERDICT.EXT.
func nameAndVerdict(file string) (vacant.Name, string) {
	parts := strings.Split(file, ".")
	return vacant.Name(parts[0] + "." + parts[1]), parts[len(parts)-2]
}

// whoisCases are replies to the question about example123.TLD that have each
// misled some program into "available".
var whoisCases = []struct {
	name, host, asked, text string
	trusted                 bool
	want                    vacant.Verdict
	why                     vacant.Reason
}{
	{name: "empty", host: "whois.verisign-grs.com", asked: "example123.com", text: "", why: vacant.ReasonBadReply},
	{name: "line breaks only", host: "whois.verisign-grs.com", asked: "example123.com", text: "\r\n\r\n", why: vacant.ReasonBadReply},
	{name: "under 50 octets", host: "whois.verisign-grs.com", asked: "example123.com", text: "No match for \"EXAMPLE123.COM\".\r\n", why: vacant.ReasonBadReply},
	{name: "under 50 octets, bare", host: "whois.verisign-grs.com", asked: "example123.com", text: "No match\n", why: vacant.ReasonBadReply},
	{name: "under 50 octets, named by hand", host: "127.0.0.1:4343", trusted: true, asked: "example123.zz", text: "No match for example123.zz\n", why: vacant.ReasonBadReply},
	{name: "not found inside a limit text", host: "whois.nic.xyz", asked: "example123.xyz", text: "Rate limit: no match attempts left, object not found. Try again in 30 seconds.\n" + rdaptest.LegalTail, why: vacant.ReasonRateLimited},
	{name: "limit text before a not found", host: "whois.nic.xyz", asked: "example123.xyz", text: "Your query limit has been exceeded.\nThe queried object does not exist: DOMAIN NOT FOUND\n" + rdaptest.LegalTail, why: vacant.ReasonRateLimited},
	{name: "limit text after a not found", host: "whois.nic.xyz", asked: "example123.xyz", text: "The queried object does not exist: DOMAIN NOT FOUND\n\nToo many requests\n" + rdaptest.LegalTail, why: vacant.ReasonRateLimited},
	{name: "registrar's not found", host: "whois.enom.com", asked: "example123.com", text: rdaptest.FreeText("example123.com"), why: vacant.ReasonBadReply},
	{name: "registrar's not found, named by hand", host: "whois.enom.com", trusted: true, asked: "example123.com", text: rdaptest.FreeText("example123.com"), want: vacant.Available},
	{name: "host that nobody listed", host: "whois.example", asked: "example123.com", text: rdaptest.FreeText("example123.com"), why: vacant.ReasonBadReply},
	{name: "registry of another suffix", host: "whois.verisign-grs.com", asked: "example123.de", text: rdaptest.FreeText("example123.de"), why: vacant.ReasonBadReply},
	{name: "not available for registration", host: "whois.nic.xyz", asked: "example123.xyz", text: "example123.xyz is not available for registration.\n" + rdaptest.LegalTail, want: vacant.Reserved},
	{name: "not found of another name", host: "whois.verisign-grs.com", asked: "example123.com", text: rdaptest.FreeText("example124.com"), why: vacant.ReasonBadReply},
	{name: "name longer by a label", host: "whois.verisign-grs.com", asked: "example123.com", text: rdaptest.FreeText("www.example123.com"), why: vacant.ReasonBadReply},
	{name: "server that repeats names did not", host: "whois.verisign-grs.com", asked: "example123.com", text: "No match found.\r\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "record of another name", host: "whois.verisign-grs.com", asked: "example123.com", text: rdaptest.RecordText("example124.com"), why: vacant.ReasonBadReply},
	{name: "record of the name", host: "whois.verisign-grs.com", asked: "example123.com", text: rdaptest.RecordText("example123.com"), want: vacant.Registered},
	{name: "record from a registrar", host: "whois.enom.com", asked: "example123.com", text: rdaptest.RecordText("example123.com"), want: vacant.Registered},
	{name: "no name asked, another registry's name", host: "whois.tonic.to", text: rdaptest.FreeText("example123.com"), why: vacant.ReasonBadReply},
	{name: "no name asked", host: "whois.verisign-grs.com", text: rdaptest.FreeText("example123.com"), want: vacant.Available},
	{name: "two names", host: "whois.nic.xyz", asked: "example123.xyz", text: "Domain example123.xyz not found.\nDomain example124.xyz not found.\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "record and a registrar's not found", host: "whois.verisign-grs.com", asked: "example123.com", text: rdaptest.RecordText("example123.com") + rdaptest.FreeText("example123.com"), want: vacant.Registered},
	{name: "web page", host: "whois.nic.xyz", asked: "example123.xyz", text: "<html><head><title>404 Not Found</title></head>\n<body>\nDomain example123.xyz not found.\n</body></html>\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "NUL octets", host: "whois.nic.xyz", asked: "example123.xyz", text: "Domain example123.xyz not found.\x00\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "wrong server", host: "whois.nic.xyz", asked: "example123.xyz", text: "TLD is not supported.\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "database down", host: "whois.verisign-grs.com", asked: "example123.com", text: "Sorry, the Whois database is currently down.\nNo match for \"EXAMPLE123.COM\".\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "premium with a price", host: "whois.nic.xyz", asked: "example123.xyz", text: "example123.xyz is a premium domain and available at a price of 500 USD.\n" + rdaptest.LegalTail, want: vacant.Premium},
	{name: "premium beside no match", host: "whois.sx", asked: "example123.sx", text: "Status: PREMIUM NAME (No match for domain \"example123.sx\")\n" + rdaptest.LegalTail, want: vacant.Reserved},
	{name: "free for a premium price", host: "whois.nic.xyz", asked: "example123.xyz", text: "example123.xyz is available for registration at premium price 100\n" + rdaptest.LegalTail, want: vacant.Premium},
	{name: "free for backorder", host: "whois.nic.xyz", asked: "example123.xyz", text: "Domain example123.xyz is available for backorder\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "not found in a copy", host: "whois.nic.xyz", asked: "example123.xyz", text: "Domain example123.xyz not found in our local copy\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "not found with a clause behind it", host: "whois.nic.xyz", asked: "example123.xyz", text: "No match for example123.xyz because the backend is resting\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "release process beside no match", host: "whois.registro.br", asked: "example123.com.br", text: "% Copyright (c) Nic.br\n% No match for example123.com.br\n% release process: waiting\n", want: vacant.Reserved},
	{name: "release process", host: "whois.registro.br", asked: "example123.com.br", text: "% Copyright (c) Nic.br\n\ndomain: example123.com.br\nrelease process: waiting\n", want: vacant.Registered},
	{name: "free on a day to come", host: "whois.nic.xyz", asked: "example123.xyz", text: "Domain not found.\nexample123.xyz will be available on 2026-05-01.\n" + rdaptest.LegalTail, want: vacant.Reserved},
	{name: "another alphabet's letter", host: "whois.nic.md", asked: "example123.md", text: "No match for ex\u0430mple123.md\n", why: vacant.ReasonBadReply},
	{name: "cannot be registered", host: "whois.nic.xyz", asked: "example123.xyz", text: "Domain cannot be registered\n" + rdaptest.LegalTail, want: vacant.Reserved},
	{name: "message of an unknown kind beside it", host: "whois.nic.xyz", asked: "example123.xyz", text: "No match for example123.xyz\nService degraded.\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "dropzone", host: "whois.nic.xyz", asked: "example123.xyz", text: "example123.xyz is currently available for application via the Dropzone service.\n" + rdaptest.LegalTail, want: vacant.Reserved},
	{name: "auction", host: "whois.nic.cz", asked: "example123.cz", text: "% Auction pending for example123.cz\n% No entries found.\n" + rdaptest.LegalTail, want: vacant.Reserved},
	{name: "name that spells a limit", host: "whois.nic.xyz", asked: "too-many-requests.xyz", text: "Domain too-many-requests.xyz not found.\n" + rdaptest.LegalTail, want: vacant.Available},
	{name: "name that spells 404", host: "whois.verisign-grs.com", asked: "my404.com", text: "Error 404 while asking about my404.com\r\n" + rdaptest.LegalTail, why: vacant.ReasonBadReply},
	{name: "UTF-16", host: "whois.verisign-grs.com", asked: "example123.com", text: utf16LE(rdaptest.FreeText("example123.com")), want: vacant.Available},
	{name: "Latin-1 in the terms", host: "whois.verisign-grs.com", asked: "example123.com", text: rdaptest.FreeText("example123.com") + "\xa9 2026 Caf\xe9\n", want: vacant.Available},
	{name: "U-label for an A-label", host: "whois.iis.se", asked: "xn--bcher-kva.se", text: "# Copyright (c) IIS. All rights reserved.\ndomain \"b\u00fccher.se\" not found.\n", want: vacant.Available},
	{name: "DAS free", host: "whois.nic.ch:4343", asked: "example123.ch", text: "1: domain name is available\n", want: vacant.Available},
	{name: "DAS taken", host: "whois.nic.ch:4343", asked: "example123.ch", text: "0: domain name is registered\n", want: vacant.Registered},
	{name: "DAS limit", host: "whois.nic.ch:4343", asked: "example123.ch", text: "-95: too many requests\n", why: vacant.ReasonRateLimited},
	{name: "DAS outside its set", host: "whois.nic.ch:4343", asked: "example123.ch", text: "2: surprise\n", why: vacant.ReasonBadReply},
	{name: "DAS status", host: "das.eu:4343", asked: "example123.eu", text: "Domain: example123\nStatus: AVAILABLE\n", want: vacant.Available},
	{name: "DAS status of another name", host: "das.eu:4343", asked: "example123.eu", text: "Domain: example124\nStatus: AVAILABLE\n", why: vacant.ReasonBadReply},
	{name: "DAS status not available", host: "das.dns.be:4343", asked: "example123.be", text: "Domain: example123.be\nStatus: NOT AVAILABLE\n", want: vacant.Registered},
	{name: "waiting list cut to available", host: "whois.punktum.dk", asked: "example123.dk", text: "# Copyright (c) Punktum dk. Version: 6.0.0\n#\nDomain: example123.dk\nStatus: available", why: vacant.ReasonBadReply},
}

func TestClassifyWHOIS(t *testing.T) {
	for _, c := range whoisCases {
		t.Run(c.name, func(t *testing.T) {
			got := WHOIS(c.host, vacant.Name(c.asked), c.trusted, []byte(c.text))
			if got.Verdict != c.want || got.Reason != c.why {
				t.Errorf("reads %v %q by %q, want %v %q", got.Verdict, got.Reason, got.Matched, c.want, c.why)
			}
		})
	}
}

func utf16LE(s string) string {
	b := []byte{0xff, 0xfe}
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return string(b)
}

func TestClassifyWHOISFieldsOfARecord(t *testing.T) {
	text := strings.Replace(rdaptest.RecordText("example123.com"), "clientTransferProhibited", "pendingDelete", 1)
	got := WHOIS("whois.verisign-grs.com", "example123.com", false, []byte(text))
	if got.Registrar != "Example Registrar, Inc." || got.Lifecycle != vacant.PendingDelete {
		t.Errorf("registrar %q, lifecycle %q", got.Registrar, got.Lifecycle)
	}
	if want := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC); !got.Created.Equal(want) {
		t.Errorf("created %v, want %v", got.Created, want)
	}
	if want := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC); !got.Expires.Equal(want) {
		t.Errorf("expires %v, want %v", got.Expires, want)
	}
}

func TestClassifyWHOISPauseOfALimit(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"-1: Still in grace period, wait 77 seconds\n":         77 * time.Second,
		"Please go away for 30 Seconds\n":                      30 * time.Second,
		"Access denied. Try again after: 24h0m0s\n":            24 * time.Hour,
		"Too many requests, try again in 5 minutes\n":          5 * time.Minute,
		"Too many requests, wait 7777777 seconds\n":            24 * time.Hour,
		"Too many requests, that is all the server says now\n": 0,
	} {
		got := WHOIS("whois.eu", "example123.eu", false, []byte(text))
		if got.Reason != vacant.ReasonRateLimited || got.Pause != want {
			t.Errorf("%q: %s, pause %v, want %v", text, got.Reason, got.Pause, want)
		}
	}
}

func TestLifecycleOfStatuses(t *testing.T) {
	for status, want := range map[string]vacant.Lifecycle{
		"ok": vacant.Active, "clientTransferProhibited": vacant.Active, "addPeriod": vacant.Active,
		"client hold": vacant.Hold, "serverHold https://icann.org/epp#serverHold": vacant.Hold, "inactive": vacant.Hold,
		"autoRenewPeriod": vacant.Expired, "EXPIRED": vacant.Expired,
		"redemption period": vacant.Redemption, "redemptionPeriod": vacant.Redemption, "pendingRestore": vacant.Redemption, "QUARANTINE": vacant.Redemption,
		"pending delete": vacant.PendingDelete, "pendingDelete": vacant.PendingDelete, "release process: waiting": vacant.PendingDelete,
	} {
		if got, _ := lifecycleOf([]string{"ok", status}); got != want {
			t.Errorf("%q is %q, want %q", status, got, want)
		}
	}
}

// A registry that shows both statuses means the first of the two (RFC 3915 section 3.1).
func TestRedemptionIsPendingDeleteToo(t *testing.T) {
	for _, statuses := range [][]string{
		{"pending delete", "redemption period"}, {"redemptionPeriod", "pendingDelete"},
		{"pendingDelete https://icann.org/epp#pendingDelete", "redemptionPeriod https://icann.org/epp#redemptionPeriod", "serverHold"},
		{"pendingDelete", "pendingRestore"},
	} {
		if got, _ := lifecycleOf(statuses); got != vacant.Redemption {
			t.Errorf("%q is %q", statuses, got)
		}
	}
}

func TestParseDate(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-04T05:06:07Z": "2026-03-04T05:06:07Z", "2026-03-04T05:06:07.5+02:00": "2026-03-04T03:06:07Z", "2026/03/04 (JST)": "2026-03-04T00:00:00Z",
		"04-Mar-2026": "2026-03-04T00:00:00Z", "04/03/2026": "2026-03-04T00:00:00Z", "2026. 03. 04.": "2026-03-04T00:00:00Z", "20260304": "2026-03-04T00:00:00Z",
		"4th March 2026": "2026-03-04T00:00:00Z", "Wed Mar 4 05:06:07 GMT 2026": "2026-03-04T05:06:07Z", "never": "0001-01-01T00:00:00Z", "": "0001-01-01T00:00:00Z",
	} {
		if got := parseDate(text).Truncate(time.Second).Format(time.RFC3339); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// A word of the sentence at the beginning of a name belongs to the name.
func TestNamesThatBeginLikeSentences(t *testing.T) {
	names := []string{"theshop.test", "the-shop.test", "the.shop.test", "thisway.test", "namehub.test", "name-x.test", "domainhub.test", "domain-name.test",
		"searching.test", "queryx.test", "this-name-the.test"}
	for _, name := range names {
		for _, said := range []string{"No match for NAME", `No match for domain "NAME".`, "The domain NAME was not found.", "Domain name: NAME not found", "NAME is free",
			"The queried object does not exist: NAME", "NAME: no entries found"} {
			text := strings.ReplaceAll(said, "NAME", name) + "\r\n% The WHOIS service of test.\r\n% By its use you accept its terms.\r\n"
			if r := WHOIS("whois.nic.test", vacant.Name(name), true, []byte(text)); r.Verdict != vacant.Available {
				t.Errorf("%s: %v, %s", text, r.Verdict, r.Matched)
			}
		}
	}
}
