package dnsstage

import (
	"net/netip"
)

// totalLimit is the ceiling on all queries together; by default it leaves those
// to local servers alone (see [loop.metered]).
func totalLimit(cfg *Config) float64 {
	if cfg.RateLimit == 0 {
		return defaultRate
	}
	return max(cfg.RateLimit, 0)
}

// metered reports whether queries to s count against the total.
func (l *loop) metered(s *server) bool { return l.cfg.RateLimit > 0 || !s.local }

// server returns the state kept of an address, new or known.
func (l *loop) server(addr netip.AddrPort, resolver bool) *server {
	if s := l.servers[addr]; s != nil {
		return s
	}
	s := &server{addr: addr, id: l.names.Intern(addr.String()), local: local(addr.Addr())}
	ceiling, start := l.ceiling(s, resolver)
	s.pace = newPace(ceiling, start, l.maxWindow())
	l.servers[addr] = s
	l.order = append(l.order, s)
	return s
}

func (l *loop) maxWindow() int {
	if l.udp == nil {
		return max(l.cfg.Concurrency*16, startWindow) // pipelined connections carry several each
	}
	return l.cfg.Inflight
}

func (l *loop) ceiling(s *server, resolver bool) (ceiling, start float64) {
	switch {
	case l.cfg.RatePerServer < 0:
		return 0, 0
	case l.cfg.RatePerServer > 0 && s.local:
		return l.cfg.RatePerServer, l.cfg.RatePerServer
	case l.cfg.RatePerServer > 0:
		return l.cfg.RatePerServer, startRate
	case s.local:
		return 0, 0
	case resolver:
		return defaultResolverRate, startRate
	}
	return defaultTLDRate, startRate
}
