package facts

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"vacant"
)

func TestFactsFor(t *testing.T) {
	for _, c := range []struct {
		suffix, policy, rdap, whois string
		contracted                  bool
	}{
		{"com", "open", "https://rdap.verisign.com/com/v1/", "whois.verisign-grs.com", false},
		{"dev", "open", "https://pubapi.registry.google/rdap/", "", true},
		{"google", "brand", "https://pubapi.registry.google/rdap/", "", true},
		{"de", "open", "", "whois.denic.de", false},
		{"co.uk", "open", "https://rdap.nominet.uk/uk/", "whois.nic.uk", false},
		{"co.za", "", "", "coza-whois.registry.net.za", false},
		{"xn--p1ai", "open", "", "whois.ripn.net", false},
		{"arpa", "infrastructure", "", "whois.iana.org", false},
		{"test", "", "", "", false},
		{"co.test", "", "", "", false},
	} {
		f := For(c.suffix)
		if f.Policy != c.policy || f.RDAPBase != c.rdap || f.WHOISHost != c.whois || f.Contracted != c.contracted {
			t.Errorf("%s: %+v", c.suffix, f)
		}
	}
	if f := For("io"); !slices.Equal(f.RDAPUnlisted, []string{"https://rdap.identitydigital.services/rdap/"}) || f.Denial != "NSEC3" {
		t.Errorf("io: %+v", f)
	}
	if f := For("ws"); !f.Wildcard {
		t.Error("ws is no wildcard zone")
	}
	if f := For("eu"); f.DAS != (DAS{"das.eu:4343", "eurid", true}) {
		t.Errorf("eu has DAS %+v", f.DAS)
	}
}

func TestEveryFactIsWellFormed(t *testing.T) {
	tb := registryTables()
	if len(tb.tlds) < 1400 || len(tb.whois) < 800 || len(tb.spec5) < 9000 {
		t.Fatalf("%d TLDs, %d WHOIS hosts, %d reserved labels", len(tb.tlds), len(tb.whois), len(tb.spec5))
	}
	policies := map[string]bool{"open": true, "brand": true, "closed": true, "restricted": true, "infrastructure": true}
	for tld, f := range tb.tlds {
		if vacant.CheckLabel(tld) != nil || !policies[f.Policy] {
			t.Errorf("%q has policy %q", tld, f.Policy)
		}
		for _, base := range append([]string{f.RDAPBase}, f.RDAPUnlisted...) {
			if u, err := url.Parse(base); err != nil || base != "" && (u.Host == "" || !strings.HasSuffix(base, "/")) {
				t.Errorf("%s has base %q", tld, base)
			}
		}
	}
	for host, h := range tb.whois {
		if h.runBy != runByRegistry && h.runBy != runByRegistrar && h.runBy != runByPrivate {
			t.Errorf("%s is run by %q", host, h.runBy)
		}
	}
	for budget, p := range tb.limits {
		if l := p.limit; l.Rate() <= 0 || l.PerSecond <= 0 || l.Burst < 1 || (l.Count > 0) != (l.Span >= time.Second) || len(p.source) < 5 {
			t.Errorf("%s has limit %+v by %q", budget, l, p.source)
		}
	}
	rows(limitsTSV, 8, func(f []string) {
		for _, service := range strings.Split(f[1], "+") {
			if !slices.Contains([]string{"all", "each", "rdap", "whois", "das"}, service) {
				t.Errorf("%s has service %q", f[0], service)
			}
		}
	})
	for suffix, das := range tb.das {
		if tb.tlds[suffix].DAS != das || !strings.Contains(das.Addr, ":") || DASSet(das.Addr) != das.Set {
			t.Errorf("%s has DAS %+v", suffix, das)
		}
	}
}

func TestOperatorOf(t *testing.T) {
	for host, want := range map[string]string{
		"rdap.identitydigital.services": "identitydigital", "RDAP.Verisign.com": "verisign", "whois.verisign-grs.com:43": "verisign",
		"rdap.centralnic.com": "centralnic", "whois.nic.uk": "nominet", "rdap.nominet.uk": "nominet", "pubapi.registry.google": "google",
		"rdap.nic.io": "identitydigital", "rdap.nic.example": "nic.example", "whois.nic.xyz": "centralnic", "whois.nic.pizza": "identitydigital", "whois.nic.lk": "nic.lk", "whois.some.registry.co.uk": "registry.co.uk",
		"127.0.0.1:8080": "127.0.0.1:8080", "[::1]:43": "[::1]:43", "localhost:80": "localhost:80", "das.eu:4343": "eurid", "whois.nic.ch:4343": "switch",
	} {
		if got := operatorOf(host); got != want {
			t.Errorf("%s is run by %s, want %s", host, got, want)
		}
	}
}

func TestBudgetOf(t *testing.T) {
	for _, tt := range []struct {
		host string
		kind vacant.Kind
		want string
	}{
		{"rdap.centralnic.com", "rdap", "centralnic"}, {"whois.centralnic.com", "whois", "centralnic"}, // its terms count them together
		{"rdap.verisign.com", "rdap", "verisign"}, {"whois.verisign-grs.com", "whois", "verisign-whois"},
		{"whois.eu", "whois", "eurid-whois"}, {"das.eu:4343", "das", "eurid-das"},
		{"whois.domain-registry.nl", "das", "sidn-whois"}, {"whois.domain-registry.nl", "whois", "sidn-whois"}, // one server
		{"whois.nic.lk", "whois", "nic.lk-whois"}, {"127.0.0.1:4343", "das", "127.0.0.1:4343"}, {"localhost:80", "rdap", "localhost:80"},
	} {
		if got := BudgetOf(tt.host, tt.kind); got != tt.want {
			t.Errorf("%s by %s is counted in %s, want %s", tt.host, tt.kind, got, tt.want)
		}
	}
}

func TestLimitOf(t *testing.T) {
	for operator, want := range map[string]Limit{
		"identitydigital": {PerSecond: 0.5, Burst: 1}, "nominet-whois": {PerSecond: 5, Burst: 5, PerDay: 1000}, "afnic-whois": {PerSecond: 1, Burst: 5, PerDay: 7200},
		"centralnic": {PerSecond: 5, Burst: 10, Count: 1800, Span: 15 * time.Minute}, "eurid-whois": {PerSecond: 1, Burst: 4, Count: 15, Span: time.Minute},
		"denic": {PerSecond: 0.5, Burst: 1}, "denic-whois": {PerSecond: 0.5, Burst: 1}, "afnic": {PerSecond: 1, Burst: 2},
		"somebody.example": {PerSecond: 1, Burst: 2}, "127.0.0.1:8080": {}, "[::1]:43": {}, "localhost:80": {}, "192.0.2.1:43": {PerSecond: 1, Burst: 2},
	} {
		if got := LimitOf(operator); got != want {
			t.Errorf("%s may be asked %+v, want %+v", operator, got, want)
		}
	}
}

func TestWHOISAuthority(t *testing.T) {
	for _, c := range []struct {
		host, suffix string
		ours         bool
	}{
		{"whois.verisign-grs.com", "com", true}, {"WHOIS.Verisign-GRS.com:43", "com", true}, {"whois.verisign-grs.com", "", true}, {"whois.verisign-grs.com", "de", false},
		{"whois.enom.com", "com", false}, {"whois.enom.com", "", false}, {"whois.nowhere.example", "com", false}, {"whois.nowhere.example", "", false},
		{"whois.nic.uk", "co.uk", true}, {"whois.centralnic.com", "uk.com", false}, {"coza-whois.registry.net.za", "co.za", true}, {"whois.nic.za", "co.za", false},
		{"whois.nic.org.uy", "com.uy", false}, {"whois.nic.ch:4343", "ch", true},
	} {
		if _, ours := WHOISAuthority(c.host, c.suffix); ours != c.ours {
			t.Errorf("%s speaks for %q: %v", c.host, c.suffix, ours)
		}
	}
}

func TestOpenTLDs(t *testing.T) {
	open := OpenTLDs()
	if !slices.IsSorted(open) || !slices.Contains(open, "com") || slices.Contains(open, "google") || slices.Contains(open, "arpa") {
		t.Errorf("open TLDs %v", open)
	}
}

func TestWithheld(t *testing.T) {
	for name, want := range map[string]vacant.Reason{
		"d.dev": vacant.ReasonLikelyReserved, "example.dev": vacant.ReasonLikelyReserved, "foo.google": vacant.ReasonClosedTLD, "nic.de": vacant.ReasonLikelyReserved,
		"ab.dev": vacant.ReasonLikelyReserved, "abc.dev": vacant.ReasonNone, "ab.com": vacant.ReasonNone, "x.io": vacant.ReasonNone, "gloomwick.dev": vacant.ReasonNone,
		"red-cross.dev": vacant.ReasonLikelyReserved, "olympic.dev": vacant.ReasonLikelyReserved, "olympic.com": vacant.ReasonNone, "www.com": vacant.ReasonLikelyReserved,
		"xn--bcher-kva.de": vacant.ReasonNone, "xn--bcher-kva.com": vacant.ReasonIDNTable, "xn--80ak6aa92e.de": vacant.ReasonIDNTable, "xn--e1afmkfd.xn--p1ai": vacant.ReasonNone,
		"co.uk": vacant.ReasonLikelyReserved, "com.au": vacant.ReasonLikelyReserved, "cuba.uk": vacant.ReasonNone, "foo.mil": vacant.ReasonClosedTLD, "foo.arpa": vacant.ReasonClosedTLD, "foo.edu": vacant.ReasonLikelyReserved, "foo.co.uk": vacant.ReasonNone, "foo.co.za": vacant.ReasonNone, "foo.test": vacant.ReasonNone,
	} {
		n := vacant.Name(name)
		if got := Withheld(n.Parent(), n.Label()); got != want {
			t.Errorf("%s is withheld by %q, want %q", name, got, want)
		}
	}
}

func TestReservedLabels(t *testing.T) {
	labels := ReservedLabels()
	for _, label := range []string{"nic", "www", "whois", "rdds", "example"} {
		if !slices.Contains(labels, label) {
			t.Errorf("%s is missing", label)
		}
	}
	if !slices.IsSorted(labels) || len(labels) < 9000 {
		t.Errorf("%d labels", len(labels))
	}
}

func TestNeedsSecond(t *testing.T) {
	for _, c := range []struct {
		suffix, base string
		want         bool
	}{
		{"io", "https://rdap.nic.io/", true}, {"co", "https://rdap.nic.co/", true}, {"io", "https://rdap.identitydigital.services/rdap/", true}, {"co", "https://rdap.registry.co/co/", true},
		{"de", "https://rdap.denic.de/", false}, {"ch", "https://rdap.nic.ch/", false}, {"com", "https://rdap.verisign.com/com/v1/", false}, {"dev", "https://pubapi.registry.google/rdap/", false},
		{"com", "http://127.0.0.1:8080/", false},
	} {
		if got := NeedsSecond(c.suffix, c.base); got != c.want {
			t.Errorf("%s of %s needs a second source: %v", c.base, c.suffix, got)
		}
	}
}

func TestATLDNamedLikeAColumnIsKnown(t *testing.T) {
	if f := For("host"); f.RDAPBase != "https://rdap.radix.host/rdap/" || f.Policy != "open" {
		t.Errorf("host: %+v", f)
	}
	for _, name := range []string{"tld", "suffix"} {
		if f := For(name); f.RDAPBase != "" || f.Policy != "" {
			t.Errorf("the header is a TLD: %+v", f)
		}
	}
}
