package dnsstage

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"vacant"
	"vacant/dnsstage/dnstest"
)

// startResponder starts com's server, and a resolver that knows com, in a process of its own.
func startResponder(tb testing.TB) netip.AddrPort {
	tb.Helper()
	return dnstest.MustStartPlain(tb, netip.MustParseAddr("127.0.0.1"))
}

// loopback runs n names through a stage on real sockets and returns how they ended.
func loopback(tb testing.TB, cfg Config, n int) (map[vacant.Status]int, Stats, time.Duration) {
	tb.Helper()
	s, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	defer closeStage(tb, s)
	in, out, done := make(chan *vacant.Batch, 4), make(chan *vacant.Batch, 4), make(chan error, 1)
	started := time.Now()
	go func() { done <- s.Run(tb.Context(), in, out); close(out) }()
	go func() {
		defer close(in)
		var b *vacant.Batch
		for i := range n {
			if i%vacant.BatchSize == 0 {
				if b != nil {
					in <- b
				}
				b = &vacant.Batch{}
			}
			format := "n%d.com"
			if i%20 == 0 {
				format = "absent-for-certain-%d.com"
			}
			b.AppendName(vacant.Name(fmt.Sprintf(format, i)), vacant.NoIndex)
		}
		in <- b
	}()
	got := make(map[vacant.Status]int)
	for b := range out {
		for _, a := range b.Answers {
			got[a.Status]++
		}
	}
	if err := <-done; err != nil {
		tb.Fatal(err)
	}
	return got, s.Stats(), time.Since(started)
}

func TestRealSocketsGiveTheSameAnswersBothWays(t *testing.T) {
	server := startResponder(t)
	for name, cfg := range map[string]Config{
		"authority": {Authority: map[string][]netip.AddrPort{"com": {server}}},
		"resolver":  {Resolvers: []netip.AddrPort{server}},
		"held":      {Resolvers: []netip.AddrPort{server}, Hold: true},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 20_000
			got, _, _ := loopback(t, cfg, n)
			if got[vacant.StatusNXDomain] != n/20 || got[vacant.StatusDelegated] != n-n/20 {
				t.Errorf("got %v", got)
			}
		})
	}
}

// BenchmarkLoopback is the whole stage on real sockets against a responder in
// another process.
func BenchmarkLoopback(b *testing.B) {
	server := startResponder(b)
	for name, cfg := range map[string]Config{
		"authority": {Authority: map[string][]netip.AddrPort{"com": {server}}},
		"resolver":  {Resolvers: []netip.AddrPort{server}},
	} {
		b.Run(name, func(b *testing.B) {
			got, st, took := loopback(b, cfg, b.N)
			if got[vacant.StatusNXDomain]+got[vacant.StatusDelegated] != b.N {
				b.Errorf("got %v", got)
			}
			b.ReportMetric(float64(b.N)/took.Seconds(), "names/s")
			b.ReportMetric(float64(st.Resent)/float64(b.N), "resent/name")
			b.ReportMetric(float64(st.Servers[0].Window), "window")
		})
	}
}
