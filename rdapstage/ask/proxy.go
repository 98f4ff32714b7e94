package ask

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/proxy"
)

// CheckProxy reports a proxy that nothing can be asked through; nil is none.
func CheckProxy(u *url.URL) error {
	switch {
	case u == nil:
		return nil
	case ports[u.Scheme] == "":
		return fmt.Errorf("scheme %q is none of http, https, socks5, socks5h", u.Scheme)
	case u.Hostname() == "":
		return fmt.Errorf("%q names no host", u.Redacted())
	}
	return nil
}

// proxyFor returns the proxy for an HTTP request, nil for none.
func (a *Asker) proxyFor(r *http.Request) (*url.URL, error) {
	if a.proxy != nil {
		return a.proxy, nil
	}
	return a.environment(r.URL)
}

// connect opens the connection of a port-43 exchange.
func (a *Asker) connect(ctx context.Context, addr string, hand bool) (net.Conn, error) {
	if a.proxy == nil {
		return a.dial.dial(ctx, addr, hand)
	}
	if !hand {
		if err := a.dial.guardHost(ctx, addr); err != nil {
			return nil, err
		}
	}
	if strings.HasPrefix(a.proxy.Scheme, "socks5") {
		return a.viaSOCKS(ctx, addr)
	}
	return a.viaConnect(ctx, addr)
}

// proxyAddr is where the proxy listens.
func (a *Asker) proxyAddr() string { return net.JoinHostPort(a.proxy.Hostname(), portOf(a.proxy)) }

func (a *Asker) viaSOCKS(ctx context.Context, addr string) (net.Conn, error) {
	var auth *proxy.Auth
	if u := a.proxy.User; u != nil {
		password, _ := u.Password()
		auth = &proxy.Auth{User: u.Username(), Password: password}
	}
	d, err := proxy.SOCKS5("tcp", a.proxyAddr(), auth, forward{a.dial})
	if err != nil {
		return nil, err
	}
	// Dial without a context would wait for ever on a silent proxy.
	return d.(proxy.ContextDialer).DialContext(ctx, "tcp", addr)
}

// forward dials the proxy itself, which the user named.
type forward struct{ d *dialer }

func (f forward) Dial(_, addr string) (net.Conn, error) {
	ctx, cancel := bounded(context.Background())
	defer cancel()
	return f.d.dial(ctx, addr, true)
}

func (f forward) DialContext(ctx context.Context, _, addr string) (net.Conn, error) {
	return f.d.dial(ctx, addr, true)
}

// viaConnect opens a tunnel through an HTTP proxy (RFC 9110 section 9.3.6).
func (a *Asker) viaConnect(ctx context.Context, addr string) (net.Conn, error) {
	wire, err := a.dial.dial(ctx, a.proxyAddr(), true)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = wire.SetDeadline(deadline)
	}
	// A proxy that stays silent must not outlast a question that is given up.
	stop := context.AfterFunc(ctx, func() { _ = wire.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	conn := wire
	if a.proxy.Scheme == "https" {
		conn = tls.Client(wire, &tls.Config{ServerName: a.proxy.Hostname(), MinVersion: tls.VersionTLS12})
	}
	tunnelled, err := tunnel(conn, a.proxy, addr)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("proxy %s: %w", a.proxy.Host, err)
	}
	return tunnelled, nil
}

func tunnel(conn net.Conn, via *url.URL, addr string) (net.Conn, error) {
	auth := ""
	if via.User != nil {
		password, _ := via.User.Password()
		auth = "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(via.User.Username()+":"+password)) + "\r\n"
	}
	if _, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", addr, addr, auth); err != nil {
		return nil, err
	}
	header := &io.LimitedReader{R: conn, N: MaxHeader}
	r := bufio.NewReader(header)
	resp, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("CONNECT answered %d", resp.StatusCode)
	}
	header.N = 1 << 62 // what follows is the registry's, and bounded as such
	return &bufferedConn{Conn: conn, r: r}, nil
}

// bufferedConn gives back what was read ahead of the tunnel's first octet.
type bufferedConn struct {
	net.Conn
	r *bufio.Reader
}

func (c *bufferedConn) Read(b []byte) (int, error) { return c.r.Read(b) }

// WithPort returns host with port, unless it has one.
func WithPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}
