package udp

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// outbound turns bursts into messages for sendmmsg. Its headers point at its
// own memory once and for all; a send fills in what differs.
type outbound struct {
	gso   GSO // GSOOff once the system has refused it
	msgs  [burstSize]mmsghdr
	iovs  [burstSize]unix.Iovec
	addrs [burstSize]unix.RawSockaddrInet6
	ctls  [burstSize]segmentControl
	holds [burstSize]int // packets in each message
}

func (o *outbound) init(gso GSO) {
	o.gso = gso
	for i := range o.msgs {
		o.msgs[i].hdr.Iov = &o.iovs[i]
		o.msgs[i].hdr.SetIovlen(1)
		o.ctls[i].init()
	}
}

// send sends the packets of b in order and returns how many left.
func (o *outbound) send(s *socket, b *burst) (n int, err error) {
	for n < len(b.packets) {
		sent, err := sendmmsg(s.fd, o.pack(s, b, n))
		for i := range sent {
			n += o.holds[i]
		}
		switch {
		case err == nil, errors.Is(err, unix.EINTR):
		case o.holds[0] > 1 && refusesSegments(err):
			o.gso = GSOOff // as a device without checksum offload does: packet by packet then
		default:
			return n, err
		}
	}
	return n, nil
}

// pack makes messages of the packets from first on.
func (o *outbound) pack(s *socket, b *burst, first int) []mmsghdr {
	k := 0
	for i := first; i < len(b.packets); k++ {
		to, n := b.packets[i].to, 1
		if o.gso.pays(to) {
			n = b.run(i)
		}
		octets := b.bytes(i, i+n)
		o.iovs[k].Base = &octets[0]
		o.iovs[k].SetLen(len(octets))
		o.address(k, s, to, i > first && b.packets[i-1].to == to)
		o.segment(k, n, b.size(i))
		o.holds[k] = n
		i += n
	}
	return o.msgs[:k]
}

// address sets where message k goes; mostly that is where the one before goes.
func (o *outbound) address(k int, s *socket, to netip.AddrPort, asBefore bool) {
	h := &o.msgs[k].hdr
	if asBefore {
		h.Name, h.Namelen = o.msgs[k-1].hdr.Name, o.msgs[k-1].hdr.Namelen
		return
	}
	h.Name = (*byte)(unsafe.Pointer(&o.addrs[k]))
	h.Namelen = putAddress(&o.addrs[k], s.v6, to)
}

// segment says how message k is to be cut.
func (o *outbound) segment(k, n, size int) {
	h := &o.msgs[k].hdr
	if n == 1 {
		h.Control = nil
		h.SetControllen(0)
		return
	}
	o.ctls[k].size = uint16(size)
	h.Control = (*byte)(unsafe.Pointer(&o.ctls[k]))
	h.SetControllen(int(unsafe.Sizeof(o.ctls[k])))
}

// segmentControl is the control message that carries the size of segments.
type segmentControl struct {
	hdr  unix.Cmsghdr
	size uint16
	_    [6]byte // to the alignment of control messages
}

func (c *segmentControl) init() {
	c.hdr.Level, c.hdr.Type = unix.IPPROTO_UDP, unix.UDP_SEGMENT
	c.hdr.SetLen(unix.CmsgLen(int(unsafe.Sizeof(c.size))))
}

// segmenting returns g, or GSOOff on a system that does not know the option.
func segmenting(g GSO, fd int) GSO {
	if _, err := unix.GetsockoptInt(fd, unix.IPPROTO_UDP, unix.UDP_SEGMENT); err != nil {
		return GSOOff
	}
	return g
}

// refusesSegments reports whether an error may be about cutting: EIO where the
// device has no checksum offload, EINVAL where a segment does not fit its MTU
// or the system knows no such control message.
func refusesSegments(err error) bool {
	return errors.Is(err, unix.EIO) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EMSGSIZE)
}

// putAddress writes a destination as sockaddr_in or sockaddr_in6 and returns its length.
func putAddress(dst *unix.RawSockaddrInet6, v6 bool, to netip.AddrPort) uint32 {
	if !v6 {
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(dst))
		*in = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: networkOrder(to.Port()), Addr: to.Addr().As4()}
		return unix.SizeofSockaddrInet4
	}
	*dst = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: networkOrder(to.Port()), Addr: to.Addr().As16(), Scope_id: scope(to.Addr().Zone())}
	return unix.SizeofSockaddrInet6
}

// getAddress is the reverse, without the zone.
func getAddress(src *unix.RawSockaddrInet6, v6 bool) netip.AddrPort {
	if !v6 {
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(src))
		return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), networkOrder(in.Port))
	}
	return netip.AddrPortFrom(netip.AddrFrom16(src.Addr), networkOrder(src.Port))
}

// networkOrder swaps a port between the host's byte order and the network's.
func networkOrder(port uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], port)
	return binary.NativeEndian.Uint16(b[:])
}

// scope returns the index of the interface that a link-local address's zone names.
func scope(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		return uint32(i.Index)
	}
	n, _ := strconv.ParseUint(zone, 10, 32)
	return uint32(n)
}
