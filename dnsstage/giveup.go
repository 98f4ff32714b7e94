package dnsstage

import (
	"vacant"
	"vacant/dnsstage/wire"
)

// giveUp ends a name that was asked often enough, unless resolvers were asked
// and the zone's own servers may know better.
func (l *loop) giveUp(i slot, t *task) {
	a, ok := t.onlyOpinion()
	if t.second.At != 0 {
		l.dispute(t, -1)
	}
	if ok {
		l.settle(i, t, a)
		return
	}
	if t.zone.resolver && l.escalate && !t.moved {
		l.moveBeneath(i, t)
		return
	}
	l.settle(i, t, vacant.Answer{Status: t.met.status(), Rcode: rcodeOf(t.met)})
}

// rcodeOf is the rcode behind a status that settles nothing.
func rcodeOf(c cause) uint8 {
	switch c.status() {
	case vacant.StatusServfail:
		return wire.RcodeServFail
	case vacant.StatusRefused:
		return wire.RcodeRefused
	}
	return vacant.RcodeNone
}

// moveBeneath puts a name to the authority behind a resolver zone.
func (l *loop) moveBeneath(i slot, t *task) {
	t.zone.open--
	z := l.zoneBeneath(t.zone.suffix)
	z.open++
	met := t.met &^ causeTimeout // silence of resolvers is no reason for how the name ends
	*t = task{job: t.job, name: t.name, gen: t.gen, next: noSlot, since: l.now, zone: z, moved: true, met: met}
	l.requeue(i, t)
	l.seek(z)
}

// giveUpAll ends everything that waits for a zone that cannot be asked.
func (l *loop) giveUpAll(z *zone) {
	l.failLine(z, vacant.Answer{At: l.unix, Status: z.failed, Rcode: vacant.RcodeNone})
	for _, q := range []*list{&z.stream, &z.again, &z.fresh} {
		for q.n > 0 {
			i := l.table.pop(q)
			l.failWithZone(i, l.table.at(i))
		}
	}
}

func (l *loop) failWithZone(i slot, t *task) {
	z := t.zone
	if z.resolver && l.escalate && !t.moved {
		if z.failed == vacant.StatusError {
			t.met |= causeNonsense
		}
		l.moveBeneath(i, t)
		return
	}
	a := vacant.Answer{Status: z.failed, Rcode: vacant.RcodeNone}
	if t.met != 0 {
		a = vacant.Answer{Status: t.met.status(), Rcode: rcodeOf(t.met)}
	}
	l.settle(i, t, a)
}

// giveUpDead ends the names whose time is up in a zone whose servers are all
// silent: each fails within its budget, so the sweep goes on. The time counts
// from when the last server fell silent: until then a name waited for its turn.
func (l *loop) giveUpDead(z *zone) {
	if l.now-z.deadSince >= l.budget() {
		l.failLine(z, vacant.Answer{At: l.unix, Status: vacant.StatusTimeout, Rcode: vacant.RcodeNone})
	}
	for _, q := range []*list{&z.stream, &z.again, &z.fresh} {
		for q.n > 0 && l.now-max(l.table.at(q.head).since, z.deadSince) >= l.budget() {
			i := l.table.pop(q)
			t := l.table.at(i)
			t.met |= causeTimeout
			l.giveUp(i, t)
		}
	}
}
