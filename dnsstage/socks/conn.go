package socks

import (
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"time"
)

// Octets of a message's length and header.
const (
	prefixLen = 2
	headerLen = 12
)

// Octets of a read buffer: what a first read may take, and up to where reads
// that fill it make it larger. A single long message may make it longer still.
const (
	readBuffer = 2048
	wideBuffer = 16 << 10
)

// maxOverdue is how many ids of timed-out queries a connection keeps in mind.
const maxOverdue = 64

// maxOdd is how many messages in a row may answer nothing that was asked: one
// or two are a server's second thoughts, more are no DNS server's doing.
const maxOdd = 16

// Why a connection is given up that its server did not close.
var (
	errShort  = errors.New("message shorter than a DNS header")
	errUnruly = errors.New("too many messages that answer nothing")
)

// conn is one connection to one server, for as long as it lasts.
type conn struct {
	net.Conn
	worker *worker
	ends   []end // of the read under way; the reader's

	// All below is guarded by desk.mu.
	answers int           // answers it has carried
	piped   int           // of those, to queries that were on their way together with others
	base    time.Duration // shortest round trip of a query that was alone
	quiet   time.Duration // when it last had a query
	late    int           // queries that have timed out since its last answer
	odd     int           // messages since its last answer that answer nothing
	doubted bool          // it may be dead: no new queries until it answers
	partial bool          // it stopped within a message
	overdue []uint16      // ids of queries that timed out on it
}

func newConn(c net.Conn, w *worker) *conn { return &conn{Conn: c, worker: w} }

// receive reads until the connection ends, and says why it did.
func (c *conn) receive() {
	buf, n := make([]byte, readBuffer), 0
	for {
		m, err := c.Read(buf[n:])
		n += m
		full := n == len(buf)
		used, bad := c.answer(buf[:n])
		n = copy(buf, buf[used:n])
		if bad != nil || err != nil {
			c.worker.lost(c, errors.Join(bad, err))
			return
		}
		if full {
			buf = widen(buf, n)
		}
	}
}

// widen returns a buffer with room for more, the first n octets as they were.
func widen(buf []byte, n int) []byte {
	size := min(2*len(buf), wideBuffer)
	if n >= prefixLen {
		size = max(size, prefixLen+int(binary.BigEndian.Uint16(buf)))
	}
	if size <= len(buf) {
		return buf
	}
	return append(buf[:n], make([]byte, size-n)...)
}

// nextMessage cuts the first message off b. ok is false where it has not come whole.
func nextMessage(b []byte) (msg []byte, ok bool, err error) {
	if len(b) < prefixLen {
		return nil, false, nil
	}
	size := int(binary.BigEndian.Uint16(b))
	switch {
	case size < headerLen:
		return nil, false, errShort
	case len(b) < prefixLen+size:
		return nil, false, nil
	}
	return b[prefixLen : prefixLen+size], true, nil
}

// isOverdue reports whether a message with that id is the late answer to a query
// that timed out, which is then forgotten.
func (c *conn) isOverdue(id uint16) bool {
	i := slices.Index(c.overdue, id)
	if i >= 0 {
		c.overdue = slices.Delete(c.overdue, i, i+1)
	}
	return i >= 0
}

// putOverdue bars the id of a query that timed out from being used again.
func (c *conn) putOverdue(id uint16) {
	if len(c.overdue) == maxOverdue {
		c.overdue = slices.Delete(c.overdue, 0, 1)
	}
	c.overdue = append(c.overdue, id)
}
