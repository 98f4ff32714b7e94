package dnsstage

import (
	"time"

	"vacant"
	"vacant/dnsstage/wire"
)

// reply takes the end of one query.
func (l *loop) reply(r *wire.Reply) {
	if r.Token&asideBit != 0 {
		l.replyAside(r)
		return
	}
	i, ok := l.table.find(r.Token)
	if !ok {
		return
	}
	t := l.table.at(i)
	t.flying = false
	if t.job == nil {
		l.account(t.member.server, r, ending{t.sent, t.mark, t.tcp, fateOf(r, true)})
		l.abandoned--
		l.table.release(i)
		return
	}
	q := t.question()
	v := judge(&q, r)
	f := fateOf(r, v.act != elsewhere || v.cause&(causeServfail|causeRefused) == 0)
	if f == wasLost {
		f = l.silenced(t, f, r)
	}
	l.account(t.member.server, r, ending{t.sent, t.mark, t.tcp, f})
	z, id, parked := t.zone, t.member.id, t.place > 0
	if v.act == settle && v.status == vacant.StatusDelegated && z.denies() {
		l.contradicted(z, t)
	}
	l.apply(i, t, v, r)
	if v.act == settle && z.denies() {
		l.readDenials(z, id, r)
		if parked {
			l.weigh(z) // a name that is asked by itself spares nobody's query
		}
	}
}

// question is what the reply to the task's last asking is judged against.
func (t *task) question() question {
	z, m := t.zone, t.member
	q := question{name: t.job.batch.Name(int(t.name)), origin: z.origin, resolver: z.resolver, wildcard: z.wildcard, tcp: t.tcp}
	if z.resolver {
		q.origin, q.wildcard = m.soa, m.trust != trustGood
	}
	return q
}

// ending is a query that has ended, as its server's pace is told of it.
type ending struct {
	sent time.Duration
	mark uint32
	tcp  bool
	fate fate
}

// fateOf is how a query ended; well says that its reply was worth something.
func fateOf(r *wire.Reply, well bool) fate {
	switch r.Outcome {
	case wire.Replied, wire.Truncated, wire.Malformed:
		if !well {
			return wasLost
		}
		return wasWell
	case wire.Suspicious:
		return wasUnclear
	}
	return wasLost
}

// account tells a server's pace and health, and the stage's, how a query ended.
func (l *loop) account(s *server, r *wire.Reply, e ending) {
	l.count(s, r.Outcome)
	switch {
	case l.beside(e.tcp):
		s.pace.endedStream(l.now, e.fate == wasWell)
	case l.udp == nil && r.Outcome == wire.Unreachable:
		s.pace.ended(l.now, e.mark, 0, wasUnclear) // the proxy's failure, not the server's
	default:
		s.pace.ended(l.now, e.mark, r.RTT, e.fate)
	}
	switch r.Outcome {
	case wire.Replied, wire.Truncated, wire.Malformed:
		l.aliveAt, l.failing = l.now, 0
		s.heard(l.now)
	case wire.Suspicious:
	default:
		l.failing++
		l.unanswered(s, r, e)
	}
}

// unanswered counts against a server's health what brought no reply.
func (l *loop) unanswered(s *server, r *wire.Reply, e ending) {
	switch {
	case l.beside(e.tcp):
		s.noTCP = s.noTCP || r.Outcome == wire.Unreachable
	case r.Outcome != wire.Unreachable:
		s.missed(l.now, e.sent)
	case l.udp != nil:
		s.unreachable(l.now)
	}
}

// apply does what a ruling says.
func (l *loop) apply(i slot, t *task, v ruling, r *wire.Reply) {
	m := t.member
	if m.gone && v.act != settle {
		t.askings--
		l.requeue(i, t) // the servers changed under way
		return
	}
	switch v.act {
	case settle:
		m.lame = 0
		l.decide(i, t, v, r)
	case overTCP:
		l.truncated(i, t, r)
	case learnCut:
		l.belowCut(i, t, r)
	default:
		if l.wantsNoEDNS(t, r) {
			l.requeue(i, t)
			return
		}
		l.useless(i, t, v.cause, r.Outcome)
	}
}

// wantsNoEDNS reports, and remembers, that a server does not know EDNS (RFC
// 6891 section 7): the name is to be asked without.
func (l *loop) wantsNoEDNS(t *task, r *wire.Reply) bool {
	if !t.do || r.Outcome != wire.Replied || r.Rcode != wire.RcodeFormErr && r.Rcode != wire.RcodeNotImp {
		return false
	}
	t.member.noEDNS = true
	t.askings--
	return true
}

// truncated puts a name to TCP; where no server of the zone speaks it, the reply was worth nothing.
func (l *loop) truncated(i slot, t *task, r *wire.Reply) {
	if l.tooLarge(t.zone, t, r) {
		l.requeue(i, t) // the same without DO
		return
	}
	if t.member.noTCP && l.udp != nil {
		l.useless(i, t, causeTimeout, wire.Truncated)
		return
	}
	if t.victim == nil && r.Outcome == wire.Truncated && !t.do {
		t.victim, t.cut = t.member.server, true
	}
	t.tcp = true
	l.requeue(i, t)
}

// useless puts a name to another server, or ends it when it was asked often enough.
func (l *loop) useless(i slot, t *task, c cause, o wire.Outcome) {
	m, z := t.member, t.zone
	t.met |= c
	t.tried |= m.bit
	if c&(causeNonsense|causeRefused) != 0 && o == wire.Replied && !z.resolver {
		m.lame++
		if z.forgive() {
			l.refind(z)
		}
	}
	if l.udp == nil && c == causeUnreachable && l.patient(t) {
		t.askings-- // a dead proxy says nothing about the name
		l.putOff(i, t)
		return
	}
	if int(t.askings) >= l.mayAsk(t, m) {
		l.giveUp(i, t)
		return
	}
	l.afterSilence(t, c)
	if c != causeTimeout && t.tried&z.all() == z.all() {
		l.putOff(i, t)
		return
	}
	l.requeue(i, t)
}

// patient reports whether a name's time is not up yet.
func (l *loop) patient(t *task) bool { return l.now-t.since < l.budget() }

// budget is how long a name may take before its time is up.
func (l *loop) budget() time.Duration { return time.Duration(l.cfg.Retries+1) * l.cfg.Timeout }

// requeue has a name asked again as soon as there is room.
func (l *loop) requeue(i slot, t *task) {
	l.table.push(t.queue(l.udp != nil), i)
	l.enlist(t.zone)
}

// queue returns where a name that was asked before waits for its next asking.
func (t *task) queue(direct bool) *list {
	if t.tcp && direct {
		return &t.zone.stream
	}
	return &t.zone.again
}

// putOff has a name asked again a little later.
func (l *loop) putOff(i slot, t *task) {
	class := min(int(t.delays), len(delays)-1)
	t.delays++
	t.due = l.now + delays[class]
	l.table.push(&l.delayed[class], i)
}

// wakeDelayed requeues the names whose delay has passed.
func (l *loop) wakeDelayed() {
	for class := range l.delayed {
		waiting := &l.delayed[class]
		for waiting.n > 0 && l.table.at(waiting.head).due <= l.now {
			i := l.table.pop(waiting)
			t := l.table.at(i)
			if t.job == nil {
				l.abandoned--
				l.table.release(i)
				continue
			}
			l.requeue(i, t)
		}
	}
}

// decide writes a final answer, or holds it where a resolver has yet to prove itself.
func (l *loop) decide(i slot, t *task, v ruling, r *wire.Reply) {
	z, m := t.zone, t.member
	l.tellClass(t, v.status)
	a := vacant.Answer{
		At: l.unix, RTT: uint16(min(r.RTT.Milliseconds(), 1<<16-1)), Server: m.id,
		Status: v.status, Rcode: r.Rcode, Flags: v.flags,
	}
	switch {
	case z.resolver && !m.believed(v.status):
		l.useless(i, t, causeNonsense, r.Outcome)
		return
	case z.resolver && m.trust == trustGood:
		var ok bool
		if a, ok = l.counsel(i, t, a); !ok {
			return // another resolver is asked
		}
	}
	if a.Status == vacant.StatusDelegated {
		z.learn(t.job.batch.Name(int(t.name)), m.server)
	}
	switch {
	case !l.cfg.Hold:
	case z.resolver && m.trust == trustGood:
		t.held = a
		l.table.push(&m.holding, i)
		return
	case l.udp == nil && v.status == vacant.StatusNXDomain:
		t.held = a
		l.table.push(&l.watch.holding, i)
		return
	}
	l.settle(i, t, a)
}

// settle gives a name its answer and frees its slot.
func (l *loop) settle(i slot, t *task, a vacant.Answer) {
	if a.At == 0 {
		a.At = l.unix
		if t.member != nil {
			a.Server = t.member.id
		}
	}
	l.clear(t, wasLost)
	j, name := t.job, int(t.name)
	t.zone.open--
	if t.place > 0 {
		l.landed(t.zone, t.place-1)
	}
	l.table.release(i)
	l.record(j, name, a)
}

// record writes an answer into its batch; the last one closes the batch.
func (l *loop) record(j *job, name int, a vacant.Answer) {
	j.batch.Answers[name] = a
	l.byStatus[a.Status]++
	if j.open--; j.open == 0 {
		l.closeJob(j)
	}
}
