package socks

import (
	"bytes"
	"errors"
	"time"

	"vacant/dnsstage/wire"
)

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
