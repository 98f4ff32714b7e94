package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// sockets is one address to be served over UDP and TCP.
type sockets struct {
	udp *net.UDPConn
	tcp *net.TCPListener
}

func (s sockets) close() {
	if s.udp != nil {
		_ = s.udp.Close()
	}
	if s.tcp != nil {
		_ = s.tcp.Close()
	}
}

func (s sockets) addr() netip.AddrPort {
	a := s.udp.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// bind opens both sockets of an address; port 0 is any port free for both.
func bind(addr netip.Addr, port uint16) (s sockets, err error) {
	s.udp, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
	if err != nil {
		return s, err
	}
	s.tcp, err = net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(s.addr()))
	if err != nil {
		s.close()
		return s, err
	}
	growBuffers(s.udp)
	return s, nil
}

// portTries is how many ports are tried until one is free on all addresses.
const portTries = 100

// bindAll opens both sockets of every address on one common port.
func bindAll(addrs []netip.Addr) ([]sockets, error) {
	var err error
	for range portTries {
		var all []sockets
		if all, err = bindOnce(addrs); err == nil {
			return all, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return nil, fmt.Errorf("find a port for the name servers: %w", err)
}

func bindOnce(addrs []netip.Addr) (all []sockets, err error) {
	port := uint16(0)
	for _, a := range addrs {
		s, err := bind(a, port)
		if err != nil {
			for _, s := range all {
				s.close()
			}
			return nil, err
		}
		port = s.addr().Port()
		all = append(all, s)
	}
	return all, nil
}

// bindOne opens an address on any port.
func bindOne(addr netip.Addr) (sockets, error) {
	all, err := bindAll([]netip.Addr{addr})
	if err != nil {
		return sockets{}, err
	}
	return all[0], nil
}

// canBind reports whether this machine has addr.
func canBind(addr netip.Addr) bool {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// accept hands each connection to handle, in a goroutine of its own, until ln is
// closed; then it waits for all of them. When ctx ends, the connections are closed.
func accept(ctx context.Context, ln net.Listener, handle func(context.Context, net.Conn)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, or the client has gone: the next may do
			if !sleep(ctx, acceptPause) {
				return
			}
			continue
		}
		wg.Go(func() {
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer stop()
			defer func() { _ = conn.Close() }()
			handle(ctx, conn)
		})
	}
}

// acceptPause keeps a failing accept from spinning.
const acceptPause = 5 * time.Millisecond
