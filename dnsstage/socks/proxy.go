package socks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"sync"

	xproxy "golang.org/x/net/proxy"
)

// defaultPort is where SOCKS proxies listen (RFC 1928 section 3).
const defaultPort = "1080"

// ErrDown wraps the last error of a proxy when all of them are down.
var ErrDown = errors.New("no proxy can be reached")

// proxy is one SOCKS5 proxy, shared by its workers.
type proxy struct {
	host, port string
	auth       *xproxy.Auth
	workers    int // set before the workers start

	mu sync.Mutex
	// all below is guarded by mu
	away            int // workers that wait to reconnect
	dials, failures uint64
	last            error // of the proxy itself, nil after a success
}

// ProxyStats says how one proxy fares. It holds no credentials.
type ProxyStats struct {
	Proxy           string // host:port
	Workers, Down   int    // workers it has, and how many of them it fails now
	Dials, Failures uint64 // connections tried through it, and failures that were its own
	LastError       string // "" once it works again
}

// Alive reports whether a worker can still use the proxy.
func (s ProxyStats) Alive() bool { return s.Down < s.Workers || s.Workers == 0 }

// Proxies says how each proxy fares, in the order they were given; safe at any time.
func (p *Pool) Proxies() []ProxyStats {
	all := make([]ProxyStats, len(p.proxies))
	for i, x := range p.proxies {
		all[i] = x.stats()
	}
	return all
}

func (x *proxy) stats() ProxyStats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := ProxyStats{Proxy: x.address(), Workers: x.workers, Down: x.away, Dials: x.dials, Failures: x.failures}
	if x.last != nil {
		s.LastError = x.last.Error()
	}
	return s
}

// down is the error of a query that no proxy could carry.
func (p *Pool) down() error {
	for _, x := range p.proxies {
		x.mu.Lock()
		err := x.last
		x.mu.Unlock()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDown, err)
		}
	}
	return ErrDown
}

func parseProxies(urls []string) ([]*proxy, error) {
	var all []*proxy
	for i, text := range urls {
		x, err := parseProxy(text)
		if err != nil {
			return nil, fmt.Errorf("proxy %d: %w", i+1, err)
		}
		all = append(all, x)
	}
	return all, nil
}

// parseProxy reads one URL. What url.Parse says is not passed on: it quotes the
// whole text, password and all.
func parseProxy(text string) (*proxy, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, errors.New("not a URL like socks5://host:port or socks5://user:password@host:port (write / @ : in a password as %2F %40 %3A)")
	case u.Scheme != "socks5" && u.Scheme != "socks5h":
		return nil, fmt.Errorf("scheme %q is not supported, only socks5 and socks5h", u.Scheme)
	}
	x := &proxy{host: u.Hostname(), port: u.Port()}
	if x.port == "" {
		x.port = defaultPort
	}
	if u.User != nil {
		password, _ := u.User.Password()
		x.auth = &xproxy.Auth{User: u.User.Username(), Password: password}
		if len(x.auth.User) > 255 || len(password) > 255 || x.auth.User == "" {
			return nil, errors.New("user name and password of SOCKS5 take 1 to 255 octets (RFC 1929)")
		}
	}
	return x, nil
}

func (x *proxy) address() string { return net.JoinHostPort(x.host, x.port) }

// dialThrough is the pool's dialer. A failure is the proxy's own where it could
// not be reached, or did not shake hands.
func (p *Pool) dialThrough(ctx context.Context, x *proxy, server netip.AddrPort) (c net.Conn, own bool, err error) {
	if x == nil {
		c, err = new(net.Dialer).DialContext(ctx, "tcp", server.String())
		return c, false, err
	}
	w := &watched{lookup: p.lookup}
	d, err := xproxy.SOCKS5("tcp", x.address(), x.auth, w)
	if err != nil {
		return nil, true, err
	}
	// Never Dial: on a silent proxy it hangs for ever.
	c, err = d.(xproxy.ContextDialer).DialContext(ctx, "tcp", server.String())
	own = err != nil && !w.greeted()
	x.note(own, err)
	return c, own, err
}

// note keeps the books of the proxy after a dial.
func (x *proxy) note(own bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.dials++
	switch {
	case own:
		x.failures++
		x.last = err
	default:
		x.last = nil
	}
}

func (x *proxy) countAway(n int) {
	if x == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.away += n
}
