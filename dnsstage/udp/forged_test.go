package udp

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"vacant/dnsstage/wire"
)

// forgery is a packet and how it arrives.
type forgery struct {
	sock int
	from netip.AddrPort
	msg  []byte
}

// TestAMillionForgeriesEndNothing alters the right answer to a random query in
// flight in one thing that an attacker has to guess, and shows it to the table.
func TestAMillionForgeriesEndNothing(t *testing.T) {
	const inflight, forgeries = 1000, 1_000_000
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	c := newCore(inflight, 4, seed|1)
	for i := range inflight {
		if _, err := c.insert(fmt.Appendf(nil, "some-name-%d.example", i), i%4, 1<<40); err != nil {
			t.Fatal(err)
		}
	}
	changes := forgedIn(random)
	accepted := make(map[string]int)
	names := make([]string, 0, len(changes))
	for name := range changes {
		names = append(names, name)
	}
	for range forgeries {
		victim := int32(random.IntN(inflight))
		f := forgery{int(c.table.slots[victim].sock), testServer, c.answerTo(victim)}
		name := names[random.IntN(len(names))]
		changes[name](&f)
		if _, match := c.table.match(f.sock, f.from, f.msg); match == wire.Full {
			accepted[name]++
		}
	}
	if len(accepted) > 0 {
		t.Errorf("seed %d: believed %v", seed, accepted)
	}
	if c.table.live != inflight {
		t.Errorf("%d queries in flight, want %d", c.table.live, inflight)
	}
}

// forgedIn are the single things in which a forgery differs.
func forgedIn(random *rand.Rand) map[string]func(*forgery) {
	nonzero := func() byte { return byte(1 + random.IntN(255)) }
	return map[string]func(*forgery){
		"id":      func(f *forgery) { f.msg[random.IntN(2)] ^= nonzero() },
		"QR":      func(f *forgery) { f.msg[2] ^= 0x80 },
		"opcode":  func(f *forgery) { f.msg[2] ^= byte(1+random.IntN(15)) << 3 },
		"count":   func(f *forgery) { f.msg[4+random.IntN(2)] ^= nonzero() },
		"name":    func(f *forgery) { f.msg[13+random.IntN(9)] ^= nonzero() },
		"case":    func(f *forgery) { f.msg[13+random.IntN(4)] ^= 0x20 },
		"type":    func(f *forgery) { f.msg[len(f.msg)-4+random.IntN(2)] ^= nonzero() },
		"class":   func(f *forgery) { f.msg[len(f.msg)-2+random.IntN(2)] ^= nonzero() },
		"length":  func(f *forgery) { f.msg = f.msg[:random.IntN(len(f.msg))] },
		"port":    func(f *forgery) { f.from = netip.AddrPortFrom(f.from.Addr(), f.from.Port()^uint16(nonzero())) },
		"address": func(f *forgery) { f.from = netip.AddrPortFrom(f.from.Addr().Next(), f.from.Port()) },
		"socket":  func(f *forgery) { f.sock = (f.sock + 1 + random.IntN(3)) % 4 },
	}
}
