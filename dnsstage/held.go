package dnsstage

import (
	"context"

	"vacant"
)

// dueControls starts the controls whose time has come. Once a tick.
func (l *loop) dueControls() {
	for _, z := range l.zones {
		if z.resolver && z.state == zoneFinding && len(z.members) > 0 {
			l.settleResolvers(z, finding{}) // one alone may have waited long enough
		}
		if !z.resolver || z.state != zoneReady {
			continue
		}
		idle := l.onlyHeld(z)
		for _, m := range z.members {
			if !m.checking && l.due(z, m, idle) {
				l.control(z, m)
			}
		}
	}
}

// due reports whether a resolver is to be controlled now: its time is up, it
// has much on hold, or idle: all that is left of the zone's names waits for controls.
func (l *loop) due(z *zone, m *member, idle bool) bool {
	since := l.now - m.checked
	switch {
	case m.trust == trustLiar || m.trust == trustNone && l.udp != nil:
		return false
	case m.trust != trustGood:
		return z.open > 0 && since >= controlEvery/6
	case m.used > 0 && since >= controlEvery, m.used >= controlAfter, m.holding.n >= maxHeld:
		return true
	}
	spacing := controlSpacing
	if m.local {
		spacing = tickEvery
	}
	return m.holding.n > 0 && since >= spacing && idle
}

// onlyHeld reports whether every open name of z is on hold, or no slot is left.
func (l *loop) onlyHeld(z *zone) bool {
	if l.udp == nil {
		return l.allHeld() // some wait for the proxies by now
	}
	return z.held() == z.open || l.table.free.n == 0
}

// held returns how many names of z wait for its resolvers' controls.
func (z *zone) held() (n int) {
	for _, m := range z.members {
		n += m.holding.n + m.closing.n
	}
	return n
}

// maxControls is how many controls run at once: a list of a thousand resolvers
// under twenty suffixes is no reason for a burst of a hundred thousand questions.
const maxControls = 128

// control starts one control, or has it wait for its turn; the answers held so
// far wait for its outcome.
func (l *loop) control(z *zone, m *member) {
	m.checking = true
	if l.controlling == maxControls {
		l.toControl = append(l.toControl, func() { l.control(z, m) })
		return
	}
	l.controlling++
	l.table.moveAll(&m.closing, &m.holding)
	m.used = 0
	samples := z.samplesFor(m.server)
	l.start(func(ctx context.Context) {
		k := l.controls()
		f := k.check(ctx, z.suffix, m.addr, samples)
		_ = l.post(ctx, func() { l.controlled(z, m, f) })
	})
}

// controlled takes the outcome of a control: what was held is let go, or asked again.
func (l *loop) controlled(z *zone, m *member, f finding) {
	l.nextControl()
	m.checking, m.checked = false, l.now
	if m.trust == trustLiar {
		return // convicted by what others said while the control ran
	}
	if f.trust == trustWeak && m.weak && m.trust == trustGood {
		f.trust = trustGood // as weak as it has been, and nobody knows more
	}
	if m.trust == trustGood && f.trust != trustGood && f.trust != trustUnknown {
		l.watch.suspect = true
	}
	m.trust = f.trust // without a control there is no belief: silence counts as failed
	switch f.trust {
	case trustGood:
		m.soa = f.soa
		z.bearOut(f.seen, m.server)
		l.believe(m)
	case trustLiar:
		l.convict(z, m)
	case trustWeak:
		m.soa = f.soa // what it said waits for what others find
	default:
		l.disbelieve(z, m)
	}
	if !m.gone {
		l.settleResolvers(z, f)
	}
}

// nextControl lets the next of those that wait begin.
func (l *loop) nextControl() {
	l.controlling--
	if len(l.toControl) > 0 {
		next := l.toControl[0]
		l.toControl[0] = nil
		l.toControl = l.toControl[1:]
		next()
	}
}

// believe lets go what was held of a resolver; through proxies it waits for
// their next round too.
func (l *loop) believe(m *member) {
	if l.udp == nil {
		l.table.moveAll(&l.watch.holding, &m.closing)
		return
	}
	l.pass(&m.closing)
}

// convict takes a resolver that lies out of a zone for good. Behind proxies it
// may be one of them that lies: there it is tried again.
func (l *loop) convict(z *zone, m *member) {
	l.watch.suspect = l.watch.suspect || m.trust == trustGood
	m.trust, m.liar = trustLiar, l.udp != nil
	if l.udp == nil {
		m.trust = trustUnknown
	}
	z.forget(m.server)
	l.disbelieve(z, m)
}

// pass lets go of what a resolver's control bears out. Through proxies the
// control may have taken another one than the answers did: those wait for the
// next round of the proxies besides.
func (l *loop) pass(held *list) {
	if l.udp == nil && len(l.watch.urls) > 0 {
		l.table.moveAll(&l.watch.holding, held)
		return
	}
	l.letGo(held)
}

// letGo settles what was held.
func (l *loop) letGo(held *list) {
	for held.n > 0 {
		i := l.table.pop(held)
		t := l.table.at(i)
		l.settle(i, t, t.held)
	}
}

// maxRounds is how often an answer may turn out not to be believed before its name ends in doubt.
const maxRounds = 3

// askAfresh asks again about a name whose answer is not believed.
func (l *loop) askAfresh(i slot, tried uint32) {
	t := l.table.at(i)
	t.tried, t.askings, t.silent, t.met = tried, 0, 0, t.met|causeNonsense
	if t.second.At != 0 {
		l.dispute(t, -1)
	}
	t.first, t.second, t.lead = vacant.Answer{}, vacant.Answer{}, 0
	if t.rounds++; t.rounds >= maxRounds {
		l.giveUp(i, t)
		return
	}
	l.requeue(i, t)
}

// disbelieve asks again whatever a resolver said since its last good control.
func (l *loop) disbelieve(z *zone, m *member) {
	l.table.moveAll(&m.closing, &m.holding)
	n := m.closing.n
	for m.closing.n > 0 {
		l.askAfresh(l.table.pop(&m.closing), m.bit)
	}
	l.cfg.Log.Warn("a resolver is not believed", "suffix", z.suffix, "server", m.addr, "asked_again", n)
}
