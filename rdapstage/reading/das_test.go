package reading

import (
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
	"vacant/rdapstage/rdaptest"
)

// TestDASAnswers has every answer of every closed set, and what comes near them.
func TestDASAnswers(t *testing.T) {
	const limited, locked, bad = vacant.ReasonRateLimited, vacant.ReasonLockedOut, vacant.ReasonBadReply
	free, taken, kept := vacant.Available, vacant.Registered, vacant.Reserved
	eu := func(status string) string { return "% .eu DAS\n%% RC = 0\nDomain: x1\nStatus: " + status + "\n" }
	be := func(status string) string { return "RC: 0\nDomain: x1.be\nStatus: " + status + "\n" }
	lt := func(status string) string {
		return "% .lt registry DAS service\nDomain: x1.lt\nStatus: " + status + "\n"
	}
	tests := []struct {
		set, text string
		want      vacant.Verdict
		life      vacant.Lifecycle
		why       vacant.Reason
		pause     time.Duration
	}{
		{"eurid", eu("AVAILABLE"), free, "", "", 0}, {"eurid", eu("FREE"), free, "", "", 0},
		{"eurid", "Domain: x1.eu\nStatus: AVAILABLE\n", free, "", "", 0}, {"eurid", "Domain: X1\r\nStatus: Available\r\n", free, "", "", 0},
		{"eurid", eu("NOT AVAILABLE"), taken, vacant.Active, "", 0}, {"eurid", eu("REGISTERED"), taken, vacant.Active, "", 0},
		{"eurid", eu("QUARANTINE"), taken, vacant.Redemption, "", 0}, {"eurid", eu("ON HOLD"), taken, vacant.Hold, "", 0}, {"eurid", eu("SUSPENDED"), taken, vacant.Hold, "", 0},
		{"eurid", eu("APPLICATION PENDING"), taken, vacant.Active, "", 0}, {"eurid", eu("OUT OF SERVICE"), taken, vacant.Active, "", 0},
		{"eurid", eu("RESERVED"), kept, "", "", 0}, {"eurid", eu("BLOCKED"), kept, "", "", 0}, {"eurid", eu("WITHDRAWN"), kept, "", "", 0},
		{"eurid", eu("NOT ALLOWED"), 0, "", bad, 0}, {"eurid", eu("AVAILABLE SOON"), 0, "", bad, 0}, {"eurid", eu(""), 0, "", bad, 0},
		{"eurid", "Domain: x2\nStatus: AVAILABLE\n", 0, "", bad, 0}, {"eurid", "Status: AVAILABLE\n", 0, "", bad, 0}, {"eurid", "Domain: x1\n", 0, "", bad, 0},
		{"eurid", "Domain: x1\nStatus: AVAILABLE", 0, "", bad, 0}, {"eurid", "Domain: x1\nStatus: NOT AVAILABLE\nStatus: AVAILABLE\n", 0, "", bad, 0},
		{"eurid", "Domain: x1\nDomain: x2\nStatus: AVAILABLE\n", 0, "", bad, 0}, {"eurid", eu("AVAILABLE") + "Price: high\n", 0, "", bad, 0},
		{"eurid", "-1: Still in grace period, wait 53 seconds\n", 0, "", limited, 53 * time.Second}, {"eurid", "-2: Excessive querying\n", 0, "", limited, time.Minute},
		{"eurid", "%% RC = -2\nDomain: x1\nStatus: AVAILABLE\n", 0, "", limited, time.Minute}, {"eurid", "", 0, "", bad, 0}, {"eurid", "% .eu\n", 0, "", bad, 0},
		{"eurid", eu("AVAILABLE") + "% Query limit exceeded\n", 0, "", limited, 0},
		{"dnsbelgium", be("AVAILABLE"), free, "", "", 0}, {"dnsbelgium", be("NOT AVAILABLE"), taken, vacant.Active, "", 0},
		{"dnsbelgium", be("QUARANTINE"), taken, vacant.Redemption, "", 0}, {"dnsbelgium", be("NOT ALLOWED"), 0, "", bad, 0}, {"dnsbelgium", be("FREE"), 0, "", bad, 0},
		{"dnsbelgium", "RC: -1\n", 0, "", bad, 0}, {"dnsbelgium", "RC: -2\n", 0, "", limited, time.Minute}, {"dnsbelgium", "RC: -3\n", 0, "", locked, 0},
		{"dnsbelgium", "-3: IP address blocked\n", 0, "", locked, 0}, {"dnsbelgium", "RC: 7\n", 0, "", bad, 0},
		{"dnsbelgium", "RC: -2\nDomain: x1.be\nStatus: AVAILABLE\n", 0, "", limited, time.Minute}, {"dnsbelgium", "RC: 0\nDomain: x1.be\n", 0, "", bad, 0},
		{"dnsbelgium", "RC: 0\nDomain: x1\nStatus: AVAILABLE\n", 0, "", bad, 0},
		{"domreg", lt("available"), free, "", "", 0}, {"domreg", lt("registered"), taken, vacant.Active, "", 0}, {"domreg", lt("blocked"), kept, "", "", 0},
		{"domreg", lt("reserved"), kept, "", "", 0}, {"domreg", lt("restrictedDisposal"), taken, vacant.Active, "", 0}, {"domreg", lt("restrictedRights"), taken, vacant.Active, "", 0},
		{"domreg", lt("stopped"), taken, vacant.Active, "", 0}, {"domreg", lt("pendingCreate"), taken, vacant.Active, "", 0}, {"domreg", lt("pendingDelete"), taken, vacant.PendingDelete, "", 0},
		{"domreg", lt("pendingRelease"), taken, vacant.PendingDelete, "", 0}, {"domreg", lt("outOfService"), taken, vacant.Active, "", 0}, {"domreg", lt("unavailable"), 0, "", bad, 0},
		{"switch", "1: This domain name can be registered.\n", free, "", "", 0}, {"switch", "1\n", free, "", "", 0},
		{"switch", "0: This domain name can not be registered.\nReason: This domain name is already registered.\n", taken, vacant.Active, "", 0},
		{"switch", "-1: Invalid enquiry\n", 0, "", bad, 0}, {"switch", "-95: Access restricted\n", 0, "", limited, 0}, {"switch", "-99: Temporary server error\n", 0, "", limited, 0},
		{"switch", "2: surprise\n", 0, "", bad, 0}, {"switch", "10: ?\n", 0, "", bad, 0}, {"switch", "1", 0, "", bad, 0}, {"switch", "1: free\n0: taken\n", 0, "", bad, 0}, {"switch", "RC: 1\n", 0, "", bad, 0},
		{"switch", "Requests of this client are not permitted.\n1: x\n", 0, "", limited, 0}, {"switch", "1: free\nQuery limit exceeded\n", 0, "", limited, 0},
		{"sidn", "x1.nl is free\n", free, "", "", 0}, {"sidn", "x1.nl is active\n", taken, vacant.Active, "", 0}, {"sidn", "x1.nl is inactive\n", taken, vacant.Hold, "", 0},
		{"sidn", "x1.nl is in quarantine\n", taken, vacant.Redemption, "", 0}, {"sidn", "x1.nl is withdrawn\n", kept, "", "", 0}, {"sidn", "x1.nl is excluded\n", kept, "", "", 0},
		{"sidn", "x2.nl is free\n", 0, "", bad, 0}, {"sidn", "x1.nl is free", 0, "", bad, 0}, {"sidn", "x1.nl is not free\n", 0, "", bad, 0}, {"sidn", "x1.nl is free\nx1.nl is active\n", 0, "", bad, 0},
		{"sidn", "whois.domain-registry.nl: Server too busy, try again later\n", 0, "", limited, 0},
		{"arnes", "x1.si is available\n", free, "", "", 0}, {"arnes", "x1.si is registered\n", taken, vacant.Active, "", 0}, {"arnes", "x1.si is forbidden\n", kept, "", "", 0},
		{"arnes", "x1.si is unavailable\n", 0, "", bad, 0}, {"arnes", "x2.si is available\n", 0, "", bad, 0},
		{"norid", "% Norid\nThe domain x1.no is available for registration.\n", free, "", "", 0}, {"norid", "x1.no is available\n", free, "", "", 0},
		{"norid", "x1.no is delegated by Norid.\n", taken, vacant.Active, "", 0}, {"norid", "This domain can currently not be registered.\n", kept, "", "", 0},
		{"norid", "Domain is not valid under .no\n", 0, "", bad, 0}, {"norid", "% Quota exceeded\n", 0, "", limited, 0}, {"norid", "% Access denied\nx1.no is available\n", 0, "", limited, 0},
		{"norid", "x1.no is available tomorrow\n", 0, "", bad, 0}, {"norid", "x2.no is available\n", 0, "", bad, 0}, {"norid", "ERROR - database\n", 0, "", bad, 0},
		{"iis", "free x1.se", free, "", "", 0}, {"iis", "free x1.se\n", free, "", "", 0}, {"iis", "occupied x1.se", taken, vacant.Active, "", 0}, {"iis", "not_valid x1.se", 0, "", bad, 0},
		{"iis", "free x2.se", 0, "", bad, 0}, {"iis", "free", 0, "", bad, 0}, {"iis", "<html>free x1.se</html>", 0, "", bad, 0}, {"iis", "free x1.se\nsign in\n", 0, "", bad, 0},
		{"nosuch", "x1.se is free\n", 0, "", bad, 0},
	}
	tlds := map[string]string{"eurid": "eu", "dnsbelgium": "be", "domreg": "lt", "switch": "ch", "sidn": "nl", "arnes": "si", "norid": "no", "iis": "se", "nosuch": "se"}
	for _, tt := range tests {
		got := DAS(tt.set, "das.example", vacant.Name("x1."+tlds[tt.set]), true, []byte(tt.text))
		if got.Verdict != tt.want || got.Lifecycle != tt.life || got.Reason != tt.why || got.Pause != tt.pause {
			t.Errorf("%s says %q: %s %s %s %v (%s), want %s %s %s %v", tt.set, tt.text, got.Verdict, got.Lifecycle, got.Reason, got.Pause, got.Matched, tt.want, tt.life, tt.why, tt.pause)
		}
	}
}

// TestOnlyTheRegistrysOwnServiceMakesANameFree asks the wrong one.
func TestOnlyTheRegistrysOwnServiceMakesANameFree(t *testing.T) {
	for _, tt := range []struct {
		set, host string
		name      vacant.Name
		text      string
		want      vacant.Verdict
	}{
		{"domreg", "das.domreg.lt:4343", "x1.lt", "Domain: x1.lt\nStatus: available\n", vacant.Available},
		{"domreg", "das.domreg.lt:4343", "x1.eu", "Domain: x1.eu\nStatus: available\n", vacant.Undetermined},
		{"domreg", "das.example:4343", "x1.lt", "Domain: x1.lt\nStatus: available\n", vacant.Undetermined},
		{"domreg", "das.example:4343", "x1.lt", "Domain: x1.lt\nStatus: registered\n", vacant.Registered},
		{"switch", "whois.nic.ch:4343", "x1.li", "1: yes\n", vacant.Available},
		{"iis", "free.iis.se:80", "x1.nu", "free x1.nu", vacant.Available},
	} {
		if got := DAS(tt.set, tt.host, tt.name, false, []byte(tt.text)); got.Verdict != tt.want {
			t.Errorf("%s about %s: %s (%s), want %s", tt.host, tt.name, got.Verdict, got.Matched, tt.want)
		}
	}
}

// TestWHOISServerThatIsAServiceTooIsReadAsWHOIS: with its port it is still one.
func TestWHOISServerThatIsAServiceTooIsReadAsWHOIS(t *testing.T) {
	record := "Domain name: x1.nl\nStatus:      active\n\nRegistrar:\n   Example\n\nDomain nameservers:\n   ns1.example.net\n\nRecord maintained by: NL Domain Registry\n"
	for _, host := range []string{"whois.domain-registry.nl", "whois.domain-registry.nl:43"} {
		if got := WHOIS(host, "x1.nl", false, []byte(record)); got.Verdict != vacant.Registered {
			t.Errorf("%s: %s (%s)", host, got.Verdict, got.Matched)
		}
		if got := WHOIS(host, "x1.nl", false, []byte("x1.nl is free\n")); got.Verdict != vacant.Available {
			t.Errorf("%s says free: %s (%s)", host, got.Verdict, got.Matched)
		}
	}
}

// TestServicesOfTheTableAreRead has each service that is asked say what its
// registry says it says.
func TestServicesOfTheTableAreRead(t *testing.T) {
	for _, s := range rdaptest.Services {
		das, name := facts.For(s.TLD).DAS, vacant.Name("x1."+s.TLD)
		if das.Addr != s.Host || dasReaders[das.Set] == nil {
			t.Errorf("%s is asked at %q, whose set %q is not known", s.TLD, das.Addr, das.Set)
			continue
		}
		for want, text := range map[string]string{"available": s.Free(string(name)), "registered": s.Taken(string(name)), "undetermined": s.Refused} {
			got := DAS(das.Set, das.Addr, name, false, []byte(text))
			if got.Verdict.String() != want || want == "undetermined" && got.Reason != vacant.ReasonRateLimited {
				t.Errorf("%s says %q: %s %s", s.Host, text, got.Verdict, got.Reason)
			}
			// Cut anywhere, it is not free.
			for i := range len(strings.TrimRight(text, "\r\n")) {
				if cut := DAS(das.Set, das.Addr, name, false, []byte(text[:i+1])); cut.Verdict == vacant.Available {
					t.Errorf("%s says %q and no more: available", s.Host, text[:i+1])
				}
			}
		}
	}
}

// TestLabelIsNoWordOfTheRegistry: a server that leaves the suffix out repeats
// labels that are words of the deny-list; its own words beside them still count.
func TestLabelIsNoWordOfTheRegistry(t *testing.T) {
	for _, label := range []string{"dropzone", "premium", "throttled", "auction", "quarantined", "blacklisted"} {
		name := vacant.Name(label + ".eu")
		das := "% .eu DAS\nDomain: " + label + "\nStatus: AVAILABLE\n"
		if got := DAS("eurid", "das.eu:4343", name, true, []byte(das)); got.Verdict != vacant.Available {
			t.Errorf("DAS about %s: %+v", name, got)
		}
		whois := "% terms\n\nDomain: " + label + "\nScript: LATIN\n\nStatus: AVAILABLE\n\n"
		if got := WHOIS("whois.eu", name, false, []byte(whois)); got.Verdict != vacant.Available {
			t.Errorf("WHOIS about %s: %+v", name, got)
		}
		for _, beside := range []string{"% " + label + "\n", label + "\n", "Domain: " + label + " " + label + "\n", "Status: " + label + "\n", "% Domain is " + label + "\n"} {
			if got := DAS("eurid", "das.eu:4343", name, true, []byte(das+beside)); got.Verdict == vacant.Available {
				t.Errorf("DAS about %s beside %q: %+v", name, beside, got)
			}
			if got := WHOIS("whois.eu", name, false, []byte(whois+beside)); got.Verdict == vacant.Available {
				t.Errorf("WHOIS about %s beside %q: %+v", name, beside, got)
			}
		}
	}
}
