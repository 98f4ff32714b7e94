package udp

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func mustBatched(tb testing.TB, gso GSO) *batched {
	tb.Helper()
	l, err := openBatched(1, gso)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.close() })
	return l
}

// TestCoalescedDatagramsAreTakenApart sends a burst that travels loopback as
// one buffer to a link that takes it as one.
func TestCoalescedDatagramsAreTakenApart(t *testing.T) {
	from, to := mustBatched(t, GSOOn), mustBatched(t, GSOOn)
	if from.out.gso != GSOOn || to.in.stride != coalescedSize {
		t.Skip("SKIPPED: this kernel cuts or coalesces no UDP")
	}
	server := portOf(t, to, 0)
	b := newBurst()
	for i := range 40 {
		b.add(int32(i), server, bytes.Repeat([]byte{byte(i)}, 33))
	}
	b.add(40, server, []byte("the short last one"))
	if n, err := from.send(&b); n != 41 || err != nil {
		t.Fatalf("send = %d, %v", n, err)
	}
	in, _, err := to.receive(5*time.Second, nil)
	if err != nil || len(in) != 41 {
		t.Fatalf("receive = %d datagrams, %v; want 41 at once", len(in), err)
	}
	if to.in.used != 1 {
		t.Errorf("they took %d buffers, want 1: nothing was coalesced", to.in.used)
	}
	for i, d := range in {
		if !bytes.Equal(d.data, b.bytes(i, i+1)) || d.from.Port() != portOf(t, from, 0).Port() {
			t.Fatalf("datagram %d: %q from %v", i, d.data, d.from)
		}
	}
}

// TestRefusedSegmentationIsWithdrawn uses a socket without checksums, which the
// system refuses to cut for.
func TestRefusedSegmentationIsWithdrawn(t *testing.T) {
	l := mustBatched(t, GSOOn)
	if l.out.gso != GSOOn {
		t.Skip("SKIPPED: this kernel cuts no UDP")
	}
	if err := unix.SetsockoptInt(l.socks[0].fd, unix.SOL_SOCKET, unix.SO_NO_CHECK, 1); err != nil {
		t.Fatal(err)
	}
	c, addr := listen(t, "udp4", "127.0.0.1")
	b := newBurst()
	var want [][]byte
	for i := range 5 {
		octets := bytes.Repeat([]byte{byte(i + 1)}, 33)
		b.add(int32(i), addr, octets)
		want = append(want, octets)
	}
	if n, err := l.send(&b); n != 5 || err != nil {
		t.Fatalf("send = %d, %v; want 5", n, err)
	}
	mustArrive(t, c, want)
	if l.out.gso != GSOOff {
		t.Error("segmentation was not withdrawn")
	}
}

// TestDropsOfOurOwnAreCounted fills a small socket buffer.
func TestDropsOfOurOwnAreCounted(t *testing.T) {
	l := mustBatched(t, GSOOff)
	if err := unix.SetsockoptInt(l.socks[0].fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 1); err != nil {
		t.Fatal(err)
	}
	to := portOf(t, l, 0)
	c, _ := listen(t, "udp4", "127.0.0.1")
	const sent = 500
	for range sent {
		if _, err := c.WriteToUDPAddrPort(make([]byte, 100), to); err != nil {
			t.Fatal(err)
		}
	}
	came := 0
	for in, _, _ := l.receive(time.Second, nil); len(in) > 0; in, _, _ = l.receive(0, nil) {
		came += len(in)
	}
	if lost := l.lost(); lost == 0 || came+int(lost) != sent {
		t.Errorf("%d came, %d counted as dropped, want %d in all", came, lost, sent)
	}
}

// TestFailedSendTellsHowManyLeft sends one packet in the middle of a burst to a
// port that cannot be sent to.
func TestFailedSendTellsHowManyLeft(t *testing.T) {
	for _, gso := range []GSO{GSOOff, GSOOn} {
		t.Run(gso.String(), func(t *testing.T) {
			l := mustBatched(t, gso)
			c, addr := listen(t, "udp4", "127.0.0.1")
			b := newBurst()
			b.add(0, addr, []byte("one"))
			b.add(1, addr, []byte("two"))
			b.add(2, withPort(addr, 0), []byte("bad"))
			b.add(3, addr, []byte("four"))
			if n, err := l.send(&b); n != 2 || err == nil {
				t.Fatalf("send = %d, %v; want 2 and why", n, err)
			}
			mustArrive(t, c, [][]byte{[]byte("one     ")[:3], []byte("two     ")[:3]})
		})
	}
}

func TestSegmentSizeIsReadFromControlMessages(t *testing.T) {
	gro := func(size uint32) []byte { return control(unix.IPPROTO_UDP, unix.UDP_GRO, size) }
	tests := []struct {
		name    string
		control []byte
		want    int
	}{
		{"none", nil, 500},
		{"size", gro(100), 100},
		{"no size", gro(0), 500},
		{"behind another", append(control(unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 7), gro(100)...), 100},
		{"cut short", gro(100)[:unix.SizeofCmsghdr+2], 500},
		{"length of nothing", make([]byte, 64), 500},
	}
	for _, tt := range tests {
		if got := segmentSize(tt.control, 500); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func control(level, kind int32, value uint32) []byte {
	all := make([]byte, unix.CmsgSpace(4))
	h := (*unix.Cmsghdr)(unsafe.Pointer(&all[0]))
	h.Level, h.Type = level, kind
	h.SetLen(unix.CmsgLen(4))
	binary.NativeEndian.PutUint32(all[unix.CmsgLen(0):], value)
	return all
}
