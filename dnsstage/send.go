package dnsstage

import (
	"vacant/dnsstage/wire"
)

// box returns where queries over TCP, or those over UDP, are gathered.
func (l *loop) box(tcp bool) *outbox {
	if tcp || l.udp == nil {
		return &l.outTCP
	}
	return &l.outUDP
}

// beside reports whether a query over TCP goes beside others over UDP, under a
// budget of its own.
func (l *loop) beside(tcp bool) bool { return tcp && l.udp != nil }

// charge counts one query to s against its pace and the total.
func (l *loop) charge(s *server, tcp bool) (mark uint32) {
	if l.metered(s) {
		l.total.take(1)
	}
	l.asked++
	return s.take(l.now, l.beside(tcp))
}

func (l *loop) refund(s *server, mark uint32, tcp bool) {
	s.refund(mark, l.beside(tcp))
	if l.metered(s) {
		l.total.take(-1)
	}
	l.asked--
}

// send gives both transports what pace and their room allow: questions of
// goroutines first, names to be asked again next, new names last.
func (l *loop) send() {
	if l.dead != nil {
		return
	}
	l.outUDP.open()
	l.outTCP.open()
	l.sendAside()
	if l.hosts.queued() || len(l.aside.flying) > 0 {
		l.sendHosts()
	}
	n := l.sendZones()
	l.flush(&l.outUDP, l.udp, &l.flyingUDP)
	l.flush(&l.outTCP, l.tcp, &l.flyingTCP)
	l.more = n >= outboxSize && !l.outUDP.closed && !l.outTCP.closed
}

// sendZones visits the zones with work, each once, starting after the one
// that was first last time, and returns how many names it queued.
func (l *loop) sendZones() int {
	l.waiting = 0
	if len(l.work) == 0 {
		return 0
	}
	n := 0
	// Giving up on a name can bring work to another zone: the list is rebuilt, not edited.
	visit := l.work
	l.work = l.spare[:0]
	for k := range visit {
		z := visit[(k+l.turn)%len(visit)]
		n += l.sendZone(z)
		l.waiting += z.fresh.n
		if z.listed = z.hasWork(); z.listed {
			l.work = append(l.work, z)
		}
	}
	l.spare = visit
	l.turn++
	return n
}

// sendZone queues names of one zone while there is room, at most an outbox full.
func (l *loop) sendZone(z *zone) int {
	switch z.state {
	case zoneFailed:
		l.giveUpAll(z)
		return 0
	case zoneReady:
	default:
		return 0
	}
	switch {
	case !z.dead():
		z.deadSince = 0
	case z.deadSince == 0:
		z.deadSince = l.now
		l.refind(z)
	default:
		l.refind(z)
		l.giveUpDead(z)
	}
	n := 0
	for _, q := range []*list{&z.stream, &z.again} {
		for q.n > 0 && l.sendAgain(z, q) {
			n++
		}
	}
	for z.fresh.n > 0 {
		k := l.sendFresh(z)
		if k == 0 {
			break
		}
		n += k
	}
	for {
		k := l.sendGaps(z)
		if k == 0 {
			return n
		}
		n += k
	}
}

// hasWork reports whether names of z could be asked if there were room.
func (z *zone) hasWork() bool {
	return z.fresh.n+z.again.n+z.stream.n > 0 || z.denial != nil && z.denial.gaps.waits()
}

// runLength is how many new names go to one server before the next is chosen:
// a transport can put those into one system call.
const runLength = 32

// sendFresh queues a run of new names for one server and returns how many.
func (l *loop) sendFresh(z *zone) int {
	box := l.box(false)
	if box.full() {
		return 0
	}
	m := z.pick(0, l.now, false)
	if m == nil {
		return 0
	}
	k := min(m.room(l.now, false), z.fresh.n, runLength, box.left())
	if l.metered(m.server) {
		k = min(k, l.total.room(l.now))
	}
	for range k {
		l.launch(l.table.pop(&z.fresh), m, box)
	}
	return k
}

// sendAgain queues the first of the names to be asked again.
func (l *loop) sendAgain(z *zone, q *list) bool {
	i := q.head
	t := l.table.at(i)
	box := l.box(t.tcp)
	if box.full() {
		return false
	}
	if t.tried&z.all() == z.all() {
		t.tried = 0 // everybody had a turn; those left may have become fewer since
	}
	tried := t.tried
	if l.beside(t.tcp) {
		tried |= z.noTCP()
		if tried&z.all() == z.all() {
			tried = z.noTCP()
		}
		if tried&z.all() == z.all() {
			t.tcp = false // nobody speaks TCP: over UDP after all
			l.table.push(&z.again, l.table.pop(q))
			return true
		}
	}
	m := z.pick(tried, l.now, l.beside(t.tcp))
	if m == nil || l.metered(m.server) && l.total.room(l.now) == 0 {
		return false
	}
	l.table.pop(q)
	l.resent++
	m.resent++
	l.launch(i, m, box)
	return true
}

// noTCP returns the mask of those of whom none speaks TCP.
func (z *zone) noTCP() uint32 {
	var refuse, speak uint32
	for _, m := range z.members {
		if m.noTCP {
			refuse |= m.bit
		} else {
			speak |= m.bit
		}
	}
	return refuse &^ speak
}

// launch puts one name into a box.
func (l *loop) launch(i slot, m *member, box *outbox) {
	t := l.table.at(i)
	t.member, t.flying, t.sent = m, true, l.now
	timeout := l.cfg.Timeout
	if !t.tcp && l.udp != nil && int(t.askings)+1 < l.mayAsk(t, m) {
		timeout = m.pace.rto(t.askings, l.cfg.Timeout)
	}
	t.do = t.zone.denies() && !m.noEDNS && t.wantsDO(l.udp != nil)
	t.askings++
	m.used++
	t.mark = l.charge(m.server, t.tcp)
	q := box.next(m.server)
	q.Token, q.Name, q.Type = l.table.token(i), t.job.batch.Name(int(t.name)), wire.TypeNS
	q.RD, q.DO, q.TCP, q.Server, q.Timeout = t.zone.resolver, t.do, t.tcp, m.addr, timeout
}

// flush submits a box and takes back what the transport had no room for.
func (l *loop) flush(b *outbox, t wire.Transport, flying *int) {
	if len(b.queries) == 0 {
		return
	}
	n, err := t.Submit(b.queries)
	*flying += n
	b.took(n)
	for k := len(b.queries) - 1; k >= n; k-- {
		l.unsend(&b.queries[k], b.servers[k])
	}
	if n < len(b.queries) && l.beside(b.queries[n].TCP) {
		b.servers[n].pace.fullStreams() // it alone: others' connections may have room
		b.limited = false
	}
	b.reset()
	if err != nil {
		l.broken(err)
	}
}

func (l *loop) unsend(q *wire.Query, s *server) {
	if q.Token&asideBit != 0 {
		a := l.aside.flying[q.Token]
		l.refund(s, a.mark, q.TCP)
		delete(l.aside.flying, q.Token)
		l.putBack(a)
		return
	}
	i, ok := l.table.find(q.Token)
	if !ok {
		return
	}
	t := l.table.at(i)
	l.refund(s, t.mark, q.TCP)
	t.askings--
	t.flying = false
	if t.askings == 0 && !t.tcp && t.first.At == 0 {
		l.table.pushFront(&t.zone.fresh, i)
	} else {
		l.resent--
		t.member.resent--
		l.table.pushFront(t.queue(l.udp != nil), i)
	}
	l.enlist(t.zone)
}

// enlist puts a zone on the list of those with work.
func (l *loop) enlist(z *zone) {
	if !z.listed {
		z.listed = true
		l.work = append(l.work, z)
	}
}
