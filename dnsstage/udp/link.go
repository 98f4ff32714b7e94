package udp

import (
	"math/rand/v2"
	"net/netip"
	"time"
)

// link is a set of UDP sockets: a shard's way to the network. One goroutine at
// a time uses it; wake and lost may be called by any.
type link interface {
	// families tells which sockets reach IPv4 and which IPv6.
	families() (v4, v6 family)
	// send sends the packets of b in order and returns how many left this host.
	// With fewer than all, err is why the next one did not.
	send(b *burst) (n int, err error)
	// receive returns what has come, waiting for it at most that long. The
	// datagrams are views of the link's memory, good until the next receive;
	// more says that others may be waiting already. flying is how many queries
	// each socket has in flight: where there are none, looking can wait.
	receive(wait time.Duration, flying []int32) (in []datagram, more bool, err error)
	// wake ends a receive that waits, now or the next one.
	wake()
	// lost returns how many datagrams were dropped on this host since the start
	// because nobody read them in time.
	lost() uint64
	// close frees the sockets; nothing but lost may be called afterwards.
	close() error
}

// family is the range of a link's sockets that reach one address family.
type family struct{ first, n int }

// pick draws one of the family's sockets, and with it the source port.
func (f family) pick(rng *rand.ChaCha8) int {
	if f.n == 1 {
		return f.first
	}
	return f.first + int(rng.Uint64()%uint64(f.n))
}

// datagram is one that has come.
type datagram struct {
	sock int32
	from netip.AddrPort // never a mapped address, never with a zone
	data []byte
}

// burstSize is how many queries leave with one system call at most. At 64 the
// call itself is a hundredth of the cost of what it carries.
const burstSize = 64

// burst is queries on their way out, all from one socket, packed one behind
// the other as segmentation offload wants them.
type burst struct {
	sock    int
	packets []packet
	buf     []byte
}

// packet is one query of a burst.
type packet struct {
	to   netip.AddrPort
	slot int32
	end  int32 // of its octets in the burst's buf
}

func newBurst() burst {
	return burst{packets: make([]packet, 0, burstSize), buf: make([]byte, 0, burstSize*maxPacket)}
}

// maxPacket is more than any query takes, in octets.
const maxPacket = 288

func (b *burst) reset() { b.packets, b.buf = b.packets[:0], b.buf[:0] }

func (b *burst) full() bool { return len(b.packets) == burstSize }

func (b *burst) add(slot int32, to netip.AddrPort, octets []byte) {
	b.buf = append(b.buf, octets...)
	// Field by field: a composite would go by the stack, and reading it back
	// in wider pieces waits for every store before it.
	b.packets = b.packets[:len(b.packets)+1]
	p := &b.packets[len(b.packets)-1]
	p.to, p.slot, p.end = to, slot, int32(len(b.buf))
}

// start returns where the octets of packet i begin.
func (b *burst) start(i int) int {
	if i == 0 {
		return 0
	}
	return int(b.packets[i-1].end)
}

// bytes returns the octets of packets first to last, the latter not included.
func (b *burst) bytes(first, last int) []byte { return b.buf[b.start(first):b.start(last)] }

// run returns how many packets from first on go to one address with one size,
// only the last of them perhaps shorter: what the system can cut from one buffer.
func (b *burst) run(first int) int {
	to, size := b.packets[first].to, b.size(first)
	n := 1
	for ; first+n < len(b.packets) && b.packets[first+n].to == to; n++ {
		if next := b.size(first + n); next > size {
			break
		} else if next < size {
			return n + 1
		}
	}
	return n
}

func (b *burst) size(i int) int { return int(b.packets[i].end) - b.start(i) }
