package dnstest

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

// Plain is one of com's servers and, to who asks with RD, a recursive resolver
// that knows com, as fast as one thread can be: [Taken] is what it says. It is
// meant for a process of its own ([StartPlain]) and holds no state but its
// sockets. Over TCP it says the same.
type Plain struct {
	Addr netip.AddrPort

	udp     *net.UDPConn
	tcp     net.Listener
	forger  *forger // nil without forgeries
	conns   conns
	running sync.WaitGroup
}

// ListenPlain opens the sockets, over UDP and TCP, at addr; port 0 takes a free one.
// With forge > 0 so many forgeries fly in front of every reply over UDP.
func ListenPlain(addr netip.AddrPort, forge int) (*Plain, error) {
	udp, tcp, err := listenBoth(addr)
	if err != nil {
		return nil, err
	}
	growBuffers(udp)
	p := &Plain{Addr: udp.LocalAddr().(*net.UDPAddr).AddrPort(), udp: udp, tcp: tcp}
	if forge > 0 {
		if p.forger, err = newForger(udp, forge); err != nil {
			return nil, errors.Join(err, udp.Close(), tcp.Close())
		}
	}
	return p, nil
}

// listenBoth finds a port that is free over both UDP and TCP.
func listenBoth(addr netip.AddrPort) (udp *net.UDPConn, tcp net.Listener, err error) {
	for range 10 {
		if udp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr)); err != nil {
			return nil, nil, err
		}
		if tcp, err = net.Listen("tcp", udp.LocalAddr().String()); err == nil {
			return udp, tcp, nil
		}
		_ = udp.Close()
	}
	return nil, nil, err
}

// Serve answers until Close.
func (p *Plain) Serve() {
	p.running.Go(p.serveTCP)
	p.serveUDP()
	p.running.Wait()
}

// Close ends Serve.
func (p *Plain) Close() {
	_ = p.udp.Close()
	_ = p.tcp.Close()
	p.conns.closeAll()
	if p.forger != nil {
		p.forger.close()
	}
}

// Fired returns how many forgeries of each kind have been sent. It may be
// called once Serve has returned.
func (p *Plain) Fired() map[string]int {
	if p.forger == nil {
		return nil
	}
	return p.forger.counts()
}

func (p *Plain) serveTCP() {
	for {
		c, err := p.tcp.Accept()
		if err != nil {
			return
		}
		if !p.conns.add(c) {
			continue
		}
		p.running.Go(func() {
			defer p.conns.remove(c)
			servePlainStream(c)
		})
	}
}
