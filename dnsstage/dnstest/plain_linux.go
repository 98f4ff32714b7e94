package dnstest

import (
	"net"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// plainBatch is how many packets one system call moves: beyond 64 nothing is gained.
const plainBatch = 64

// plainBuffer is asked of the kernel for each socket's buffers, in octets,
// beyond its limit where we are root.
const plainBuffer = 16 << 20

// mmsghdr is struct mmsghdr of recvmmsg(2); Go pads it as C does.
type mmsghdr struct {
	unix.Msghdr
	n uint32 // octets received
}

// mmsgs is a batch of packets with their addresses, reused for ever. in are the
// headers to receive with, out those to send with: the same buffers.
type mmsgs struct {
	in, out [plainBatch]mmsghdr
	iovs    [plainBatch]unix.Iovec
	from    [plainBatch]unix.RawSockaddrInet6 // an IPv4 address takes less
	bufs    [plainBatch][plainRoom]byte
}

func newMmsgs() *mmsgs {
	b := &mmsgs{}
	for i := range b.in {
		b.iovs[i].Base = &b.bufs[i][0]
		b.in[i].Name = (*byte)(unsafe.Pointer(&b.from[i]))
		b.in[i].Iov = &b.iovs[i]
		b.in[i].SetIovlen(1)
	}
	return b
}

// recv fills the batch with what is there, without waiting.
func (b *mmsgs) recv(fd uintptr) (int, unix.Errno) {
	for i := range b.in {
		b.in[i].Namelen = unix.SizeofSockaddrInet6
		b.iovs[i].SetLen(plainRoom)
	}
	return mmsg(unix.SYS_RECVMMSG, fd, b.in[:])
}

// answer turns the first n packets into replies and returns how many there are.
func (b *mmsgs) answer(n int) int {
	k := 0
	for i := range n {
		size := plainReply(b.bufs[i][:], int(b.in[i].n))
		if size == 0 {
			continue
		}
		b.iovs[i].SetLen(size)
		b.out[k].Msghdr = b.in[i].Msghdr
		k++
	}
	return k
}

// send sends the first n replies. What the kernel refuses is lost, as on a network.
func (b *mmsgs) send(fd uintptr, n int) {
	for at := 0; at < n; {
		k, errno := mmsg(unix.SYS_SENDMMSG, fd, b.out[at:n])
		if errno != 0 {
			k = 1
		}
		at += k
	}
}

func mmsg(call, fd uintptr, msgs []mmsghdr) (int, unix.Errno) {
	n, _, errno := unix.Syscall6(call, fd, uintptr(unsafe.Pointer(&msgs[0])), uintptr(len(msgs)), unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

// serveUDP answers in batches until the socket is closed.
func (p *Plain) serveUDP() {
	raw, err := p.udp.SyscallConn()
	if err != nil {
		return
	}
	b := newMmsgs()
	for {
		err := raw.Read(func(fd uintptr) bool {
			n, errno := b.recv(fd)
			if errno == unix.EAGAIN {
				return false
			}
			if errno == 0 {
				p.forgeFor(b, n)
				b.send(fd, b.answer(n))
			}
			return true
		})
		if err != nil {
			return
		}
	}
}

// forgeFor sends the forgeries that fly in front of the replies to a batch.
func (p *Plain) forgeFor(b *mmsgs, n int) {
	if p.forger == nil {
		return
	}
	for i := range n {
		p.forger.around(b.bufs[i][:b.in[i].n], addrPortOf(&b.from[i]))
	}
}

// addrPortOf reads the address of a packet that came to an IP socket.
func addrPortOf(sa *unix.RawSockaddrInet6) netip.AddrPort {
	port := sa.Port>>8 | sa.Port<<8 // the kernel's is in network order
	if sa.Family == unix.AF_INET {
		four := (*unix.RawSockaddrInet4)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(four.Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), port)
}

// growBuffers asks for room for bursts.
func growBuffers(c *net.UDPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		for _, o := range []struct{ force, ask int }{{unix.SO_RCVBUFFORCE, unix.SO_RCVBUF}, {unix.SO_SNDBUFFORCE, unix.SO_SNDBUF}} {
			if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, o.force, plainBuffer) != nil {
				_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, o.ask, plainBuffer)
			}
		}
	})
}
