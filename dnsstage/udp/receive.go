package udp

import (
	"net/netip"
	"time"

	"vacant/dnsstage/wire"
)

// receive judges one packet and ends the query it belongs to, if any.
func (e *Engine) receive(sock int, from netip.AddrPort, msg []byte) {
	r, match, ends := e.settle(sock, from, msg)
	switch {
	case !ends:
	case match == wire.Full:
		e.ends.Put(&r, msg)
	default:
		e.ends.Put(&r, nil)
	}
}

// settle takes the query that msg ends out of the table: one it answers, or one
// that has now seen too many forgeries.
func (e *Engine) settle(sock int, from netip.AddrPort, msg []byte) (r wire.Reply, match wire.Match, ends bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	slot, match := e.table.match(sock, from, msg)
	if match == wire.NoMatch {
		e.mismatched++
		if slot = e.table.charge(slot, sock, from, msg); slot == none {
			return r, match, false
		}
	}
	s := &e.table.slots[slot]
	r = wire.Reply{Token: s.token, Server: s.server, RTT: time.Duration(e.now() - s.sent)}
	if match != wire.Full {
		r.Outcome, r.CaseLost = wire.Suspicious, match == wire.CaseOnly
	}
	e.removeLocked(slot)
	return r, match, true
}
