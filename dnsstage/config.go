package dnsstage

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"vacant"
	"vacant/dnsstage/udp"
)

// Via says whom stage one asks.
type Via string

// The ways.
const (
	ViaAuto      Via = ""          // authority, falling back to resolvers where port 53 is blocked
	ViaAuthority Via = "authority" // the servers of the zone that holds the name, no fallback
	ViaResolvers Via = "resolvers" // recursive resolvers
)

// Intensity says how hard servers are asked where no rate is given.
type Intensity string

// The intensities. Servers are asked at less than these rates where they answer
// no more: each has its own pace.
const (
	IntensityNormal Intensity = ""       // 20,000 queries/s in all, 500 to a TLD's server, 100 to a public resolver; no limit for local servers
	IntensityPolite Intensity = "polite" // 1,000 queries/s in all, 50 to any server, local ones too
	IntensityLine   Intensity = "line"   // as fast as servers and line go: for your own servers and networks
)

// GSO says when bursts of queries over UDP are left to the system to cut into
// packets: [ParseGSO] reads "auto", "off" or "on".
type GSO = udp.GSO

// ParseGSO reads a [GSO].
func ParseGSO(text string) (GSO, error) { return udp.ParseGSO(text) }

// Config of stage one. The zero value asks the real root with the polite defaults.
type Config struct {
	Roots []netip.AddrPort // instead of the root hints. Servers found by referral below them are asked on the first
	// root's port, so that a test internet (the lab, a namespace) can live on any port; addresses may be loopback.
	Authority       map[string][]netip.AddrPort // pinned servers per suffix
	Resolvers       []netip.AddrPort            // recursive resolvers; named ones make Via resolvers
	SystemResolvers []netip.AddrPort            // for the fallback; nil reads /etc/resolv.conf
	Via             Via
	Proxies         []string // SOCKS5 URLs (socks5://user:pass@host:port, socks5h likewise); every query goes through them

	Intensity     Intensity     // of what RateLimit and RatePerServer leave open; default normal
	Concurrency   int           // proxied workers; default 500
	Inflight      int           // queries in flight without a proxy; default by rate x timeout
	RateLimit     float64       // queries/s in total; default 20,000, none when every server is local; <0 = none
	RatePerServer float64       // per server address; default 500 TLD server, 100 public resolver, none for loopback and private; <0 = none
	Retries       int           // after the first asking; default 3; <0 = none
	Timeout       time.Duration // of one asking; default 2 s
	NoDenial      bool          // ask every name itself, and nothing with DO: no use of NSEC and NSEC3 ranges (RFC 8198)
	GSO           GSO           // segmentation offload of queries over UDP; default auto
	Hold          bool          // hold a resolver's NXDOMAINs until its next good control (hunt)

	Lookup *vacant.Lookup // resolves proxies' host names; nil makes one
	Log    *slog.Logger   // nil discards
	Now    func() time.Time
	Seed   uint64 // of random labels, ids and case; 0 = from the system
}

// Defaults of a Config.
const (
	defaultConcurrency  = 500
	defaultRate         = 20_000 // queries/s in total: about 40 Mbit/s both ways, what a home line carries
	defaultTLDRate      = 500    // queries/s to one TLD server address
	defaultResolverRate = 100    // queries/s to one public resolver
	politeRate          = 1000   // queries/s in total
	politeServerRate    = 50     // queries/s to one server address
	defaultRetries      = 3
	defaultTimeout      = 2 * time.Second
	maxInflight         = 20_000 // in flight without a proxy: 64 Ki source ports are not ours alone
)

// Validate reports what a user set wrongly.
func (c *Config) Validate() error {
	switch c.Via {
	case ViaAuto, ViaAuthority, ViaResolvers:
	default:
		return fmt.Errorf("via %q: want authority or resolvers", c.Via)
	}
	switch c.Intensity {
	case IntensityNormal, IntensityPolite, IntensityLine:
	default:
		return fmt.Errorf("intensity %q: want polite or line, or nothing", c.Intensity)
	}
	if c.Via == ViaAuthority && len(c.Resolvers) > 0 {
		return errors.New("resolvers are named although only the authority is to be asked")
	}
	for suffix, addrs := range c.Authority {
		if len(addrs) == 0 {
			return fmt.Errorf("authority of %q: no address", suffix)
		}
		if err := checkAddrs("authority of "+suffix, addrs); err != nil {
			return err
		}
	}
	if err := checkAddrs("roots", c.Roots); err != nil {
		return err
	}
	return checkAddrs("resolvers", c.Resolvers)
}

// fill sets the rates that are 0.
func (i Intensity) fill(total, perServer *float64) {
	all, each := 0.0, 0.0
	switch i {
	case IntensityPolite:
		all, each = politeRate, politeServerRate
	case IntensityLine:
		all, each = -1, -1
	}
	if *total == 0 {
		*total = all
	}
	if *perServer == 0 {
		*perServer = each
	}
}

func checkAddrs(what string, addrs []netip.AddrPort) error {
	for _, a := range addrs {
		if !a.IsValid() || a.Port() == 0 {
			return fmt.Errorf("%s: %q is no address with a port", what, a)
		}
	}
	return nil
}

// withDefaults returns c with every zero value replaced, pins in canonical form.
func (c Config) withDefaults() Config {
	if len(c.Resolvers) > 0 && c.Via == ViaAuto {
		c.Via = ViaResolvers
	}
	c.Intensity.fill(&c.RateLimit, &c.RatePerServer)
	if c.Concurrency <= 0 {
		c.Concurrency = defaultConcurrency
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Retries == 0 {
		c.Retries = defaultRetries
	}
	c.Retries = min(max(c.Retries, 0), 50)
	if c.Inflight <= 0 {
		c.Inflight = maxInflight
		if c.RateLimit > 0 {
			c.Inflight = min(max(int(c.RateLimit*c.Timeout.Seconds()), 64), maxInflight)
		}
	}
	if c.Lookup == nil {
		c.Lookup = vacant.NewLookup(nil)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	pins := make(map[string][]netip.AddrPort, len(c.Authority))
	for suffix, addrs := range c.Authority {
		pins[strings.ToLower(strings.Trim(suffix, "."))] = addrs
	}
	c.Authority = pins
	return c
}

// local reports whether an address is nobody else's network: no politeness is owed there.
func local(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}

// public reports whether a referral of the real internet may send us to a.
func public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate()
}
