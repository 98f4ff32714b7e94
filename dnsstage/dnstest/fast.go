package dnstest

import (
	"errors"
	"net"
	"net/netip"
)

// soaOfCom is the authority section of an NXDOMAIN for *.com: owner "com" by a
// pointer is not possible without knowing the name's length, so it is spelt out.
var soaOfCom = []byte("\x03com\x00\x00\x06\x00\x01\x00\x00\x03\x84\x00\x3c" +
	"\x01a\x0cgtld-servers\x03net\x00\x05nstld\x0cverisign-grs\x00" +
	"\x00\x00\x00\x01\x00\x00\x07\x08\x00\x00\x03\x84\x00\x09\x3a\x80\x00\x01\x51\x80")

// ServeFast answers NXDOMAIN to all that comes to c, as fast as one goroutine
// and plain system calls can, until c is closed. Meant for a process of its own.
func ServeFast(c *net.UDPConn) {
	buf := make([]byte, 4096)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n < 17 {
			continue
		}
		_, _ = c.WriteToUDPAddrPort(nxdomain(buf, n), from)
	}
}

// nxdomain turns the query in buf[:n], which must hold one question and no OPT, into its answer.
func nxdomain(buf []byte, n int) []byte {
	buf[2] |= 0x84 // QR, AA
	buf[3] = 3     // NXDOMAIN
	buf[9] = 1     // NSCOUNT
	n += copy(buf[n:], soaOfCom)
	return buf[:n]
}

func listenBeside(c *net.UDPConn) (*net.UDPConn, error) {
	ip := c.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
}
