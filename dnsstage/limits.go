package dnsstage

import (
	"net/netip"
	"time"
)

// bucket lets queries leave at a rate. As a limit it is hard: in no window of
// one second does it let through more. Tokens arrive at a little less than the
// limit then, so that what was saved up and what arrives within the second are
// together at most the limit, and 2 % stay for the jitter between our clock and
// the wire.
type bucket struct {
	rate, burst float64 // tokens/s and tokens; rate 0 = no limit
	tokens      float64
	at          time.Duration
}

// burstShare of a second's worth may leave at once: what 10 ms bring.
const burstShare = 0.01

// limit makes b a hard limit.
func (b *bucket) limit(perSecond float64) {
	burst := max(1, perSecond*burstShare)
	b.set(perSecond*0.98-(burst-1), burst)
}

// pace makes b let through what arrives, no less.
func (b *bucket) pace(perSecond float64) { b.set(perSecond, max(1, perSecond*burstShare)) }

func (b *bucket) set(rate, burst float64) {
	fresh := b.rate == 0
	if rate <= 0 {
		*b = bucket{at: b.at}
		return
	}
	b.rate, b.burst = rate, burst
	if b.tokens = min(b.tokens, b.burst); fresh {
		b.tokens = 1
	}
}

// room returns how many may leave now; at least maxRoom without a limit.
func (b *bucket) room(now time.Duration) int {
	if b.rate == 0 {
		return maxRoom
	}
	if now > b.at {
		b.tokens = min(b.burst, b.tokens+b.rate*(now-b.at).Seconds())
		b.at = now
	}
	return int(b.tokens)
}

func (b *bucket) take(n int) {
	if b.rate != 0 {
		b.tokens -= float64(n)
	}
}

const maxRoom = 1 << 20

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
	if l.udp == nil {
		s.pace.window.resize(float64(max(proxiedStart*l.cfg.Concurrency, startWindow)))
	}
	l.servers[addr] = s
	l.order = append(l.order, s)
	return s
}

// Queries in flight to one server through proxies, for each connection: at
// first, so that all connections are made at once (what goes over a new one is
// answered three round trips later, which no trial of a window would wait for),
// and at most. It is for the transport to say how many a connection takes.
const (
	proxiedStart = 4
	proxiedMost  = 16
)

func (l *loop) maxWindow() int {
	if l.udp == nil {
		return max(l.cfg.Concurrency*proxiedMost, startWindow)
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
