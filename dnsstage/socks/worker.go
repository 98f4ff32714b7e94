package socks

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"vacant/dnsstage/wire"
)

// maxConns bounds a worker's open connections: one per server it was asked for
// lately. A TLD's servers are 4 to 13, and all workers together cover them.
const maxConns = 4

// readBuffer holds nearly every reply, in octets; a longer one grows it.
const readBuffer = 2048

// maxLate is after how many timeouts in a row a connection is given up: the
// first may be a name that is slow to resolve, the second is a dead connection.
const maxLate = 2

// maxDeaf is after how many failures in a row behind a proxy the proxy itself is doubted.
const maxDeaf = 3

// worker carries one query at a time over its own connections.
type worker struct {
	pool   *Pool
	proxy  *proxy // nil = direct
	jobs   chan wire.Query
	rng    *rand.ChaCha8
	packet wire.Packet
	name   []byte // of the query in hand
	buf    []byte
	conns  []*conn // least recently used first; the desk reads it while the worker is idle

	pause  time.Duration // before the next reconnection, 0 = all is well
	deaf   int           // failures in a row that may be the proxy's
	faulty bool          // the proxy failed on the query in hand

	// speaking is the connection of the exchange under way, for interrupt.
	speaking atomic.Pointer[net.Conn]

	idle, listed bool // guarded by desk.mu
}

// take gives q to an idle worker; desk.mu is held.
func (w *worker) take(q *wire.Query) {
	w.idle = false
	w.name = append(w.name[:0], q.Name...)
	own := *q
	own.Name = w.name
	w.jobs <- own // has room: a worker has one job at a time
}

// run is the worker's life.
func (w *worker) run() {
	defer w.closeAll()
	w.buf = make([]byte, readBuffer)
	for {
		select {
		case <-w.pool.ctx.Done():
			return
		case q := <-w.jobs:
			w.do(&q)
		}
	}
}

// do answers one query and makes the worker available again.
func (w *worker) do(q *wire.Query) {
	w.faulty = false
	r := wire.Reply{Token: q.Token, Server: q.Server, OverTCP: true}
	msg := w.ask(q, &r)
	if w.pool.ctx.Err() != nil {
		return // closing ends queries without a reply
	}
	// The desk comes first: who sees the reply finds the worker where it belongs.
	if !w.faulty {
		w.pool.desk.ready(w)
		w.pool.ends.Put(&r, msg)
		return
	}
	w.pool.desk.goAway()
	w.proxy.countAway(1)
	w.pool.ends.Put(&r, msg)
	w.recuperate(q.Server, q.Timeout)
}

// ask sets r to how q ended and returns the answer, if one came. Set-up and
// answer may take the timeout each, and a second try no more on top.
func (w *worker) ask(q *wire.Query, r *wire.Reply) []byte {
	if err := w.prepare(q); err != nil {
		r.Outcome, r.Err = wire.Unreachable, err
		return nil
	}
	limit := time.Now().Add(2 * q.Timeout)
	for {
		c, err := w.connect(q.Server, earlier(limit, q.Timeout))
		if err != nil {
			r.Outcome, r.Err = wire.Unreachable, err
			return nil
		}
		again := c.used
		msg, err := w.converse(c, earlier(limit, q.Timeout), r)
		if err == nil {
			return msg
		}
		// A server may close an idle connection at any time (RFC 7766 section 6.2.3).
		if !again || c.Conn != nil || c.partial || errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		w.pool.reconnects.Add(1)
	}
}

// prepare builds the message. What cannot be asked is refused before a proxy
// could be blamed for it.
func (w *worker) prepare(q *wire.Query) error {
	if !q.Server.IsValid() || q.Timeout <= 0 {
		return errQuery
	}
	return w.packet.Build(q, uint16(w.rng.Uint64()), w.rng)
}

// earlier is the earlier one of limit and a time from now.
func earlier(limit time.Time, patience time.Duration) time.Time {
	if t := time.Now().Add(patience); t.Before(limit) {
		return t
	}
	return limit
}

// converse has one exchange on c and reads how it went into r.
func (w *worker) converse(c *conn, deadline time.Time, r *wire.Reply) ([]byte, error) {
	sent := time.Now()
	w.pool.sent.Add(1)
	nc := c.Conn
	w.speaking.Store(&nc)
	msg, match, odd, err := c.exchange(w.pool.ctx, &w.packet, &w.buf, deadline)
	w.speaking.Store(nil)
	w.pool.mismatched.Add(uint64(odd))
	r.RTT = time.Since(sent)
	if err != nil {
		w.failed(c, r, err)
		return nil, err
	}
	c.used, c.late = true, 0
	w.pause, w.deaf = 0, 0
	r.Outcome, r.Err, r.CaseLost = wire.Replied, nil, match == wire.CaseOnly
	return msg, nil
}

// interrupt ends the conversation the worker is in, if any, once the pool's
// context is over. Any goroutine may call it.
func (w *worker) interrupt() {
	if c := w.speaking.Load(); c != nil {
		_ = (*c).SetDeadline(time.Unix(1, 0))
	}
}

// failed reads an error of an exchange into r and drops the connection unless
// it may still be good.
func (w *worker) failed(c *conn, r *wire.Reply, err error) {
	r.Outcome, r.Err = wire.Unreachable, err
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		r.Outcome, r.Err = wire.TimedOut, nil
		c.late++
		if !c.partial && c.late < maxLate {
			return
		}
	case errors.Is(err, errShort), errors.Is(err, errUnruly):
		r.Outcome = wire.Malformed
	case w.proxy != nil && !c.used:
		w.faulty = true // it said "connected", and it was not so
	}
	w.drop(c)
}

// connect returns an open connection to server, making one if there is none.
func (w *worker) connect(server netip.AddrPort, deadline time.Time) (*conn, error) {
	if i := slices.IndexFunc(w.conns, func(c *conn) bool { return c.server == server }); i >= 0 {
		c := w.conns[i]
		w.conns = append(slices.Delete(w.conns, i, i+1), c)
		return c, nil
	}
	ctx, cancel := context.WithDeadline(w.pool.ctx, deadline)
	defer cancel()
	nc, own, err := w.pool.dial(ctx, w.proxy, server)
	if err != nil {
		w.deaf++
		w.faulty = w.proxy != nil && (own || w.deaf >= maxDeaf)
		return nil, err
	}
	if len(w.conns) == maxConns {
		w.drop(w.conns[0])
	}
	c := newConn(nc, server, w)
	w.conns = append(w.conns, c)
	return c, nil
}

// drop closes a connection and forgets it.
func (w *worker) drop(c *conn) {
	_ = c.Close()
	w.pool.desk.forget(c)
	c.Conn = nil
	w.conns = slices.DeleteFunc(w.conns, func(x *conn) bool { return x == c })
}

func (w *worker) closeAll() {
	for len(w.conns) > 0 {
		w.drop(w.conns[0])
	}
}
