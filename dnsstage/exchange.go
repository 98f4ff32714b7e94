package dnsstage

import (
	"bytes"
	"context"
	"net/netip"
	"time"

	"vacant/dnsstage/wire"
)

// answer is a reply that its asker may keep.
type answer struct {
	wire.Reply
}

// asideQuery is a question of a goroutine, put to one server through the loop.
type asideQuery struct {
	query    wire.Query
	resolver bool
	server   *server
	sent     time.Duration
	mark     uint32        // of its server's pace
	done     chan<- answer // holds one; never blocks the loop
	ctx      context.Context
	host     *hostTask // whose question this is; then done and ctx are not used
}

// asideTable holds the questions of goroutines: those waiting for their
// server's pace, and those in flight by token.
type asideTable struct {
	waiting []*asideQuery
	flying  map[uint64]*asideQuery
	next    uint64
}

func newAsideTable() asideTable { return asideTable{flying: make(map[uint64]*asideQuery)} }

// putBack queues a question that did not leave, or was recalled.
func (l *loop) putBack(a *asideQuery) {
	if a.host != nil {
		l.unlaunch(a.host)
		return
	}
	l.aside.waiting = append(l.aside.waiting, a)
}

// exchange puts one question to one server and waits for its end. It is called
// from any goroutine but the loop's. Its error means that nothing was learned
// because ctx ended or the stage was closed.
func (l *loop) exchange(ctx context.Context, q wire.Query) (answer, error) {
	done := make(chan answer, 1)
	a := &asideQuery{query: q, resolver: q.RD, done: done, ctx: ctx}
	if err := l.post(ctx, func() { l.aside.waiting = append(l.aside.waiting, a) }); err != nil {
		return answer{}, err
	}
	select {
	case reply := <-done:
		return reply, nil
	case <-ctx.Done():
		return answer{}, ctx.Err()
	case <-l.ended:
		return answer{}, errClosed
	}
}

// sendAside queues every waiting question whose server has room.
func (l *loop) sendAside() {
	kept := l.aside.waiting[:0]
	for _, a := range l.aside.waiting {
		switch {
		case a.ctx.Err() != nil:
		case !l.launchAside(a):
			kept = append(kept, a)
		}
	}
	clear(l.aside.waiting[len(kept):])
	l.aside.waiting = kept
}

func (l *loop) launchAside(a *asideQuery) bool {
	if a.server == nil {
		a.server = l.server(a.query.Server, a.resolver)
	}
	s := a.server
	// A quarantined server may be asked aside: the answer is how it comes back.
	if s.asideRoom(l.now, l.beside(a.query.TCP)) == 0 || l.metered(s) && l.total.room(l.now) == 0 {
		return false
	}
	box := l.box(a.query.TCP)
	if box.full() {
		return false
	}
	l.aside.next++
	a.query.Token = asideBit | l.aside.next
	l.aside.flying[a.query.Token] = a
	a.mark, a.sent = s.pace.apart(l.charge(s, a.query.TCP)), l.now
	box.add(a.query, s)
	return true
}

// replyAside ends a question of a goroutine.
func (l *loop) replyAside(r *wire.Reply) {
	a := l.aside.flying[r.Token]
	if a == nil {
		return
	}
	delete(l.aside.flying, r.Token)
	if a.host != nil {
		l.hostReply(a.host, r)
		return
	}
	l.account(a.server, r, a.ending(fateOf(r, true)))
	a.done <- answer{keep(r)}
}

func (a *asideQuery) ending(f fate) ending { return ending{a.sent, a.mark, a.query.TCP, f} }

// keep copies what a reply shows of the transport's memory.
func keep(r *wire.Reply) wire.Reply {
	c := *r
	c.Raw = bytes.Clone(r.Raw)
	c.NSOwner = cloneName(r.NSOwner)
	c.SOAOwner = cloneName(r.SOAOwner)
	return c
}

// cloneName keeps the root, empty, apart from nil, none.
func cloneName(name []byte) []byte {
	if name == nil {
		return nil
	}
	return append([]byte{}, name...)
}

// asker puts questions to a set of servers until one gives a useful answer.
type asker struct {
	exchange func(ctx context.Context, q wire.Query) (answer, error)
	timeout  time.Duration
}

// patience is the course of one question: how long each asking waits, and over
// what. A line that loses every third packet each way loses half of the askings
// over UDP and nearly as many over TCP; all of these in one question of a thousand.
var patience = [...]struct {
	wait time.Duration
	tcp  bool
}{
	{500 * time.Millisecond, false},
	{500 * time.Millisecond, false},
	{time.Second, false},
	{2 * time.Second, true},
	{500 * time.Millisecond, false},
	{500 * time.Millisecond, false},
	{500 * time.Millisecond, false},
	{time.Second, false},
	{2 * time.Second, true},
	{time.Second, false},
}

// ask puts q to the servers in turn until read says that an answer is of use.
// Where none was, met tells what they were like.
func (k *asker) ask(ctx context.Context, servers []netip.AddrPort, q wire.Query, read func(*answer) ruling) (a answer, met cause, err error) {
	if len(servers) == 0 {
		return answer{}, causeUnreachable, nil
	}
	for try, p := range patience {
		q.Server, q.Timeout, q.TCP = servers[try%len(servers)], min(p.wait, k.timeout), p.tcp
		a, v, err := k.askOne(ctx, q, read)
		if err != nil {
			return answer{}, met, err
		}
		if v.act != elsewhere {
			return a, 0, nil
		}
		met |= v.cause
	}
	return answer{}, met, nil
}

// askOne puts q to its server, again over TCP where the answer was cut short.
func (k *asker) askOne(ctx context.Context, q wire.Query, read func(*answer) ruling) (answer, ruling, error) {
	a, err := k.exchange(ctx, q)
	if err != nil {
		return answer{}, ruling{}, err
	}
	v := read(&a)
	if v.act != overTCP || q.TCP {
		return a, v, nil
	}
	q.TCP, q.Timeout = true, k.timeout
	if a, err = k.exchange(ctx, q); err != nil {
		return answer{}, ruling{}, err
	}
	if v = read(&a); v.act == overTCP {
		v = useless(causeNonsense)
	}
	return a, v, nil
}
