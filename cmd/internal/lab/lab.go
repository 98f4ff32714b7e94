package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
)

// Lab is a running lab.
type Lab struct {
	cfg    Config
	world  *World
	faults *faults
	topo   *topology

	hostility *hostility

	stop    context.CancelFunc
	wg      sync.WaitGroup
	closers []func() // what makes the servers return

	root, tld, site, resolver []*dnsServer
	socks                     []*socksServer
	operators                 []*operator
	bootstrap                 *bootstrap

	roots, resolvers []netip.AddrPort
	bootstrapURL     string
	rdapBases        map[string]string
	whois            map[string]string
	proxies          []string
}

// Start starts every server on loopback, on ports that are free; they stop when ctx ends or at Close.
func Start(ctx context.Context, cfg Config) (*Lab, error) {
	return start(ctx, cfg, !canBind(hostingAddr))
}

// start is Start; single says that 127.0.0.1 is all the loopback there is.
func start(ctx context.Context, cfg Config, single bool) (*Lab, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	f, err := parseFaults(cfg.Faults)
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	l := &Lab{cfg: cfg, world: NewWorld(cfg), faults: f, stop: stop, rdapBases: make(map[string]string), whois: make(map[string]string)}
	l.operators = newOperators(l.world.tops(), &cfg, f)
	l.topo = newTopology(l.world, len(l.operators))
	l.topo.address(single)
	l.hostility = newHostility(l.world, f.hostile)
	if err := l.serveAll(ctx, single); err != nil {
		return nil, errors.Join(fmt.Errorf("lab: %w", err), l.Close())
	}
	context.AfterFunc(ctx, l.closeServers)
	return l, nil
}

func (l *Lab) serveAll(ctx context.Context, single bool) error {
	starts := []func(context.Context, bool) error{
		l.startAuthorities, l.startResolvers, l.startStray, l.startRDAP, l.startBootstrap, l.startWHOIS, l.startProxies,
	}
	for _, start := range starts {
		if err := start(ctx, single); err != nil {
			return err
		}
	}
	return nil
}

// Close stops all servers and waits for them. It may be called more than once.
func (l *Lab) Close() error {
	l.stop()
	l.closeServers()
	l.wg.Wait()
	return nil
}

// closeServers closes every listener; closing twice does no harm.
func (l *Lab) closeServers() {
	for _, c := range l.closers {
		c()
	}
}

// World returns the words that name this lab's world: its seed, density and TLDs.
func (l *Lab) World() string { return l.world.String() }

// SetNight turns the world to night n while the servers go on.
func (l *Lab) SetNight(n int) { l.world.SetNight(n) }

// Night returns which night it is.
func (l *Lab) Night() int { return l.world.Night() }

// Truth returns what is true of name in this lab's world tonight.
func (l *Lab) Truth(name string) Truth { return l.world.Truth(name) }

// Delegated reports whether DNS shows name to be delegated tonight.
func (l *Lab) Delegated(name string) bool { return l.world.Delegated(name) }

// Roots returns the addresses of the root servers.
func (l *Lab) Roots() []netip.AddrPort { return slices.Clone(l.roots) }

// Resolvers returns the addresses of the lab's recursive resolvers: two honest
// ones, and the one that lies where that fault was asked for.
func (l *Lab) Resolvers() []netip.AddrPort { return slices.Clone(l.resolvers) }

// Authorities returns the name servers of a TLD or of a suffix that is a zone
// of its own; nil for any other.
func (l *Lab) Authorities(zone string) []netip.AddrPort {
	z := l.topo.zones[zone]
	if z == nil {
		return nil
	}
	addrs := make([]netip.AddrPort, 0, len(z.servers))
	for _, a := range z.servers {
		addrs = append(addrs, netip.AddrPortFrom(netip.AddrFrom4(a), l.roots[0].Port()))
	}
	return slices.Compact(addrs)
}

// RDAPBase returns the base URL of a TLD's RDAP service, "" where it has none.
func (l *Lab) RDAPBase(tld string) string { return l.rdapBases[tld] }

// Unlisted returns the RDAP base of each suffix whose registry has one that is
// not in the bootstrap file.
func (l *Lab) Unlisted() map[string]string {
	out := make(map[string]string)
	for _, name := range l.world.names {
		if m := registryOf(topLabel(name)).rdap; m != nil && m.unlisted {
			out[name] = l.rdapBases[topLabel(name)]
		}
	}
	return out
}

// SecondSource returns, sorted, the suffixes whose RDAP is worth something only
// where another source agrees.
func (l *Lab) SecondSource() []string {
	var out []string
	for _, name := range l.world.names {
		if m := registryOf(topLabel(name)).rdap; m != nil && m.second {
			out = append(out, name)
		}
	}
	return out
}

// BootstrapURL returns where the RDAP bootstrap file is served.
func (l *Lab) BootstrapURL() string { return l.bootstrapURL }

// WHOIS returns the WHOIS and DAS servers of each suffix that has some, parted by
// spaces in the order in which they are to be asked. One that has the ways of a
// real server is written HOST@host:port, the others host:port.
func (l *Lab) WHOIS() map[string]string {
	out := make(map[string]string, len(l.whois))
	for tld, addr := range l.whois {
		out[tld] = addr
	}
	return out
}

// Proxies returns the SOCKS5 URLs, those that faults add at the end.
func (l *Lab) Proxies() []string { return slices.Clone(l.proxies) }
