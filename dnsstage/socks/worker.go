package socks

import (
	"context"
	"math/rand/v2"
	"time"
)

// worker has one connection at a time, to the server it is bound to.
type worker struct {
	pool  *Pool
	proxy *proxy        // nil = direct
	wake  chan struct{} // holds one: there is something to do for run
	rng   *rand.ChaCha8 // of its pauses; run's
	out   []byte        // what is being written; run's

	// All below is guarded by desk.mu.
	server   *server // nil = free, or away
	conn     *conn   // nil = not connected
	table    table
	dialing  bool
	draining bool          // takes no more queries, for another server needs it
	broke    bool          // its last connection was lost, not closed by us
	sick     *server       // its proxy failed on the way to that one; run is to see to it
	patience time.Duration // of its last dial
	pause    time.Duration // before the next reconnection to the proxy, 0 = all is well
	deaf     int           // failures in a row that may be the proxy's

	timer *time.Timer   // of the first due query, or of idleness; made when first needed
	armed time.Duration // when it goes off, 0 = it does not

	in         *list // where it stands: free, ready or nowhere
	prev, next *worker
	idle       bool // ready, without a query
	known      bool // in desk.all
}

// maxDeaf is after how many failures in a row behind a proxy the proxy itself is doubted.
const maxDeaf = 3

// kick wakes run; it does not block.
func (w *worker) kick() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// room returns how many more queries w can be given; desk.mu is held. Until a
// connection has carried its first answer that is one.
func (w *worker) room(now time.Duration) int {
	c, load := w.conn, w.table.load()
	switch {
	case w.server == nil || w.draining || w.dialing:
		return 0
	case c == nil || c.answers == 0 && !c.doubted:
		return 1 - load
	case c.doubted:
		return 0
	}
	return w.server.depth.grant(c, now) - load
}

// run is the worker's life.
func (w *worker) run() {
	for {
		select {
		case <-w.pool.ctx.Done():
			return
		case <-w.wake:
			w.work()
		}
	}
}

// work connects if need be, and writes what is to be written.
func (w *worker) work() {
	s, c, sick := w.job()
	switch {
	case sick:
		w.recuperate(s)
		return
	case s == nil:
		return
	case c == nil:
		if c = w.connect(s); c == nil {
			return
		}
	}
	w.write(c)
}

// job says what is to be done, and for whom.
func (w *worker) job() (s *server, c *conn, sick bool) {
	d := w.pool.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	if s = w.sick; s != nil {
		w.sick = nil
		return s, nil, true
	}
	if w.server == nil || w.table.queued == 0 {
		return nil, nil, false
	}
	if w.conn == nil {
		w.dialing, w.patience = true, w.table.patience(d.clock())
	}
	return w.server, w.conn, false
}

// patience is how long the queries that wait allow for connecting.
func (t *table) patience(now time.Duration) time.Duration {
	var most time.Duration
	for i, k := range t.keys {
		if k.state == queued {
			most = max(most, min(t.flights[i].timeout, t.flights[i].limit-now))
		}
	}
	return most
}

// connect connects to s and gives w the connection, nil where that fails.
func (w *worker) connect(s *server) *conn {
	ctx, cancel := context.WithTimeout(w.pool.ctx, w.patience)
	defer cancel()
	nc, own, err := w.pool.dial(ctx, w.proxy, s.addr)
	if err != nil {
		w.dialFailed(s, own, err)
		return nil
	}
	c := newConn(nc, w)
	again, ok := w.connected(c)
	if again {
		w.pool.reconnects.Add(1)
	}
	if !ok {
		_ = nc.Close()
		return nil
	}
	w.pool.running.Go(c.receive)
	return c
}

// connected makes c the worker's connection, and reports whether it makes up for
// one that was lost. ok is false where nobody needs it any more.
func (w *worker) connected(c *conn) (again, ok bool) {
	d := w.pool.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	again, w.broke, w.dialing = w.broke, false, false
	if !d.closed {
		d.attach(w, c)
	}
	return again, w.conn == c
}

// dialFailed ends what waited for a connection that cannot be made.
func (w *worker) dialFailed(s *server, own bool, err error) {
	d := w.pool.desk
	d.mu.Lock()
	w.dialing = false
	if d.closed {
		d.mu.Unlock()
		return // closing ends queries without a reply
	}
	w.deaf++
	ends := w.endAll(nil, err)
	faulty := w.proxy != nil && (own || w.deaf >= maxDeaf)
	if faulty {
		d.leave(w)
	} else {
		d.settle(w, d.clock())
	}
	d.mu.Unlock()
	w.finish(ends)
	if faulty {
		w.recuperate(s)
	}
}

// write writes what the connection may carry in one go. An error closes the
// connection, which its reader then notices.
func (w *worker) write(c *conn) {
	n := w.gather(c)
	if n == 0 {
		return
	}
	w.pool.sent.Add(uint64(n))
	if _, err := c.Write(w.out); err != nil {
		_ = c.Close()
	}
}

// gather puts the queries that are to leave into out, those first that closed
// connections have cost a turn, and returns how many.
func (w *worker) gather(c *conn) (n int) {
	d := w.pool.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	w.out = w.out[:0]
	if w.conn != c {
		return 0
	}
	now := d.clock()
	room := min(w.allowed(c, now)-w.table.flying, w.table.queued)
	for losses := w.table.mostLosses(); losses >= 0 && n < room; losses-- {
		n += w.gatherSome(losses, room-n, now)
	}
	return n
}

// gatherSome is gather for the queries that so many connections were closed on.
func (w *worker) gatherSome(losses, room int, now time.Duration) (n int) {
	t := &w.table
	for i := 0; i < len(t.keys) && n < room; i++ {
		f := &t.flights[i]
		if t.keys[i].state != queued || f.losses != losses {
			continue
		}
		t.fly(i, now)
		w.arm(f.due, now)
		w.out = append(w.out, f.packet.Framed()...)
		n++
	}
	return n
}

// allowed is how many queries may be on their way on c.
func (w *worker) allowed(c *conn, now time.Duration) int {
	if c.answers == 0 {
		return 1
	}
	return w.server.depth.grant(c, now)
}
