package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"vacant/dnsstage"
	"vacant/rdapstage"
)

// scopes returns the function that gives the fingerprint of the endpoints
// named by hand for a suffix, "" for none: what they said is known only to runs
// that name the same. A lab's endpoints are not fingerprinted: its world names it already, and its ports change.
func scopes(world string, dns *dnsstage.Config, rdap *rdapstage.Config) func(suffix string) string {
	if world != Internet {
		return func(string) string { return "" }
	}
	return func(suffix string) string {
		named := namedFor(suffix, dns, rdap)
		if len(named) == 0 {
			return ""
		}
		sum := sha256.Sum256([]byte(strings.Join(named, "\n")))
		return hex.EncodeToString(sum[:8])
	}
}

// Scopes returns what the store's Scope wants for commands that read or write
// it outside a hunt: the fingerprint of the endpoints that these Configs name by hand.
func Scopes(world string, dns dnsstage.Config, rdap rdapstage.Config) func(suffix string) string {
	if world == "" {
		world = Internet
	}
	return scopes(world, &dns, &rdap)
}

// namedFor lists, in a fixed order, the endpoints named by hand that answer for suffix.
func namedFor(suffix string, dns *dnsstage.Config, rdap *rdapstage.Config) []string {
	var named []string
	for _, root := range dns.Roots {
		named = append(named, "root "+root.String())
	}
	slices.Sort(named)
	// A TLD's pinned endpoint also serves the suffixes below it.
	for s := suffix; s != ""; _, s, _ = strings.Cut(s, ".") {
		for _, server := range dns.Authority[s] {
			named = append(named, fmt.Sprintf("authority %s %s", s, server))
		}
		if base, ok := rdap.RDAPServers[s]; ok {
			named = append(named, fmt.Sprintf("rdap %s %s", s, base))
		}
		if host, ok := rdap.WHOISServers[s]; ok {
			named = append(named, fmt.Sprintf("whois %s %s", s, host))
		}
	}
	if rdap.Bootstrap != "" {
		named = append(named, "bootstrap "+rdap.Bootstrap)
	}
	return named
}

// scopedSpace folds the fingerprints of a space's suffixes into its id, so that
// progress made with one set of endpoints is not progress with another.
func scopedSpace(id [16]byte, suffixes []string, scope func(string) string) [16]byte {
	h := sha256.New()
	h.Write(id[:])
	plain := true
	for _, suffix := range suffixes {
		s := scope(suffix)
		plain = plain && s == ""
		_, _ = fmt.Fprintf(h, "%s %s\n", suffix, s) // a hash never fails to take bytes
	}
	if plain {
		return id
	}
	return [16]byte(h.Sum(nil)[:16])
}
