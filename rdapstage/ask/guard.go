package ask

import (
	"net/netip"
)

// notPublic are the ranges that netip's own predicates leave out (the IANA
// special-purpose registries, RFC 6890).
var notPublic = parsePrefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
)

func parsePrefixes(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}

var (
	nat64    = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the last 32 bits are the IPv4 address
	sixToFor = netip.MustParsePrefix("2002::/16")    // RFC 3056: bits 16 to 48 are
)

// embedded returns the IPv4 address that a carries, or a itself.
func embedded(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case sixToFor.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// Public reports whether a is an address that a registry of the public internet
// can have. An address that embeds another is judged by that.
func Public(a netip.Addr) bool {
	a = embedded(a)
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
