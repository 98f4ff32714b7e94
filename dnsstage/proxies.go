package dnsstage

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"vacant/dnsstage/wire"
)

// proxyWatch keeps proxies honest: one that rewrites answers must not make a
// name absent. The transport does not tell which proxy carried an answer, so
// each is put to the test by itself, on a connection of its own, and where one
// fails everything held since the last good round is asked again without it.
type proxyWatch struct {
	open     func(urls []string, workers int) (wire.Transport, error)
	urls     []string // of the proxies in use
	checking bool
	suspect  bool          // a resolver that held does so no more: it may be a proxy that lies
	checked  time.Duration // end of the last round that held
	used     uint64        // l.asked then
	holding  list          // NXDOMAINs since the running round began, or the last one
	closing  list          // NXDOMAINs that the running round decides on
}

// proxyChecks is how many proxies are tested at once.
const proxyChecks = 32

// honesty is what a test of one proxy showed.
type honesty uint8

const (
	proxySilent honesty = iota // dead proxies carry nothing, so they cannot lie either
	proxyHonest
	proxyDenies // random labels are absent as they should be, and so is the sample
	proxyLiar
)

// yardstick is a zone whose answers are known, for the test.
type yardstick struct {
	suffix, origin string
	servers        []netip.AddrPort
	sample         string // a name delegated there, "" if none has been seen
	known          bool   // an honest proxy has confirmed it
	resolver       bool   // servers are recursive resolvers; then suffix is all that is known
}

// dueProxies starts a round when it is time for one. Once a tick.
func (l *loop) dueProxies() {
	w := &l.watch
	if len(w.urls) == 0 || w.checking {
		return
	}
	y, ok := l.yardstick()
	if !ok {
		return
	}
	since, spacing := l.now-w.checked, controlSpacing
	if local(y.servers[0].Addr()) {
		spacing = tickEvery
	}
	switch {
	case l.asked > w.used && (since >= controlEvery || w.checked == 0), w.holding.n >= maxHeld:
	case (w.suspect || w.holding.n > 0 && l.allHeld()) && since >= spacing:
	default:
		return
	}
	w.checking, w.used = true, l.asked
	l.table.moveAll(&w.closing, &w.holding)
	urls := slices.Clone(w.urls)
	l.start(func(ctx context.Context) {
		found := l.testProxies(ctx, urls, y)
		_ = l.post(ctx, func() { l.proxiesTested(urls, y, found) })
	})
}

// allHeld reports whether every open name waits for the proxies' next round, or
// for a resolver's control before that.
func (l *loop) allHeld() bool {
	open, held := 0, l.watch.holding.n+l.watch.closing.n
	for _, z := range l.allZones() {
		open += z.open
		held += z.held()
	}
	return held == open || l.table.free.n == 0
}

// yardstick picks a zone that is known, one with a delegated name if there is one.
func (l *loop) yardstick() (best yardstick, ok bool) {
	if via, _ := l.mode.Load().(Via); via == ViaResolvers {
		if y, ok := l.resolverYardstick(); ok {
			return y, true
		}
	}
	for _, z := range l.allZones() {
		if z.resolver || z.state != zoneReady || z.wildcard || best.known || ok && z.known == "" && len(z.samples) == 0 {
			continue
		}
		best, ok = yardstick{suffix: z.suffix, origin: z.origin}, true
		for _, m := range z.members {
			best.servers = append(best.servers, m.addr)
		}
		switch {
		case z.known != "":
			best.sample, best.known = z.known, true
		case len(z.samples) > 0:
			best.sample = z.samples[0].name
		}
	}
	return best, ok
}

// resolverYardstick picks a zone that is put to resolvers, and those to ask. The
// zone need not be ready: through proxies that lie no resolver passes its controls.
func (l *loop) resolverYardstick() (y yardstick, ok bool) {
	for _, z := range l.zones {
		if !z.resolver || z.state != zoneReady && z.state != zoneFinding || len(z.members) == 0 {
			continue
		}
		y = yardstick{suffix: z.suffix, resolver: true}
		for _, trusted := range []bool{true, false} {
			for _, m := range z.members {
				if (m.trust == trustGood) == trusted {
					y.servers = append(y.servers, m.addr)
				}
			}
		}
		if z.state == zoneReady {
			break
		}
	}
	return y, len(y.servers) > 0
}

// resolversAnew has the resolvers controlled again that did not hold while
// proxies that lie stood in between.
func (l *loop) resolversAnew() {
	for _, z := range l.zones {
		for _, m := range z.members {
			if z.resolver && m.trust != trustGood && !m.checking {
				l.control(z, m)
			}
		}
	}
}

// proxiesTested takes the outcome of a round.
func (l *loop) proxiesTested(urls []string, y yardstick, found []honesty) {
	w := &l.watch
	again := w.checked == 0 || w.suspect
	w.checking, w.suspect, w.checked = false, false, l.now
	honest := slices.Contains(found, proxyHonest)
	if y.resolver && !honest {
		found = nil // it may as well be the resolvers that lie
	}
	if z := l.zones[y.suffix]; honest && z != nil && y.sample != "" {
		z.known = y.sample
	}
	var left []string
	for i, url := range urls {
		// A sample is only worth what an honest proxy says of it: a liar may have brought it.
		if found == nil || found[i] != proxyLiar && (found[i] != proxyDenies || !honest) {
			left = append(left, url)
		}
	}
	switch {
	case len(left) < len(urls):
		l.cfg.Log.Warn("proxies that change answers are left out", "proxies", len(urls)-len(left), "left", len(left))
		l.forgetSamples()
		l.askHeldAgain()
		l.replaceProxies(left)
	case honest:
		l.letGo(&w.closing)
	default:
		l.forgetSamples()
		l.askHeldAgain() // nothing could be tested: what they said is worth nothing yet
	}
	if y.resolver && (again || len(left) < len(urls)) {
		l.resolversAnew()
	}
}

// forgetSamples drops what may have come through a liar.
func (l *loop) forgetSamples() {
	for _, z := range l.allZones() {
		z.samples = nil
	}
}

// askHeldAgain asks again about every name whose answer came through the
// proxies and is held, be it for their own round or for a resolver's control.
func (l *loop) askHeldAgain() {
	w := &l.watch
	l.table.moveAll(&w.closing, &w.holding)
	for _, z := range l.allZones() {
		for _, m := range z.members {
			l.table.moveAll(&w.closing, &m.holding)
			l.table.moveAll(&w.closing, &m.closing)
		}
	}
	for w.closing.n > 0 {
		l.askAfresh(l.table.pop(&w.closing), 0)
	}
}

// replaceProxies goes on with the proxies left; what was in flight is asked again.
func (l *loop) replaceProxies(urls []string) {
	l.watch.urls = urls
	if len(urls) == 0 {
		if l.run != nil && !l.run.ended {
			l.abort(fmt.Errorf("%w: all of them change answers", ErrAllProxiesDead))
		}
		return
	}
	t, err := l.watch.open(urls, l.cfg.Concurrency)
	if err != nil {
		l.broken(fmt.Errorf("proxies: %w", err))
		return
	}
	l.closeLater(l.tcp.swap(t))
	l.recall()
}

// recall takes back every query in flight: nobody will answer it.
func (l *loop) recall() {
	for k := range l.table.tasks {
		t := l.table.at(slot(k))
		if !t.flying {
			continue
		}
		t.member.pace.ended(l.now, t.mark, 0, wasUnclear)
		t.flying = false
		l.neverEnded(t.member.server, 1)
		if t.job == nil {
			l.abandoned--
			l.table.release(slot(k))
			continue
		}
		t.askings--
		t.gen = (t.gen + 1) & genMask
		l.requeue(slot(k), t)
	}
	for token, a := range l.aside.flying {
		a.server.pace.ended(l.now, a.mark, 0, wasUnclear)
		l.neverEnded(a.server, 1)
		delete(l.aside.flying, token)
		l.putBack(a)
	}
	l.flyingTCP = 0
}

// closeLater closes a transport that was replaced, off the loop.
func (l *loop) closeLater(t wire.Transport) {
	l.start(func(context.Context) {
		if err := t.Close(); err != nil {
			l.cfg.Log.Warn("close proxies", "err", err)
		}
	})
}
