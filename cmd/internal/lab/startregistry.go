package lab

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// registryAddr is where operator i keeps its RDAP and WHOIS.
func registryAddr(i int, single bool) netip.Addr {
	if single {
		return loopback
	}
	return labAddrs(byte(1+i/groupsPerNet), byte(1+2*(i%groupsPerNet)))[0]
}

func listenTCP(addr netip.Addr) (net.Listener, error) {
	return net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
}

// serveHTTP serves h on a free port of addr and returns the base URL.
func (l *Lab) serveHTTP(ctx context.Context, addr netip.Addr, h http.Handler) (string, error) {
	ln, err := listenTCP(addr)
	if err != nil {
		return "", err
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog:    log.New(io.Discard, "", 0),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	if s, ok := h.(interface {
		connected(net.Conn, http.ConnState)
	}); ok {
		server.ConnState = s.connected
	}
	l.closers = append(l.closers, func() { _ = server.Close() })
	l.wg.Go(func() { _ = server.Serve(ln) }) // ErrServerClosed, whenever it ends
	return "http://" + ln.Addr().String() + "/", nil
}

// startStray starts the server that nobody is to ask, to which redirects and referrals lead.
func (l *Lab) startStray(ctx context.Context, _ bool) error {
	h := l.hostility
	base, err := l.serveHTTP(ctx, loopback, h)
	if err != nil {
		return fmt.Errorf("start the server behind redirects: %w", err)
	}
	h.stray = strings.TrimSuffix(strings.TrimPrefix(base, "http://"), "/")
	return nil
}

// startRDAP starts one server for each operator.
func (l *Lab) startRDAP(ctx context.Context, single bool) error {
	for i, o := range l.operators {
		s := &rdapServer{world: l.world, watch: l.cfg.Watch, operator: o, hostility: l.hostility, rtt: l.cfg.RTT}
		base, err := l.serveHTTP(ctx, registryAddr(i, single), s)
		if err != nil {
			return fmt.Errorf("start rdap: %w", err)
		}
		for _, tld := range o.tlds {
			if registryOf(tld).rdap != nil {
				l.rdapBases[tld] = base + tld + "/"
			}
		}
	}
	return nil
}

// listed returns the TLDs whose registries have their RDAP in the bootstrap file.
func (l *Lab) listed() []string {
	var tlds []string
	for _, tld := range l.world.tops() {
		if m := registryOf(tld).rdap; m != nil && !m.unlisted {
			tlds = append(tlds, tld)
		}
	}
	return tlds
}

func (l *Lab) startBootstrap(ctx context.Context, _ bool) error {
	b, err := newBootstrap(l.listed(), l.rdapBases)
	if err != nil {
		return err
	}
	base, err := l.serveHTTP(ctx, loopback, b)
	if err != nil {
		return fmt.Errorf("start the rdap bootstrap: %w", err)
	}
	l.bootstrap, l.bootstrapURL = b, base+"dns.json"
	return nil
}

// startWHOIS starts the WHOIS and DAS servers of each TLD that has some.
func (l *Lab) startWHOIS(ctx context.Context, single bool) error {
	byTLD := make(map[string]string)
	for i, o := range l.operators {
		for _, tld := range o.tlds {
			servers, err := l.startPorts(ctx, registryAddr(i, single), o, tld)
			if err != nil {
				return fmt.Errorf("start whois: %w", err)
			}
			byTLD[tld] = strings.Join(servers, " ")
		}
	}
	for _, name := range l.world.names {
		if addr := byTLD[topLabel(name)]; addr != "" {
			l.whois[name] = addr
		}
	}
	return nil
}

// startPorts starts the servers of one TLD and returns them as [Lab.WHOIS] has them.
func (l *Lab) startPorts(ctx context.Context, at netip.Addr, o *operator, tld string) ([]string, error) {
	var servers []string
	for _, m := range registryOf(tld).port {
		s := &whoisServer{world: l.world, watch: l.cfg.Watch, tld: tld, manner: m, operator: o, hostility: l.hostility, rtt: l.cfg.RTT}
		addr, err := l.servePort(ctx, at, s)
		if err != nil {
			return nil, err
		}
		if m.speaks != "" {
			addr = m.speaks + "@" + addr
		}
		servers = append(servers, addr)
	}
	return servers, nil
}

// servePort serves a WHOIS or DAS server and returns its host:port.
func (l *Lab) servePort(ctx context.Context, at netip.Addr, s *whoisServer) (string, error) {
	if !s.manner.http {
		return l.serveTCP(ctx, at, s.serve)
	}
	base, err := l.serveHTTP(ctx, at, s)
	return strings.TrimSuffix(strings.TrimPrefix(base, "http://"), "/"), err
}

// serveTCP hands every connection to a free port of addr to handle.
func (l *Lab) serveTCP(ctx context.Context, addr netip.Addr, handle func(context.Context, net.Conn)) (string, error) {
	ln, err := listenTCP(addr)
	if err != nil {
		return "", err
	}
	l.closers = append(l.closers, func() { _ = ln.Close() })
	l.wg.Go(func() { accept(ctx, ln, handle) })
	return ln.Addr().String(), nil
}
