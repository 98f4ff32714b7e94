// Package dnsstage is stage one: it asks DNS about every candidate, as fast as
// the servers take it, and says which names are delegated and which are not.
package dnsstage

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"vacant"
)

// Via says whom stage one asks.
type Via string

// The ways.
const (
	ViaAuto      Via = ""          // authority, falling back to resolvers where port 53 is blocked
	ViaAuthority Via = "authority" // the servers of the zone that holds the name, no fallback
	ViaResolvers Via = "resolvers" // recursive resolvers
)

// Config of stage one. The zero value asks the real root with the polite defaults.
type Config struct {
	Roots []netip.AddrPort // instead of the root hints. Servers found by referral below them are asked on the first
	// root's port, so that a test internet (the lab, a namespace) can live on any port; addresses may be loopback.
	Authority       map[string][]netip.AddrPort // pinned servers per suffix
	Resolvers       []netip.AddrPort            // recursive resolvers; named ones make Via resolvers
	SystemResolvers []netip.AddrPort            // for the fallback; nil reads /etc/resolv.conf
	Via             Via
	Proxies         []string // SOCKS5 URLs (socks5://user:pass@host:port, socks5h likewise); every query goes through them

	Concurrency   int           // proxied workers; default 500
	Inflight      int           // queries in flight without a proxy; default by rate x timeout
	RateLimit     float64       // queries/s in total; default 20,000, none when every server is local; <0 = none
	RatePerServer float64       // per server address; default 500 TLD server, 100 public resolver, none for loopback and private; <0 = none
	Retries       int           // after the first asking; default 3; <0 = none
	Timeout       time.Duration // of one asking; default 2 s
	NoDenial      bool
	Hold          bool // hold a resolver's NXDOMAINs until its next good control (hunt)

	Lookup *vacant.Lookup // resolves proxies' host names; nil makes one
	Log    *slog.Logger   // nil discards
	Now    func() time.Time
	Seed   uint64 // of random labels, ids and case; 0 = from the system
}

// Stage is stage one, ready to run. One Run at a time.
type Stage struct{}

// New checks cfg and opens sockets. Its errors are the user's.
func New(cfg Config) (*Stage, error) { return nil, errors.New("dnsstage: not built yet") }

// Report is what Preflight found.
type Report struct {
	Via    Via    // the way that will be taken
	Notice string // one line for stderr when the way is not the default one, with the remedy; else ""
}

// Preflight finds out within 2 s whether port 53 of the root and of two of the
// suffixes' TLDs can be asked, per address family, and settles the way to ask. Its error means there
// is none: exit 1. Run calls it if nobody did.
func (s *Stage) Preflight(ctx context.Context, suffixes []string) (Report, error) {
	return Report{}, nil
}

// Run answers the names of in's batches. Batches are sent to out with Answers
// and Servers filled in, in any order, whole: a batch leaves when its last name
// is settled. When in is closed, Run finishes what it has and returns nil. When
// ctx ends, it stops asking at once, sends what it holds to out with the names in flight left
// StatusUnasked (out must be read until Run returns), and returns ctx.Err().
// It does not close out. An error means that the sweep cannot go on.
func (s *Stage) Run(ctx context.Context, in <-chan *vacant.Batch, out chan<- *vacant.Batch) error {
	return nil
}

// Ask answers one name at once, for check, controls and explain.
func (s *Stage) Ask(ctx context.Context, name vacant.Name) (vacant.DNSProof, error) {
	return vacant.DNSProof{}, nil
}

// ServerStats are the counters of one server.
type ServerStats struct {
	Server                   string
	Sent, Answered, TimedOut uint64
	RTT                      time.Duration // smoothed
	Rate                     float64       // current limit in queries/s, 0 = none
	State                    string        // "ok", "quarantined", "liar", ...
}

// Stats are stage one's counters.
type Stats struct {
	Asked, Answered, Resent, Inflight uint64
	Sent, Mismatched, LostByUs        uint64
	ByStatus                          map[vacant.Status]uint64
	Servers                           []ServerStats
}

// Stats returns the counters; safe at any time.
func (s *Stage) Stats() Stats { return Stats{} }

// Close frees sockets and connections.
func (s *Stage) Close() error { return nil }
