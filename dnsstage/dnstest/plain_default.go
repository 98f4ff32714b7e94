//go:build !linux

package dnstest

import (
	"errors"
	"net"
)

// serveUDP answers until the socket is closed, with two system calls a packet.
func (p *Plain) serveUDP() {
	buf := make([]byte, plainRoom)
	for {
		n, from, err := p.udp.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if p.forger != nil {
			p.forger.around(buf[:n], from)
		}
		if n = plainReply(buf, n); n > 0 {
			_, _ = p.udp.WriteToUDPAddrPort(buf[:n], from)
		}
	}
}

// growBuffers asks for room for bursts, as much as the system grants.
func growBuffers(c *net.UDPConn) { _ = c.SetReadBuffer(4 << 20) }
