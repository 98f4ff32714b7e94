package udp

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"
)

// receiveBuffer is what each socket asks the system for, in octets. It has to
// hold the replies that come while a reader does not run; Linux grants no more
// than net.core.rmem_max.
const receiveBuffer = 4 << 20

// maxReply is the longest reply read, in octets: more than [wire.BufferSize]
// and any reply without EDNS. What is longer is cut and so malformed.
const maxReply = 4096

// readPause keeps a reader from spinning on an error that stays.
const readPause = time.Millisecond

// family is the range of the engine's sockets that reach one address family.
type family struct{ first, n int }

// pick draws one of the family's sockets, and with it the source port.
func (f family) pick(rng *rand.ChaCha8) int { return f.first + int(rng.Uint64()%uint64(f.n)) }

// open binds n sockets per family, each to a port that the system draws.
func (e *Engine) open(n int) error {
	var err4, err6 error
	e.v4, err4 = e.openFamily("udp4", n)
	e.v6, err6 = e.openFamily("udp6", n)
	if e.v4.n+e.v6.n == 0 {
		return errors.Join(err4, err6)
	}
	return nil
}

// openFamily opens as many of n sockets as the system grants.
func (e *Engine) openFamily(network string, n int) (family, error) {
	f := family{first: len(e.conns)}
	for range n {
		c, err := net.ListenUDP(network, nil)
		if err != nil {
			return f, err
		}
		_ = c.SetReadBuffer(receiveBuffer) // a smaller one works, with more loss
		e.conns = append(e.conns, c)
		f.n++
	}
	return f, nil
}

func closeAll(conns []*net.UDPConn) error {
	var errs []error
	for _, c := range conns {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// read is the reader of one socket.
func (e *Engine) read(sock int) {
	defer e.readers.Done()
	buf := make([]byte, maxReply)
	for {
		n, from, err := e.conns[sock].ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(readPause) // an ICMP error, as some systems report here: not a reply
			continue
		}
		e.receive(sock, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), buf[:n])
	}
}
