package lab

import (
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
func queries(t testing.TB, n int) [][]byte {
	t.Helper()
	var all [][]byte
	for _, name := range sample(n, "com") {
		all = append(all, ask{name: name, qtype: dnsmessage.TypeNS}.pack(t, 1))
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
