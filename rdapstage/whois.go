package rdapstage

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/likexian/whois"
	"golang.org/x/net/proxy"

	"vacant"
	"vacant/rdapstage/facts"
	"vacant/rdapstage/reading"
)

var errTooLong = errors.New("reply is longer than it may be")

// whoisQuery returns what to send to host to ask about name: most take the bare
// name, some need the words that keep them from searching or from answering in
// another script.
func whoisQuery(host string, name vacant.Name) string {
	switch facts.BareHost(host) {
	case "whois.verisign-grs.com", "whois.crsnic.net", "ccwhois.verisign-grs.com", "tvwhois.verisign-grs.com", "jobswhois.verisign-grs.com":
		return "domain " + string(name)
	case "whois.denic.de":
		return "-T dn,ace " + string(name)
	case "whois.jprs.jp":
		return string(name) + "/e"
	case "whois.punktum.dk", "whois.dk-hostmaster.dk":
		return "--show-handles " + string(name)
	}
	return string(name)
}

// port43 asks WHOIS and DAS servers.
type port43 struct {
	dial  *dialer
	proxy *url.URL // nil = directly
}

// ask sends query to addr and returns the whole reply. An error means that no
// text may be believed; connected says whether the server was reached at all.
func (p *port43) ask(ctx context.Context, addr, query string, trusted bool) (text []byte, connected bool, err error) {
	b := &boundedDialer{ctx: ctx, open: func(ctx context.Context) (net.Conn, error) { return p.connect(ctx, addr, trusted) }}
	// The library is to fall silent only at our deadline, never before.
	c := whois.NewClient().SetDialer(b).SetTimeout(time.Hour).SetDisableReferral(true).SetDisableStats(true)
	if err := safely(func() error { _, err := c.Whois(query, addr); return err }); err != nil {
		// The library hands out part of a text beside an error: "No match for", then RST.
		return nil, b.conn != nil, fmt.Errorf("ask %s: %w", addr, err)
	}
	// The library trims what it returns; whether the last line was whole is in its line break.
	return b.conn.text, true, nil
}

// safely turns a panic of the library, which a server's text can provoke, into an error.
func safely(ask func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the reply broke its reader: %v", r)
		}
	}()
	return ask()
}

func (p *port43) connect(ctx context.Context, addr string, trusted bool) (net.Conn, error) {
	if p.proxy == nil {
		return p.dial.dial(ctx, addr, trusted)
	}
	if !trusted {
		if err := p.dial.guardHost(ctx, addr); err != nil {
			return nil, err
		}
	}
	switch p.proxy.Scheme {
	case "socks5", "socks5h":
		return p.viaSOCKS(ctx, addr)
	default:
		return p.viaConnect(ctx, addr)
	}
}

func (p *port43) viaSOCKS(ctx context.Context, addr string) (net.Conn, error) {
	var auth *proxy.Auth
	if u := p.proxy.User; u != nil {
		password, _ := u.Password()
		auth = &proxy.Auth{User: u.Username(), Password: password}
	}
	d, err := proxy.SOCKS5("tcp", p.proxy.Host, auth, forward{p.dial})
	if err != nil {
		return nil, err
	}
	// Dial without a context would wait for ever on a silent proxy.
	return d.(proxy.ContextDialer).DialContext(ctx, "tcp", addr)
}

// forward dials the proxy itself, which the user named.
type forward struct{ d *dialer }

func (f forward) Dial(_, addr string) (net.Conn, error) {
	return f.d.dial(context.Background(), addr, true)
}

func (f forward) DialContext(ctx context.Context, _, addr string) (net.Conn, error) {
	return f.d.dial(ctx, addr, true)
}

// viaConnect opens a tunnel through an HTTP proxy (RFC 9110 section 9.3.6).
func (p *port43) viaConnect(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := p.dial.dial(ctx, withPort(p.proxy.Host, "8080"), true)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	tunnelled, err := tunnel(conn, p.proxy, addr)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("proxy %s: %w", p.proxy.Host, err)
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
	r := bufio.NewReader(&boundedConn{Conn: conn, left: reading.MaxWHOISText})
	resp, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("CONNECT answered %d", resp.StatusCode)
	}
	return &bufferedConn{Conn: conn, r: r}, nil
}

// bufferedConn gives back what was read ahead of the tunnel's first octet.
type bufferedConn struct {
	net.Conn
	r *bufio.Reader
}

func (c *bufferedConn) Read(b []byte) (int, error) { return c.r.Read(b) }

func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// boundedDialer stands between the library and the network: it dials the one
// address we mean, whatever the library makes of it, under our context.
type boundedDialer struct {
	ctx  context.Context // the library's Dial takes none
	open func(ctx context.Context) (net.Conn, error)
	conn *boundedConn // the one that was opened
}

// Dial implements proxy.Dialer.
func (b *boundedDialer) Dial(_, _ string) (net.Conn, error) {
	conn, err := b.open(b.ctx)
	if err != nil {
		return nil, err
	}
	b.conn = newBoundedConn(b.ctx, conn)
	return b.conn, nil
}

// boundedConn ends with its context, reads a bounded number of octets, and
// keeps its deadline whatever it is asked to set.
type boundedConn struct {
	net.Conn
	left int
	text []byte // what was read
	stop func() bool
}

func newBoundedConn(ctx context.Context, conn net.Conn) *boundedConn {
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	c := &boundedConn{Conn: conn, left: reading.MaxWHOISText}
	c.stop = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return c
}

func (c *boundedConn) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTooLong
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left -= n
	c.text = append(c.text, b[:n]...)
	return n, err
}

func (c *boundedConn) Close() error {
	if c.stop != nil {
		c.stop()
	}
	return c.Conn.Close()
}

// SetDeadline does nothing: the context's deadline holds.
func (c *boundedConn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: the context's deadline holds.
func (c *boundedConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: the context's deadline holds.
func (c *boundedConn) SetWriteDeadline(time.Time) error { return nil }
