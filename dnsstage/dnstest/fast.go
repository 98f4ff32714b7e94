package dnstest

import (
	"errors"
	"net"
	"net/netip"
)

// freeLabel is the length from which [ServeFast] takes a label for free.
const freeLabel = 12

// Records as octets. Their owners are pointers to the question's name; the SOA
// belongs to com, wherever the question is from.
var (
	nsOfName = []byte("\xc0\x0c\x00\x02\x00\x01\x00\x00\x0e\x10\x00\x06\x03ns1\xc0\x0c")
	soaOfCom = []byte("\x03com\x00\x00\x06\x00\x01\x00\x00\x03\x84\x00\x3c" +
		"\x01a\x0cgtld-servers\x03net\x00\x05nstld\x0cverisign-grs\x00" +
		"\x00\x00\x00\x01\x00\x00\x07\x08\x00\x00\x03\x84\x00\x09\x3a\x80\x00\x01\x51\x80")
)

// ServeFast is com's server, as fast as one goroutine and plain system calls can
// be, until c is closed. Meant for a process of its own. A label of 12 letters
// or more is free, a shorter one is delegated.
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
		_, _ = c.WriteToUDPAddrPort(fastAnswer(buf, n), from)
	}
}

// fastAnswer turns the query in buf[:n], one question and no OPT, into its answer.
func fastAnswer(buf []byte, n int) []byte {
	buf[2] |= 0x80 // QR
	label := int(buf[12])
	switch {
	case buf[13+label] == 0: // com itself
		buf[2] |= 0x04 // AA
		buf[7] = 1     // ANCOUNT
		n += copy(buf[n:], nsOfName)
	case label >= freeLabel:
		buf[2] |= 0x04
		buf[3] = 3 // NXDOMAIN
		buf[9] = 1 // NSCOUNT
		n += copy(buf[n:], soaOfCom)
	default:
		buf[9] = 1
		n += copy(buf[n:], nsOfName)
	}
	return buf[:n]
}

func listenBeside(c *net.UDPConn) (*net.UDPConn, error) {
	ip := c.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
}
