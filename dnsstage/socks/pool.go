package socks

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"vacant"
	"vacant/dnsstage/wire"
)

// Defaults of [Config].
const (
	defaultProxied = 500
	defaultDirect  = 16
	defaultDepth   = 32 // two segments' worth of queries; servers read a few dozen ahead at most
)

// Config of a pool of workers.
type Config struct {
	Proxies []string       // SOCKS5 URLs; none = direct TCP
	Workers int            // connections; default 500 with proxies, 16 without
	Depth   int            // most queries on their way on one connection, fewer where a server takes fewer; default 32, 1 = one at a time
	Lookup  *vacant.Lookup // resolves the proxies' own host names; required with proxies
	Seed    uint64
}

// Pool is a [wire.Transport] over TCP.
type Pool struct {
	proxies []*proxy // empty = direct
	lookup  *vacant.Lookup
	dial    dialer
	desk    *desk
	ends    *wire.Handover
	all     []*worker
	kicked  []*worker // by the Submit under way
	running sync.WaitGroup
	ctx     context.Context // ends the workers and their dials
	cancel  context.CancelFunc

	sent, mismatched, reconnects atomic.Uint64
}

// dialer connects to a server, through a proxy or directly where it is nil. own
// says that a failure is the proxy's own.
type dialer func(ctx context.Context, x *proxy, server netip.AddrPort) (c net.Conn, own bool, err error)

var _ wire.Transport = (*Pool)(nil)

// New checks the proxy URLs and starts the workers; connections are made on
// demand. Its errors never show a user name or password.
func New(cfg Config) (*Pool, error) {
	proxies, err := parseProxies(cfg.Proxies)
	if err != nil {
		return nil, err
	}
	p := newPool(cfg, proxies)
	p.dial = p.dialThrough
	p.start(cfg.Seed)
	return p, nil
}

// newPool makes a pool whose workers do not run yet.
func newPool(cfg Config, proxies []*proxy) *Pool {
	if cfg.Workers <= 0 {
		cfg.Workers = defaultDirect
		if len(proxies) > 0 {
			cfg.Workers = defaultProxied
		}
	}
	if cfg.Depth <= 0 {
		cfg.Depth = defaultDepth
	}
	if cfg.Lookup == nil {
		cfg.Lookup = vacant.NewLookup(nil)
	}
	p := &Pool{proxies: proxies, lookup: cfg.Lookup, ends: wire.NewHandover(cfg.Workers)}
	p.desk = newDesk(cfg.Workers, cfg.Depth, len(proxies) == 0, wire.NewRand(cfg.Seed))
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// start makes the workers and sends them to the desk.
func (p *Pool) start(seed uint64) {
	for i := range p.desk.size {
		if seed != 0 {
			seed++ // streams of their own, also when they are reproducible
		}
		w := &worker{pool: p, wake: make(chan struct{}, 1), rng: wire.NewRand(seed)}
		if len(p.proxies) > 0 {
			w.proxy = p.proxies[i%len(p.proxies)]
			w.proxy.workers++
		}
		p.all = append(p.all, w)
		p.desk.present++
		p.desk.free.push(w)
		p.running.Go(w.run)
	}
}

// Submit implements [wire.Transport]. It takes a query while there is a worker
// free to connect to its server, or a connection to it with room. Only while
// every proxy is down does it take queries that no worker can have yet; such a
// query ends as Unreachable when its timeout has passed, or is asked by the
// first worker that comes back.
func (p *Pool) Submit(qs []wire.Query) (int, error) {
	n, err := p.giveAll(qs)
	for _, w := range p.kicked {
		w.kick()
	}
	p.kicked = p.kicked[:0]
	return n, err
}

// giveAll gives queries to workers, which are woken when the desk is free again.
func (p *Pool) giveAll(qs []wire.Query) (int, error) {
	d := p.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock()
	var last *worker
	for i := range qs {
		if d.closed {
			return i, net.ErrClosed
		}
		w, err := d.give(&qs[i], now)
		switch {
		case errors.Is(err, errNoRoom):
			return i, nil
		case err != nil:
			p.ends.Put(&wire.Reply{Token: qs[i].Token, Server: qs[i].Server, OverTCP: true, Outcome: wire.Unreachable, Err: err}, nil)
		case w != nil && w != last:
			p.kicked, last = append(p.kicked, w), w
		}
	}
	return len(qs), nil
}

// Poll implements [wire.Transport]. After Close it returns net.ErrClosed.
func (p *Pool) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	until := time.Now().Add(wait)
	for {
		due := p.expireWaiting()
		if p.ctx.Err() != nil {
			return 0, net.ErrClosed
		}
		if n := p.ends.Take(dst); n > 0 || len(dst) == 0 {
			return n, nil
		}
		left := time.Until(until)
		if left <= 0 {
			return 0, nil
		}
		p.ends.Wait(min(left, due))
	}
}

// expireWaiting ends the queries that found no live proxy in time, and returns
// how long it may be until the next does.
func (p *Pool) expireWaiting() time.Duration {
	late, due := p.desk.expireWaiting()
	for _, q := range late {
		p.ends.Put(&wire.Reply{Token: q.Token, Server: q.Server, Outcome: wire.Unreachable, OverTCP: true, Err: p.down()}, nil)
	}
	return due
}

// Stats implements [wire.Transport].
func (p *Pool) Stats() wire.Stats {
	s := p.ends.Stats()
	s.Sent, s.Mismatched, s.Reconnects = p.sent.Load(), p.mismatched.Load(), p.reconnects.Load()
	return s
}

// Close implements [wire.Transport]. It returns when the workers have ended.
func (p *Pool) Close() error {
	p.cancel()
	p.desk.close(p.all)
	p.running.Wait()
	p.ends.Wake()
	return nil
}
