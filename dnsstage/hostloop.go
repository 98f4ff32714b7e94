package dnsstage

import (
	"context"
	"slices"
	"time"

	"vacant/dnsstage/wire"
)

// lookup is one call of Resolve as the loop sees it.
type lookup struct {
	ctx    context.Context
	types  []uint16
	out    chan Host  // has room for every host in work
	failed chan error // has room for one
}

// hostTask is one host on its way: at any time it is queued, or its one question
// is in flight.
type hostTask struct {
	*lookup
	host  Host
	chain []string // the names that its CNAME records have led through; the last is asked about
	kind  int      // which of types is asked for
	next  *hostTask

	aside    asideQuery
	since    time.Duration // loop time at which it was taken
	deadline time.Duration // loop time; set by the first asking
	askings  uint8         // of this question
	silent   uint8         // of them without an answer
	tcp      bool
	ended    bool
	met      cause
}

// hostList is a queue of tasks chained through their next fields.
type hostList struct{ head, tail *hostTask }

func (q *hostList) push(t *hostTask) {
	t.next = nil
	if q.head == nil {
		q.head = t
	} else {
		q.tail.next = t
	}
	q.tail = t
}

func (q *hostList) pop() *hostTask {
	t := q.head
	q.head = t.next
	return t
}

// sweep keeps those that keep says yes to.
func (q *hostList) sweep(keep func(*hostTask) bool) {
	var kept hostList
	for q.head != nil {
		if t := q.pop(); keep(t) {
			kept.push(t)
		}
	}
	*q = kept
}

// hostQueue holds the hosts that wait to be asked about.
type hostQueue struct {
	fresh, again hostList
	servers      []*server
	turn         int
	looked       time.Duration // when deadlines were last looked at
	deadSince    time.Duration // every server was found in quarantine then, 0 = not so
}

func (q *hostQueue) queued() bool { return q.fresh.head != nil || q.again.head != nil }

// sendHosts asks about hosts while servers have room, those asked before first.
func (l *loop) sendHosts() {
	q := &l.hosts
	if l.now-q.looked >= tickEvery {
		q.looked = l.now
		l.expireHosts()
	}
	for _, list := range []*hostList{&q.again, &q.fresh} {
		for list.head != nil && l.launchHost(list) {
		}
	}
}

// launchHost asks about the first of a list; false means that there is no room.
func (l *loop) launchHost(list *hostList) bool {
	t := list.head
	box := l.box(t.tcp)
	if t.ctx.Err() != nil {
		list.pop()
		return true
	}
	if box.full() {
		return false
	}
	s := l.pickResolver(t.aside.server, l.beside(t.tcp))
	if s == nil {
		return false
	}
	list.pop()
	if t.deadline == 0 {
		t.deadline = l.now + l.budget()
	}
	timeout := l.cfg.Timeout
	if !t.tcp && l.udp != nil && int(t.askings) < l.cfg.Retries {
		timeout = s.pace.rto(t.askings, timeout)
	}
	if t.askings > 0 {
		l.resent++
		s.resent++
	}
	t.askings++
	l.aside.next++
	t.aside.server, t.aside.sent = s, l.now
	t.aside.query = wire.Query{
		Token: asideBit | l.aside.next, Name: []byte(t.chain[len(t.chain)-1]), Type: t.types[t.kind], RD: true, TCP: t.tcp,
		Server: s.addr, Timeout: max(min(timeout, t.deadline-l.now), time.Millisecond),
	}
	l.aside.flying[t.aside.query.Token] = &t.aside
	t.aside.mark = l.charge(s, t.aside.query.TCP)
	box.add(t.aside.query, s)
	return true
}

// unlaunch takes back an asking that did not leave.
func (l *loop) unlaunch(t *hostTask) {
	if t.askings--; t.askings > 0 {
		l.resent--
		t.aside.server.resent--
	}
	l.hosts.again.push(t)
}

// pickResolver chooses whom to ask next: of the first two with room, counted
// from where the last search ended, the faster one; not last again if there are others.
func (l *loop) pickResolver(last *server, stream bool) (best *server) {
	q := &l.hosts
	if len(q.servers) != len(l.resolvers) {
		q.servers = nil
		for _, addr := range l.resolvers {
			q.servers = append(q.servers, l.server(addr, true))
		}
	}
	n := len(q.servers)
	for k := range n {
		s := q.servers[(q.turn+k)%n]
		if s == last && n > 1 || s.room(l.now, stream) == 0 || l.metered(s) && l.total.room(l.now) == 0 {
			continue
		}
		if best == nil {
			best = s
			continue
		}
		if s.pace.srtt < best.pace.srtt {
			best = s
		}
		break
	}
	q.turn++
	return best
}

// expireHosts ends the hosts whose time is up, wherever they are, and forgets
// those that nobody waits for.
func (l *loop) expireHosts() {
	l.watchHostServers()
	keep := func(t *hostTask) bool {
		late := t.deadline > 0 && l.now >= t.deadline
		if dead := l.hosts.deadSince; t.deadline == 0 && dead > 0 {
			late = l.now-max(t.since, dead) >= l.budget()
		}
		if late {
			l.endHost(t, ErrHostTimeout)
		}
		return !late && t.ctx.Err() == nil
	}
	l.hosts.again.sweep(keep)
	l.hosts.fresh.sweep(keep)
	for _, a := range l.aside.flying {
		if a.host != nil && !a.host.ended {
			keep(a.host) // its question ends later, and then there is nobody to tell
		}
	}
}

// watchHostServers notes since when every server has been in quarantine.
func (l *loop) watchHostServers() {
	q := &l.hosts
	dead := len(q.servers) > 0 && !slices.ContainsFunc(q.servers, func(s *server) bool { return s.bench == 0 })
	switch {
	case !dead:
		q.deadSince = 0
	case q.deadSince == 0:
		q.deadSince = l.now
	}
}

// failHosts ends every Resolve: nothing can be asked any more.
func (l *loop) failHosts(err error) {
	fail := func(t *hostTask) bool {
		select {
		case t.failed <- err:
		default: // it knows
		}
		return false
	}
	l.hosts.again.sweep(fail)
	l.hosts.fresh.sweep(fail)
	for _, a := range l.aside.flying {
		if a.host != nil {
			fail(a.host)
		}
	}
}
