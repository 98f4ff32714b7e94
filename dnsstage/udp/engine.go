// Package udp carries stage one's queries over UDP. It believes a reply only
// if address, port, id and question are those of a query in flight; it never
// retries, never picks a server and knows no rates: that is its user's part.
//
// One goroutine calls Submit and Poll. Each socket has one reader goroutine,
// with one buffer, started by New and ended by Close. Readers match replies to
// queries themselves and hand them over in rounds. There is no goroutine, no
// timer and no allocation per query.
package udp

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"vacant/dnsstage/wire"
)

// Defaults of [Config].
const (
	defaultInflight = 20_000
	defaultSockets  = 4
)

// maxPerSocket keeps the ids of a socket sparse: at half of the 65,536 a random
// draw finds a free one in two tries.
const maxPerSocket = 1 << 15

// Config of an engine; the zero value works.
type Config struct {
	Inflight int    // queries in flight at most; default 20,000
	Sockets  int    // source ports per address family; default 4, raised to one per 32,768 queries in flight
	Seed     uint64 // of ids, ports and case; 0 = from the system
}

func (c Config) withDefaults() Config {
	if c.Inflight <= 0 {
		c.Inflight = defaultInflight
	}
	if c.Sockets <= 0 {
		c.Sockets = defaultSockets
	}
	c.Sockets = max(c.Sockets, (c.Inflight+maxPerSocket-1)/maxPerSocket)
	return c
}

// Engine is a [wire.Transport] over UDP.
type Engine struct {
	max     int
	start   time.Time
	conns   []*net.UDPConn // first those of IPv4, then those of IPv6
	v4, v6  family
	readers sync.WaitGroup
	ends    *wire.Handover

	patient time.Time // until when sends may wait; the submitter's alone

	mu sync.Mutex
	// all below is guarded by mu
	table      table
	wheel      wheel
	rng        *rand.ChaCha8
	closed     bool
	sent       uint64
	mismatched uint64
}

var _ wire.Transport = (*Engine)(nil)

// New opens the sockets. It fails only if there is neither IPv4 nor IPv6.
func New(cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	e := &Engine{
		max:   cfg.Inflight,
		start: time.Now(),
		ends:  wire.NewHandover(min(cfg.Inflight, 1024)),
		rng:   wire.NewRand(cfg.Seed),
	}
	if err := e.open(cfg.Sockets); err != nil {
		return nil, err
	}
	e.table = newTable(cfg.Inflight, len(e.conns))
	e.wheel = newWheel()
	for i := range e.conns {
		e.readers.Add(1)
		go e.read(i)
	}
	return e, nil
}

// now is the monotonic time since the start, in nanoseconds.
func (e *Engine) now() int64 { return int64(time.Since(e.start)) }

// Poll implements [wire.Transport]. After Close it returns net.ErrClosed.
func (e *Engine) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	until := e.now() + int64(wait)
	for {
		if closed := e.reap(); closed {
			return 0, net.ErrClosed
		}
		if n := e.ends.Take(dst); n > 0 || len(dst) == 0 {
			return n, nil
		}
		now := e.now()
		if now >= until {
			return 0, nil
		}
		e.ends.Wait(time.Duration(min(until, e.due()) - now))
	}
}

// Stats implements [wire.Transport]. LostByUs stays 0: the portable sockets do not tell.
func (e *Engine) Stats() wire.Stats {
	s := e.ends.Stats()
	e.mu.Lock()
	defer e.mu.Unlock()
	s.Sent, s.Mismatched = e.sent, e.mismatched
	return s
}

// Close implements [wire.Transport]. It returns when the readers have ended.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	err := closeAll(e.conns)
	e.readers.Wait()
	e.ends.Wake()
	return err
}
