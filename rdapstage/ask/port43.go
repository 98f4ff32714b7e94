package ask

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/likexian/whois"
)

// Text is what a WHOIS or DAS server sent.
type Text struct {
	Bytes     []byte // all of it, as it came; nil after an error
	Connected bool   // the server was reached, whatever came of it
}

// Line sends one line to addr (host:port) and returns the whole text that comes
// back until the server closes. An error means that no text may be believed.
func (a *Asker) Line(ctx context.Context, addr, line string, hand bool) (Text, error) {
	if !printable(line) {
		return Text{}, fmt.Errorf("%w: %.80q", ErrQuestion, line)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	b := &boundedDialer{ctx: ctx, open: func(ctx context.Context) (net.Conn, error) { return a.connect(ctx, addr, hand) }}
	// The library is to fall silent only at our deadline, never before.
	c := whois.NewClient().SetDialer(b).SetTimeout(time.Hour).SetDisableReferral(true).SetDisableStats(true)
	if err := Safely(func() error { _, err := c.Whois(line, addr); return err }); err != nil {
		// The library hands out part of a text beside an error: "No match for", then RST.
		return Text{Connected: b.conn != nil}, fmt.Errorf("ask %s: %w", addr, err)
	}
	// The library trims what it returns; whether the last line was whole is in its line break.
	return Text{Bytes: b.conn.text, Connected: true}, nil
}

// Safely turns a panic of a library, which a server's text can provoke, into an error.
func Safely(read func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrBroken, r)
		}
	}()
	return read()
}

// boundedDialer stands between the library and the network: it dials the one
// address we mean, whatever the library makes of it, under our context.
type boundedDialer struct {
	ctx  context.Context // the library's Dial takes none
	open func(ctx context.Context) (net.Conn, error)
	conn *boundedConn // the one that was opened
}

// Dial implements proxy.Dialer.
func (b *boundedDialer) Dial(_, _ string) (net.Conn, error) {
	conn, err := b.open(b.ctx)
	if err != nil {
		return nil, err
	}
	b.conn = newBoundedConn(b.ctx, conn)
	return b.conn, nil
}

// boundedConn ends with its context, reads a bounded number of octets, and
// keeps its deadline whatever it is asked to set.
type boundedConn struct {
	net.Conn
	left int
	text []byte // what was read
	stop func() bool
}

func newBoundedConn(ctx context.Context, conn net.Conn) *boundedConn {
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	c := &boundedConn{Conn: conn, left: MaxText}
	c.stop = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return c
}

func (c *boundedConn) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, ErrTooLong
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left -= n
	c.text = append(c.text, b[:n]...)
	return n, err
}

// Close implements net.Conn.
func (c *boundedConn) Close() error {
	if c.stop != nil {
		c.stop()
	}
	return c.Conn.Close()
}

// SetDeadline does nothing: the context's deadline holds.
func (c *boundedConn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: the context's deadline holds.
func (c *boundedConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: the context's deadline holds.
func (c *boundedConn) SetWriteDeadline(time.Time) error { return nil }
