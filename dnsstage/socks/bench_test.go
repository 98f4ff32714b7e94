package socks

import (
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vacant"
	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
)

// envFakes makes the test binary a DNS server behind proxies with a delay. It
// prints its address and theirs, and ends when its stdin does.
const envFakes = "VACANT_TEST_FAKES"

func TestMain(m *testing.M) {
	if dnstest.BePlain() {
		return
	}
	if os.Getenv(envFakes) != "" {
		serveFakes()
		return
	}
	goleak.VerifyTestMain(m)
}

// The benchmark's world: proxies that add 100 ms. One query at a time, a
// connection can do ten a second.
const (
	benchProxies = 50
	benchDelay   = 100 * time.Millisecond
)

// process stands in for a test in a process that lives as long as its fakes.
type process struct{ testing.TB }

func (process) Helper()        {}
func (process) Cleanup(func()) {}

func serveFakes() {
	server, err := dnstest.ListenPlain(netip.MustParseAddrPort("127.0.0.1:0"), 0)
	if err != nil {
		panic(err)
	}
	go server.Serve()
	line := server.Addr.String()
	for range benchProxies {
		line += " " + dnstest.StartProxy(process{}, &dnstest.Proxy{Delay: benchDelay}).URL()
	}
	_, _ = fmt.Fprintln(os.Stdout, line)
	dnstest.AwaitEOF()
}

// otherProcess starts the fakes and returns the server and the proxies' URLs.
func otherProcess(b *testing.B) (netip.AddrPort, []string) {
	b.Helper()
	words := dnstest.Spawn(b, envFakes)
	return netip.MustParseAddrPort(words[0]), words[1:]
}

// BenchmarkProxied asks through 50 proxies that add 100 ms: with pipelining, and
// as a worker does that asks one query at a time.
func BenchmarkProxied(b *testing.B) {
	for _, workers := range []int{1500, 250} {
		for _, depth := range []int{1, defaultDepth} {
			b.Run(fmt.Sprintf("connections=%d/depth=%d", workers, depth), func(b *testing.B) {
				server, proxies := otherProcess(b)
				answerAll(b, Config{Proxies: proxies, Workers: workers, Depth: depth}, []netip.AddrPort{server}, min(workers*depth, 6000))
			})
		}
	}
}

// BenchmarkDirect asks without proxies, one server and several at once.
func BenchmarkDirect(b *testing.B) {
	for _, n := range []int{1, 4} {
		b.Run(fmt.Sprintf("servers=%d", n), func(b *testing.B) {
			var servers []netip.AddrPort
			for i := range n {
				servers = append(servers, dnstest.MustStartPlain(b, netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + i)})))
			}
			answerAll(b, Config{}, servers, n*perServer*defaultDepth)
		})
	}
}

// answerAll has b.N queries answered, with a window of them in flight. ns/op is
// the time per answered query with all workers together.
func answerAll(b *testing.B, cfg Config, servers []netip.AddrPort, window int) {
	b.Helper()
	cfg.Lookup = vacant.NewLookup(nil)
	p, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	qs, dst := names(512, servers[0]), make([]wire.Reply, 512)
	for i := range qs {
		qs[i].Server = servers[i/32%len(servers)]
		qs[i].Name = fmt.Appendf(nil, "name-%d.com", i)
	}
	ask := func(total int) {
		for sent, answered := 0, 0; answered < total; {
			n, err := p.Submit(qs[:min(len(qs), total-sent, window-(sent-answered))])
			if err != nil {
				b.Fatal(err)
			}
			sent += n
			if n, err = p.Poll(dst, time.Millisecond); err != nil {
				b.Fatal(err)
			}
			for _, r := range dst[:n] {
				if r.Outcome != wire.Replied {
					b.Fatalf("outcome %d, error %v", r.Outcome, r.Err)
				}
			}
			answered += n
		}
	}
	ask(4 * window) // connects, and finds the depth
	before := p.Stats().Sent
	b.ReportAllocs()
	b.ResetTimer()
	ask(b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(float64(p.Stats().Sent-before-uint64(b.N)), "again")
}
