package dnsstage

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"vacant/dnsstage/wire"
)

// cutOf makes a cut of a message that names its servers: addresses from glue
// where the message has any that its sender may give, else looked for host by host.
func (f *finder) cutOf(ctx context.Context, w *search, parent *cut, origin string, m *wire.Message, s wire.Section) (*cut, error) {
	c := &cut{origin: origin, trusted: parent.trusted, port: parent.port}
	c.servers = f.glue(parent, origin, m, s)
	if len(c.servers) == 0 {
		if err := f.withoutGlue(ctx, w, c, hosts(origin, m, s)); err != nil {
			return nil, err
		}
	}
	if len(c.servers) == 0 {
		return nil, &findError{suffix: w.suffix, why: fmt.Sprintf("no address of a server of %q", origin), met: causeUnreachable}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.cuts) < maxKnownCuts {
		f.cuts[origin] = c
	}
	return c, nil
}

// maxKnownCuts bounds the memory of the search; the root has about 1,450.
const maxKnownCuts = 10_000

// hosts returns the name servers that m names for origin.
func hosts(origin string, m *wire.Message, s wire.Section) []string {
	var all []string
	for _, ns := range m.NSTargets(s) {
		if ns.Owner == origin {
			all = append(all, ns.Target)
		}
	}
	return all
}

// glue returns the addresses that m gives for the servers of origin. Only those
// of hosts below the sender's own zone are the sender's to give.
func (f *finder) glue(parent *cut, origin string, m *wire.Message, s wire.Section) []netip.AddrPort {
	names := hosts(origin, m, s)
	var all []netip.AddrPort
	for _, g := range m.Glue() {
		if !slices.Contains(names, g.Owner) || !within(g.Owner, parent.origin) {
			continue
		}
		if a, ok := f.allowed(parent, g.Addr); ok && !slices.Contains(all, a) && len(all) < maxMembers {
			all = append(all, a)
		}
	}
	return all
}

// allowed turns an address from the network into one to be asked: none of a
// private network unless hand-named servers led there, none without a route.
func (f *finder) allowed(parent *cut, addr netip.Addr) (netip.AddrPort, bool) {
	addr = addr.Unmap()
	if !parent.trusted && !public(addr) || addr.IsUnspecified() || addr.IsMulticast() || !f.family(addr) {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr, parent.port), true
}

// withoutGlue looks for the addresses of a few of the hosts.
func (f *finder) withoutGlue(ctx context.Context, w *search, c *cut, names []string) error {
	tried := 0
	for _, host := range names {
		if w.busy[host] || len(w.busy) >= maxNesting {
			continue
		}
		w.busy[host] = true
		addrs, err := f.addrsOf(ctx, w, host)
		delete(w.busy, host)
		if ctx.Err() != nil {
			return err
		}
		for _, addr := range addrs {
			if a, ok := f.allowed(c, addr); ok && !slices.Contains(c.servers, a) {
				c.servers = append(c.servers, a)
			}
		}
		if tried++; tried >= maxHosts || w.left <= 0 {
			break
		}
	}
	return nil
}

// addrsOf looks for the addresses of a host, from the deepest cut known above it.
func (f *finder) addrsOf(ctx context.Context, w *search, host string) ([]netip.Addr, error) {
	_, parent, _ := strings.Cut(host, ".")
	c := f.closest(parent)
	for range maxDepth {
		a, err := f.put(ctx, w, c, host, wire.TypeA)
		if err != nil {
			return nil, err
		}
		s, owner := readZone(c, host, &a.Message)
		if s != stepBelow {
			return f.bothFamilies(ctx, w, c, host, &a)
		}
		if c, err = f.cutOf(ctx, w, c, owner, &a.Message, wire.Authority); err != nil {
			return nil, err
		}
	}
	return nil, &findError{suffix: w.suffix, why: "too many referrals", met: causeNonsense}
}

// bothFamilies returns the addresses in an answer, or the IPv6 ones where it has none.
func (f *finder) bothFamilies(ctx context.Context, w *search, c *cut, host string, a *answer) ([]netip.Addr, error) {
	addrs := addresses(host, a)
	if len(addrs) > 0 || !f.v6.Load() || a.Rcode != wire.RcodeSuccess {
		return addrs, nil
	}
	six, err := f.put(ctx, w, c, host, wire.TypeAAAA)
	if err != nil {
		return nil, err
	}
	return addresses(host, &six), nil
}

func addresses(host string, a *answer) []netip.Addr {
	var all []netip.Addr
	for _, r := range a.Addresses(wire.Answer) {
		if r.Owner == host {
			all = append(all, r.Addr)
		}
	}
	return all
}
