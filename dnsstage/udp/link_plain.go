package udp

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// plain is a link over portable sockets, one system call per datagram. Each
// socket has a reader goroutine, started by openPlain and ended by close.
type plain struct {
	conns   []*net.UDPConn
	v4, v6  family
	readers sync.WaitGroup
	come    chan arrival
	free    chan []byte // buffers for readers; without one they leave datagrams to the system
	lent    [][]byte    // buffers that the last receive's datagrams show
	got     []datagram
	woken   chan struct{}
	timer   *time.Timer
	patient time.Time // until when sends may wait
}

// arrival is a datagram and the whole of its buffer.
type arrival struct {
	datagram
	buf []byte
}

const (
	plainBuffers = 256
	maxReply     = 4096 // octets: more than [wire.BufferSize] and any reply without EDNS. What is longer is cut and so malformed

	// receiveBuffer is what each socket asks the system for, in octets. It has to
	// hold the replies that come while a reader does not run.
	receiveBuffer = 4 << 20

	// sendPatience bounds how long a send may wait for room in the socket's
	// buffer, should the system make it wait at all.
	sendPatience = 500 * time.Millisecond

	readPause = time.Millisecond // keeps a reader from spinning on an error that stays
)

// openPlain binds sockets, each to a port that the system draws.
func openPlain(sockets int) (*plain, error) {
	l := &plain{
		come: make(chan arrival, plainBuffers), free: make(chan []byte, plainBuffers),
		woken: make(chan struct{}, 1), timer: time.NewTimer(0),
	}
	var err4, err6 error
	l.v4, err4 = l.openFamily("udp4", sockets)
	l.v6, err6 = l.openFamily("udp6", sockets)
	if len(l.conns) == 0 {
		return nil, errors.Join(err4, err6)
	}
	for range plainBuffers {
		l.free <- make([]byte, maxReply)
	}
	for i := range l.conns {
		l.readers.Go(func() { l.read(int32(i)) })
	}
	return l, nil
}

// openFamily opens as many of n sockets as the system grants.
func (l *plain) openFamily(network string, n int) (family, error) {
	f := family{first: len(l.conns)}
	for range n {
		c, err := net.ListenUDP(network, nil)
		if err != nil {
			return f, err
		}
		_ = c.SetReadBuffer(receiveBuffer) // a smaller one works, with more loss
		l.conns = append(l.conns, c)
		f.n++
	}
	return f, nil
}

func (l *plain) families() (v4, v6 family) { return l.v4, l.v6 }

// read is the reader of one socket. It ends when the socket is closed.
func (l *plain) read(sock int32) {
	for buf := range l.free {
		n, from, err := l.conns[sock].ReadFromUDPAddrPort(buf)
		for err != nil && !errors.Is(err, net.ErrClosed) {
			time.Sleep(readPause) // an ICMP error, as some systems report here: not a reply
			n, from, err = l.conns[sock].ReadFromUDPAddrPort(buf)
		}
		if err != nil {
			l.free <- buf // for the other readers, so that they end too
			return
		}
		from = netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port())
		l.come <- arrival{datagram{sock: sock, from: from, data: buf[:n]}, buf} // has room for every buffer
	}
}

// send sends packet by packet.
func (l *plain) send(b *burst) (n int, err error) {
	l.bePatient()
	for i, p := range b.packets {
		if _, err := l.conns[b.sock].WriteToUDPAddrPort(b.bytes(i, i+1), p.to); err != nil {
			return i, err
		}
	}
	return len(b.packets), nil
}

// bePatient moves the deadline of sends on, at most a few times a second: a
// system call per query for it would be too dear.
func (l *plain) bePatient() {
	now := time.Now()
	if l.patient.Sub(now) > sendPatience/2 {
		return
	}
	l.patient = now.Add(sendPatience)
	for _, c := range l.conns {
		_ = c.SetWriteDeadline(l.patient) // fails on a closed socket only, and so will the send
	}
}

func (l *plain) receive(wait time.Duration, _ []int32) (in []datagram, more bool, err error) {
	l.giveBack()
	l.takeAll()
	if len(l.got) == 0 && wait > 0 {
		l.sleep(wait)
		l.takeAll()
	}
	return l.got, len(l.got) >= plainBuffers/2, nil
}

// giveBack returns the buffers of the last receive to the readers.
func (l *plain) giveBack() {
	for _, buf := range l.lent {
		l.free <- buf
	}
	l.lent, l.got = l.lent[:0], l.got[:0]
}

func (l *plain) takeAll() {
	for {
		select {
		case a := <-l.come:
			l.take(a)
		default:
			return
		}
	}
}

func (l *plain) take(a arrival) {
	l.got, l.lent = append(l.got, a.datagram), append(l.lent, a.buf)
}

func (l *plain) sleep(wait time.Duration) {
	l.timer.Reset(wait)
	select {
	case a := <-l.come:
		l.take(a)
	case <-l.woken:
	case <-l.timer.C:
	}
	l.timer.Stop()
}

func (l *plain) wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// lost is unknown: portable sockets do not tell what was dropped.
func (l *plain) lost() uint64 { return 0 }

func (l *plain) close() error {
	var errs []error
	for _, c := range l.conns {
		errs = append(errs, c.Close())
	}
	l.takeAll()
	l.giveBack() // a reader that waits for a buffer sees that its socket is closed
	l.readers.Wait()
	return errors.Join(errs...)
}
