package lab

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Octets of SOCKS 5 (RFC 1928, RFC 1929).
const (
	socksVersion = 5
	authVersion  = 1

	methodNone     = 0x00
	methodPassword = 0x02
	methodRefused  = 0xff

	cmdConnect = 1

	addrIPv4 = 1
	addrHost = 3
	addrIPv6 = 4

	replyOK          = 0
	replyNotAllowed  = 2
	replyUnreachable = 4
	replyRefused     = 5
	replyCommand     = 7
	replyAddress     = 8
)

// socksPatience is how long a handshake and a connection attempt may take.
const socksPatience = 10 * time.Second

// socksServer is a SOCKS5 proxy that connects to loopback addresses only. It
// delays its answer to CONNECT by one round-trip; what passes afterwards is
// delayed by the servers behind it.
type socksServer struct {
	rtt            time.Duration
	user, password string // "" = none wanted
	refuse         bool   // no password is the right one
	connected      atomic.Uint64
}

var errSOCKS = errors.New("not a SOCKS5 client of ours")

func (s *socksServer) serve(ctx context.Context, conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(socksPatience))
	r := bufio.NewReader(conn)
	if s.authenticate(r, conn) != nil {
		return
	}
	target, code, err := readRequest(r)
	if err != nil {
		return
	}
	if !sleep(ctx, s.rtt) {
		return
	}
	var up net.Conn
	if code == replyOK {
		up, code = connect(ctx, target)
	}
	if _, err := conn.Write([]byte{socksVersion, code, 0, addrIPv4, 0, 0, 0, 0, 0, 0}); err != nil || up == nil {
		if up != nil {
			_ = up.Close()
		}
		return
	}
	s.connected.Add(1)
	_ = conn.SetDeadline(time.Time{})
	relay(ctx, r, conn, up)
}

// authenticate goes through the choice of a method and, where wanted, the password.
func (s *socksServer) authenticate(r *bufio.Reader, w io.Writer) error {
	methods, err := readCounted(r, socksVersion)
	if err != nil {
		return err
	}
	want := byte(methodNone)
	if s.user != "" {
		want = methodPassword
	}
	offered := false
	for _, m := range methods {
		offered = offered || m == want
	}
	if !offered {
		_, _ = w.Write([]byte{socksVersion, methodRefused})
		return errSOCKS
	}
	if _, err := w.Write([]byte{socksVersion, want}); err != nil || want == methodNone {
		return err
	}
	return s.checkPassword(r, w)
}

func (s *socksServer) checkPassword(r *bufio.Reader, w io.Writer) error {
	user, err := readCounted(r, authVersion)
	if err != nil {
		return err
	}
	n, err := r.ReadByte()
	if err != nil {
		return err
	}
	password := make([]byte, n)
	if _, err := io.ReadFull(r, password); err != nil {
		return err
	}
	if s.refuse || string(user) != s.user || string(password) != s.password {
		_, _ = w.Write([]byte{authVersion, 1})
		return errSOCKS
	}
	_, err = w.Write([]byte{authVersion, 0})
	return err
}

// readCounted reads a version octet, which must be right, a count and so many octets.
func readCounted(r *bufio.Reader, version byte) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	if head[0] != version {
		return nil, errSOCKS
	}
	b := make([]byte, head[1])
	_, err := io.ReadFull(r, b)
	return b, err
}

// readRequest reads a request whole and says where it wants to go, or the code to refuse it with.
func readRequest(r *bufio.Reader) (netip.AddrPort, byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return netip.AddrPort{}, 0, err
	}
	size := 4
	switch head[3] {
	case addrIPv6:
		size = 16
	case addrHost:
		n, err := r.ReadByte()
		if err != nil {
			return netip.AddrPort{}, 0, err
		}
		size = int(n)
	}
	b := make([]byte, size+2)
	if _, err := io.ReadFull(r, b); err != nil {
		return netip.AddrPort{}, 0, err
	}
	if head[0] != socksVersion || head[1] != cmdConnect {
		return netip.AddrPort{}, replyCommand, nil
	}
	addr, code := targetAddr(head[3], b[:size])
	return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(b[size:])), code, nil
}

// targetAddr reads the address of a request. A host is an address in text or "localhost".
func targetAddr(kind byte, b []byte) (netip.Addr, byte) {
	addr, ok := netip.Addr{}, false
	switch kind {
	case addrIPv4, addrIPv6:
		addr, ok = netip.AddrFromSlice(b)
	case addrHost:
		parsed, err := netip.ParseAddr(string(b))
		addr, ok = parsed, err == nil
		if string(b) == "localhost" {
			addr, ok = loopback, true
		}
		if !ok {
			return addr, replyUnreachable
		}
	}
	switch {
	case !ok:
		return addr, replyAddress
	case !addr.Unmap().Is4() || !addr.IsLoopback():
		return addr, replyNotAllowed
	}
	return addr.Unmap(), replyOK
}

func connect(ctx context.Context, to netip.AddrPort) (net.Conn, byte) {
	d := net.Dialer{Timeout: socksPatience}
	conn, err := d.DialContext(ctx, "tcp4", to.String())
	if err != nil {
		return nil, replyRefused
	}
	return conn, replyOK
}

// relay copies both ways until both have ended.
func relay(ctx context.Context, fromClient io.Reader, client, up net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = up.Close() })
	defer stop()
	defer func() { _ = up.Close() }()
	var wg sync.WaitGroup
	wg.Go(func() {
		pass(up, fromClient)
		closeWrite(up)
	})
	pass(client, up)
	closeWrite(client)
	_ = up.Close() // the server has nothing more to say: let the client go as well
	_ = client.SetReadDeadline(time.Now())
	wg.Wait()
}

// pass copies through a small buffer. Left to itself io.Copy would splice, which
// takes two more file descriptors per connection and gains nothing on messages this small.
func pass(to io.Writer, from io.Reader) {
	_, _ = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 4096))
}

func closeWrite(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
}

// mute accepts what it is sent and never says a word.
func mute(_ context.Context, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
