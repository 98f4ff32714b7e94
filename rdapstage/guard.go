package rdapstage

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
)

// errForbiddenAddress is what a dial to an address outside the public internet ends in.
var errForbiddenAddress = errors.New("not a public address, and not named by hand")

// notPublic are the ranges that netip's own predicates leave out (the IANA
// special-purpose registries, RFC 6890).
var notPublic = parsePrefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
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

// public reports whether a is an address that a registry of the public internet can have.
func public(a netip.Addr) bool {
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

// addressAge is how long a registry's addresses are kept: at ten questions a
// second a look-up for each would outweigh the questions.
const addressAge = time.Minute

// dialer opens connections to registries. It resolves host names itself and,
// unless the endpoint was named by hand, refuses addresses that are not public
// at the very dial that would use them, so that a rebinding name gains nothing.
type dialer struct {
	lookup *vacant.Lookup
	now    func() time.Time

	mu sync.Mutex
	// known is guarded by mu.
	known map[string]knownAddrs
}

type knownAddrs struct {
	addrs []netip.Addr
	at    time.Time
}

func newDialer(lookup *vacant.Lookup, now func() time.Time) *dialer {
	return &dialer{lookup: lookup, now: now, known: make(map[string]knownAddrs)}
}

// dial connects to hostport; trusted skips the guard.
func (d *dialer) dial(ctx context.Context, hostport string, trusted bool) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", hostport, err)
	}
	addrs, err := d.addrs(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", host, err)
	}
	err = fmt.Errorf("look up %s: no address", host)
	for _, a := range addrs {
		if !trusted && !public(a) {
			err = fmt.Errorf("dial %s: %s is %w", hostport, a, errForbiddenAddress)
			continue
		}
		var conn net.Conn
		nd := net.Dialer{Timeout: perAddress(ctx, len(addrs))}
		if conn, err = nd.DialContext(ctx, "tcp", net.JoinHostPort(a.String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// perAddress shares what is left of ctx's time over n addresses, so that one
// blackholed address family does not use up all of it.
func perAddress(ctx context.Context, n int) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 10 * time.Second
	}
	return max(time.Until(deadline)/time.Duration(n), time.Millisecond)
}

func (d *dialer) addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	now := d.now()
	if host == "localhost" {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	d.mu.Lock()
	k, ok := d.known[host]
	d.mu.Unlock()
	if ok && now.Sub(k.at) < addressAge {
		return k.addrs, nil
	}
	addrs, err := d.lookup.Addrs(ctx, host)
	if err != nil {
		return nil, err
	}
	d.note(host, addrs)
	return addrs, nil
}

func (d *dialer) note(host string, addrs []netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[host] = knownAddrs{addrs, d.now()}
}

// guardHost judges a host that a proxy will resolve and connect to. A name that
// cannot be resolved here is let through: behind a proxy that is the rule.
func (d *dialer) guardHost(ctx context.Context, host string) error {
	if facts.IsLoopback(host) {
		return fmt.Errorf("%s is %w", host, errForbiddenAddress)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	addrs, err := d.addrs(ctx, facts.BareHost(host))
	if err != nil {
		d.note(facts.BareHost(host), nil) // or every question would wait for the look-up
		return nil
	}
	for _, a := range addrs {
		if !public(a) {
			return fmt.Errorf("%s is at %s, %w", host, a, errForbiddenAddress)
		}
	}
	return nil
}
