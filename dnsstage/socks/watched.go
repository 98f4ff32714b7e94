package socks

import (
	"context"
	"net"

	"vacant"
)

// SOCKS5 octets that the start of a conversation is judged by (RFC 1928, RFC 1929).
const (
	version5     = 5
	methodNone   = 0
	methodUser   = 2
	statusGood   = 0
	greetingLen  = 2 // version and method
	greetingAuth = 4 // the same, then version and status of the sub-negotiation
)

// watched dials a proxy and listens to the start of what it says. x/net/proxy
// tells by text alone whether the proxy failed or the server behind it; whether
// the proxy shook hands tells it apart.
type watched struct {
	lookup *vacant.Lookup
	said   [greetingAuth]byte
	n      int
}

// greeted reports whether the proxy accepted us, so that what failed lies behind it.
func (w *watched) greeted() bool {
	if w.n < greetingLen || w.said[0] != version5 {
		return false
	}
	switch w.said[1] {
	case methodNone:
		return true
	case methodUser:
		return w.n == greetingAuth && w.said[3] == statusGood
	}
	return false
}

// Dial is there for x/net/proxy's interface, which never calls it when there is DialContext.
func (w *watched) Dial(network, address string) (net.Conn, error) {
	return w.DialContext(context.Background(), network, address)
}

// DialContext resolves the proxy's host with the bounded pure-Go resolver and
// connects to its addresses in turn.
func (w *watched) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, err := w.lookup.Addrs(ctx, host)
	if err != nil {
		return nil, err
	}
	err = &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	var c net.Conn
	for _, a := range addrs {
		c, err = new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(a.String(), port))
		if err == nil {
			return &listening{Conn: c, to: w}, nil
		}
	}
	return nil, err
}

// listening is the connection to a proxy whose first octets are noted.
type listening struct {
	net.Conn
	to *watched
}

func (l *listening) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if l.to.n < greetingAuth {
		l.to.n += copy(l.to.said[l.to.n:], b[:n])
	}
	return n, err
}
