package socks

import (
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
		s = &server{addr: addr, depth: newDepth(d.depth, !d.direct)}
		d.servers[addr] = s
	}
	d.last = s
	return s
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
