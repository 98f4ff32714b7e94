//go:build !linux

package dnstest

import "net"

// serveUDP answers until the socket is closed.
func (p *Plain) serveUDP() { p.serveOne() }

// growBuffers asks for room for bursts, as much as the system grants.
func growBuffers(c *net.UDPConn) { _ = c.SetReadBuffer(4 << 20) }
