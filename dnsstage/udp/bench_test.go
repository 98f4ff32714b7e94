package udp

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
)

// envResponder makes the test binary a fast DNS server that prints its address
// and ends when its stdin does.
const envResponder = "VACANT_TEST_RESPONDER"

func TestMain(m *testing.M) {
	if os.Getenv(envResponder) != "" {
		respond()
		return
	}
	goleak.VerifyTestMain(m)
}

func respond() {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return
	}
	_ = c.SetReadBuffer(4 << 20)
	_, _ = fmt.Fprintln(os.Stdout, c.LocalAddr())
	go dnstest.ServeFast(c)
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// otherProcess starts a fast responder in a process of its own.
func otherProcess(tb testing.TB) netip.AddrPort {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envResponder+"=1", "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return netip.MustParseAddrPort(strings.TrimSpace(line))
}

// BenchmarkAnswers asks a responder in another process: ns/op is the time per
// answered query, of which "lost" had to be asked again after a timeout.
func BenchmarkAnswers(b *testing.B) {
	server := otherProcess(b)
	for _, inflight := range []int{100, 500, 2000} {
		b.Run(fmt.Sprintf("inflight=%d", inflight), func(b *testing.B) { benchmarkAnswers(b, server, inflight) })
	}
}

func benchmarkAnswers(b *testing.B, server netip.AddrPort, inflight int) {
	b.Helper()
	e, err := New(Config{Inflight: inflight})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	qs, rs := make([]wire.Query, 256), make([]wire.Reply, 256)
	for i := range qs {
		qs[i] = wire.Query{Name: fmt.Appendf(nil, "n%04d.com", i), Type: wire.TypeNS, Server: server, Timeout: 250 * time.Millisecond}
	}
	b.ReportAllocs()
	b.ResetTimer()
	sent, answered, lost := 0, 0, 0
	for answered < b.N {
		want := min(len(qs), b.N-answered-(sent-answered-lost))
		n, err := e.Submit(qs[:max(0, want)])
		if err != nil {
			b.Fatal(err)
		}
		sent += n
		n, err = e.Poll(rs, time.Second)
		if err != nil {
			b.Fatal(err)
		}
		for i := range rs[:n] {
			if rs[i].Outcome == wire.Replied && rs[i].NSOwner != nil {
				answered++
			} else {
				lost++
			}
		}
	}
	b.ReportMetric(float64(answered)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(float64(lost), "lost")
}
