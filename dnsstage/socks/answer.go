package socks

import (
	"net/netip"
	"time"

	"vacant/dnsstage/wire"
)

// end is how one query ended, in less room than a reply takes.
type end struct {
	token    uint64
	server   netip.AddrPort
	rtt      time.Duration
	msg      []byte // a view into the reader's buffer, nil without an answer
	err      error
	outcome  wire.Outcome
	caseLost bool
}

// answer takes every whole message in b, and returns how many octets that were.
// The desk comes first: who sees a reply finds the worker where it belongs.
func (c *conn) answer(b []byte) (used int, err error) {
	w, d := c.worker, c.worker.pool.desk
	c.ends = c.ends[:0]
	d.mu.Lock()
	now := d.clock()
	for w.conn == c && err == nil {
		msg, ok, bad := nextMessage(b[used:])
		if err = bad; !ok {
			break
		}
		used += prefixLen + len(msg)
		err = c.judge(msg, now)
	}
	c.partial = used < len(b)
	if w.conn == c {
		d.settle(w, now)
	}
	more := w.table.queued > 0
	d.mu.Unlock()
	if more {
		w.kick()
	}
	w.finish(c.ends)
	return used, err
}

// judge finds the query that msg answers; desk.mu is held. What answers none is
// counted and ignored.
func (c *conn) judge(msg []byte, now time.Duration) error {
	w, id := c.worker, wire.ID(msg)
	i := w.table.find(id)
	match := wire.NoMatch
	if i >= 0 && w.table.keys[i].state == flying {
		match = w.table.flights[i].packet.Check(msg)
	}
	if match == wire.NoMatch {
		return c.stray(id)
	}
	f := &w.table.flights[i]
	rtt := now - f.sent
	c.ends = append(c.ends, end{
		token: f.token, server: w.server.addr, rtt: max(rtt, 1), msg: msg, outcome: wire.Replied, caseLost: match == wire.CaseOnly,
	})
	c.answers++
	c.late, c.odd, c.doubted = 0, 0, false
	w.pause, w.deaf = 0, 0
	w.server.depth.answered(c, f.place, w.table.answered(i), rtt)
	w.pool.desk.load--
	return nil
}

// stray counts a message that answers nothing.
func (c *conn) stray(id uint16) error {
	c.worker.pool.mismatched.Add(1)
	if c.isOverdue(id) {
		return nil
	}
	if c.odd++; c.odd >= maxOdd {
		return errUnruly
	}
	return nil
}

// finish hands over what has ended, and lets in what waited for a worker.
func (w *worker) finish(ends []end) {
	p := w.pool
	for i := range ends {
		e := &ends[i]
		p.ends.Put(&wire.Reply{
			Token: e.token, Server: e.server, RTT: e.rtt, Outcome: e.outcome, CaseLost: e.caseLost, OverTCP: true, Err: e.err,
		}, e.msg)
	}
	p.serveWaiting()
}

// serveWaiting gives workers the queries that were taken while all were away.
func (p *Pool) serveWaiting() {
	woken, bad := p.desk.serveWaiting()
	for i := range bad {
		p.ends.Put(&bad[i], nil)
	}
	for _, w := range woken {
		w.kick()
	}
}
