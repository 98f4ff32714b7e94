package dnsstage

import (
	"context"
)

// dueControls starts the controls whose time has come. Once a tick.
func (l *loop) dueControls() {
	for _, z := range l.zones {
		if !z.resolver || z.state != zoneReady {
			continue
		}
		for _, m := range z.members {
			if !m.checking && l.due(z, m) {
				l.control(z, m)
			}
		}
	}
}

// due reports whether a resolver is to be controlled now: its time is up, it
// has much on hold, or all that is left of the zone's names waits for controls.
func (l *loop) due(z *zone, m *member) bool {
	since := l.now - m.checked
	switch {
	case m.trust == trustLiar || m.trust == trustNone:
		return false
	case m.trust != trustGood:
		return z.open > 0 && since >= controlEvery/6
	case m.used > 0 && since >= controlEvery, m.holding.n >= maxHeld:
		return true
	}
	spacing := controlSpacing
	if m.local {
		spacing = tickEvery
	}
	return m.holding.n > 0 && since >= spacing && l.onlyHeld(z)
}

// onlyHeld reports whether every open name of z is on hold, or no slot is left.
func (l *loop) onlyHeld(z *zone) bool {
	held := 0
	for _, m := range z.members {
		held += m.holding.n + m.closing.n
	}
	return held == z.open || l.table.free.n == 0
}

// control starts one control; the NXDOMAINs held so far wait for its outcome.
func (l *loop) control(z *zone, m *member) {
	m.checking = true
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
	m.checking, m.checked = false, l.now
	m.trust = f.trust // without a control there is no belief: silence counts as failed
	if f.trust == trustGood {
		m.soa = f.soa
		l.letGo(&m.closing)
	} else {
		l.disbelieve(z, m)
	}
	m.liar = m.liar || f.trust == trustLiar
	if !m.gone {
		l.settleResolvers(z, f)
	}
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
	l.cfg.Log.Warn("a resolver failed its control", "suffix", z.suffix, "server", m.addr, "asked_again", n)
}
