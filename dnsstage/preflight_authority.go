package dnsstage

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"vacant/dnsstage/wire"
)

// reach is what a trial of one address family, or of hand-named servers, showed.
type reach uint8

const (
	reachSilent      reach = iota // port 53 is blocked, or the servers are down
	reachNoRoute                  // this family is not there at all
	reachIntercepted              // somebody else answers in their place
	reachOK
)

// Why the authority cannot be asked.
var (
	errBlocked     = errors.New("DNS servers cannot be reached from here (port 53 is blocked)")
	errIntercepted = errors.New("questions to DNS servers are answered by somebody else here (port 53 is intercepted)")
	errNoRoute     = errors.New("there is no route to any DNS server")
)

// authority tries the servers that would be asked by default, or those named by hand.
func (p *preflight) authority(ctx context.Context, suffixes []string) error {
	ctx, cancel := context.WithTimeout(ctx, p.trial(authorityTrial))
	defer cancel()
	for _, suffix := range suffixes {
		if addrs := p.pinsOf(suffix); addrs != nil {
			if err := p.handNamed(ctx, "server of "+suffix, addrs, suffix); err != nil {
				return err
			}
		}
	}
	if len(p.cfg.Roots) > 0 {
		return p.handNamed(ctx, "root", p.cfg.Roots, "")
	}
	if p.allPinned(suffixes) {
		return nil
	}
	return p.families(ctx, p.tlds(suffixes))
}

func (p *preflight) pinsOf(suffix string) []netip.AddrPort {
	for zone := suffix; zone != ""; _, zone, _ = strings.Cut(zone, ".") {
		if addrs := p.cfg.Authority[zone]; addrs != nil {
			return addrs
		}
	}
	return nil
}

// allPinned reports whether the root is not needed. Without suffixes, servers
// pinned by hand are taken for all that will be asked.
func (p *preflight) allPinned(suffixes []string) bool {
	for _, suffix := range suffixes {
		if !p.finder.pinned(suffix) {
			return false
		}
	}
	return len(p.cfg.Authority) > 0
}

// handNamed sees to it that one of the servers named by hand answers for itself.
func (p *preflight) handNamed(ctx context.Context, what string, addrs []netip.AddrPort, name string) error {
	found := make([]reach, len(addrs))
	p.each(len(addrs), func(i int) {
		a, err := p.patiently(ctx, wire.Query{Name: []byte(name), Type: wire.TypeNS, Server: addrs[i]})
		switch {
		case err != nil || a.Outcome == wire.TimedOut:
		case a.Outcome == wire.Unreachable:
			found[i] = reachNoRoute
		case a.Outcome == wire.Replied && a.RA && !a.AA && a.Answers > 0:
			found[i] = reachIntercepted
		default:
			found[i] = reachOK
		}
	})
	best := reachSilent
	for _, r := range found {
		best = max(best, r)
	}
	switch best {
	case reachOK:
		return nil
	case reachIntercepted:
		return fmt.Errorf("the %s %s is a recursive resolver; name it with --resolvers", what, joinAddrs(addrs))
	case reachNoRoute:
		if p.proxied {
			return fmt.Errorf("%s %s: %w", what, joinAddrs(addrs), ErrAllProxiesDead)
		}
		return fmt.Errorf("the %s %s cannot be reached", plural(what, len(addrs)), joinAddrs(addrs))
	}
	return fmt.Errorf("no answer from the %s %s", plural(what, len(addrs)), joinAddrs(addrs))
}

// tlds returns two TLDs to try.
func (p *preflight) tlds(suffixes []string) []string {
	var tlds []string
	for _, suffix := range append(suffixes[:len(suffixes):len(suffixes)], "com", "org") {
		tld := suffix[strings.LastIndexByte(suffix, '.')+1:]
		if tld != "" && len(tlds) < 2 && (len(tlds) == 0 || tlds[0] != tld) && !p.finder.pinned(tld) {
			tlds = append(tlds, tld)
		}
	}
	return tlds
}

// families tries IPv4 and IPv6 at the same time; one of them is enough.
func (p *preflight) families(ctx context.Context, tlds []string) error {
	var four, six reach
	p.each(2, func(i int) {
		if i == 0 {
			four = p.family(ctx, tlds, netip.Addr.Is4)
		} else {
			six = p.family(ctx, tlds, netip.Addr.Is6)
		}
	})
	p.finder.v4.Store(four == reachOK)
	p.finder.v6.Store(six == reachOK)
	switch {
	case max(four, six) == reachOK:
		return nil
	case four == reachIntercepted || six == reachIntercepted:
		return errIntercepted
	case p.proxied:
		return fmt.Errorf("the root cannot be reached: %w", ErrAllProxiesDead)
	case four == reachNoRoute && six == reachNoRoute:
		return errNoRoute
	}
	return errBlocked
}

// family tries two root servers of one family, each about another TLD, then a
// server of each TLD they referred us to.
func (p *preflight) family(ctx context.Context, tlds []string, is func(netip.Addr) bool) reach {
	roots := p.someRoots(is, 2)
	found := make([]reach, len(roots))
	p.each(len(roots), func(i int) {
		tld := tlds[i%len(tlds)]
		a, err := p.patiently(ctx, wire.Query{Name: []byte(tld), Type: wire.TypeNS, Server: roots[i]})
		if found[i] = p.readRoot(tld, &a, err); found[i] == reachOK {
			found[i] = p.tldServer(ctx, tld, &a, is)
		}
	})
	best := reachSilent
	for _, r := range found {
		if r == reachIntercepted {
			return r // one true answer does not undo a false one
		}
		best = max(best, r)
	}
	return best
}

func (p *preflight) someRoots(is func(netip.Addr) bool, n int) []netip.AddrPort {
	var some []netip.AddrPort
	for _, a := range p.finder.shuffledAll(p.finder.roots) {
		if is(a.Addr()) && len(some) < n {
			some = append(some, a)
		}
	}
	return some
}

// readRoot reads what a root server said of a TLD: a referral without RA, or
// it was not a root server who said it.
func (p *preflight) readRoot(tld string, a *answer, err error) reach {
	switch {
	case err != nil || a.Outcome == wire.TimedOut:
		return reachSilent
	case a.Outcome == wire.Unreachable:
		return reachNoRoute
	case a.Outcome != wire.Replied:
		return reachOK // a truncated or odd reply is a reply
	case a.RA || a.Answers > 0:
		return reachIntercepted
	case a.Rcode == wire.RcodeSuccess && string(a.NSOwner) == tld, a.AA:
		return reachOK
	}
	return reachIntercepted
}

// tldServer asks one server of a TLD, by its glue in the root's referral.
func (p *preflight) tldServer(ctx context.Context, tld string, root *answer, is func(netip.Addr) bool) reach {
	for _, g := range root.Glue() {
		if !is(g.Addr) || !public(g.Addr) {
			continue
		}
		a, err := p.patiently(ctx, wire.Query{Name: []byte(tld), Type: wire.TypeSOA, Server: netip.AddrPortFrom(g.Addr, dnsPort)})
		switch {
		case err != nil || a.Outcome == wire.TimedOut:
			return reachSilent
		case a.Outcome == wire.Replied && a.RA && !a.AA:
			return reachIntercepted
		}
		return reachOK
	}
	return reachOK // no glue of this family: nothing to try
}
