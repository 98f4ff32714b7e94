package rdapstage

// facts is what the embedded tables say of one suffix. The zero value knows nothing.
type facts struct {
	policy         string   // open, brand, closed, restricted, infrastructure, "" (not known)
	rdapBase       string   // its entry in IANA's bootstrap, "" = none
	rdapUnlisted   []string // registry-run bases that IANA does not list
	whoisHost      string
	denial         string // NSEC, NSEC3, "" (not known)
	wildcard       bool   // the zone has no NXDOMAIN
	contractedGTLD bool   // a gTLD under ICANN contract since 2012: Specification 5 binds it
	idnTablesKnown bool   // which IDNs the registry takes is known
	das            dasServer
}

// dasServer is a domain availability service: WHOIS-like, with a closed set of answers.
type dasServer struct {
	addr string // host:port, "" = none
	kind string // which closed set it speaks; see dasQuery and ClassifyWHOIS
}

// factsFor returns what is known of a public suffix ("com", "co.uk").
func factsFor(suffix string) facts { return facts{} }

// operatorOf returns who runs host, the unit of budgets: a name out of the
// embedded table, else the host's registrable domain; a loopback or other
// address is an operator of its own, with its port.
func operatorOf(host string) string { return host }

// limitOf returns the published limit of an operator, or the default for unknown ones.
func limitOf(operator string) Limit { return Limit{PerSecond: 1, Burst: 2} }

// OpenTLDs returns the TLDs that anyone may register in, sorted.
func OpenTLDs() []string { return nil }
