package dnsstage

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"vacant/dnsstage/wire"
)

// Report is what Preflight found.
type Report struct {
	Via    Via    // the way that will be taken
	Notice string // one line for stderr when the way is not the default one, with the remedy; else ""
}

const (
	authorityTrial = 1300 * time.Millisecond // of the 2 s that a preflight may take
	resolverTrial  = 600 * time.Millisecond
	proxyTrial     = 6 * time.Second // proxies are slow to connect and there is no other way
	firstTry       = 450 * time.Millisecond
	nextTry        = 150 * time.Millisecond // a further question where none is answered yet
	maxTries       = 10
)

// ErrSilentResolvers means that none of the resolvers to be asked answers.
var ErrSilentResolvers = errors.New("no answer from the resolvers")

// Preflight finds out within 2 s whether port 53 of the root and of two of the
// suffixes' TLDs can be asked, per address family, and settles the way to ask. Its error means there
// is none: exit 1. Run calls it if nobody did. Through proxies it may take 6 s.
func (s *Stage) Preflight(ctx context.Context, suffixes []string) (Report, error) {
	if err := s.enter(ctx); err != nil {
		return Report{}, err
	}
	defer s.leave()
	return s.preflight(ctx, suffixes)
}

// enter takes the gate. It is a channel, for whoever waits for another's
// preflight must still hear that ctx has ended.
func (s *Stage) enter(ctx context.Context) error {
	select {
	case s.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Stage) leave() { <-s.gate }

// ready makes the preflight if nobody did; others wait for whoever makes it.
func (s *Stage) ready(ctx context.Context, suffixes ...string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if s.settled {
		return nil
	}
	_, err := s.preflight(ctx, suffixes)
	return err
}

func (s *Stage) preflight(ctx context.Context, suffixes []string) (Report, error) {
	p := &preflight{cfg: &s.cfg, finder: s.loop.finder, exchange: s.loop.exchange, proxied: s.loop.udp == nil}
	plan, err := p.settle(ctx, suffixes)
	if err != nil {
		return Report{}, err
	}
	if err := s.loop.post(ctx, func() { s.loop.take(plan) }); err != nil {
		return Report{}, err
	}
	s.settled = true
	return plan.Report, nil
}

// plan is the way to ask.
type plan struct {
	Report
	resolvers []netip.AddrPort
	escalate  bool
}

// take makes a plan the loop's own.
func (l *loop) take(p plan) {
	l.mode.Store(p.Via)
	l.resolvers, l.escalate = p.resolvers, p.escalate
}

// preflight tries the ways to ask.
type preflight struct {
	cfg      *Config
	finder   *finder
	exchange func(context.Context, wire.Query) (answer, error)
	proxied  bool
}

func (p *preflight) settle(ctx context.Context, suffixes []string) (plan, error) {
	if p.cfg.Via == ViaResolvers {
		return p.namedResolvers(ctx, suffixes)
	}
	err := p.authority(ctx, suffixes)
	if err == nil {
		return plan{Report: Report{Via: ViaAuthority}}, nil
	}
	if ctx.Err() != nil {
		return plan{}, ctx.Err()
	}
	if p.cfg.Via == ViaAuthority || p.byHand() || p.proxied {
		return plan{}, err
	}
	return p.fallback(ctx, suffixes, err)
}

// byHand reports whether the user named whom to ask: then nobody else is asked instead.
func (p *preflight) byHand() bool { return len(p.cfg.Roots) > 0 || len(p.cfg.Authority) > 0 }

// namedResolvers checks that a resolver named by hand answers.
func (p *preflight) namedResolvers(ctx context.Context, suffixes []string) (plan, error) {
	addrs := p.cfg.Resolvers
	if len(addrs) == 0 {
		var err error
		if addrs, err = systemResolvers(p.cfg); err != nil {
			return plan{}, err
		}
	}
	alive, err := p.resolvers(ctx, addrs, suffixes, p.trial(authorityTrial+resolverTrial))
	if err != nil {
		return plan{}, err
	}
	// Those that answered come first: their controls need not wait for the silent ones'.
	addrs = append(alive, slices.DeleteFunc(slices.Clone(addrs), func(a netip.AddrPort) bool { return slices.Contains(alive, a) })...)
	public := slices.ContainsFunc(alive, func(a netip.AddrPort) bool { return !local(a.Addr()) })
	return plan{Report: Report{Via: ViaResolvers}, resolvers: addrs, escalate: p.byHand() || public && len(p.cfg.Resolvers) > 0}, nil
}

// fallback takes the system's resolvers where the authority cannot be asked.
func (p *preflight) fallback(ctx context.Context, suffixes []string, why error) (plan, error) {
	addrs, err := systemResolvers(p.cfg)
	if err == nil {
		addrs, err = p.resolvers(ctx, addrs, suffixes, resolverTrial)
	}
	if err != nil {
		return plan{}, fmt.Errorf("%w; and the system's resolvers cannot stand in: %w", why, err)
	}
	names := make([]string, len(addrs))
	for i, a := range addrs {
		names[i] = a.Addr().String()
	}
	notice := fmt.Sprintf("%v: asking the system's resolvers (%s) at a gentle %d/s each; name your own with --resolvers, or use --proxy",
		why, strings.Join(names, ", "), defaultResolverRate)
	return plan{Report: Report{Via: ViaResolvers, Notice: notice}, resolvers: addrs}, nil
}

// resolvers returns those that answer a question about the first suffix.
func (p *preflight) resolvers(ctx context.Context, addrs []netip.AddrPort, suffixes []string, limit time.Duration) ([]netip.AddrPort, error) {
	if len(addrs) == 0 {
		return nil, errors.New("no resolver is known")
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	name := []byte(append(suffixes[:len(suffixes):len(suffixes)], "com")[0])
	ok := make([]bool, len(addrs))
	p.each(len(addrs), func(i int) {
		a, err := p.patiently(ctx, wire.Query{Name: name, Type: wire.TypeNS, RD: true, Server: addrs[i]})
		ok[i] = err == nil && a.Outcome != wire.TimedOut && a.Outcome != wire.Unreachable
	})
	var alive []netip.AddrPort
	for i, addr := range addrs {
		if ok[i] {
			alive = append(alive, addr)
		}
	}
	if len(alive) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrSilentResolvers, someOf(addrs))
	}
	return alive, nil
}

func plural(word string, n int) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// someOf names up to three addresses.
func someOf(addrs []netip.AddrPort) string {
	const most = 3
	if n := len(addrs); n > most {
		return fmt.Sprintf("%s and %d more", joinAddrs(addrs[:most]), n-most)
	}
	return joinAddrs(addrs)
}

func joinAddrs(addrs []netip.AddrPort) string {
	words := make([]string, len(addrs))
	for i, a := range addrs {
		words[i] = a.String()
	}
	return strings.Join(words, ", ")
}

// each runs f for 0 to n-1 at once and waits.
func (p *preflight) each(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// patiently asks, and again after every short silence, without giving up on
// the questions still out: a path that loses a third of all packets is bad,
// not closed. With an answer in time it is one question.
func (p *preflight) patiently(ctx context.Context, q wire.Query) (answer, error) {
	type end struct {
		answer
		error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q.Timeout = p.trial(firstTry)
	ends := make(chan end, maxTries)
	ask := func() { a, err := p.exchange(ctx, q); ends <- end{a, err} }
	again := time.NewTicker(p.trial(nextTry))
	defer again.Stop()
	go ask()
	last := end{}
	for asked, ended := 1, 0; ended < asked; {
		select {
		case last = <-ends:
			ended++
			if last.error != nil || last.Outcome != wire.TimedOut {
				return last.answer, last.error
			}
		case <-again.C:
			if asked < maxTries {
				asked++
				go ask()
			}
		}
	}
	return last.answer, last.error
}

// trial is how long something is tried: longer through proxies.
func (p *preflight) trial(d time.Duration) time.Duration {
	if p.proxied {
		// In floating point: two durations multiplied pass what 64 bits hold.
		return time.Duration(float64(d) * float64(proxyTrial) / float64(authorityTrial+resolverTrial))
	}
	return d
}
