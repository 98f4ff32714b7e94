// Package dnstest holds DNS servers and SOCKS5 proxies on loopback, named by
// their misbehaviour. It imports nothing of what it tests: a fake that shares a
// bug with its judge proves nothing. Each fake ends with the test that started it.
package dnstest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Request is one question as it came in.
type Request struct {
	*dns.Msg
	N    int      // the server's count of requests, from 1
	TCP  net.Conn // nil over UDP
	From netip.AddrPort

	udp *net.UDPConn
}

// Handler does with a request what it will: answer, lie or nothing.
type Handler func(*Request)

// Answer makes the honest reply to a question.
type Answer func(q *dns.Msg) *dns.Msg

// receiveBuffer keeps bursts of questions from being lost, in octets.
const receiveBuffer = 4 << 20

// Server listens on one loopback address over UDP and TCP.
type Server struct {
	Addr netip.AddrPort

	handle  Handler
	udp     *net.UDPConn
	tcp     net.Listener
	n       atomic.Int64
	opened  atomic.Int64
	running sync.WaitGroup
	conns   conns
}

// Start serves h on a free port of 127.0.0.1 until the test ends.
func Start(tb testing.TB, h Handler) *Server {
	tb.Helper()
	return StartOn(tb, netip.MustParseAddr("127.0.0.1"), h)
}

// StartOn is [Start] on another address of this host.
func StartOn(tb testing.TB, ip netip.Addr, h Handler) *Server {
	tb.Helper()
	s := &Server{handle: h}
	if err := s.listen(ip); err != nil {
		tb.Fatalf("dnstest: %v", err)
	}
	s.running.Go(s.serveUDP)
	s.running.Go(s.serveTCP)
	tb.Cleanup(s.Close)
	return s
}

// listen finds a port that is free over both UDP and TCP.
func (s *Server) listen(ip netip.Addr) (err error) {
	for range 10 {
		s.udp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
		if err != nil {
			return err
		}
		_ = s.udp.SetReadBuffer(receiveBuffer)
		s.Addr = s.udp.LocalAddr().(*net.UDPAddr).AddrPort()
		s.tcp, err = net.Listen("tcp", s.Addr.String())
		if err == nil {
			return nil
		}
		_ = s.udp.Close()
	}
	return err
}

// Requests returns how many questions have come.
func (s *Server) Requests() int { return int(s.n.Load()) }

// Connections returns how many TCP connections have been made.
func (s *Server) Connections() int { return int(s.opened.Load()) }

// Close ends the server; a second time it does nothing.
func (s *Server) Close() {
	_ = s.udp.Close()
	_ = s.tcp.Close()
	s.conns.closeAll()
	s.running.Wait()
}

func (s *Server) serveUDP() {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := s.udp.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		s.serve(buf[:n], &Request{From: from, udp: s.udp})
	}
}

func (s *Server) serve(raw []byte, r *Request) {
	r.Msg = new(dns.Msg)
	if r.Unpack(raw) != nil {
		return
	}
	r.N = int(s.n.Add(1))
	s.handle(r)
}

func (s *Server) serveTCP() {
	for {
		c, err := s.tcp.Accept()
		if err != nil {
			return
		}
		s.opened.Add(1)
		if !s.conns.add(c) {
			return
		}
		s.running.Go(func() {
			defer s.conns.remove(c)
			s.serveConn(c)
		})
	}
}

func (s *Server) serveConn(c net.Conn) {
	for {
		raw, err := readFramed(c)
		if err != nil {
			return
		}
		s.serve(raw, &Request{TCP: c, From: c.RemoteAddr().(*net.TCPAddr).AddrPort()})
	}
}

func readFramed(r io.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	raw := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(r, raw)
	return raw, err
}

// Send packs m and sends it to the asker.
func (r *Request) Send(m *dns.Msg) {
	raw, err := m.Pack()
	if err != nil {
		panic("dnstest: a fake made a message that cannot be packed: " + err.Error())
	}
	r.SendRaw(raw)
}

// SendRaw sends octets as one message. An asker that has gone is no fault of the fake.
func (r *Request) SendRaw(raw []byte) {
	if r.TCP != nil {
		_, _ = r.TCP.Write(framed(raw))
		return
	}
	_, _ = r.udp.WriteToUDPAddrPort(raw, r.From)
}

func framed(raw []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw...)
}

// later runs f after d, in its own goroutine, as servers that are slow do.
func (r *Request) later(d time.Duration, f func()) { time.AfterFunc(d, f) }

// conns are the open connections of a fake, to be closed with it.
type conns struct {
	mu     sync.Mutex
	all    map[net.Conn]bool // guarded by mu; nil before the first
	closed bool              // guarded by mu
}

func (c *conns) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return false
	}
	if c.all == nil {
		c.all = make(map[net.Conn]bool)
	}
	c.all[conn] = true
	return true
}

func (c *conns) remove(conn net.Conn) {
	_ = conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, conn)
}

func (c *conns) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for conn := range c.all {
		_ = conn.Close()
	}
}
