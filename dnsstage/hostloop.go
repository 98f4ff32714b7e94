package dnsstage

import (
	"context"
	"errors"
	"net/netip"
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

// hostReply takes the end of a question about a host.
func (l *loop) hostReply(t *hostTask, r *wire.Reply) {
	if t.ended || t.ctx.Err() != nil {
		l.account(t.aside.server, r, t.aside.ending(fateOf(r, true)))
		return
	}
	v := readHost(t.chain, t.types[t.kind], r, t.aside.query.TCP)
	l.account(t.aside.server, r, t.aside.ending(fateOf(r, v.act != elsewhere || v.cause&(causeServfail|causeRefused) == 0)))
	switch v.act {
	case elsewhere:
		l.hostElsewhere(t, v.cause)
	case overTCP:
		t.tcp = true
		l.hosts.again.push(t)
	case learnCut: // further down the chain
		t.chain = append(t.chain, v.aliases...)
		t.askAnew()
		l.hosts.again.push(t)
	default:
		l.hostAnswered(t, &v)
	}
}

// hostElsewhere asks again, of another server where there is one.
func (l *loop) hostElsewhere(t *hostTask, c cause) {
	t.met |= c
	if int(t.askings) > l.cfg.Retries {
		l.endHost(t, hostError(t.met))
		return
	}
	t.tcp = false
	if c == causeTimeout && l.udp != nil {
		t.silent++
		t.tcp = t.silent == 2 // what UDP has lost twice goes over TCP once
	}
	l.hosts.again.push(t)
}

// hostAnswered goes on to the next address family, or ends the host.
func (l *loop) hostAnswered(t *hostTask, v *hostRuling) {
	t.host.Addrs = append(t.host.Addrs, v.addrs...)
	t.chain = append(t.chain, v.aliases...)
	t.host.Canonical = t.chain[len(t.chain)-1]
	none := errors.Is(v.err, ErrNoAddress)
	if last := t.kind == len(t.types)-1; !last && (v.err == nil || none) {
		t.kind++
		t.chain = t.chain[:1]
		t.askAnew()
		l.hosts.again.push(t)
		return
	}
	// Some servers say NXDOMAIN where they mean no address of this family.
	if len(t.host.Addrs) > 0 && (none || errors.Is(v.err, ErrNoHost)) {
		v.err = nil
	}
	l.endHost(t, v.err)
}

// askAnew begins another question.
func (t *hostTask) askAnew() { t.askings, t.silent, t.tcp, t.met = 0, 0, false, 0 }

// endHost tells what was found; out has room, for the caller counts.
func (l *loop) endHost(t *hostTask, err error) {
	t.host.Err, t.ended = err, true
	t.out <- t.host
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

// hostError is how a host ends that met only these causes.
func hostError(c cause) error {
	if c&(causeServfail|causeRefused|causeNonsense) != 0 {
		return ErrHostRefused
	}
	return ErrHostTimeout
}

// hostRuling is what a reply about a host means: settle, elsewhere, overTCP, or
// learnCut for a chain of CNAME records that goes on elsewhere.
type hostRuling struct {
	act     action
	cause   cause // for elsewhere
	addrs   []netip.Addr
	aliases []string // that lead on from the name asked
	err     error    // for settle
}

// readHost says what a reply about the last name of chain means.
func readHost(chain []string, qtype uint16, r *wire.Reply, tcp bool) hostRuling {
	if v, ok := unreadable(r, tcp); !ok {
		return hostRuling{act: v.act, cause: v.cause}
	}
	if !r.RA {
		return hostRuling{act: elsewhere, cause: causeNonsense}
	}
	aliases, err := followAliases(chain, r.Aliases())
	v := hostRuling{act: settle, aliases: aliases, err: err}
	if err != nil {
		return v
	}
	at := chain[len(chain)-1]
	if len(aliases) > 0 {
		at = aliases[len(aliases)-1]
	}
	for _, a := range r.Addresses(wire.Answer) {
		if a.Owner == at && a.Addr.Is4() == (qtype == wire.TypeA) {
			v.addrs = append(v.addrs, a.Addr)
		}
	}
	switch {
	case len(v.addrs) > 0:
	case r.Rcode == wire.RcodeNXDomain:
		v.err = ErrNoHost
	case len(aliases) > 0 && r.SOAOwner == nil:
		v.act = learnCut // the resolver went no further
	default:
		v.err = ErrNoAddress
	}
	return v
}

// followAliases goes along the CNAME records of one reply, from the last name of
// chain, and returns the names that they lead to.
func followAliases(chain []string, records []wire.Alias) (led []string, err error) {
	if len(records) == 0 {
		return nil, nil
	}
	to := make(map[string]string, len(records))
	for _, r := range records {
		if _, twice := to[r.Owner]; !twice {
			to[r.Owner] = r.Target
		}
	}
	for at := chain[len(chain)-1]; ; at = led[len(led)-1] {
		next, ok := to[at]
		switch {
		case !ok:
			return led, nil
		case slices.Contains(chain, next) || slices.Contains(led, next):
			return led, ErrAliasLoop
		case len(chain)+len(led) > maxAliases:
			return led, ErrAliasChain
		}
		led = append(led, next)
	}
}
