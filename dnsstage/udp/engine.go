package udp

import (
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
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

// maxInflight is how many slots a shard can have: an id's place holds 16 bits.
const maxInflight = 1<<16 - 1

// maxShards bounds what New starts by itself.
const maxShards = 8

// Config of an engine; the zero value works.
type Config struct {
	Inflight int    // queries in flight at most; default 20,000, at most 65,535
	Sockets  int    // source ports per address family and shard; default 4, raised to one per 32,768 queries in flight
	Shards   int    // default 1 below six processors, then one for three of them, at most 8
	Seed     uint64 // of ids, ports and case; 0 = from the system
	GSO      GSO    // segmentation offload; default auto
}

func (c Config) withDefaults() Config {
	if c.Inflight <= 0 {
		c.Inflight = defaultInflight
	}
	c.Inflight = min(c.Inflight, maxInflight)
	if c.Shards <= 0 {
		// One shard sends what one processor can; its user, the generator and the
		// writer want processors too.
		c.Shards = min(max(runtime.GOMAXPROCS(0)/3, 1), maxShards)
	}
	if c.Sockets <= 0 {
		c.Sockets = defaultSockets
	}
	c.Sockets = max(c.Sockets, (c.Inflight+maxPerSocket-1)/maxPerSocket)
	return c
}

// Engine is a [wire.Transport] over UDP.
type Engine struct {
	mu      sync.Mutex // held by Submit and Poll, once a batch, so that Close can wait for them
	shards  []*shard   // used under mu, or by the crew
	crew    *crew      // nil with one shard: then mu's holder does the work
	closing atomic.Bool
}

var _ wire.Transport = (*Engine)(nil)

// New opens the sockets. It fails only if there is neither IPv4 nor IPv6.
func New(cfg Config) (*Engine, error) {
	return newEngine(cfg.withDefaults(), openLink)
}

// newEngine makes an engine over links that open gives it, one a shard.
func newEngine(cfg Config, open func(sockets int, gso GSO) (link, error)) (*Engine, error) {
	e := &Engine{}
	for i := range cfg.Shards {
		l, err := open(cfg.Sockets, cfg.GSO)
		if err != nil {
			return nil, errors.Join(err, e.closeLinks())
		}
		seed := cfg.Seed
		if seed != 0 {
			seed += uint64(i) // streams of their own, also when they are reproducible
		}
		e.shards = append(e.shards, newShard(l, cfg.Inflight, seed))
	}
	if cfg.Shards > 1 {
		e.crew = newCrew(e.shards, cfg.Inflight)
	}
	return e, nil
}

// Submit implements [wire.Transport]. A query that cannot be sent at all ends as Unreachable.
func (e *Engine) Submit(qs []wire.Query) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closing.Load():
		return 0, net.ErrClosed
	case e.crew != nil:
		return e.crew.submit(qs), nil
	}
	return e.shards[0].submit(qs), nil
}

// Poll implements [wire.Transport]. After Close it returns net.ErrClosed.
func (e *Engine) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.crew != nil {
		return e.crew.poll(dst, wait)
	}
	until := time.Now().Add(wait)
	for !e.closing.Load() {
		n, err := e.shards[0].poll(dst, time.Until(until))
		if n > 0 || err != nil || len(dst) == 0 || !time.Now().Before(until) {
			return n, err
		}
	}
	return 0, net.ErrClosed
}

// Stats implements [wire.Transport].
func (e *Engine) Stats() (sum wire.Stats) {
	for _, s := range e.shards {
		own := s.counters()
		sum.Sent += own.Sent
		sum.Answered += own.Answered
		sum.TimedOut += own.TimedOut
		sum.Mismatched += own.Mismatched
		sum.Malformed += own.Malformed
		sum.LostByUs += own.LostByUs
	}
	return sum
}

// Close implements [wire.Transport]. It returns when every goroutine has ended.
func (e *Engine) Close() error {
	if e.closing.Swap(true) {
		return nil
	}
	if e.crew != nil {
		e.crew.close()
	} else {
		e.shards[0].link.wake()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closeLinks()
}

func (e *Engine) closeLinks() error {
	var errs []error
	for _, s := range e.shards {
		errs = append(errs, s.link.close())
	}
	return errors.Join(errs...)
}
