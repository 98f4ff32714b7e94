package vacant

import (
	"context"
	"net"
	"net/netip"
)

// MaxLookups is how many host look-ups may be in flight at once. With libc's
// resolver each would hold an OS thread; ours is the pure-Go one, and the bound
// keeps it from opening thousands of sockets besides.
const MaxLookups = 32

// Lookup resolves the host names of registries and proxies with the pure-Go
// resolver, at most [MaxLookups] at a time. Use one per process.
type Lookup struct {
	resolver *net.Resolver
	slots    chan struct{}
}

// NewLookup returns a Lookup. dial replaces how the system's resolvers are
// reached, for tests; nil asks them as usual.
func NewLookup(dial func(ctx context.Context, network, address string) (net.Conn, error)) *Lookup {
	return &Lookup{resolver: &net.Resolver{PreferGo: true, Dial: dial}, slots: make(chan struct{}, MaxLookups)}
}

// Addrs returns the addresses of host, waiting for a slot and the answer until
// ctx ends. An address literal is returned as it is, without a slot.
func (l *Lookup) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	addrs, err := l.resolver.LookupNetIP(ctx, "ip", host)
	for i, a := range addrs {
		addrs[i] = a.Unmap()
	}
	return addrs, err
}
