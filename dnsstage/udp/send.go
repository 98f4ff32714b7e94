package udp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"vacant/dnsstage/wire"
)

// sendPatience bounds how long a send may wait for room in the socket's buffer,
// should the system make it wait at all.
const sendPatience = 500 * time.Millisecond

// Why a query ends as [wire.Unreachable] without having been sent.
var (
	ErrTCP    = errors.New("asked over TCP, which the UDP engine does not speak")
	ErrFamily = errors.New("this host has no socket for the server's address family")
)

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
