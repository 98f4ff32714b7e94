package lab

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// udpBuffer is asked of the kernel for each socket, in bytes; it grants what it may.
const udpBuffer = 4 << 20

// serveUDP answers queries from conn until it is closed.
func (s *dnsServer) serveUDP(ctx context.Context, conn *net.UDPConn) {
	send := func(msg []byte, to netip.AddrPort) { _, _ = conn.WriteToUDPAddrPort(msg, to) }
	if s.rtt > 0 {
		line := newDelay(s.rtt, send)
		go line.run(ctx)
		defer line.stop()
		send = line.add
	}
	out := outlet{send: send, stray: func([]byte, netip.AddrPort) {}}
	if s.faults != nil && s.faults.forge > 0 {
		stray, err := strayFrom(conn)
		if err == nil {
			defer func() { _ = stray.Close() }()
			out.stray = func(msg []byte, to netip.AddrPort) { _, _ = stray.WriteToUDPAddrPort(msg, to) }
		}
	}
	sc, in := new(scratch), make([]byte, 4096)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(in)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil { // else an ICMP error of a client that has gone
			s.datagram(sc, in[:n], from, out)
		}
	}
}

// outlet is how a server's datagrams leave.
type outlet struct {
	send  func([]byte, netip.AddrPort)
	stray func([]byte, netip.AddrPort) // from another port, at once: only forgers do
}

// strayFrom opens another port of the server's address.
func strayFrom(conn *net.UDPConn) (*net.UDPConn, error) {
	addr := conn.LocalAddr().(*net.UDPAddr)
	return net.ListenUDP("udp4", &net.UDPAddr{IP: addr.IP})
}

// datagram answers one query.
func (s *dnsServer) datagram(sc *scratch, msg []byte, from netip.AddrPort, to outlet) {
	seq := s.asked.Add(1)
	if s.lost(seq) {
		s.dropped.Add(1)
		return
	}
	out := s.answer(sc, msg, seq, false)
	if out == nil {
		return
	}
	if s.faults != nil {
		s.faults.forgeAll(sc, out, from, to)
	}
	to.send(out, from)
}

// delay hands datagrams on after a constant time, and so in the order they came.
type delay struct {
	by   time.Duration
	send func([]byte, netip.AddrPort)
	ch   chan delayed
	free chan []byte
	done chan struct{}
}

type delayed struct {
	due time.Time
	to  netip.AddrPort
	msg []byte
}

// maxDelayed bounds what is on its way: 100 ms at 300,000 answers a second. More is lost, as on a line.
const maxDelayed = 1 << 15

func newDelay(by time.Duration, send func([]byte, netip.AddrPort)) *delay {
	return &delay{by: by, send: send, ch: make(chan delayed, maxDelayed), free: make(chan []byte, maxDelayed), done: make(chan struct{})}
}

// add takes a copy of msg.
func (d *delay) add(msg []byte, to netip.AddrPort) {
	var b []byte
	select {
	case b = <-d.free:
	default:
		b = make([]byte, 0, plainUDP)
	}
	select {
	case d.ch <- delayed{due: time.Now().Add(d.by), to: to, msg: append(b[:0], msg...)}:
	default:
	}
}

func (d *delay) run(ctx context.Context) {
	defer close(d.done)
	for it := range d.ch {
		if !sleep(ctx, time.Until(it.due)) {
			return
		}
		d.send(it.msg, it.to)
		select {
		case d.free <- it.msg:
		default:
		}
	}
}

// stop ends run, which drops what is still on its way once ctx has ended. No add may follow.
func (d *delay) stop() {
	close(d.ch)
	<-d.done
}

// sleep waits for d; it reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
