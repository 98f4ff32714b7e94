package socks

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"vacant/dnsstage/wire"
)

// Octets of a message's length and header.
const (
	prefixLen = 2
	headerLen = 12
)

// maxOdd is how many mismatching messages a query sits through: one or two are
// late answers to a query before it, more are no DNS server's doing.
const maxOdd = 16

// Why a conversation ended without an answer.
var (
	errShort  = errors.New("message shorter than a DNS header")
	errUnruly = errors.New("too many messages that answer nothing")
	errQuery  = errors.New("query without a server or without a timeout")
)

// conn is one connection to one server. Conn is nil once it is closed.
type conn struct {
	net.Conn
	in      *bufio.Reader
	server  netip.AddrPort
	worker  *worker
	used    bool // it has carried an answer
	late    int  // queries in a row that timed out on it
	partial bool // the last read stopped within a message
	listed  bool // guarded by desk.mu
}

func newConn(c net.Conn, server netip.AddrPort, w *worker) *conn {
	return &conn{Conn: c, in: bufio.NewReaderSize(c, readBuffer), server: server, worker: w}
}

// exchange sends the worker's packet and reads until its answer comes. The
// deadline holds for the whole of it, however slowly octets drip in.
func (c *conn) exchange(ctx context.Context, p *wire.Packet, buf *[]byte, deadline time.Time) (msg []byte, match wire.Match, odd int, err error) {
	if err := c.SetDeadline(deadline); err != nil {
		return nil, wire.NoMatch, 0, err
	}
	if err := ctx.Err(); err != nil { // after the deadline is set, so that an interrupt is not undone
		return nil, wire.NoMatch, 0, err
	}
	if _, err := c.Write(p.Framed()); err != nil {
		return nil, wire.NoMatch, 0, err
	}
	for ; odd < maxOdd; odd++ {
		msg, err := c.readMessage(buf)
		if err != nil {
			return nil, wire.NoMatch, odd, err
		}
		if match := p.Check(msg); match != wire.NoMatch {
			return msg, match, odd, nil
		}
	}
	return nil, wire.NoMatch, odd, errUnruly
}

// readMessage reads one message into buf, which grows to what it needs.
func (c *conn) readMessage(buf *[]byte) ([]byte, error) {
	c.partial = false
	b := *buf
	n, err := io.ReadFull(c.in, b[:prefixLen])
	if err != nil {
		c.partial = n > 0
		return nil, err
	}
	size := int(binary.BigEndian.Uint16(b))
	if size < headerLen {
		return nil, errShort
	}
	if size > len(b) {
		b = make([]byte, size)
		*buf = b
	}
	if _, err := io.ReadFull(c.in, b[:size]); err != nil {
		c.partial = true
		return nil, err
	}
	return b[:size], nil
}
