package dnsstage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"strings"

	"vacant"
	"vacant/dnsstage/wire"
)

// Host is what [Stage.Resolve] found of one host.
type Host struct {
	Index     int          // its place in the input, from 0
	Name      string       // as it was given
	Canonical string       // where its CNAME records lead; its own name where it has none
	Addrs     []netip.Addr // IPv4 before IPv6, in the order of the answers; some may be missing where Err is set
	Err       error        // nil, one of the errors below, or the [*vacant.NameError] of a text that is no host name
}

// Why a host has no addresses, or not all of them.
var (
	ErrNoHost      = errors.New("no such host")        // NXDOMAIN, of the host or of what it is an alias of
	ErrNoAddress   = errors.New("host has no address") // it exists, and has none of the families asked for
	ErrAliasLoop   = errors.New("CNAME records go in a loop")
	ErrAliasChain  = errors.New("too many CNAME records in a chain")
	ErrHostTimeout = errors.New("no answer in time")
	ErrHostRefused = errors.New("every resolver refused or failed")
)

// ErrNoResolvers is returned by [Stage.Resolve] on a stage that asks authority servers.
var ErrNoResolvers = errors.New("hosts are resolved by recursive resolvers: name Resolvers, or set Via to ViaResolvers")

const (
	// maxAliases bounds a chain of CNAME records; real ones have one to five.
	maxAliases = 16
	// maxInWork is how many hosts of one Resolve may be in work: at 200 ms a query
	// that is 40,000/s, more than any default limit lets through.
	maxInWork = 1 << 13
)

// families are the types to ask for, by the network words of package net.
var families = map[string][]uint16{
	"ip":  {wire.TypeA, wire.TypeAAAA},
	"ip4": {wire.TypeA},
	"ip6": {wire.TypeAAAA},
}

// Resolve looks up the addresses of hosts through the stage's recursive
// resolvers, many at once and each resolver at the pace that it takes. network
// is "ip", "ip4" or "ip6", as in [net.Resolver.LookupNetIP]. An IP address among
// the hosts is its own answer.
//
// each is called once for every host, in any order, by the goroutine that called
// Resolve, which also ranges over hosts: at most 8,192 are in work, so memory is
// bounded however many there are. From its first query on a host takes no longer
// than (Retries+1) x Timeout, whatever its CNAME records and the servers do.
//
// What resolvers say is taken as it is: unlike for names of Run there are no
// controls that would find out one that lies. Several Resolve, and a Run, may go
// on at the same time. Resolve returns nil when every host had its call, else
// why it stopped: ctx's error, the stage closed, or no resolver that answers.
func (s *Stage) Resolve(ctx context.Context, network string, hosts iter.Seq[string], each func(Host)) error {
	types, ok := families[network]
	switch {
	case !ok:
		return fmt.Errorf("network %q: want ip, ip4 or ip6", network)
	case s.cfg.Via != ViaResolvers:
		return ErrNoResolvers
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // hosts still in work are forgotten
	r := &resolving{stage: s, ctx: ctx, each: each, lookup: &lookup{
		ctx: ctx, types: types, out: make(chan Host, maxInWork), failed: make(chan error, 1),
	}}
	return r.all(hosts)
}

// resolving is one call of Resolve, in the caller's goroutine.
type resolving struct {
	*lookup
	stage  *Stage
	ctx    context.Context
	each   func(Host)
	open   int // hosts in work
	taken  int
	failed error
}

func (r *resolving) all(hosts iter.Seq[string]) error {
	for name := range hosts {
		if !r.take(name) {
			return r.failed
		}
	}
	for r.open > 0 {
		if !r.wait() {
			return r.failed
		}
	}
	return nil
}

// take puts one host to work, and gives each what has been found meanwhile.
func (r *resolving) take(name string) bool {
	for r.open == maxInWork || len(r.out) > 0 {
		if !r.wait() {
			return false
		}
	}
	h := Host{Index: r.taken, Name: name}
	r.taken++
	if !h.prepare() {
		r.each(h)
		return true
	}
	t := &hostTask{lookup: r.lookup, host: h, chain: []string{h.Canonical}}
	t.aside.host = t
	l := r.stage.loop
	if r.failed = l.post(r.ctx, func() { t.since = l.now; l.hosts.fresh.push(t) }); r.failed != nil {
		return false
	}
	r.open++
	return true
}

// wait takes one result.
func (r *resolving) wait() bool {
	select {
	case h := <-r.out:
		r.open--
		r.each(h)
		return true
	case r.failed = <-r.lookup.failed:
	case <-r.ctx.Done():
		r.failed = r.ctx.Err()
	case <-r.stage.loop.ended:
		r.failed = errClosed
	}
	return false
}

// prepare brings the name into the form it is asked in; false means that there
// is nothing to ask.
func (h *Host) prepare() bool {
	text := strings.TrimSuffix(strings.TrimSpace(h.Name), ".")
	if addr, err := netip.ParseAddr(text); err == nil {
		h.Canonical, h.Addrs = text, []netip.Addr{addr}
		return false
	}
	name, err := vacant.ParseName(text)
	h.Canonical = string(name)
	if err == nil {
		return true
	}
	// What nobody could register may be a host all the same: one label, underscores.
	if plainHost(text) {
		h.Canonical = strings.ToLower(text)
		return true
	}
	h.Err = err
	return false
}

// plainHost reports whether text is labels of letters, digits, hyphens and underscores.
func plainHost(text string) bool {
	if text == "" || len(text) > vacant.MaxNameLen {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > vacant.MaxLabelLen || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}
