package dnstest

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Octets of SOCKS5 (RFC 1928, RFC 1929).
const (
	socks5        = 5
	methodNone    = 0
	methodUser    = 2
	methodNoMatch = 0xff
	replyRefused  = 5
)

// Proxy is a SOCKS5 proxy on loopback. Fields but Addr say how it misbehaves;
// set them before [StartProxy].
type Proxy struct {
	Addr netip.AddrPort

	User, Password    string        // if set, it asks for them
	RejectsAuth       bool          // asks for a password and takes none
	Silent            bool          // accepts connections and says nothing
	GarbageGreeting   bool          // speaks another protocol
	RefusesTarget     bool          // answers every CONNECT with "connection refused"
	ConnectsAndCloses bool          // says "connected" and closes
	ClosesAfter       int           // octets from the server, then it closes; 0 = never
	Delay             time.Duration // on octets from the server

	ln      net.Listener
	dead    atomic.Bool
	opened  atomic.Int64
	running sync.WaitGroup
	conns   conns
}

// StartProxy serves p on a free port of 127.0.0.1 until the test ends.
func StartProxy(tb testing.TB, p *Proxy) *Proxy {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("dnstest: %v", err)
	}
	p.ln, p.Addr = ln, ln.Addr().(*net.TCPAddr).AddrPort()
	p.running.Go(p.accept)
	tb.Cleanup(p.Close)
	return p
}

// DeadPort returns a loopback address where nothing listens.
func DeadPort(tb testing.TB) netip.AddrPort {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("dnstest: %v", err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).AddrPort()
}

// URL is how a client names the proxy, with its credentials.
func (p *Proxy) URL() string {
	u := url.URL{Scheme: "socks5", Host: p.Addr.String()}
	if p.User != "" {
		u.User = url.UserPassword(p.User, p.Password)
	}
	return u.String()
}

// Connections returns how many connections it has accepted.
func (p *Proxy) Connections() int { return int(p.opened.Load()) }

// Die makes the proxy drop all connections, old and new, until Revive.
func (p *Proxy) Die() {
	p.dead.Store(true)
	p.conns.dropAll()
}

// Revive ends what Die began.
func (p *Proxy) Revive() { p.dead.Store(false) }

// Close ends the proxy; a second time it does nothing.
func (p *Proxy) Close() {
	_ = p.ln.Close()
	p.conns.closeAll()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		c, err := p.ln.Accept()
		if err != nil {
			return
		}
		p.opened.Add(1)
		if p.dead.Load() {
			_ = c.Close()
			continue
		}
		if !p.conns.add(c) {
			return
		}
		p.running.Go(func() {
			defer p.conns.remove(c)
			p.serve(c)
		})
	}
}

func (p *Proxy) serve(c net.Conn) {
	switch {
	case p.Silent:
		_, _ = io.Copy(io.Discard, c)
		return
	case p.GarbageGreeting:
		_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		return
	}
	if !p.greet(c) {
		return
	}
	target, ok := p.readConnect(c)
	if !ok {
		return
	}
	p.connect(c, target)
}

// greet settles the method and, with a password set, checks it.
func (p *Proxy) greet(c net.Conn) bool {
	head := read(c, 2)
	if head == nil || head[0] != socks5 {
		return false
	}
	offered := read(c, int(head[1]))
	want := byte(methodNone)
	if p.User != "" || p.RejectsAuth {
		want = methodUser
	}
	if !contains(offered, want) {
		_, _ = c.Write([]byte{socks5, methodNoMatch})
		return false
	}
	_, _ = c.Write([]byte{socks5, want})
	return want == methodNone || p.login(c)
}

func (p *Proxy) login(c net.Conn) bool {
	head := read(c, 2)
	if head == nil {
		return false
	}
	user := read(c, int(head[1]))
	size := read(c, 1)
	if size == nil {
		return false
	}
	password := read(c, int(size[0]))
	good := !p.RejectsAuth && string(user) == p.User && string(password) == p.Password
	status := byte(1)
	if good {
		status = 0
	}
	_, _ = c.Write([]byte{1, status})
	return good
}

// readConnect reads a CONNECT request to an address literal.
func (p *Proxy) readConnect(c net.Conn) (netip.AddrPort, bool) {
	head := read(c, 4)
	if head == nil || head[1] != 1 {
		return netip.AddrPort{}, false
	}
	size := 4
	if head[3] == 4 {
		size = 16
	}
	ip, _ := netip.AddrFromSlice(read(c, size))
	port := read(c, 2)
	if !ip.IsValid() || port == nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(port)), true
}

func (p *Proxy) connect(c net.Conn, target netip.AddrPort) {
	answer := []byte{socks5, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	server, err := net.Dial("tcp", target.String())
	if err != nil || p.RefusesTarget {
		answer[1] = replyRefused
	}
	if err == nil {
		defer func() { _ = server.Close() }()
	}
	_, _ = c.Write(answer)
	if answer[1] != 0 || p.ConnectsAndCloses {
		return
	}
	p.running.Go(func() {
		_, _ = io.Copy(server, c)
		_ = server.Close()
	})
	p.carryBack(c, server)
}

// late is what came from a server and when it is to be passed on.
type late struct {
	octets []byte
	at     time.Time
}

// carryBack copies from the server to the client, delayed, up to where the proxy closes.
func (p *Proxy) carryBack(c io.Writer, server io.Reader) {
	if p.ClosesAfter > 0 {
		server = io.LimitReader(server, int64(p.ClosesAfter))
	}
	if p.Delay == 0 {
		_, _ = io.Copy(c, server)
		return
	}
	line := make(chan late, 64)
	p.running.Go(func() {
		defer close(line)
		for {
			b := make([]byte, 1024)
			n, err := server.Read(b)
			if err != nil {
				return
			}
			line <- late{b[:n], time.Now().Add(p.Delay)}
		}
	})
	for l := range line {
		time.Sleep(time.Until(l.at))
		_, _ = c.Write(l.octets) // the client gone, the line still has to be emptied
	}
}

// dropAll closes the connections there are; new ones may come.
func (c *conns) dropAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.all {
		_ = conn.Close()
	}
}

func contains(set []byte, b byte) bool {
	for _, x := range set {
		if x == b {
			return true
		}
	}
	return false
}

// read returns n octets, nil if they do not come.
func read(r io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil
	}
	return b
}
