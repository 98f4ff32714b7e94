package udp

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Buffers of a receive. Their distance is an odd multiple of a cache line: at a
// round one the starts of all of them, which is what is read of short replies,
// would fall into the same few lines of the cache.
const (
	receiveBatch  = 128
	plainBuffer   = maxReply + 64
	coalescedSize = 1<<16 + 64 // a coalesced buffer holds up to 64 KiB
	coalesceBatch = 64
)

// inbound is the buffers of recvmmsg.
type inbound struct {
	stride int // distance of buffers in slab
	slab   []byte
	used   int // buffers filled since the last reset
	msgs   []mmsghdr
	iovs   []unix.Iovec
	names  []unix.RawSockaddrInet6
	ctls   []controls
	got    []datagram
}

// controls is room for what the system tells of a buffer: of which size the
// datagrams are that were coalesced in it.
type controls [3]uint64

func (in *inbound) init(coalesced bool) {
	batch := receiveBatch
	in.stride = plainBuffer
	if coalesced {
		batch, in.stride = coalesceBatch, coalescedSize
	}
	in.slab = make([]byte, batch*in.stride)
	in.msgs, in.iovs = make([]mmsghdr, batch), make([]unix.Iovec, batch)
	in.names, in.ctls = make([]unix.RawSockaddrInet6, batch), make([]controls, batch)
	in.got = make([]datagram, 0, batch)
	for i := range in.msgs {
		in.iovs[i].Base = &in.slab[i*in.stride]
		in.iovs[i].SetLen(in.stride)
		h := &in.msgs[i].hdr
		h.Iov = &in.iovs[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&in.names[i]))
		h.Control = (*byte)(unsafe.Pointer(&in.ctls[i]))
		in.renew(h)
	}
}

// renew restores what the system overwrites.
func (in *inbound) renew(h *unix.Msghdr) {
	h.Namelen = unix.SizeofSockaddrInet6
	h.SetControllen(int(unsafe.Sizeof(controls{})))
	h.Flags = 0
}

// reset makes every buffer free again.
func (in *inbound) reset() {
	for i := range in.msgs[:in.used] {
		in.renew(&in.msgs[i].hdr)
	}
	in.used, in.got = 0, in.got[:0]
}

// read takes what waits at a socket, as far as there are buffers.
func (in *inbound) read(s *socket, sock int) (full bool) {
	n, err := recvmmsg(s.fd, in.msgs[in.used:])
	if err != nil {
		return false // EAGAIN, or an ICMP error of some query: not a reply
	}
	for i := in.used; i < in.used+n; i++ {
		in.take(i, s.v6, int32(sock))
	}
	in.used += n
	return in.used == len(in.msgs)
}

// take hands on the datagrams of buffer i.
func (in *inbound) take(i int, v6 bool, sock int32) {
	m := &in.msgs[i]
	size := int(m.size)
	octets := in.slab[i*in.stride:][:min(size, in.stride)]
	d := datagram{sock: sock, from: getAddress(&in.names[i], v6), data: octets}
	if m.hdr.Controllen > 0 {
		size = segmentSize(in.control(i), size)
	}
	for ; len(octets) > size; octets = octets[size:] {
		d.data = octets[:size:size]
		in.got = append(in.got, d)
	}
	d.data = octets
	in.got = append(in.got, d)
}

// control returns the control messages of buffer i.
func (in *inbound) control(i int) []byte {
	all := unsafe.Slice((*byte)(unsafe.Pointer(&in.ctls[i])), unsafe.Sizeof(controls{}))
	return all[:min(int(in.msgs[i].hdr.Controllen), len(all))]
}

// segmentSize reads the size of the datagrams in a coalesced buffer from its
// control messages; without one the buffer is a single datagram of that size.
func segmentSize(control []byte, single int) int {
	for len(control) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
		end := int(h.Len)
		if end < unix.CmsgLen(4) || end > len(control) {
			break
		}
		value := binary.NativeEndian.Uint32(control[unix.CmsgLen(0):])
		if h.Level == unix.IPPROTO_UDP && h.Type == unix.UDP_GRO && value > 0 {
			return int(value)
		}
		control = control[min(unix.CmsgSpace(end-unix.CmsgLen(0)), len(control)):]
	}
	return single
}
