package socks

import (
	"time"

	"vacant/dnsstage/wire"
)

const (
	// maxLate is after how many timeouts in a row a connection is doubted: the first
	// may be a name that is slow to resolve, the second is a dead connection.
	maxLate = 2
	// idleAfter is how long a connection is kept without a query; RFC 7766
	// section 6.2.3 asks clients to close what they do not need.
	idleAfter = 10 * time.Second
)

// arm sees to it that tick runs at the time given, or before; desk.mu is held.
// Deadlines of queries that are answered in time cost next to nothing: the timer
// is left as it is, and looks again when it goes off.
func (w *worker) arm(at, now time.Duration) {
	switch {
	case w.armed != 0 && w.armed <= at:
		return
	case w.timer == nil:
		w.timer = time.AfterFunc(at-now, w.tick)
	default:
		w.timer.Reset(at - now)
	}
	w.armed = at
}

// tick ends the queries whose time is up, and closes what nobody has needed for long.
func (w *worker) tick() {
	d := w.pool.desk
	d.mu.Lock()
	w.armed = 0
	if d.closed {
		d.mu.Unlock()
		return
	}
	now := d.clock()
	ends := w.expire(now)
	if c := w.conn; c != nil && w.table.load() == 0 && now-c.quiet >= idleAfter && !w.dialing {
		d.release(w)
	} else {
		d.settle(w, now)
	}
	if due := w.nextDue(); due > 0 {
		w.arm(due, now)
	}
	d.mu.Unlock()
	w.finish(ends)
}

// nextDue is when there will be something for tick to do, 0 if it is not known.
func (w *worker) nextDue() time.Duration {
	if due := w.table.due(); due > 0 {
		return due
	}
	if w.conn != nil {
		return w.conn.quiet + idleAfter
	}
	return 0
}

// expire ends the queries that are due.
func (w *worker) expire(now time.Duration) (ends []end) {
	for i, k := range w.table.keys {
		f := &w.table.flights[i]
		if k.state == empty || f.due > now {
			continue
		}
		e := w.endOf(i, now, nil)
		e.outcome = wire.TimedOut
		ends = append(ends, e)
		if k.state == flying {
			w.missed(k.id, f.place, now)
		}
		w.pool.desk.ended(w, i)
	}
	return ends
}

// missed holds a timeout against the connection. One that seems dead is given
// nothing more; what is on its way there still has its time.
func (w *worker) missed(id uint16, place int, now time.Duration) {
	c := w.conn
	c.putOverdue(id)
	c.late++
	w.server.depth.timedOut(c, place, now)
	if c.partial || c.late >= maxLate {
		c.doubted, w.broke = true, true
	}
}

// rested notes since when a connection has had no query.
func (w *worker) rested(now time.Duration) {
	if c := w.conn; c != nil && w.idle {
		c.quiet = now
		w.arm(now+idleAfter, now)
	}
}
