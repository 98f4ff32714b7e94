package facts

import (
	"slices"

	"golang.org/x/net/publicsuffix"
)

// Whose a WHOIS host is.
const (
	runByRegistry  = "registry"
	runByRegistrar = "registrar"
	runByPrivate   = "private"
)

// WHOISAuthority reports who runs host, and whether it is the registry's own
// for suffix ("" asks only whether it is a registry's).
func WHOISAuthority(host, suffix string) (runBy string, ours bool) {
	t, bare := registryTables(), BareHost(host)
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
	if f := For(suffix); f.WHOISHost == bare || BareHost(f.DAS.Addr) == bare {
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
	_, tld, below := CutTLD(suffix)
	if !below || !slices.Contains(list, tld) {
		return false
	}
	own, icann := publicsuffix.PublicSuffix(suffix)
	return SameRegistry(suffix) || icann && own == suffix && !runElsewhere[suffix] && registryTables().ownWHOIS(suffix) == ""
}

// runElsewhere are second-level suffixes whose TLD's WHOIS host answers about
// them without knowing their names.
var runElsewhere = map[string]bool{"com.uy": true, "co.ca": true, "ac.uk": true, "gov.uk": true}

// isTLDHost reports whether host is some TLD's WHOIS or DAS server.
func (t *tables) isTLDHost(host string) bool {
	for _, f := range t.tlds {
		if f.WHOISHost == host || BareHost(f.DAS.Addr) == host {
			return true
		}
	}
	return false
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

// CountryHost reports whether host is listed as registry-run and for country
// codes only. Servers of gTLDs must send more than one line (ICANN's RDDS
// specification wants the time of the last update), so from them a single one
// is cut off.
func CountryHost(host string) bool {
	t := registryTables()
	h := t.whois[BareHost(host)]
	for _, suffix := range h.suffixes {
		_, tld, _ := CutTLD(suffix)
		if len(tld) != 2 && !t.idnCC[tld] {
			return false
		}
	}
	return h.runBy == runByRegistry && len(h.suffixes) > 0
}

// OnlyTLD returns the one TLD that a listed registry host serves, "" if it
// serves none or several: a label without its TLD can then be of that one only.
func OnlyTLD(host string) string {
	h := registryTables().whois[BareHost(host)]
	only := ""
	for _, suffix := range h.suffixes {
		_, tld, _ := CutTLD(suffix)
		if only != "" && only != tld {
			return ""
		}
		only = tld
	}
	if h.runBy != runByRegistry {
		return ""
	}
	return only
}
