package facts

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Suffix is what the embedded tables say of one suffix. The zero value knows nothing.
type Suffix struct {
	Policy         string   // open, brand, closed, restricted, infrastructure, "" (not known)
	RDAPBase       string   // its entry in IANA's bootstrap, "" = none
	RDAPUnlisted   []string // registry-run bases that IANA does not list
	WHOISHost      string
	Denial         string // NSEC, NSEC3, "" (not known)
	Wildcard       bool   // the zone has no NXDOMAIN
	Contracted     bool   // a gTLD under ICANN contract since 2012: Specification 5 binds it
	IDNTablesKnown bool   // which IDNs the registry takes is known
	IDNLetters     string // ... these, besides a-z, 0-9 and the hyphen
	DAS            DAS
}

// DAS is a domain availability service: WHOIS-like, with a closed set of answers.
type DAS struct {
	Addr  string // host:port, "" = none
	Set   string // which closed set it speaks, by its registry: eurid, dnsbelgium, domreg, switch, sidn, arnes, norid, iis
	Alone bool   // what it calls free needs no second source
}

// DASAlone reports whether what a service of this set calls free needs no second source.
func DASAlone(set string) bool {
	for _, das := range registryTables().das {
		if das.Set == set {
			return das.Alone
		}
	}
	return false
}

// DASSet returns the closed set of answers that a host speaks, "" if it is no
// DAS. host has its port where a WHOIS server runs on the same host.
func DASSet(host string) string {
	t := registryTables()
	if set := t.dasSets[strings.ToLower(host)]; set != "" {
		return set
	}
	return t.dasSets[BareHost(host)]
}

// For returns what is known of a public suffix ("com", "co.uk"). Below a
// TLD only a suffix that the TLD's registry runs itself inherits its servers;
// another may still have a WHOIS host of its own ("co.za").
func For(suffix string) Suffix {
	t := registryTables()
	if f, ok := t.tlds[suffix]; ok {
		return f
	}
	_, tld, below := CutTLD(suffix)
	if !below {
		return Suffix{}
	}
	if SameRegistry(suffix) {
		f := t.tlds[tld]
		f.Policy = "open"
		return f
	}
	return Suffix{WHOISHost: t.ownWHOIS(suffix), Wildcard: t.tlds[tld].Wildcard}
}

// SameRegistry reports whether a suffix below a TLD is run by the TLD's own
// registry, so that its RDAP and WHOIS servers answer for it.
func SameRegistry(suffix string) bool {
	t := registryTables()
	if t.second[suffix] {
		return true
	}
	_, tld, below := CutTLD(suffix)
	return below && tld == "br"
}

// CutTLD parts a suffix before its last label; below is false for a TLD.
func CutTLD(suffix string) (rest, tld string, below bool) {
	i := strings.LastIndexByte(suffix, '.')
	if i < 0 {
		return "", suffix, false
	}
	return suffix[:i], suffix[i+1:], true
}

// OpenTLDs returns the TLDs that anyone may register in, sorted.
func OpenTLDs() []string {
	var open []string
	for tld, f := range registryTables().tlds {
		if f.Policy == "open" {
			open = append(open, tld)
		}
	}
	slices.Sort(open)
	return open
}

// TLDs yields every TLD that is known, with its facts, in no order.
func TLDs() iter.Seq2[string, Suffix] { return maps.All(registryTables().tlds) }
