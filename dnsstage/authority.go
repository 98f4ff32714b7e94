package dnsstage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"vacant/dnsstage/wire"
)

// finder finds the servers of the zone that holds the names of a suffix, as an
// iterative resolver would: from the root, referral by referral, RD=0. It is
// safe for concurrent use and never called by the loop itself.
type finder struct {
	asker
	roots []netip.AddrPort
	pins  map[string][]netip.AddrPort
	hand  bool // the roots are hand-named: a test internet
	v4    atomic.Bool
	v6    atomic.Bool   // families that can be asked
	slots chan struct{} // bounds the suffixes being found at once

	mu sync.Mutex
	// cuts, by origin, and rng are guarded by mu.
	cuts map[string]*cut
	rng  *rand.Rand
}

// maxFinding is how many suffixes are searched at once: with all TLDs asked for
// at the same moment, the root sees no more than a busy resolver.
const maxFinding = 32

// cut is a zone and whom to ask about it.
type cut struct {
	origin  string
	servers []netip.AddrPort
	pinned  bool   // by hand; its servers may hold the parent of origin instead
	trusted bool   // below hand-named servers: private addresses are believed
	port    uint16 // of the servers found by referral below it
}

// found is what the loop is told of a zone.
type found struct {
	origin   string
	servers  []netip.AddrPort
	wildcard bool
	proof    proofOfZone
}

// findError says why a suffix cannot be asked.
type findError struct {
	suffix string
	why    string
	met    cause // what the servers were like; 0 = they said that it does not exist
}

func (e *findError) Error() string { return fmt.Sprintf("zone of %q: %s", e.suffix, e.why) }

func newFinder(cfg *Config, exchange func(context.Context, wire.Query) (answer, error), seed uint64) *finder {
	f := &finder{
		asker: asker{exchange: exchange, timeout: cfg.Timeout},
		roots: rootServers(cfg), pins: cfg.Authority, hand: len(cfg.Roots) > 0,
		slots: make(chan struct{}, maxFinding),
		cuts:  make(map[string]*cut), rng: rand.New(rand.NewPCG(seed, 1)),
	}
	f.v4.Store(true)
	f.v6.Store(true)
	return f
}

// pinned reports whether suffix or an ancestor of it has servers named by hand.
func (f *finder) pinned(suffix string) bool {
	for zone := suffix; zone != ""; _, zone, _ = strings.Cut(zone, ".") {
		if _, ok := f.pins[zone]; ok {
			return true
		}
	}
	return false
}

// search is the state of finding one suffix; its bounds make every search end.
type search struct {
	suffix string
	left   int             // questions that may still be asked
	denial bool            // the zone's proofs are to be looked at
	busy   map[string]bool // hosts whose addresses are being looked for: a host needed to find itself is a loop
}

const (
	maxQuestions = 60 // per suffix; three cuts without glue need about 30
	maxDepth     = 6  // referrals in a row: root, TLD, three cuts, one to spare
	maxHosts     = 3  // name servers without glue whose addresses are looked for
	maxNesting   = 3  // of such look-ups in one another
)

// find finds the zone that holds the names directly below suffix.
// With denial, how the zone proves that a name does not exist is looked at too.
func (f *finder) find(ctx context.Context, suffix string, denial bool) (found, error) {
	return f.within(ctx, suffix, denial, func(w *search) (*cut, error) { return f.closest(suffix), nil })
}

// follow finds it starting from a referral that a server sent for one of the names.
func (f *finder) follow(ctx context.Context, suffix string, from netip.AddrPort, m *wire.Message) (found, error) {
	return f.within(ctx, suffix, false, func(w *search) (*cut, error) {
		parent := *f.closest(suffix)
		parent.servers = []netip.AddrPort{from}
		return f.cutOf(ctx, w, &parent, string(m.NSOwner), m, wire.Authority)
	})
}

// within runs one search, from the cut that start gives to the probe.
func (f *finder) within(ctx context.Context, suffix string, denial bool, start func(*search) (*cut, error)) (found, error) {
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return found{}, ctx.Err()
	}
	w := &search{suffix: suffix, left: maxQuestions, busy: make(map[string]bool), denial: denial}
	c, err := start(w)
	if err != nil {
		return found{}, err
	}
	if c, err = f.descend(ctx, w, c); err != nil {
		return found{}, err
	}
	wildcard, proof, err := f.probe(ctx, w, c)
	return found{origin: c.origin, servers: c.servers, wildcard: wildcard, proof: proof}, err
}

// closest returns the deepest cut known at or above name: pinned, learned, or the root.
func (f *finder) closest(name string) *cut {
	f.mu.Lock()
	defer f.mu.Unlock()
	for zone := name; zone != ""; _, zone, _ = strings.Cut(zone, ".") {
		if servers, ok := f.pins[zone]; ok {
			c := &cut{origin: zone, servers: servers, pinned: true, port: dnsPort}
			c.trusted = f.hand || local(servers[0].Addr())
			if c.port = servers[0].Port(); f.hand {
				c.port = f.roots[0].Port()
			}
			return c
		}
		if c := f.cuts[zone]; c != nil {
			return c
		}
	}
	c := &cut{servers: f.usable(f.roots), trusted: f.hand, port: dnsPort}
	if f.hand {
		c.port = f.roots[0].Port()
	}
	return c
}

// usable leaves out the addresses of a family that has no route.
func (f *finder) usable(addrs []netip.AddrPort) []netip.AddrPort {
	return slices.DeleteFunc(slices.Clone(addrs), func(a netip.AddrPort) bool { return !f.family(a.Addr()) })
}

func (f *finder) family(a netip.Addr) bool {
	if a.Unmap().Is4() {
		return f.v4.Load()
	}
	return f.v6.Load()
}

// descend asks about the suffix itself, from c downwards, until the zone that
// holds what is directly below it is found.
func (f *finder) descend(ctx context.Context, w *search, c *cut) (*cut, error) {
	for range maxDepth {
		if c.origin == w.suffix && !c.pinned {
			return c, nil
		}
		a, err := f.put(ctx, w, c, w.suffix, wire.TypeNS)
		if err != nil {
			return nil, err
		}
		switch s, owner := readZone(c, w.suffix, &a.Message); s {
		case stepBelow:
			if c, err = f.cutOf(ctx, w, c, owner, &a.Message, wire.Authority); err != nil {
				return nil, err
			}
		case stepHere:
			return f.here(c, w.suffix, owner, &a.Message), nil
		default:
			return nil, &findError{suffix: w.suffix, why: "its parent's servers say that it does not exist"}
		}
	}
	return nil, &findError{suffix: w.suffix, why: "too many referrals", met: causeNonsense}
}

// here is c with the origin its servers speak for. Where they serve a zone of
// the suffix's own, its other servers are taken along as far as glue names them.
func (f *finder) here(c *cut, suffix, origin string, m *wire.Message) *cut {
	own := *c
	own.origin, own.pinned = origin, false
	if !m.AnswerNS || c.pinned {
		return &own
	}
	own.servers = slices.Clone(c.servers)
	for _, a := range f.glue(c, suffix, m, wire.Answer) {
		if !slices.Contains(own.servers, a) {
			own.servers = append(own.servers, a)
		}
	}
	return &own
}

// put asks the servers of c one question that must bring the search forward.
func (f *finder) put(ctx context.Context, w *search, c *cut, name string, qtype uint16) (answer, error) {
	if w.left--; w.left < 0 {
		return answer{}, &findError{suffix: w.suffix, why: "too many questions", met: causeNonsense}
	}
	read := func(a *answer) ruling {
		if v, ok := unreadable(&a.Reply, a.OverTCP); !ok {
			return v
		}
		if s, _ := readZone(c, name, &a.Message); s == stepLame {
			return useless(causeNonsense)
		}
		return ruling{act: settle}
	}
	a, met, err := f.ask(ctx, f.shuffled(c.servers), wire.Query{Name: []byte(name), Type: qtype}, read)
	if err == nil && met != 0 {
		err = &findError{suffix: w.suffix, why: fmt.Sprintf("no useful answer from the servers of %q: %s", c.origin, met), met: met}
	}
	return a, err
}

// shuffled returns the addresses that can be asked, in random order.
func (f *finder) shuffled(addrs []netip.AddrPort) []netip.AddrPort {
	return f.shuffledAll(f.usable(addrs))
}

func (f *finder) shuffledAll(addrs []netip.AddrPort) []netip.AddrPort {
	addrs = slices.Clone(addrs)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rng.Shuffle(len(addrs), func(i, j int) { addrs[i], addrs[j] = addrs[j], addrs[i] })
	return addrs
}
