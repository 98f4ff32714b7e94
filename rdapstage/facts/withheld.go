package facts

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"vacant"
)

// infrastructureLabels are withheld by nearly every registry, gTLD or not:
// they name the registry's own services or are kept for documents.
var infrastructureLabels = []string{"example", "nic", "rdds", "whois", "www"}

// Withheld says why label under suffix may not be for sale although no registry
// says so: ReasonClosedTLD makes it reserved, ReasonLikelyReserved and
// ReasonIDNTable leave it undetermined unless a second source says free in
// words; ReasonNone if nothing withholds it.
//
// The labels nic, www, whois, rdds and example count under every suffix, those
// of Specification 5 and labels of one or two characters under the gTLDs that
// are under contract since 2012, and so does a name that is a public suffix
// itself (co.uk as the name "co" under uk). In a TLD that sells only to some (edu, aero)
// every label counts as likely reserved: unregistered there is not free to take.
func Withheld(suffix, label string) vacant.Reason {
	f := For(suffix)
	switch f.Policy {
	case "brand", "closed", "infrastructure":
		return vacant.ReasonClosedTLD
	case "restricted":
		return vacant.ReasonLikelyReserved
	}
	switch {
	case slices.Contains(infrastructureLabels, label), isSuffix(label + "." + suffix),
		f.Contracted && (len(label) <= 2 || registryTables().spec5[label]):
		return vacant.ReasonLikelyReserved
	case strings.HasPrefix(label, "xn--") && !inTable(f, suffix, label):
		return vacant.ReasonIDNTable
	}
	return vacant.ReasonNone
}

// isSuffix reports whether name is a suffix that a registry takes names under.
func isSuffix(name string) bool {
	suffix, icann := publicsuffix.PublicSuffix(name)
	return icann && suffix == name
}

// inTable reports whether every letter of an IDN label is one that the
// registry's own table takes.
func inTable(f Suffix, suffix, label string) bool {
	if !f.IDNTablesKnown {
		return false
	}
	unicode := strings.TrimSuffix(vacant.Name(label+"."+suffix).Unicode(), "."+vacant.Name("x." + suffix).Unicode()[2:])
	for _, r := range unicode {
		ldh := r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z'
		if !ldh && !strings.ContainsRune(f.IDNLetters, r) {
			return false
		}
	}
	return !strings.HasPrefix(unicode, "xn--")
}

// distrusted bases answered 404 for names that were registered and delegated,
// in 2026-09: their no counts only with a second source.
var distrusted = map[string]bool{
	"rdap.nic.io": true, "rdap.nic.co": true,
}

// settledUnlisted are unlisted bases whose registry documents them and that
// need no second source.
var settledUnlisted = map[string]bool{
	"rdap.denic.de": true, "rdap.nic.ch": true, "rdap.nic.li": true, "rdap.centralnic.com": true,
}

// NeedsSecond reports whether a no of base about a name under suffix counts
// only with a second source that agrees: a base known for false ones, or one
// that IANA does not list for the suffix and its registry does not document.
func NeedsSecond(suffix, base string) bool {
	host := URLHost(base)
	if distrusted[host] {
		return true
	}
	return slices.Contains(For(suffix).RDAPUnlisted, base) && !settledUnlisted[host]
}

// ReservedLabels returns the labels that ICANN's Specification 5 and common
// practice withhold, sorted.
func ReservedLabels() []string {
	all := maps.Clone(registryTables().spec5)
	for _, label := range infrastructureLabels {
		all[label] = true
	}
	return slices.Sorted(maps.Keys(all))
}
