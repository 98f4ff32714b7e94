package rdaptest

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
)

// Proxy is a proxy behind which every host is at one address. What it was asked
// to connect to is in Asked; credentials that it did not want are refused.
type Proxy struct {
	*Port43
	// User and Password are what it wants, "" for none.
	User, Password string
	// To is the address it really connects to, "" for what it is told.
	To string
}

// CONNECT starts an HTTP proxy for tunnels.
func CONNECT(tb testing.TB, to, user, password string) *Proxy {
	tb.Helper()
	x := &Proxy{User: user, Password: password, To: to}
	x.Port43 = listen(tb, func(p *Port43, conn *net.TCPConn) {
		defer p.withServer(conn)()
		x.connect(p, conn)
	})
	return x
}

// SOCKS5 starts a SOCKS5 proxy (RFC 1928, RFC 1929).
func SOCKS5(tb testing.TB, to, user, password string) *Proxy {
	tb.Helper()
	x := &Proxy{User: user, Password: password, To: to}
	x.Port43 = listen(tb, func(p *Port43, conn *net.TCPConn) {
		defer p.withServer(conn)()
		x.socks(p, conn)
	})
	return x
}

func (x *Proxy) connect(p *Port43, conn *net.TCPConn) {
	in := bufio.NewReader(conn)
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	p.note(r.Method + " " + r.Host)
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(x.User+":"+x.Password))
	switch {
	case r.Method != http.MethodConnect:
		_, _ = io.WriteString(conn, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
	case x.User != "" && r.Header.Get("Proxy-Authorization") != want:
		_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
	default:
		p.relay(conn, in, x.target(r.Host), "HTTP/1.1 200 Connection established\r\n\r\n")
	}
}

func (x *Proxy) target(asked string) string {
	if x.To != "" {
		return x.To
	}
	return asked
}

func (x *Proxy) socks(p *Port43, conn *net.TCPConn) {
	in := bufio.NewReader(conn)
	method := byte(0)
	if x.User != "" {
		method = 2
	}
	offered, err := sized(in, 1)
	if err != nil {
		return
	}
	for _, m := range offered {
		if m == method {
			_, _ = conn.Write([]byte{5, method})
			if method == 0 || x.authenticate(conn, in) {
				x.request(p, conn, in)
			}
			return
		}
	}
	_, _ = conn.Write([]byte{5, 0xff})
}

// sized reads skip octets, a length and that many octets.
func sized(in *bufio.Reader, skip int) ([]byte, error) {
	if _, err := in.Discard(skip); err != nil {
		return nil, err
	}
	n, err := in.ReadByte()
	if err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err = io.ReadFull(in, b)
	return b, err
}

func (x *Proxy) authenticate(conn net.Conn, in *bufio.Reader) bool {
	user, err1 := sized(in, 1)
	password, err2 := sized(in, 0)
	ok := err1 == nil && err2 == nil && string(user) == x.User && string(password) == x.Password
	status := byte(1)
	if ok {
		status = 0
	}
	_, _ = conn.Write([]byte{1, status})
	return ok
}

// request reads a CONNECT and relays.
func (x *Proxy) request(p *Port43, conn *net.TCPConn, in *bufio.Reader) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(in, head); err != nil || head[1] != 1 {
		return
	}
	var host []byte
	var err error
	switch head[3] {
	case 3:
		host, err = sized(in, 0)
	case 1, 4:
		host = make([]byte, map[byte]int{1: net.IPv4len, 4: net.IPv6len}[head[3]])
		if _, err = io.ReadFull(in, host); err == nil {
			host = []byte(net.IP(host).String())
		}
	default:
		return
	}
	port := make([]byte, 2)
	if _, err2 := io.ReadFull(in, port); err != nil || err2 != nil {
		return
	}
	target := net.JoinHostPort(string(host), strconv.Itoa(int(port[0])<<8|int(port[1])))
	p.note(target)
	p.relay(conn, in, x.target(target), "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
}

// relay connects to addr, says so and carries octets both ways until both ends are done.
func (p *Port43) relay(conn *net.TCPConn, in io.Reader, addr, established string) {
	far, err := net.Dial("tcp", addr)
	if err != nil {
		_, _ = fmt.Fprint(conn, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
		return
	}
	_, _ = io.WriteString(conn, established)
	defer p.withServer(far)()
	var back sync.WaitGroup
	back.Go(func() { carry(conn, far) })
	carry(far, in)
	back.Wait()
	_ = far.Close()
}

func carry(to net.Conn, from io.Reader) {
	_, _ = io.Copy(to, from)
	_ = to.(*net.TCPConn).CloseWrite()
}
