package dnsstage

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage/wire"
)

// trust is what a resolver's controls have shown, for one suffix.
type trust uint8

const (
	trustUnknown trust = iota // no control has come to an end
	trustGood                 // random labels are NXDOMAIN, a registered name is delegated
	trustWild                 // random labels get NOERROR: a wildcard zone, or a hijack
	trustLiar                 // everything is NXDOMAIN, or everything is delegated
	trustNone                 // it says that the suffix does not exist
	trustWeak                 // of all names likely to be registered it knows only the zone itself
)

// finding is the outcome of one control.
type finding struct {
	trust trust
	soa   string // owner of the SOA of its NXDOMAINs
	seen  string // the name that it called delegated
	met   cause  // why it is unknown
}

// controls asks resolvers about names whose answers are known beforehand. It
// runs in goroutines of its own.
type controls struct {
	asker
	random func() string
}

// usualNames are labels that are registered under nearly every suffix.
var usualNames = []string{"nic", "google", "amazon", "www", "example"}

// check puts one resolver to the test for a suffix: random labels must be
// NXDOMAIN and a registered name must be delegated. samples are names that were
// seen delegated, by other resolvers first.
func (k *controls) check(ctx context.Context, suffix string, addr netip.AddrPort, samples []known) finding {
	f := k.free(ctx, suffix, addr)
	if f.trust != trustGood {
		return f
	}
	if len(f.soa) < len(suffix) && !k.exists(ctx, suffix, f.soa, addr) {
		f.trust = trustNone
		return f
	}
	return k.registered(ctx, suffix, addr, f, samples)
}

// free asks about random labels.
func (k *controls) free(ctx context.Context, suffix string, addr netip.AddrPort) finding {
	var all [probes]finding
	var g errgroup.Group
	for i := range all {
		g.Go(func() error {
			all[i] = k.freeOnce(ctx, suffix, addr)
			return nil
		})
	}
	_ = g.Wait() // its functions return no error
	f := all[0]
	for _, o := range all[1:] {
		f = worse(f, o)
	}
	return f
}

// worse keeps the finding that trusts less; NXDOMAINs of two zones make no sense.
func worse(a, b finding) finding {
	switch {
	case a.trust == trustGood && b.trust == trustGood:
		if a.soa != b.soa {
			return finding{trust: trustLiar}
		}
		return a
	case a.trust == trustLiar || b.trust == trustGood:
		return a
	case b.trust == trustLiar || a.trust == trustGood:
		return b
	case a.trust == trustUnknown: // a silence proves less than a wrong answer
		return b
	}
	return a
}

func (k *controls) freeOnce(ctx context.Context, suffix string, addr netip.AddrPort) finding {
	name := k.random() + "." + suffix
	q := question{name: []byte(name), resolver: true}
	a, v, met := k.put(ctx, q, addr)
	switch {
	case met != 0:
		return finding{met: met}
	case v.status == vacant.StatusNXDomain:
		return finding{trust: trustGood, soa: string(a.SOAOwner)}
	case v.status == vacant.StatusNodata:
		return finding{trust: trustWild}
	}
	return finding{trust: trustLiar}
}

// exists asks whether the suffix itself does, where the zone above it answers for its names.
func (k *controls) exists(ctx context.Context, suffix, soa string, addr netip.AddrPort) bool {
	if !strings.Contains(suffix, ".") && soa == "" {
		return false // the root answers for names below a TLD: there is none
	}
	_, v, met := k.put(ctx, question{name: []byte(suffix), resolver: true}, addr)
	return met == 0 && v.status != vacant.StatusNXDomain
}

// known is a name that a registered control may ask about.
type known struct {
	name     string
	convicts bool // two other resolvers called it delegated
}

// convictions is how many names that are certain a resolver may deny before it is a liar.
const convictions = 2

// registered asks about names known, or likely, to be registered until one is
// delegated. Names that are certain and not here convict; of the likely ones,
// one is enough, and the zone's own NS set is the last resort: weak, for who
// denies every name below it says the same. A resolver that fails says nothing
// either way.
func (k *controls) registered(ctx context.Context, suffix string, addr netip.AddrPort, f finding, samples []known) finding {
	denied, failed := 0, cause(0)
	for _, n := range candidates(suffix, f.soa, samples) {
		a, v, met := k.put(ctx, question{name: []byte(n.name), resolver: true}, addr)
		switch {
		case met == 0 && a.AnswerNS && n.name == f.soa:
			f.trust = trustWeak
			return f
		case met == 0 && a.AnswerNS:
			f.seen = n.name
			return f // nothing less will do: an SOA of the name's own is as cheap as an NXDOMAIN
		case met == 0 && v.status == vacant.StatusNXDomain && n.convicts:
			denied++
		case met&(causeTimeout|causeUnreachable) != 0:
			return finding{met: met}
		}
		if denied >= convictions {
			return finding{trust: trustLiar}
		}
		failed |= met & (causeServfail | causeRefused)
	}
	if failed != 0 {
		return finding{met: failed}
	}
	return finding{trust: trustLiar}
}

// candidates are the samples, the names that nearly every suffix has, and the zone itself.
func candidates(suffix, soa string, samples []known) []known {
	names := samples[:len(samples):len(samples)]
	for _, label := range usualNames {
		names = append(names, known{name: label + "." + suffix})
	}
	if soa != "" {
		names = append(names, known{name: soa})
	}
	return names
}

// put asks one resolver one question, a few times if need be.
func (k *controls) put(ctx context.Context, q question, addr netip.AddrPort) (answer, ruling, cause) {
	var v ruling
	read := func(a *answer) ruling {
		own := q
		own.tcp = a.OverTCP
		v = judge(&own, &a.Reply)
		return v
	}
	a, met, err := k.ask(ctx, []netip.AddrPort{addr}, wire.Query{Name: q.name, Type: wire.TypeNS, RD: true}, read)
	if err != nil {
		met = causeTimeout
	}
	return a, v, met
}

const (
	controlEvery   = 60 * time.Second // the longest that a resolver is believed without a control
	controlSpacing = time.Second      // the shortest, of public resolvers: names that trickle in do not bring one each
	controlAfter   = 4096             // askings after which the next is due, however little time has passed
	maxHeld        = 4096             // answers held of one resolver before a control is due at once
)

func (l *loop) controls() *controls {
	return &controls{asker: asker{exchange: l.exchange, timeout: l.cfg.Timeout}, random: l.finder.randomLabel}
}

// samplesFor returns names seen delegated, those that others said so of first.
func (z *zone) samplesFor(s *server) []known {
	var certain, others, own []known
	for _, x := range z.samples {
		switch n := (known{name: x.name}); {
		case x.by == s || x.also == s:
			own = append(own, n)
		case x.also != nil:
			n.convicts = true
			certain = append(certain, n)
		default:
			others = append(others, n)
		}
	}
	names := slices.Concat(certain, others, own)
	return names[:min(len(names), 3)]
}
