package ask

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
)

// addressAge is how long a registry's addresses are kept: at ten questions a
// second a look-up for each would outweigh the questions.
const addressAge = time.Minute

// dialer opens connections to registries. It resolves host names itself and,
// unless the endpoint was named by hand, refuses addresses that are not public
// at the very dial that would use them, so that a rebinding name gains nothing.
type dialer struct {
	lookup *vacant.Lookup
	now    func() time.Time

	mu sync.Mutex
	// known is guarded by mu.
	known map[string]knownAddrs
}

type knownAddrs struct {
	addrs []netip.Addr
	at    time.Time
}

func newDialer(lookup *vacant.Lookup, now func() time.Time) *dialer {
	return &dialer{lookup: lookup, now: now, known: make(map[string]knownAddrs)}
}

// dial connects to hostport; trusted skips the guard.
func (d *dialer) dial(ctx context.Context, hostport string, trusted bool) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", hostport, err)
	}
	addrs, err := d.addrs(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", host, err)
	}
	err = fmt.Errorf("look up %s: no address", host)
	for _, a := range addrs {
		if !trusted && !Public(a) {
			err = fmt.Errorf("dial %s: %s is %w", hostport, a, ErrForbiddenAddress)
			continue
		}
		var conn net.Conn
		nd := net.Dialer{Timeout: perAddress(ctx, len(addrs))}
		if conn, err = nd.DialContext(ctx, "tcp", net.JoinHostPort(a.String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// perAddress shares what is left of ctx's time over n addresses, so that one
// blackholed address family does not use up all of it.
func perAddress(ctx context.Context, n int) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 10 * time.Second
	}
	return max(time.Until(deadline)/time.Duration(n), time.Millisecond)
}

func (d *dialer) addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	now := d.now()
	if host == "localhost" {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	d.mu.Lock()
	k, ok := d.known[host]
	d.mu.Unlock()
	if ok && now.Sub(k.at) < addressAge {
		return k.addrs, nil
	}
	addrs, err := d.lookup.Addrs(ctx, host)
	if err != nil {
		return nil, err
	}
	d.note(host, addrs)
	return addrs, nil
}

func (d *dialer) note(host string, addrs []netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[host] = knownAddrs{addrs, d.now()}
}

// guardHost judges a host that a proxy will resolve and connect to. A name that
// cannot be resolved here is let through: behind a proxy that is the rule, and
// what protects there is that only the hosts of the tables are ever asked.
func (d *dialer) guardHost(ctx context.Context, hostport string) error {
	if facts.IsLoopback(hostport) {
		return fmt.Errorf("%s is %w", hostport, ErrForbiddenAddress)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	host := facts.BareHost(hostport)
	addrs, err := d.addrs(ctx, host)
	if err != nil {
		d.note(host, nil) // or every question would wait for the look-up
		return nil
	}
	for _, a := range addrs {
		if !Public(a) {
			return fmt.Errorf("%s is at %s, %w", hostport, a, ErrForbiddenAddress)
		}
	}
	return nil
}
