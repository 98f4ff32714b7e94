package udp

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// listen opens a socket that a link's packets arrive at.
func listen(tb testing.TB, network, host string) (*net.UDPConn, netip.AddrPort) {
	tb.Helper()
	c, err := net.ListenUDP(network, &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		tb.Skipf("SKIPPED: this host has no %s: %v", network, err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func openTest(tb testing.TB, open func() (link, error)) link {
	tb.Helper()
	l, err := open()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.close() })
	return l
}

// links are every kind that this system has.
var links = map[string]func() (link, error){
	"portable":        func() (link, error) { return openPlain(2) },
	"best":            func() (link, error) { return openLink(2, GSOOff) },
	"best, segmented": func() (link, error) { return openLink(2, GSOOn) },
}

// TestPacketsArriveOnceAsTheyWere sends bursts of every mixture of sizes and
// destinations that decides how they can be cut from one buffer.
func TestPacketsArriveOnceAsTheyWere(t *testing.T) {
	tests := []struct {
		name  string
		sizes []int
		other []int // packets that go to the other server
	}{
		{"one", []int{33}, nil},
		{"a full burst of one size", slices.Repeat([]int{33}, burstSize), nil},
		{"the last one shorter", append(slices.Repeat([]int{33}, 20), 30), nil},
		{"a shorter one in the middle", []int{33, 33, 30, 33, 33}, nil},
		{"a longer one in the middle", []int{33, 33, 40, 33, 33}, nil},
		{"falling", []int{40, 39, 38, 37}, nil},
		{"rising", []int{37, 38, 39, 40}, nil},
		{"two servers in turn", slices.Repeat([]int{33}, 10), []int{1, 3, 5, 7, 9}},
		{"two servers, half each", slices.Repeat([]int{33}, 20), []int{10, 11, 12, 13, 14, 15, 16, 17, 18, 19}},
	}
	for kind, open := range links {
		for _, family := range []struct{ network, host string }{{"udp4", "127.0.0.1"}, {"udp6", "::1"}} {
			for _, tt := range tests {
				t.Run(kind+"/"+family.network+"/"+tt.name, func(t *testing.T) {
					l := openTest(t, open)
					first, firstAddr := listen(t, family.network, family.host)
					second, secondAddr := listen(t, family.network, family.host)
					b := newBurst()
					if v4, v6 := l.families(); family.network == "udp4" {
						b.sock = v4.first
					} else if b.sock = v6.first; v6.n == 0 {
						t.Skip("SKIPPED: this host has no IPv6")
					}
					want := map[*net.UDPConn][][]byte{}
					for i, size := range tt.sizes {
						c, to := first, firstAddr
						if slices.Contains(tt.other, i) {
							c, to = second, secondAddr
						}
						octets := bytes.Repeat([]byte{byte(i + 1)}, size)
						b.add(int32(i), to, octets)
						want[c] = append(want[c], octets)
					}
					if n, err := l.send(&b); n != len(tt.sizes) || err != nil {
						t.Fatalf("send = %d, %v; want %d", n, err, len(tt.sizes))
					}
					for c, packets := range want {
						mustArrive(t, c, packets)
					}
				})
			}
		}
	}
}

// mustArrive reads exactly these packets, in order.
func mustArrive(t *testing.T, c *net.UDPConn, want [][]byte) {
	t.Helper()
	buf := make([]byte, 1<<16)
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	for i := range want {
		n, _, err := c.ReadFromUDPAddrPort(buf)
		if err != nil || !bytes.Equal(buf[:n], want[i]) {
			t.Fatalf("packet %d: % x, %v; want % x", i, buf[:min(n, 8)], err, want[i][:8])
		}
	}
	_ = c.SetReadDeadline(time.Now())
	if n, _, err := c.ReadFromUDPAddrPort(buf); err == nil {
		t.Fatalf("one packet too many: % x", buf[:min(n, 8)])
	}
}

// TestReceiveGivesEveryDatagramWithItsSource lets both families and all sockets
// receive more than a batch.
func TestReceiveGivesEveryDatagramWithItsSource(t *testing.T) {
	for kind, open := range links {
		t.Run(kind, func(t *testing.T) {
			l := openTest(t, open)
			peer, from := listen(t, "udp4", "127.0.0.1")
			const each = 200
			for sock := range 2 {
				to := portOf(t, l, sock)
				for i := range each {
					if _, err := peer.WriteToUDPAddrPort(fmt.Appendf(nil, "%d %d", sock, i), to); err != nil {
						t.Fatal(err)
					}
				}
			}
			next := [2]int{}
			for next[0] < each || next[1] < each {
				in, _, err := l.receive(5*time.Second, nil)
				if err != nil || len(in) == 0 {
					t.Fatalf("%v of %d came, then %v", next, each, err)
				}
				for _, d := range in {
					if want := fmt.Sprintf("%d %d", d.sock, next[d.sock]); string(d.data) != want || d.from != from {
						t.Fatalf("%q from %v on socket %d, want %q", d.data, d.from, d.sock, want)
					}
					next[d.sock]++
				}
			}
		})
	}
}

// portOf sends from a socket of the link to learn its port.
func portOf(t *testing.T, l link, sock int) netip.AddrPort {
	t.Helper()
	c, addr := listen(t, "udp4", "127.0.0.1")
	b := newBurst()
	b.sock = sock
	b.add(0, addr, []byte("hello"))
	if _, err := l.send(&b); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8)
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, from, err := c.ReadFromUDPAddrPort(buf)
	if err != nil {
		t.Fatal(err)
	}
	return from
}

func TestWakeEndsAReceiveThatWaits(t *testing.T) {
	for kind, open := range links {
		t.Run(kind, func(t *testing.T) {
			l := openTest(t, open)
			l.wake() // before
			if in, _, err := l.receive(time.Hour, nil); len(in) > 0 || err != nil {
				t.Fatalf("receive = %d datagrams, %v", len(in), err)
			}
			go l.wake() // and while it waits, as far as a test can tell
			if in, _, err := l.receive(time.Hour, nil); len(in) > 0 || err != nil {
				t.Fatalf("receive = %d datagrams, %v", len(in), err)
			}
		})
	}
}
