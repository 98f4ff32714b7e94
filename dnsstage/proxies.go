package dnsstage

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vacant"
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
}

// dueProxies starts a round when it is time for one. Once a tick.
func (l *loop) dueProxies() {
	w := &l.watch
	if len(w.urls) == 0 || w.checking {
		return
	}
	since := l.now - w.checked
	switch {
	case l.asked > w.used && (since >= controlEvery || w.checked == 0), w.holding.n >= maxHeld:
	case w.holding.n > 0 && since >= controlSpacing && l.allHeld():
	default:
		return
	}
	y, ok := l.yardstick()
	if !ok {
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

// allHeld reports whether every open name waits for the proxies' next round.
func (l *loop) allHeld() bool {
	open := 0
	for _, z := range l.allZones() {
		open += z.open
	}
	return l.watch.holding.n == open || l.table.free.n == 0
}

// yardstick picks a zone that is known, one with a delegated name if there is one.
func (l *loop) yardstick() (best yardstick, ok bool) {
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

// testProxies puts each proxy to the test.
func (l *loop) testProxies(ctx context.Context, urls []string, y yardstick) []honesty {
	found := make([]honesty, len(urls))
	var g errgroup.Group
	g.SetLimit(proxyChecks)
	for i, url := range urls {
		g.Go(func() error {
			found[i] = l.testProxy(ctx, url, y)
			return nil
		})
	}
	_ = g.Wait() // its functions return no error
	return found
}

// testProxy asks through one proxy alone.
func (l *loop) testProxy(ctx context.Context, url string, y yardstick) honesty {
	t, err := l.watch.open([]string{url}, 1)
	if err != nil {
		return proxySilent
	}
	defer func() { _ = t.Close() }() // nothing is in flight that anybody waits for
	k := asker{exchange: alone(t), timeout: l.cfg.Timeout}
	if h := askKnown(ctx, &k, y, l.finder.randomLabel()+"."+y.suffix, vacant.StatusNXDomain); h != proxyHonest {
		return h
	}
	if y.sample == "" {
		return askUsual(ctx, &k, y)
	}
	if h := askKnown(ctx, &k, y, y.sample, vacant.StatusDelegated); h != proxyLiar || y.known {
		return h
	}
	return proxyDenies
}

// askKnown asks about a name whose status is known.
func askKnown(ctx context.Context, k *asker, y yardstick, name string, want vacant.Status) honesty {
	h := proxySilent
	read := func(a *answer) ruling {
		q := question{name: []byte(name), origin: y.origin, tcp: a.OverTCP}
		v := judge(&q, &a.Reply)
		switch {
		case v.act == settle && v.status == want:
			h = proxyHonest
		case v.act == settle, v.cause&causeNonsense != 0:
			h = proxyLiar
		}
		return v
	}
	if _, _, err := k.ask(ctx, y.servers, wire.Query{Name: []byte(name), Type: wire.TypeNS}, read); err != nil {
		return proxySilent
	}
	return h
}

// askUsual asks about names likely to be registered until one is delegated; the
// zone's own NS set is the last resort.
func askUsual(ctx context.Context, k *asker, y yardstick) honesty {
	for _, label := range usualNames {
		if h := askKnown(ctx, k, y, label+"."+y.suffix, vacant.StatusDelegated); h != proxyLiar {
			return h
		}
	}
	return askApex(ctx, k, y)
}

// askApex asks for the zone's own NS set: who says NXDOMAIN to everything says it here too.
func askApex(ctx context.Context, k *asker, y yardstick) honesty {
	h := proxySilent
	read := func(a *answer) ruling {
		v, ok := unreadable(&a.Reply, a.OverTCP)
		switch {
		case !ok:
			return v
		case a.AnswerNS && a.Rcode == wire.RcodeSuccess:
			h = proxyHonest
		default:
			h = proxyLiar
		}
		return ruling{act: settle}
	}
	if _, _, err := k.ask(ctx, y.servers, wire.Query{Name: []byte(y.origin), Type: wire.TypeNS}, read); err != nil {
		return proxySilent
	}
	return h
}

// alone makes an exchange of a transport that nobody else uses.
func alone(t wire.Transport) func(context.Context, wire.Query) (answer, error) {
	var mu sync.Mutex
	var token uint64
	return func(ctx context.Context, q wire.Query) (answer, error) {
		mu.Lock()
		defer mu.Unlock()
		token++
		q.Token = token
		if n, err := t.Submit([]wire.Query{q}); err != nil || n == 0 {
			return answer{wire.Reply{Outcome: wire.Unreachable, Err: err}}, nil
		}
		var got [1]wire.Reply
		for ctx.Err() == nil {
			n, err := t.Poll(got[:], 10*time.Millisecond)
			if err != nil {
				return answer{}, err
			}
			if n == 1 && got[0].Token == token {
				return answer{keep(&got[0])}, nil
			}
		}
		return answer{}, ctx.Err()
	}
}

// proxiesTested takes the outcome of a round.
func (l *loop) proxiesTested(urls []string, y yardstick, found []honesty) {
	w := &l.watch
	w.checking, w.checked = false, l.now
	honest := slices.Contains(found, proxyHonest)
	if z := l.zones[y.suffix]; honest && z != nil && y.sample != "" {
		z.known = y.sample
	}
	var left []string
	for i, url := range urls {
		// A sample is only worth what an honest proxy says of it: a liar may have brought it.
		if found[i] != proxyLiar && (found[i] != proxyDenies || !honest) {
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
}

// forgetSamples drops what may have come through a liar.
func (l *loop) forgetSamples() {
	for _, z := range l.allZones() {
		z.samples = nil
	}
}

func (l *loop) askHeldAgain() {
	w := &l.watch
	l.table.moveAll(&w.closing, &w.holding)
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
		t.member.pace.flying--
		t.flying = false
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
		a.server.pace.flying--
		delete(l.aside.flying, token)
		l.aside.waiting = append(l.aside.waiting, a)
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

// swappable is a transport that can be replaced while others read its counters.
type swappable struct {
	mu sync.Mutex
	// now and past are guarded by mu: the transport in use, and the counters of those before.
	now  wire.Transport
	past wire.Stats
}

func (s *swappable) get() wire.Transport {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// swap puts t in place and returns what was there.
func (s *swappable) swap(t wire.Transport) wire.Transport {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.now
	st := old.Stats()
	s.past.Sent += st.Sent
	s.past.Mismatched += st.Mismatched
	s.past.LostByUs += st.LostByUs
	s.now = t
	return old
}

// Submit implements [wire.Transport].
func (s *swappable) Submit(qs []wire.Query) (int, error) { return s.get().Submit(qs) }

// Poll implements [wire.Transport].
func (s *swappable) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	return s.get().Poll(dst, wait)
}

// Stats implements [wire.Transport]; of the counters only those that stage one reports add up.
func (s *swappable) Stats() wire.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.now.Stats()
	st.Sent += s.past.Sent
	st.Mismatched += s.past.Mismatched
	st.LostByUs += s.past.LostByUs
	return st
}

// Close implements [wire.Transport].
func (s *swappable) Close() error { return s.get().Close() }
