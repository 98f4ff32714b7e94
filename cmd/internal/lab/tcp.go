package lab

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"time"
)

const (
	// tcpIdle is how long a connection may be silent (RFC 7766 asks for seconds).
	tcpIdle = 30 * time.Second
	// maxPipelined bounds the answers on their way on one connection.
	maxPipelined = 1024
)

// stream is one TCP connection of a server.
type stream struct {
	conn net.Conn
	out  chan timed
	owed atomic.Int64 // queries not answered yet
}

// timed is an answer, length in front, and when it is to leave.
type timed struct {
	due time.Time
	msg []byte
}

// serveConn answers the queries of one connection, in order, however many come at once.
func (s *dnsServer) serveConn(ctx context.Context, conn net.Conn) {
	st := &stream{conn: conn, out: make(chan timed, maxPipelined)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		st.write(ctx)
	}()
	s.readQueries(ctx, st)
	close(st.out)
	<-done
}

// readQueries reads until the connection ends, or a query comes that deserves
// that it does. What comes together is answered together.
func (s *dnsServer) readQueries(ctx context.Context, st *stream) {
	sc, r := new(scratch), bufio.NewReader(st.conn)
	buf, due := make([]byte, 4096), time.Time{}
	for {
		fresh := r.Buffered() == 0
		if fresh {
			_ = st.conn.SetReadDeadline(time.Now().Add(tcpIdle))
		}
		n, err := readMessage(r, buf)
		if err != nil {
			return
		}
		if fresh {
			due = time.Now().Add(s.rtt)
		}
		if s.tcp.Add(1); st.owed.Add(1) > 1 && s.faults != nil && s.faults.single {
			_ = st.conn.Close() // what is on its way is lost with it
			return
		}
		answer := s.answer(sc, buf[:n], s.asked.Add(1), true)
		if answer == nil {
			return
		}
		msg := binary.BigEndian.AppendUint16(make([]byte, 0, len(answer)+2), uint16(len(answer)))
		select {
		case st.out <- timed{due: due, msg: append(msg, answer...)}:
		case <-ctx.Done():
			return
		}
	}
}

// readMessage reads one message into buf and returns its length.
func readMessage(r io.Reader, buf []byte) (int, error) {
	if _, err := io.ReadFull(r, buf[:2]); err != nil {
		return 0, err
	}
	n := int(binary.BigEndian.Uint16(buf))
	if n > len(buf) {
		return 0, io.ErrShortBuffer
	}
	return io.ReadFull(r, buf[:n])
}

// write sends each answer when it is due, several in one segment where they are
// due together. After an error it only drains.
func (st *stream) write(ctx context.Context) {
	w := bufio.NewWriter(st.conn)
	for it := range st.out {
		if wait := time.Until(it.due); wait > 0 {
			_ = w.Flush()
			if !sleep(ctx, wait) {
				continue
			}
		}
		st.owed.Add(-1)
		_, _ = w.Write(it.msg)
		if len(st.out) == 0 {
			_ = w.Flush()
		}
	}
	_ = w.Flush()
}
