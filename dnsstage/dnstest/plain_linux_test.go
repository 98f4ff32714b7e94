package dnstest

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"
)

// BenchmarkPlain asks a responder in another process with bare batches, no DNS
// logic: ns/op is the time per answer, so what the responder can give at most.
func BenchmarkPlain(b *testing.B) {
	server := MustStartPlain(b, netip.MustParseAddr("127.0.0.1"))
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	growBuffers(c)
	raw, err := c.SyscallConn()
	if err != nil {
		b.Fatal(err)
	}
	out, in := queriesOf(b), newMmsgs()
	const window = 8 * plainBatch
	b.ResetTimer()
	sent, answered := 0, 0
	for answered < b.N {
		err := raw.Read(func(fd uintptr) bool {
			for sent-answered <= window-plainBatch && sent < b.N {
				out.send(fd, plainBatch)
				sent += plainBatch
			}
			n, errno := in.recv(fd)
			if errno == 0 {
				answered += n
			}
			return errno != unix.EAGAIN
		})
		if err != nil {
			b.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
	}
	b.ReportMetric(float64(answered)/b.Elapsed().Seconds(), "answers/s")
}

// queriesOf is a batch of queries, to be sent again and again on a connected socket.
func queriesOf(b *testing.B) *mmsgs {
	b.Helper()
	m := newMmsgs()
	for i := range m.out {
		q := plainQuery(string([]byte{'a', 'b', byte('a' + i%26), byte('a' + i/26), 'c'})+".com.", dns.TypeNS, true, false)
		raw, err := q.Pack()
		if err != nil {
			b.Fatal(err)
		}
		m.iovs[i].SetLen(copy(m.bufs[i][:], raw))
		m.out[i].Iov = &m.iovs[i]
		m.out[i].SetIovlen(1)
	}
	return m
}
