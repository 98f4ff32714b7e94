// Package lab is a simulated registry internet on loopback: root and TLD DNS,
// RDAP with its bootstrap, WHOIS and SOCKS5, all telling one seeded ground
// truth, with faults on request. It shares no code with what it judges.
package lab

import (
	"context"
	"errors"
	"net/netip"
	"time"
)

// Config of a lab. The zero value is the world of "hunt --lab".
type Config struct {
	Seed       uint64
	Density    float64  // share of names registered; 0 = the default 0.9, <0 = none
	TLDs       []string // default com, dev, io
	RTT        time.Duration
	Loss       float64  // share of UDP packets lost, 0 to 1
	Faults     []string // KIND or KIND=ARG
	Limit      float64  // registry limit per operator and second; default 2,000; <0 = none
	Proxies    int      // SOCKS5 proxies; default 2
	Reserved   []string // labels withheld in gTLDs of the new programme, besides one- and two-character ones
	Registries int      // operators the TLDs are spread over; 0 = one per TLD
}

// Lab is a running lab.
type Lab struct{}

// Start starts every server on a free port of 127.0.0.1; they stop when ctx ends or at Close.
func Start(ctx context.Context, cfg Config) (*Lab, error) {
	return nil, errors.New("lab: not built yet")
}

// Close stops all servers and waits for them.
func (l *Lab) Close() error { return nil }

// World returns the words that name this lab's world: its seed, density and TLDs.
func (l *Lab) World() string { return "" }

// Roots returns the addresses of the root servers.
func (l *Lab) Roots() []netip.AddrPort { return nil }

// Resolvers returns the addresses of the lab's recursive resolvers.
func (l *Lab) Resolvers() []netip.AddrPort { return nil }

// BootstrapURL returns where the RDAP bootstrap file is served.
func (l *Lab) BootstrapURL() string { return "" }

// WHOIS returns host:port of the WHOIS server of each TLD that has one.
func (l *Lab) WHOIS() map[string]string { return nil }

// Proxies returns the SOCKS5 URLs.
func (l *Lab) Proxies() []string { return nil }

// Truth is what is true of a name in a world.
type Truth struct{ Verdict, Lifecycle string }

// World answers for names without any server running.
type World struct{}

// NewWorld returns the world of cfg.
func NewWorld(cfg Config) *World { return &World{} }

// Truth returns what is true of name.
func (w *World) Truth(name string) Truth { return Truth{} }

// FaultKind is one fault that --fault takes.
type FaultKind struct{ Name, Arg, Help string }

// FaultKinds returns all of them, sorted by name.
func FaultKinds() []FaultKind { return nil }
