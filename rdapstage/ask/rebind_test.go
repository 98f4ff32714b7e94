package ask

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// names is a resolver that answers A questions as the test says, in turn.
type names struct {
	mu      sync.Mutex
	answers []netip.Addr // the last one for ever
	asked   int
}

func (n *names) next() netip.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := n.answers[min(n.asked, len(n.answers)-1)]
	n.asked++
	return a
}

func (n *names) lookups() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

// lookup resolves through n.
func (n *names) lookup(t *testing.T) *vacant.Lookup {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() { n.serve(conn) })
	t.Cleanup(func() {
		_ = conn.Close()
		served.Wait()
	})
	return vacant.NewLookup(func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	})
}

func (n *names) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		size, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		q := m.Questions[0]
		m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
		if q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.AResource{A: n.next().As4()}}}
		}
		if reply, err := m.Pack(); err == nil {
			_, _ = conn.WriteTo(reply, from)
		}
	}
}

// TestARebindingNameGainsNothing has a host whose address is public when it is
// judged and our own machine's a moment later: what is connected to is what was
// judged, at every dial.
func TestARebindingNameGainsNothing(t *testing.T) {
	trap := rdaptest.Listen(t, rdaptest.Say("x\n"))
	port := netip.MustParseAddrPort(trap.Addr()).Port()
	addr := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
	public, loopback := netip.MustParseAddr("203.0.114.1"), netip.MustParseAddr("127.0.0.1")
	host := net.JoinHostPort("whois.registry.example", addrPort(addr))

	t.Run("judged as it is dialled", func(t *testing.T) {
		n := &names{answers: []netip.Addr{loopback}}
		if _, err := newAsker(t, Config{Lookup: n.lookup(t)}).Line(within(t, 10*soon), host, "x.test", false); !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("%v", err)
		}
	})
	t.Run("judged again when it has changed", func(t *testing.T) {
		n := &names{answers: []netip.Addr{public, loopback}}
		now := time.Now()
		d := newDialer(n.lookup(t), func() time.Time { return now })
		first, err := d.addrs(within(t, 10*soon), "whois.registry.example")
		if err != nil || len(first) != 1 || first[0] != public {
			t.Fatalf("%v, %v", first, err)
		}
		// Within the age of a look-up the address judged is the one dialled: there is no second answer to use.
		if again, err := d.addrs(within(t, 10*soon), "whois.registry.example"); err != nil || again[0] != public || n.lookups() != 1 {
			t.Errorf("%v, %v after %d look-ups", again, err, n.lookups())
		}
		now = now.Add(addressAge)
		if _, err := d.dial(within(t, 10*soon), host, false); !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("after it: %v", err)
		}
	})
	if n := trap.Connections(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// TestOfSeveralAddressesOnlyPublicOnesAreTried mixes them.
func TestOfSeveralAddressesOnlyPublicOnesAreTried(t *testing.T) {
	trap := rdaptest.Listen(t, rdaptest.Say("x\n"))
	d := newDialer(nowhere(), time.Now)
	d.note("whois.registry.example", []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1"), netip.MustParseAddr("::ffff:127.0.0.1"), netip.MustParseAddr("64:ff9b::7f00:1")})
	port := netip.MustParseAddrPort(trap.Addr()).Port()
	host := net.JoinHostPort("whois.registry.example", addrPort(netip.AddrPortFrom(netip.IPv4Unspecified(), port)))
	if _, err := d.dial(within(t, soon), host, false); !errors.Is(err, ErrForbiddenAddress) {
		t.Errorf("%v", err)
	}
	if conn, err := d.dial(within(t, 10*soon), host, true); err != nil {
		t.Errorf("named by hand: %v", err)
	} else {
		_ = conn.Close()
	}
}

func addrPort(a netip.AddrPort) string {
	_, port, _ := net.SplitHostPort(a.String())
	return port
}
