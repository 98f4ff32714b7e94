//go:build !linux

package lab

import "net"

// growBuffers asks for big socket buffers; the kernel grants what it may.
func growBuffers(conn *net.UDPConn) {
	_ = conn.SetReadBuffer(udpBuffer)
	_ = conn.SetWriteBuffer(udpBuffer)
}
