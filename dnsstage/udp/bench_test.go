package udp

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
)

func TestMain(m *testing.M) {
	if dnstest.BePlain() {
		return
	}
	goleak.VerifyTestMain(m)
}

// BenchmarkAnswers asks a responder in another process: ns/op is the time per
// answered query, of which "lost" had to be asked again after a timeout.
func BenchmarkAnswers(b *testing.B) {
	server := dnstest.MustStartPlain(b, netip.MustParseAddr("127.0.0.1"))
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
