package lab

import (
	"context"
	"fmt"
	"net/url"
)

// The password of the proxies that want one.
const (
	proxyUser     = "lab"
	proxyPassword = "only-loopback"
)

// startProxies starts the proxies: every second one wants a password. Those of faults come last.
func (l *Lab) startProxies(ctx context.Context, _ bool) error {
	n := l.cfg.Proxies
	if n == 0 {
		n = DefaultProxies
	}
	var servers []*socksServer
	for i := range n {
		s := &socksServer{rtt: l.cfg.RTT}
		if i%2 == 1 {
			s.user, s.password = proxyUser, proxyPassword
		}
		servers = append(servers, s)
	}
	if l.faults.proxyAuth {
		servers = append(servers, &socksServer{rtt: l.cfg.RTT, user: proxyUser, password: proxyPassword, refuse: true})
	}
	for _, s := range servers {
		addr, err := l.serveTCP(ctx, loopback, s.serve)
		if err != nil {
			return fmt.Errorf("start proxies: %w", err)
		}
		l.proxies = append(l.proxies, s.url(addr))
	}
	l.socks = servers
	return l.startBadProxies(ctx)
}

func (l *Lab) startBadProxies(ctx context.Context) error {
	if l.faults.silentProxy {
		addr, err := l.serveTCP(ctx, loopback, mute)
		if err != nil {
			return fmt.Errorf("start proxies: %w", err)
		}
		l.proxies = append(l.proxies, "socks5://"+addr)
	}
	if l.faults.deadProxy {
		l.proxies = append(l.proxies, "socks5://"+deadAddr)
	}
	return nil
}

// deadAddr refuses connections: nobody runs tcpmux, and no free port is that low.
const deadAddr = "127.0.0.1:1"

func (s *socksServer) url(addr string) string {
	u := url.URL{Scheme: "socks5", Host: addr}
	if s.user != "" {
		u.User = url.UserPassword(s.user, s.password)
	}
	return u.String()
}
