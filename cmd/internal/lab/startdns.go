package lab

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
)

// startAuthorities starts the root's and the TLDs' servers and those of the
// delegated names, all on one port.
func (l *Lab) startAuthorities(ctx context.Context, single bool) error {
	if single {
		return l.startSingle(ctx)
	}
	addrs := []netip.Addr{hostingAddr}
	for _, g := range l.topo.groups {
		addrs = append(addrs, g.addrs...)
	}
	all, err := bindAll(addrs)
	if err != nil {
		return err
	}
	site := l.newServer(&hosting{l.world, l.topo.zones, hostingAddr.As4()}, nil)
	site.watch = nil
	l.site = append(l.site, site)
	l.serveDNS(ctx, site, all[0])
	for i, s := range all[1:] {
		group := i / 2
		if i%2 == 0 {
			l.addAuthority(l.topo.groups[group].zones, group > 0)
		}
		l.serveDNS(ctx, l.lastAuthority(group > 0), s)
	}
	l.roots = []netip.AddrPort{all[1].addr(), all[2].addr()}
	return nil
}

// startSingle starts the one server that speaks for all.
func (l *Lab) startSingle(ctx context.Context) error {
	s, err := bindOne(loopback)
	if err != nil {
		return err
	}
	a := l.authority(l.topo.zones, loopback.As4())
	a.combined = true
	server := l.newServer(a, &l.faults.dns)
	l.tld = append(l.tld, server)
	l.serveDNS(ctx, server, s)
	l.roots = []netip.AddrPort{s.addr()}
	return nil
}

func (l *Lab) authority(zones map[string]*zone, hosting [4]byte) *authority {
	a := &authority{world: l.world, zones: zones, hosting: hosting}
	if tld := l.faults.dns.wildcard; tld != "" {
		a.wildcard = l.topo.zones[tld]
	}
	return a
}

// addAuthority makes the server of a group; the root's stays free of faults.
func (l *Lab) addAuthority(zones map[string]*zone, tld bool) {
	a := l.authority(zones, hostingAddr.As4())
	if tld {
		l.tld = append(l.tld, l.newServer(a, &l.faults.dns))
		return
	}
	l.root = append(l.root, l.newServer(a, nil))
}

func (l *Lab) lastAuthority(tld bool) *dnsServer {
	if tld {
		return l.tld[len(l.tld)-1]
	}
	return l.root[len(l.root)-1]
}

// newServer returns a server with the lab's network; f is nil for one that stays well.
func (l *Lab) newServer(r responder, f *dnsFaults) *dnsServer {
	s := &dnsServer{responder: r, watch: l.cfg.Watch, seed: mix(l.cfg.Seed), rtt: l.cfg.RTT, loss: l.cfg.Loss}
	if f != nil && *f != (dnsFaults{wildcard: f.wildcard}) {
		s.faults = f
	}
	return s
}

// serveDNS serves both sockets until they are closed.
func (l *Lab) serveDNS(ctx context.Context, s *dnsServer, at sockets) {
	l.closers = append(l.closers, at.close)
	l.wg.Go(func() { s.serveUDP(ctx, at.udp) })
	l.wg.Go(func() { accept(ctx, at.tcp, s.serveConn) })
}

// maxResolvers is how many honest resolvers, and how many lying ones, there may be.
const maxResolvers = 90

// resolverAddr is where resolver i lives: they need no common port.
func resolverAddr(single bool, i int) netip.Addr {
	if single {
		return loopback
	}
	return netip.AddrFrom4([4]byte{127, 53, 0, byte(53 + i)})
}

func (l *Lab) startResolvers(ctx context.Context, single bool) error {
	hostingAt := hostingAddr.As4()
	if single {
		hostingAt = loopback.As4()
	}
	honest := &recursive{l.world, l.topo.zones, hostingAt}
	var servers []*dnsServer
	for range cmp.Or(l.faults.resolvers, 2) {
		servers = append(servers, l.newServer(honest, &l.faults.dns))
	}
	turns := uint64(0)
	for _, kind := range l.faults.lies {
		if kind == lieLater {
			turns += liarTurns
		}
		servers = append(servers, l.newServer(&liar{kind: kind, honest: honest, first: l.world.tops()[0], turns: turns}, nil))
	}
	for i, server := range servers {
		server.ra = bitRA
		s, err := bindOne(resolverAddr(single, i))
		if err != nil {
			return err
		}
		l.serveDNS(ctx, server, s)
		l.resolvers = append(l.resolvers, s.addr())
	}
	l.resolver = slices.Concat(l.resolver, servers)
	return nil
}
