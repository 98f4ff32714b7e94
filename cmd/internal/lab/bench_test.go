package lab

import (
	"bytes"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// benchAuthority is com's server without a socket.
func benchAuthority() (*dnsServer, *World) {
	w := NewWorld(Config{Seed: 1, TLDs: []string{"com"}})
	topo := newTopology(w, 1)
	topo.address(false)
	a := &authority{world: w, zones: topo.groups[1].zones, hosting: hostingAddr.As4()}
	return &dnsServer{responder: a}, w
}

// queries packs questions for n names.
func queries(tb testing.TB, n int) [][]byte {
	tb.Helper()
	var all [][]byte
	for _, name := range sample(n, "com") {
		all = append(all, ask{name: name, qtype: dnsmessage.TypeNS}.pack(tb, 1))
	}
	return all
}

// BenchmarkAnswer measures the answering alone.
func BenchmarkAnswer(b *testing.B) {
	s, _ := benchAuthority()
	all, sc, i := queries(b, 1024), new(scratch), 0
	b.ReportAllocs()
	for b.Loop() {
		if s.answer(sc, all[i&1023], 0, false) == nil {
			b.Fatal("no answer")
		}
		i++
	}
}

// TestAnswerDoesNotAllocate keeps the responder out of the measurements made with it.
func TestAnswerDoesNotAllocate(t *testing.T) {
	s, _ := benchAuthority()
	all, sc, i := queries(t, 1024), new(scratch), 0
	if got := testing.AllocsPerRun(2000, func() { s.answer(sc, all[i&1023], 0, false); i++ }); got != 0 {
		t.Errorf("%v allocations a query", got)
	}
}

// BenchmarkUDP measures whole round-trips over one socket, 64 queries on the way at a time. The
// client's half is in the time as well.
func BenchmarkUDP(b *testing.B) {
	l := startLab(b, Config{Seed: 1})
	conn := dialUDP(b, serverOf(b, l.Roots()[0], "com"))
	all, buf := queries(b, 1024), make([]byte, 2048)
	const window = 64
	b.ReportAllocs()
	sent := 0
	for b.Loop() {
		if sent == 0 {
			for ; sent < window; sent++ {
				if _, err := conn.Write(all[sent]); err != nil {
					b.Fatal(err)
				}
			}
		}
		if _, err := conn.Read(buf); err != nil {
			b.Fatal(err)
		}
		sent--
	}
}

// FuzzAnswer throws octets at a name server: whatever it answers must be a
// message that a parser takes, about the question asked.
func FuzzAnswer(f *testing.F) {
	for _, name := range []string{"nic.com", "com", ".", "a.dns.com", "x.example.com", "foo.io"} {
		for _, opt := range []bool{false, true} {
			f.Add(ask{name: name, qtype: dnsmessage.TypeNS, opt: opt, rd: true}.pack(f, 1), uint64(1))
		}
	}
	f.Add([]byte("00\x010\x00\x01\x00\x00\x00\x00\x00\x00\x03.00\x03000\x000000"), uint64(5))
	f.Add([]byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1}, uint64(3))
	s, _ := benchAuthority()
	s.faults = &dnsFaults{servfail: 0.2, truncate: 0.2, lowercase: true, forge: 4}
	sc := new(scratch)
	f.Fuzz(func(t *testing.T, msg []byte, seq uint64) {
		for _, tcp := range []bool{false, true} {
			out := s.answer(sc, msg, seq, tcp)
			if out == nil {
				continue
			}
			for how := range forgeries {
				s.faults.forgery(sc, out, how)
			}
			if out[0] != msg[0] || out[1] != msg[1] || out[2]&0x80 == 0 || !tcp && len(out) > maxUDP {
				t.Fatalf("% x answered by % x", msg, out)
			}
			var m dnsmessage.Message
			if err := m.Unpack(out); err != nil && !unspeakable(out) {
				t.Fatalf("% x answered by % x: %v", msg, out, err)
			}
		}
	})
}

// unspeakable reports whether the question is one that dnsmessage cannot hold: a label with a dot in it.
func unspeakable(msg []byte) bool {
	for at := headerLen; at < len(msg) && msg[at] != 0; at += 1 + int(msg[at]) {
		if bytes.IndexByte(msg[at+1:min(at+1+int(msg[at]), len(msg))], '.') >= 0 {
			return true
		}
	}
	return false
}
