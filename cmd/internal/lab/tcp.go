package lab

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"time"
)

const (
	// tcpIdle is how long a connection may be silent (RFC 7766 asks for seconds).
	tcpIdle = 30 * time.Second
	// maxPipelined bounds the answers on their way on one connection.
	maxPipelined = 1024
)

// serveConn answers the queries of one connection, in order, however many come at once.
func (s *dnsServer) serveConn(ctx context.Context, conn net.Conn) {
	out := make(chan timed, maxPipelined)
	done := make(chan struct{})
	go func() {
		defer close(done)
		writeAnswers(ctx, conn, out)
	}()
	s.readQueries(ctx, conn, out)
	close(out)
	<-done
}

// timed is an answer, length in front, and when it is to leave.
type timed struct {
	due time.Time
	msg []byte
}

func (s *dnsServer) readQueries(ctx context.Context, conn net.Conn, out chan<- timed) {
	sc, r := new(scratch), bufio.NewReader(conn)
	var size [2]byte
	var now time.Time // of the read that the query came with: what comes together is answered together
	buf := make([]byte, 4096)
	for {
		if r.Buffered() == 0 {
			_ = conn.SetReadDeadline(time.Now().Add(tcpIdle))
			now = time.Time{}
		}
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return
		}
		n := int(binary.BigEndian.Uint16(size[:]))
		if n > len(buf) {
			return
		}
		if _, err := io.ReadFull(r, buf[:n]); err != nil {
			return
		}
		if now.IsZero() {
			now = time.Now()
		}
		s.tcp.Add(1)
		answer := s.answer(sc, buf[:n], s.asked.Add(1), true)
		if answer == nil {
			return
		}
		msg := binary.BigEndian.AppendUint16(make([]byte, 0, len(answer)+2), uint16(len(answer)))
		select {
		case out <- timed{due: now.Add(s.rtt), msg: append(msg, answer...)}:
		case <-ctx.Done():
			return
		}
	}
}

// writeAnswers sends each answer when it is due, several in one segment where
// they are due together. After an error it only drains.
func writeAnswers(ctx context.Context, conn net.Conn, out <-chan timed) {
	w := bufio.NewWriter(conn)
	for it := range out {
		if wait := time.Until(it.due); wait > 0 {
			_ = w.Flush()
			if !sleep(ctx, wait) {
				continue
			}
		}
		_, _ = w.Write(it.msg)
		if len(out) == 0 {
			_ = w.Flush()
		}
	}
	_ = w.Flush()
}
