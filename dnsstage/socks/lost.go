package socks

import (
	"errors"
	"time"

	"vacant/dnsstage/wire"
)

// maxLosses is how many connections may be closed on a query before it ends.
const maxLosses = 4

// lost takes note of a connection that has ended: closed by the server or the
// proxy, reset, or given up for what came over it. What it owes is asked again
// on a new one.
func (w *worker) lost(c *conn, err error) {
	_ = c.Close()
	d := w.pool.desk
	d.mu.Lock()
	if w.conn != c || d.closed {
		d.mu.Unlock()
		return // we have closed it
	}
	now := d.clock()
	s := w.server
	w.conn, w.broke = nil, true
	s.joined--
	if w.table.piped() {
		s.depth.closed(c, now)
	}
	s.depth.gone(c)
	ends := w.landAll(c, err, now)
	// It said "connected", twice, and it was not so.
	faulty := w.proxy != nil && c.answers == 0 && len(ends) > 0 && !ours(err)
	if faulty {
		ends = w.endAll(ends, err)
		d.leave(w)
		w.sick = s
	} else {
		d.settle(w, now)
	}
	todo := faulty || w.table.queued > 0
	d.mu.Unlock()
	w.finish(ends)
	if todo {
		w.kick()
	}
}

// ours reports whether we gave the connection up ourselves, for what the server said.
func ours(err error) bool { return errors.Is(err, errShort) || errors.Is(err, errUnruly) }

// landAll puts the queries of a lost connection back to be written, and ends
// those whose time is up, or which even a new connection was closed on before it
// had carried anything.
func (w *worker) landAll(c *conn, err error, now time.Duration) (ends []end) {
	for i, k := range w.table.keys {
		if k.state != flying {
			continue
		}
		f := &w.table.flights[i]
		if now >= f.limit || f.losses > 0 && c.answers == 0 || f.losses >= maxLosses {
			ends = append(ends, w.endOf(i, now, err))
			w.pool.desk.ended(w, i)
			continue
		}
		w.table.land(i)
		w.arm(f.due, now)
	}
	return ends
}

// endAll ends every query w has; desk.mu is held.
func (w *worker) endAll(ends []end, err error) []end {
	for i, k := range w.table.keys {
		if k.state != empty {
			ends = append(ends, w.endOf(i, 0, err))
			w.pool.desk.ended(w, i)
		}
	}
	return ends
}

// endOf is the end of a query that err left without an answer.
func (w *worker) endOf(i int, now time.Duration, err error) end {
	f := &w.table.flights[i]
	e := end{token: f.token, server: w.server.addr, outcome: wire.Unreachable, err: err}
	if ours(err) {
		e.outcome = wire.Malformed
	}
	if f.sent > 0 && now > f.sent {
		e.rtt = now - f.sent
	}
	return e
}

// piped reports whether a query is on its way that had others before it.
func (t *table) piped() bool {
	for i, k := range t.keys {
		if k.state == flying && t.flights[i].place > 1 {
			return true
		}
	}
	return false
}

func (t *table) mostLosses() int {
	most := 0
	for i, k := range t.keys {
		if k.state == queued {
			most = max(most, t.flights[i].losses)
		}
	}
	return most
}
