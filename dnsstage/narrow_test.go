package dnsstage

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
	"vacant/dnsstage/wire"
)

// narrow is a transport that carries few queries at once to one server; what
// stands behind such a query in a Submit waits with it.
type narrow struct {
	wire.Transport
	to           netip.AddrPort
	most, flying int
}

func (n *narrow) Submit(qs []wire.Query) (int, error) {
	room := len(qs)
	flying := n.flying
	for i := range qs {
		if qs[i].Server != n.to {
			continue
		}
		if flying == n.most {
			room = i
			break
		}
		flying++
	}
	n.flying = flying
	return n.Transport.Submit(qs[:room])
}

func (n *narrow) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	got, err := n.Transport.Poll(dst, wait)
	for _, r := range dst[:got] {
		if r.Server == n.to {
			n.flying--
		}
	}
	return got, err
}

// The connections to one server are full: the others' are not left idle for it.
func TestAServerWithFullConnectionsHoldsBackNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const other = "192.5.6.31"
		n := world()
		n.zones[""].cut("com", []string{"a.nic.com"}, comAddr, other)
		n.serve(other, n.zones["com"])
		for _, addr := range []string{comAddr, other} {
			n.servers[addrPort(addr)].truncate = true
		}
		n.servers[addrPort(other)].rtt = 50 * time.Millisecond // the slower one, so that the full one is preferred
		cfg := n.roots()
		cfg.RateLimit, cfg.RatePerServer, cfg.Seed = -1, -1, 7
		cfg = cfg.withDefaults()
		tcp := &narrow{Transport: &pipe{net: n, tcp: true, room: 1000}, to: addrPort(comAddr), most: 2}
		s := newStage(cfg, &pipe{net: n, room: cfg.Inflight}, tcp)
		defer closeStage(t, s)
		began := time.Now()
		names := numbered(2000, "n%d.com")
		for name, a := range answers(t, s, names...) {
			if a.Status != vacant.StatusNXDomain {
				t.Fatalf("%s: %s", name, a.Status)
			}
		}
		rtt := n.servers[addrPort(comAddr)].rtt
		if took, alone := time.Since(began), time.Duration(len(names)/tcp.most)*rtt; took > alone/3 {
			t.Errorf("it took %v, the full server alone takes %v", took, alone)
		}
	})
}
