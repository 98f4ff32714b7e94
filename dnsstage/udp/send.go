package udp

import (
	"errors"
	"net/netip"
	"os"
	"syscall"

	"vacant/dnsstage/wire"
)

// Why a query ends as [wire.Unreachable] without having been sent.
var (
	ErrTCP     = errors.New("asked over TCP, which the UDP engine does not speak")
	ErrFamily  = errors.New("this host has no socket for the server's address family")
	ErrAddress = errors.New("query without a server's address")
)

// submit takes queries from the front of qs while there is room, and returns
// how many. Those that cannot be asked at all are taken and end as Unreachable.
func (s *shard) submit(qs []wire.Query) (n int) {
	defer s.publish()
	for n < len(qs) {
		err := s.fill(qs[n:])
		k, failed := s.launch()
		n += k
		switch {
		case failed != nil && noRoom(failed):
			return n
		case failed != nil:
			s.refuse(&qs[n], failed)
			n++
		case errors.Is(err, errFull):
			return n
		case err != nil:
			s.refuse(&qs[n], err)
			n++
		}
	}
	return n
}

// fill moves queries from the front of qs into the burst, until it is full, qs
// is used up or the next one needs another socket. An error is about the next.
func (s *shard) fill(qs []wire.Query) error {
	s.out.reset()
	now := s.now()
	var from family
	for i := range qs {
		q := &qs[i]
		if s.table.live+len(s.ended) >= s.max {
			return errFull
		}
		server := unmapped(q.Server)
		f, err := s.socketsFor(q, server)
		if err != nil {
			return err
		}
		if i == 0 {
			from, s.out.sock = f, f.pick(s.rng)
		}
		if f != from || s.out.full() {
			return nil
		}
		slot, err := s.table.insert(q, server, s.out.sock, s.rng)
		if err != nil {
			return err
		}
		own := &s.table.slots[slot]
		own.sent, own.deadline = now, now+int64(q.Timeout)
		s.wheel.add(s.table.slots, slot)
		s.out.add(slot, server, own.packet.Bytes())
	}
	return nil
}

func unmapped(server netip.AddrPort) netip.AddrPort {
	if server.Addr().Is4In6() {
		return netip.AddrPortFrom(server.Addr().Unmap(), server.Port())
	}
	return server
}

func (s *shard) socketsFor(q *wire.Query, server netip.AddrPort) (f family, err error) {
	switch {
	case q.TCP:
		return f, ErrTCP
	case !server.IsValid():
		return f, ErrAddress
	case server.Addr().Is4():
		f = s.v4
	default:
		f = s.v6
	}
	if f.n == 0 {
		return f, ErrFamily
	}
	return f, nil
}

// launch sends the burst and takes back what did not leave: unsent queries
// never count as in flight. An error is about the first of these.
func (s *shard) launch() (n int, err error) {
	if len(s.out.packets) == 0 {
		return 0, nil
	}
	n, err = s.link.send(&s.out)
	s.stats.Sent += uint64(n)
	for _, p := range s.out.packets[n:] {
		s.remove(p.slot)
	}
	return n, err
}

func (s *shard) refuse(q *wire.Query, err error) {
	s.end(wire.Reply{Token: q.Token, Server: q.Server, Outcome: wire.Unreachable, Err: err})
}

// noRoom reports whether a send failed for want of memory or room in a queue:
// the query can be sent a little later.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.EAGAIN) ||
		errors.Is(err, syscall.ENOMEM) || errors.Is(err, os.ErrDeadlineExceeded)
}
