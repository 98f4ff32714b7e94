package rdapstage

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

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
	idnLetters     string // ... these, besides a-z, 0-9 and the hyphen
	das            dasServer
}

// dasServer is a domain availability service: WHOIS-like, with a closed set of answers.
type dasServer struct {
	addr string // host:port, "" = none
	kind string // which closed set it speaks: get, code, is; see dasQuery and ClassifyWHOIS
}

// factsFor returns what is known of a public suffix ("com", "co.uk"). Below a
// TLD only a suffix that the TLD's registry runs itself inherits its servers;
// another may still have a WHOIS host of its own ("co.za").
func factsFor(suffix string) facts {
	t := registryTables()
	if f, ok := t.tlds[suffix]; ok {
		return f
	}
	_, tld, below := cutLast(suffix)
	if !below {
		return facts{}
	}
	if sameRegistry(suffix) {
		f := t.tlds[tld]
		f.policy = "open"
		return f
	}
	return facts{whoisHost: t.ownWHOIS(suffix), wildcard: t.tlds[tld].wildcard}
}

// sameRegistry reports whether a suffix below a TLD is run by the TLD's own
// registry, so that its RDAP and WHOIS servers answer for it.
func sameRegistry(suffix string) bool {
	t := registryTables()
	if t.second[suffix] {
		return true
	}
	_, tld, below := cutLast(suffix)
	return below && tld == "br"
}

// ownWHOIS returns the registry's WHOIS host that lists suffix itself.
func (t *tables) ownWHOIS(suffix string) string {
	best := ""
	for host, h := range t.whois {
		if h.runBy == runByRegistry && slices.Contains(h.suffixes, suffix) && (best == "" || host < best) {
			best = host
		}
	}
	return best
}

// cutLast parts a suffix before its last label; below is false for a TLD.
func cutLast(suffix string) (rest, tld string, below bool) {
	i := strings.LastIndexByte(suffix, '.')
	if i < 0 {
		return "", suffix, false
	}
	return suffix[:i], suffix[i+1:], true
}

// operatorOf returns who runs host, the unit of budgets: a name out of the
// embedded table, else the host's registrable domain; an address is an operator
// of its own, with its port. host may be host:port.
func operatorOf(host string) string {
	bare := bareHost(host)
	if isAddress(bare) || bare == "localhost" {
		return host
	}
	t := registryTables()
	for rest := bare; rest != ""; _, rest, _ = strings.Cut(rest, ".") {
		if operator, ok := t.operators[rest]; ok {
			return operator
		}
	}
	if operator := t.operatorOfOwnHost(bare); operator != "" {
		return operator
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(bare); err == nil {
		return domain
	}
	return bare
}

// operatorOfOwnHost finds who runs a TLD's own host ("whois.nic.xyz"): whoever
// runs its RDAP, under another name; "" if that is not known.
func (t *tables) operatorOfOwnHost(host string) string {
	_, tld, _ := cutLast(host)
	f, ok := t.tlds[tld]
	if !ok || host != f.whoisHost && host != "rdap.nic."+tld && host != "whois.nic."+tld {
		return ""
	}
	for rest := urlHost(f.rdapBase); rest != ""; _, rest, _ = strings.Cut(rest, ".") {
		if operator, known := t.operators[rest]; known {
			return operator
		}
	}
	return ""
}

// bareHost returns host in lower case without port, brackets and final dot.
func bareHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// limitOf returns the published limit of an operator, or the default for
// unknown ones: one question a second, two at once. Loopback has no limit.
func limitOf(operator string) Limit {
	if isLoopback(operator) {
		return Limit{}
	}
	if limit, ok := registryTables().limits[operator]; ok {
		return limit
	}
	return Limit{PerSecond: 1, Burst: 2}
}

// dasQuery returns the line that asks a DAS of the given kind about a name.
func dasQuery(kind, name string) string {
	switch kind {
	case "get":
		return "get 1.0 " + name
	case "is":
		return "is " + name
	}
	return name
}

// OpenTLDs returns the TLDs that anyone may register in, sorted.
func OpenTLDs() []string {
	var open []string
	for tld, f := range registryTables().tlds {
		if f.policy == "open" {
			open = append(open, tld)
		}
	}
	slices.Sort(open)
	return open
}

// Whose a WHOIS host is.
const (
	runByRegistry  = "registry"
	runByRegistrar = "registrar"
	runByPrivate   = "private"
)

// whoisAuthority reports who runs host, and whether it is the registry's own
// for suffix ("" asks only whether it is a registry's).
func whoisAuthority(host, suffix string) (runBy string, ours bool) {
	t, bare := registryTables(), bareHost(host)
	h, listed := t.whois[bare]
	if listed && h.runBy != runByRegistry {
		return h.runBy, false
	}
	if suffix == "" {
		return h.runBy, listed || t.isTLDHost(bare)
	}
	if listed && servesSuffix(h.suffixes, suffix) {
		return runByRegistry, true
	}
	if f := factsFor(suffix); f.whoisHost == bare || bareHost(f.das.addr) == bare {
		return runByRegistry, true
	}
	return h.runBy, false
}

// servesSuffix reports whether a host listed for these suffixes speaks for
// suffix: it is one of them, or below one of them and nobody else's.
func servesSuffix(list []string, suffix string) bool {
	if slices.Contains(list, suffix) {
		return true
	}
	_, tld, below := cutLast(suffix)
	if !below || !slices.Contains(list, tld) {
		return false
	}
	_, icann := publicsuffix.PublicSuffix(suffix)
	return sameRegistry(suffix) || icann && !runElsewhere[suffix] && registryTables().ownWHOIS(suffix) == ""
}

// runElsewhere are second-level suffixes whose TLD's WHOIS host answers about
// them without knowing their names.
var runElsewhere = map[string]bool{"com.uy": true, "co.ca": true, "ac.uk": true, "gov.uk": true}

// isTLDHost reports whether host is some TLD's WHOIS or DAS server.
func (t *tables) isTLDHost(host string) bool {
	for _, f := range t.tlds {
		if f.whoisHost == host || bareHost(f.das.addr) == host {
			return true
		}
	}
	return false
}

// urlHost returns the host of a URL in lower case, with its port where that is
// not the scheme's own; "" for no URL.
func urlHost(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if port := u.Port(); port != "" && (u.Scheme != "https" || port != "443") && (u.Scheme != "http" || port != "80") {
		return net.JoinHostPort(host, port)
	}
	return host
}
