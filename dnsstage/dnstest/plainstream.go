package dnstest

import (
	"encoding/binary"
	"net"
)

// streamBuffer is how many octets of queries are read at once.
const streamBuffer = 8 << 10

// servePlainStream answers one connection's queries in their order, however
// many come at once (RFC 7766): all of a read in one write.
func servePlainStream(c net.Conn) {
	in, n := make([]byte, streamBuffer), 0
	var out []byte
	for whole := true; whole; {
		m, err := c.Read(in[n:])
		if err != nil {
			return
		}
		n += m
		var used int
		out, used, whole = streamReplies(out[:0], in[:n])
		n = copy(in, in[used:n])
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// streamReplies appends the replies to all whole queries in b, and returns how
// many octets those were. ok is false where something is no query.
func streamReplies(out, b []byte) (replies []byte, used int, ok bool) {
	for len(b)-used >= 2 {
		size := int(binary.BigEndian.Uint16(b[used:]))
		if size > plainLongest {
			return out, used, false
		}
		if len(b)-used < 2+size {
			break
		}
		at := len(out)
		out = append(append(out, b[used:used+2+size]...), make([]byte, plainRoom-size)...)
		n := plainReply(out[at+2:], size)
		if n == 0 {
			return out[:at], used, false
		}
		binary.BigEndian.PutUint16(out[at:], uint16(n))
		out = out[:at+2+n]
		used += 2 + size
	}
	return out, used, true
}
