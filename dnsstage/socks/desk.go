package socks

import (
	"bytes"
	"net/netip"
	"slices"
	"sync"
	"time"

	"vacant/dnsstage/wire"
)

// desk is where queries meet idle workers. A query goes to a worker that has a
// connection to its server open, if there is one, else to the worker idle for the longest time.
type desk struct {
	mu sync.Mutex
	// all below is guarded by mu
	idle    []*worker                  // in the order they came back; some may be busy again
	open    map[netip.AddrPort][]*conn // connections of workers that were idle when listed, by server
	present int                        // workers that are not away
	waiting []waiting                  // queries taken while all workers are away
	size    int                        // workers in all
}

// waiting is a query that no worker can have yet.
type waiting struct {
	wire.Query
	until time.Time
}

func newDesk(size int) *desk {
	return &desk{open: make(map[netip.AddrPort][]*conn), size: size}
}

// give hands q to a worker. It reports whether q was taken.
func (d *desk) give(q *wire.Query) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.connected(q.Server)
	if w == nil {
		w = d.longestIdle()
	}
	if w != nil {
		w.take(q)
		return true
	}
	if d.present > 0 || len(d.waiting) >= d.size {
		return false
	}
	own := *q
	own.Name = bytes.Clone(q.Name)
	d.waiting = append(d.waiting, waiting{own, time.Now().Add(q.Timeout)})
	return true
}

// connected takes out an idle worker with an open connection to server.
func (d *desk) connected(server netip.AddrPort) *worker {
	list := d.open[server]
	for len(list) > 0 {
		c := list[len(list)-1]
		list = list[:len(list)-1]
		c.listed = false
		if c.worker.idle {
			d.open[server] = list
			return c.worker
		}
	}
	delete(d.open, server)
	return nil
}

func (d *desk) longestIdle() *worker {
	for len(d.idle) > 0 {
		w := d.idle[0]
		d.idle = d.idle[1:]
		w.listed = false
		if w.idle {
			return w
		}
	}
	return nil
}

// comeBack makes w available, from the start or after its proxy had failed.
func (d *desk) comeBack(w *worker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.present++
	d.readyLocked(w)
}

// goAway takes a busy worker out of the count of those present.
func (d *desk) goAway() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.present--
}

// ready makes a worker available again after a query.
func (d *desk) ready(w *worker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readyLocked(w)
}

func (d *desk) readyLocked(w *worker) {
	if len(d.waiting) > 0 {
		w.take(&d.waiting[0].Query)
		d.waiting = d.waiting[1:]
		return
	}
	w.idle = true
	if !w.listed {
		w.listed = true
		d.idle = append(d.idle, w)
	}
	for _, c := range w.conns {
		if !c.listed {
			c.listed = true
			d.open[c.server] = append(d.open[c.server], c)
		}
	}
}

// expire takes out the queries that have waited for too long, and returns how
// long the next one may still wait.
func (d *desk) expire(now time.Time) (late []wire.Query, due time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	due = time.Hour
	kept := d.waiting[:0]
	for _, q := range d.waiting {
		if left := q.until.Sub(now); left > 0 {
			due = min(due, left)
			kept = append(kept, q)
			continue
		}
		late = append(late, q.Query)
	}
	d.waiting = kept
	return late, due
}

// forget takes a connection that is being closed off the list.
func (d *desk) forget(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !c.listed {
		return
	}
	c.listed = false
	left := slices.DeleteFunc(d.open[c.server], func(x *conn) bool { return x == c })
	if d.open[c.server] = left; len(left) == 0 {
		delete(d.open, c.server)
	}
}
