package udp

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// openLink opens sockets that many datagrams pass with one system call.
// Where the system does not let us, portable ones do.
func openLink(sockets int, gso GSO) (link, error) {
	l, err := openBatched(sockets, gso)
	if errors.Is(err, errNoBatches) {
		return openPlain(sockets)
	}
	return l, err
}

// errNoBatches says that the system refuses the calls a batched link lives by.
var errNoBatches = errors.New("no batched system calls")

// batched is a link over sendmmsg(2) and recvmmsg(2).
type batched struct {
	socks  []socket
	v4, v6 family
	out    outbound
	in     inbound
	turn   int           // the socket that is read first
	polled []unix.PollFd // the sockets, then wakeup
	wakeup int           // an eventfd

	mu     sync.Mutex
	drops  uint64 // guarded by mu: as last read
	closed bool   // guarded by mu
}

// socket is one source port.
type socket struct {
	fd int
	v6 bool
}

// Socket buffers in octets. Linux grants at most net.core.rmem_max and
// wmem_max (212,992 by default), and keeps replies there while we do not run.
const socketBuffer = 4 << 20

func openBatched(sockets int, gso GSO) (l *batched, err error) {
	l = &batched{wakeup: -1}
	defer func() {
		if err != nil {
			_ = l.close()
		}
	}()
	if l.wakeup, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return l, fmt.Errorf("%w: %w", errNoBatches, err)
	}
	var err4, err6 error
	l.v4, err4 = l.openFamily(unix.AF_INET, sockets)
	l.v6, err6 = l.openFamily(unix.AF_INET6, sockets)
	if len(l.socks) == 0 {
		return l, errors.Join(err4, err6)
	}
	l.out.init(segmenting(gso, l.socks[0].fd))
	l.in.init(l.coalesced())
	if err := l.probe(); err != nil {
		return l, err
	}
	for i := range l.socks {
		l.polled = append(l.polled, unix.PollFd{Fd: int32(l.socks[i].fd), Events: unix.POLLIN})
	}
	l.polled = append(l.polled, unix.PollFd{Fd: int32(l.wakeup), Events: unix.POLLIN})
	return l, nil
}

// openFamily opens as many of n sockets as the system grants.
func (l *batched) openFamily(domain, n int) (family, error) {
	f := family{first: len(l.socks)}
	for range n {
		fd, err := openSocket(domain)
		if err != nil {
			return f, err
		}
		l.socks = append(l.socks, socket{fd: fd, v6: domain == unix.AF_INET6})
		f.n++
	}
	return f, nil
}

// openSocket binds a socket to a port that the system draws.
func openSocket(domain int) (fd int, err error) {
	fd, err = unix.Socket(domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("open UDP socket: %w", err)
	}
	var anyPort unix.Sockaddr = &unix.SockaddrInet4{}
	if domain == unix.AF_INET6 {
		anyPort = &unix.SockaddrInet6{}
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
	}
	if err == nil {
		err = unix.Bind(fd, anyPort)
	}
	if err != nil {
		return -1, errors.Join(fmt.Errorf("bind UDP socket: %w", err), unix.Close(fd))
	}
	// What is not granted is done without: smaller buffers lose more.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, socketBuffer)
	// Queries are short: no fragments, and so no identification to draw for each.
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DO)
	return fd, nil
}

// coalesced asks that datagrams may come as one buffer (UDP_GRO, Linux 5.0),
// and reports whether every socket may.
func (l *batched) coalesced() bool {
	for _, s := range l.socks {
		if unix.SetsockoptInt(s.fd, unix.IPPROTO_UDP, unix.UDP_GRO, 1) != nil {
			return false
		}
	}
	return true
}

// probe shows that the system knows both calls: seccomp filters refuse them here and there.
func (l *batched) probe() error {
	if _, err := recvmmsg(l.socks[0].fd, l.in.msgs[:1]); err != nil && !errors.Is(err, unix.EAGAIN) {
		return fmt.Errorf("%w: recvmmsg: %w", errNoBatches, err)
	}
	if _, err := sendmmsg(l.socks[0].fd, nil); err != nil {
		return fmt.Errorf("%w: sendmmsg: %w", errNoBatches, err)
	}
	return nil
}

func (l *batched) families() (v4, v6 family) { return l.v4, l.v6 }

func (l *batched) send(b *burst) (n int, err error) {
	return l.out.send(&l.socks[b.sock], b)
}

func (l *batched) receive(wait time.Duration, flying []int32) ([]datagram, bool, error) {
	l.in.reset()
	more := l.drain(flying)
	if len(l.in.got) == 0 && wait > 0 && l.sleep(wait) {
		more = l.drain(nil)
	}
	return l.in.got, more, nil
}

// idleTurns is how often a socket without a query in flight is passed over
// before it is looked at: what comes there is rubbish, and only wants counting.
const idleTurns = 16

// drain reads the sockets in turn until they are empty or the buffers are full.
func (l *batched) drain(flying []int32) (full bool) {
	l.turn++
	for k := range l.socks {
		i := (l.turn + k) % len(l.socks)
		if flying != nil && flying[i] == 0 && l.turn%idleTurns != 0 {
			continue
		}
		if l.in.read(&l.socks[i], i) {
			return true
		}
	}
	return false
}

// sleep waits until something has come, and reports whether it is a datagram.
func (l *batched) sleep(wait time.Duration) bool {
	limit := unix.NsecToTimespec(int64(wait))
	n, err := unix.Ppoll(l.polled, &limit, nil)
	if err != nil || n <= 0 {
		return false
	}
	if l.polled[len(l.polled)-1].Revents == 0 {
		return true
	}
	var count [8]byte
	_, _ = unix.Read(l.wakeup, count[:]) // empties it for the next time
	return n > 1
}

func (l *batched) wake() {
	one := [8]byte{1: 1} // whatever the byte order, not 0
	_, _ = unix.Write(l.wakeup, one[:])
}

// lost asks the system, which counts the drops of each socket. SO_RXQ_OVFL
// would tell the same with every datagram, and cost something with each.
func (l *batched) lost() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.drops = 0
		for i := range l.socks {
			l.drops += uint64(dropsOf(l.socks[i].fd))
		}
	}
	return l.drops
}

func (l *batched) close() error {
	_ = l.lost() // the last count stays
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	var errs []error
	for _, s := range l.socks {
		errs = append(errs, unix.Close(s.fd))
	}
	if l.wakeup >= 0 {
		errs = append(errs, unix.Close(l.wakeup))
	}
	return errors.Join(errs...)
}
