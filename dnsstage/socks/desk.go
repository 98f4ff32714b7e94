package socks

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"vacant/dnsstage/wire"
)

// desk is where queries meet workers.
type desk struct {
	size   int  // workers in all
	depth  int  // most queries on one connection
	direct bool // no proxies: few connections to one server
	began  time.Time

	mu sync.Mutex
	// all below is guarded by mu, and so are the workers' tables and bonds, the
	// servers and the connections' counts.
	closed  bool
	servers map[netip.AddrPort]*server
	last    *server   // of the last query: they come in runs
	free    list      // workers without a connection, those free for the longest time first
	all     []*worker // in the order they were first bound
	present int       // workers that are not away
	bound   int       // workers that have a server
	load    int       // queries that workers have
	share   int       // of workers that a server may have while another one has none
	shared  time.Duration
	waiting []waiting // queries taken while all workers are away
	rng     *rand.ChaCha8

	crowd atomic.Int64 // len(waiting), to be read without the lock
}

const (
	// perServer is how many connections one server gets where there are no
	// proxies: a few, as RFC 7766 section 6.2.2 asks of clients.
	perServer = 4
	// manyIdle is how many workers a server has to one idle one when it can spare that.
	manyIdle = 4
	// shareFor is how long workers are shared out evenly after a server got none.
	shareFor = time.Second
)

// Why a query was not taken, or is not asked.
var (
	errNoRoom = errors.New("no worker has room")
	errQuery  = errors.New("query without a server or without a timeout")
)

func newDesk(size, depth int, direct bool, rng *rand.ChaCha8) *desk {
	return &desk{size: size, depth: depth, direct: direct, began: time.Now(), servers: make(map[netip.AddrPort]*server), rng: rng}
}

// clock is the time all deadlines are told in.
func (d *desk) clock() time.Duration { return time.Since(d.began) }

// give hands q to a worker, which is to be woken. Without one, and without an
// error, q waits for a proxy to come back. Any error but errNoRoom ends q.
func (d *desk) give(q *wire.Query, now time.Duration) (*worker, error) {
	if !q.Server.IsValid() || q.Timeout <= 0 {
		return nil, errQuery
	}
	s := d.server(q.Server)
	w := d.workerFor(s, now)
	switch {
	case w != nil:
		err := d.take(w, q, now)
		return w, err
	case d.present > 0 || len(d.waiting) >= d.size:
		return nil, errNoRoom
	}
	d.waiting = append(d.waiting, newWaiting(q, now))
	d.crowd.Add(1)
	return nil, nil
}

func (d *desk) server(addr netip.AddrPort) *server {
	if d.last != nil && d.last.addr == addr {
		return d.last
	}
	s := d.servers[addr]
	if s == nil {
		s = &server{addr: addr, depth: newDepth(d.depth)}
		d.servers[addr] = s
	}
	d.last = s
	return s
}

// workerFor chooses who asks s. Through proxies every worker is to have its part
// of the load, so that a free one comes before a second query on a connection.
func (d *desk) workerFor(s *server, now time.Duration) *worker {
	w := s.next(now)
	if w != nil && (d.direct || d.load < d.bound) {
		return w
	}
	if d.free.head != nil && d.mayBind(s, now) {
		return d.bind(d.free.head, s)
	}
	if w != nil {
		return w
	}
	if w = d.spareFor(s); w != nil && d.mayBind(s, now) {
		d.release(w)
		return d.bind(w, s)
	}
	if s.bound == 0 {
		d.starve(s, now)
	}
	return nil
}

// mayBind reports whether s may have one more worker.
func (d *desk) mayBind(s *server, now time.Duration) bool {
	most := d.size
	if d.direct {
		most = min(most, perServer)
	}
	if d.shared > 0 && now-d.shared < shareFor {
		most = min(most, d.share)
	}
	return s.bound < most
}

// spareFor returns an idle worker of the server that has most of them, where
// that one has more workers than s, or many without a query.
func (d *desk) spareFor(s *server) *worker {
	var rich *server
	for _, x := range d.servers {
		if x != s && x.idle > 0 && (rich == nil || x.idle > rich.idle) {
			rich = x
		}
	}
	if rich == nil || s.bound > 0 && rich.bound <= s.bound+1 && rich.idle*manyIdle < rich.bound {
		return nil
	}
	return rich.spare()
}

// starve sees to it that s, which has no worker, gets one: all servers are held
// to an equal share for a while, and a worker of the one that has most takes no
// more queries, so that it comes free.
func (d *desk) starve(s *server, now time.Duration) {
	s.wanted = now
	var rich *server
	contenders := 0
	for _, x := range d.servers {
		if x.bound > 0 || now-x.wanted < shareFor && x.wanted > 0 {
			contenders++
		}
		if x.bound > 0 && (rich == nil || x.bound > rich.bound) {
			rich = x
		}
	}
	d.share, d.shared = max(1, d.size/max(1, contenders)), now
	if rich == nil || s.relief != nil && s.relief.draining {
		return
	}
	if w := rich.lightest(d.all); w != nil {
		w.draining, s.relief = true, w
		rich.withdraw(w)
	}
}

// bind makes a free worker one of s's.
func (d *desk) bind(w *worker, s *server) *worker {
	d.free.remove(w)
	if !w.known {
		w.known = true
		d.all = append(d.all, w)
	}
	w.server = s
	s.bound++
	d.bound++
	return w
}

// unbind takes a worker without queries from its server and closes its connection.
func (d *desk) unbind(w *worker) {
	s := w.server
	s.withdraw(w)
	s.bound--
	d.bound--
	if c := w.conn; c != nil {
		w.conn = nil
		s.depth.gone(c)
		_ = c.Close()
	}
	w.server, w.draining = nil, false
}

// release makes a worker free.
func (d *desk) release(w *worker) {
	d.unbind(w)
	d.free.push(w)
}

// take puts q into w's table.
func (d *desk) take(w *worker, q *wire.Query, now time.Duration) error {
	var barred []uint16
	if w.conn != nil {
		barred = w.conn.overdue
	}
	err := w.table.add(q, now, d.rng, barred)
	if err == nil {
		d.load++
	}
	d.settle(w, now)
	return err
}

// ended empties a slot of w's table.
func (d *desk) ended(w *worker, i int) {
	w.table.free(i)
	d.load--
}

// settle puts w where it belongs: free when it has nothing to do and no
// connection, ready when it has room.
func (d *desk) settle(w *worker, now time.Duration) {
	nothing := w.table.load() == 0
	switch {
	case w.server == nil || w.dialing:
	case nothing && (w.conn == nil || w.draining || w.conn.doubted):
		d.release(w)
	default:
		w.server.place(w, now)
	}
}

// comeBack makes a worker available whose proxy works again; c is its connection
// to s, nil if there is none. It reports false when the desk is closed.
func (d *desk) comeBack(w *worker, s *server, c *conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		if c != nil {
			_ = c.Close()
		}
		return false
	}
	d.present++
	w.deaf = 0
	if d.free.push(w); c != nil {
		d.bind(w, s)
		d.attach(w, c)
	}
	return true
}

// attach gives a worker its connection.
func (d *desk) attach(w *worker, c *conn) {
	w.conn = c
	d.settle(w, d.clock())
}

// close ends every connection. Workers end with the pool's context.
func (d *desk) close(all []*worker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for _, w := range all {
		if w.timer != nil {
			w.timer.Stop()
		}
		if w.conn != nil {
			_ = w.conn.Close()
		}
	}
}

// waiting is a query that no worker can have yet.
type waiting struct {
	wire.Query
	until time.Duration
}

func newWaiting(q *wire.Query, now time.Duration) waiting {
	own := *q
	own.Name = bytes.Clone(q.Name)
	return waiting{own, now + q.Timeout}
}

// serveWaiting gives waiting queries to workers that have come back, and returns
// who is to be woken and what cannot be asked.
func (d *desk) serveWaiting() (woken []*worker, bad []wire.Reply) {
	if d.crowd.Load() == 0 {
		return nil, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.waiting) > 0 && d.present > 0 {
		q := &d.waiting[0].Query
		w, err := d.give(q, d.clock())
		if errors.Is(err, errNoRoom) {
			break
		}
		if err != nil {
			bad = append(bad, wire.Reply{Token: q.Token, Server: q.Server, OverTCP: true, Outcome: wire.Unreachable, Err: err})
		}
		if w != nil {
			woken = append(woken, w)
		}
		d.waiting = d.waiting[1:]
		d.crowd.Add(-1)
	}
	return woken, bad
}

// expireWaiting takes out the queries that have waited for too long, and returns
// how long the next one may still wait.
func (d *desk) expireWaiting() (late []wire.Query, due time.Duration) {
	due = time.Hour
	if d.crowd.Load() == 0 {
		return nil, due
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock()
	kept := d.waiting[:0]
	for _, q := range d.waiting {
		if left := q.until - now; left > 0 {
			due = min(due, left)
			kept = append(kept, q)
			continue
		}
		late = append(late, q.Query)
	}
	d.waiting = kept
	d.crowd.Store(int64(len(kept)))
	return late, due
}
