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
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
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

// sendPatience bounds how long a send may wait for room in the socket's buffer,
// should the system make it wait at all.
const sendPatience = 500 * time.Millisecond

// Why a query ends as [wire.Unreachable] without having been sent.
var (
	ErrTCP    = errors.New("asked over TCP, which the UDP engine does not speak")
	ErrFamily = errors.New("this host has no socket for the server's address family")
)

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

// Submit implements [wire.Transport]. A query that cannot be sent at all ends as Unreachable.
func (e *Engine) Submit(qs []wire.Query) (int, error) {
	e.bePatient()
	for i := range qs {
		taken, err := e.submit(&qs[i])
		if !taken || err != nil {
			return i, err
		}
	}
	return len(qs), nil
}

func (e *Engine) submit(q *wire.Query) (taken bool, err error) {
	server := netip.AddrPortFrom(q.Server.Addr().Unmap(), q.Server.Port())
	f := &e.v4
	if !server.Addr().Is4() {
		f = &e.v6
	}
	slot, err := e.insert(q, server, f)
	switch {
	case errors.Is(err, errFull):
		return false, nil
	case errors.Is(err, net.ErrClosed):
		return false, err
	case err != nil:
		e.end(&wire.Reply{Token: q.Token, Server: q.Server, Outcome: wire.Unreachable, Err: err})
		return true, nil
	}
	s := &e.table.slots[slot]
	if _, err := e.conns[s.sock].WriteToUDPAddrPort(s.packet.Bytes(), server); err != nil {
		return e.sendFailed(slot, err)
	}
	return true, nil
}

// insert puts a query into the table, ready to be sent. It is there before it
// is sent, so that no reply can come too early.
func (e *Engine) insert(q *wire.Query, server netip.AddrPort, f *family) (int32, error) {
	waiting := e.ends.Len()
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return 0, net.ErrClosed
	case e.table.live+waiting >= e.max:
		return 0, errFull
	case q.TCP:
		return 0, ErrTCP
	case f.n == 0:
		return 0, ErrFamily
	}
	slot, err := e.table.insert(q, server, f.pick(e.rng), e.rng)
	if err != nil {
		return 0, err
	}
	s := &e.table.slots[slot]
	s.sent = e.now()
	s.deadline = s.sent + int64(q.Timeout)
	e.wheel.add(e.table.slots, slot)
	e.sent++
	return slot, nil
}

// sendFailed takes back a query that did not leave. Where the system only ran
// out of room it counts as not taken; otherwise there is no way to the server.
func (e *Engine) sendFailed(slot int32, err error) (taken bool, _ error) {
	e.mu.Lock()
	s := &e.table.slots[slot]
	if !s.live {
		e.mu.Unlock()
		return true, nil // ended meanwhile; the reply is on its way
	}
	r := wire.Reply{Token: s.token, Server: s.server, Outcome: wire.Unreachable, Err: err}
	e.removeLocked(slot)
	e.sent--
	e.mu.Unlock()
	switch {
	case errors.Is(err, net.ErrClosed):
		return false, net.ErrClosed
	case noRoom(err):
		return false, nil
	}
	e.end(&r)
	return true, nil
}

// noRoom reports whether a send failed for want of memory or room in a queue.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.EAGAIN) ||
		errors.Is(err, syscall.ENOMEM) || errors.Is(err, os.ErrDeadlineExceeded)
}

// bePatient moves the deadline of sends on, at most a few times a second: a
// system call per query for it would be too dear.
func (e *Engine) bePatient() {
	now := time.Now()
	if e.patient.Sub(now) > sendPatience/2 {
		return
	}
	e.patient = now.Add(sendPatience)
	for _, c := range e.conns {
		_ = c.SetWriteDeadline(e.patient) // fails on a closed socket only, and so will the send
	}
}

func (e *Engine) removeLocked(slot int32) {
	e.wheel.remove(e.table.slots, slot)
	e.table.remove(slot)
}

func (e *Engine) end(r *wire.Reply) { e.ends.Put(r, nil) }

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
