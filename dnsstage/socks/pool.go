// Package socks carries stage one's queries over TCP: through SOCKS5 proxies
// (worker i owns its connections through proxy i mod M), or directly where there
// is no proxy. It never retries on another server and knows no rates: that is
// its user's part.
//
// Each worker is one goroutine with one query at a time; New starts them all and
// Close ends them. Workers share nothing but the desk, where queries are given
// to idle workers, and the handover, where they end. A worker whose proxy fails
// leaves the desk, reconnects to the same proxy with growing pauses, and comes
// back when the proxy answers: no query waits behind a dead proxy while another lives.
package socks

import (
	"context"
	"net"
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
)

// Config of a pool of workers.
type Config struct {
	Proxies []string       // SOCKS5 URLs; none = direct TCP
	Workers int            // default 500 with proxies, 16 without
	Lookup  *vacant.Lookup // resolves the proxies' own host names; required with proxies
	Seed    uint64
}

// Pool is a [wire.Transport] over TCP.
type Pool struct {
	proxies []*proxy // empty = direct
	lookup  *vacant.Lookup
	desk    *desk
	ends    *wire.Handover
	all     []*worker
	running sync.WaitGroup
	ctx     context.Context // ends the workers and their dials
	cancel  context.CancelFunc

	sent, mismatched, reconnects atomic.Uint64
}

var _ wire.Transport = (*Pool)(nil)

// New checks the proxy URLs and starts the workers; connections are made on
// demand. Its errors never show a user name or password.
func New(cfg Config) (*Pool, error) {
	proxies, err := parseProxies(cfg.Proxies)
	if err != nil {
		return nil, err
	}
	if cfg.Workers <= 0 {
		cfg.Workers = defaultDirect
		if len(proxies) > 0 {
			cfg.Workers = defaultProxied
		}
	}
	if cfg.Lookup == nil {
		cfg.Lookup = vacant.NewLookup(nil)
	}
	p := &Pool{proxies: proxies, lookup: cfg.Lookup, desk: newDesk(cfg.Workers), ends: wire.NewHandover(cfg.Workers)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	for i := range cfg.Workers {
		p.start(i, cfg.Seed)
	}
	return p, nil
}

// start makes worker i and sends it to the desk.
func (p *Pool) start(i int, seed uint64) {
	if seed != 0 {
		seed += uint64(i) // streams of their own, also when they are reproducible
	}
	w := &worker{pool: p, jobs: make(chan wire.Query, 1), rng: wire.NewRand(seed)}
	if len(p.proxies) > 0 {
		w.proxy = p.proxies[i%len(p.proxies)]
		w.proxy.workers++
	}
	p.all = append(p.all, w)
	p.desk.comeBack(w)
	p.running.Go(w.run)
}

// Submit implements [wire.Transport]. It takes as many queries as there are
// idle workers. Only while every proxy is down does it take queries that no
// worker can have yet; such a query ends as Unreachable when its timeout has
// passed, or is asked by the first worker that comes back.
func (p *Pool) Submit(qs []wire.Query) (int, error) {
	for i := range qs {
		if p.ctx.Err() != nil {
			return i, net.ErrClosed
		}
		if !p.desk.give(&qs[i]) {
			return i, nil
		}
	}
	return len(qs), nil
}

// Poll implements [wire.Transport]. After Close it returns net.ErrClosed.
func (p *Pool) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	until := time.Now().Add(wait)
	for {
		due := p.expire(time.Now())
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

// expire ends the queries that found no live proxy in time, and returns how
// long it may be until the next does.
func (p *Pool) expire(now time.Time) time.Duration {
	late, due := p.desk.expire(now)
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
	for _, w := range p.all {
		w.interrupt()
	}
	p.running.Wait()
	p.ends.Wake()
	return nil
}
