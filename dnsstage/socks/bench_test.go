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
	"vacant/dnsstage/wire/wiretest"
)

// envFakes makes the test binary a DNS server behind proxies with a delay. It
// prints its address and theirs, and ends when its stdin does.
const envFakes = "VACANT_TEST_FAKES"

func TestMain(m *testing.M) {
	if os.Getenv(envFakes) != "" {
		serveFakes()
		return
	}
	goleak.VerifyTestMain(m)
}

// The benchmark's world: 500 workers over ten proxies with 50 ms each can do 10,000 queries a second.
const (
	benchProxies = 10
	benchWorkers = 500
	benchDelay   = 50 * time.Millisecond
)

// process stands in for a test in a process that lives as long as its fakes.
type process struct{ testing.TB }

func (process) Helper()        {}
func (process) Cleanup(func()) {}

func serveFakes() {
	answer := dnstest.NXDomain("example")
	line := dnstest.Start(process{}, dnstest.Honest(answer)).Addr.String()
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

// BenchmarkProxied asks through proxies that add 50 ms: ns/op is the time per
// answered query with all workers together.
func BenchmarkProxied(b *testing.B) {
	server, proxies := otherProcess(b)
	p, err := New(Config{Proxies: proxies, Workers: benchWorkers, Lookup: vacant.NewLookup(nil)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	qs, dst := names(benchWorkers, server), make([]wire.Reply, benchWorkers)
	wiretest.Run(b, p, names(2*benchWorkers, server)) // makes the connections
	b.ReportAllocs()
	b.ResetTimer()
	sent, answered := 0, 0
	for answered < b.N {
		n, err := p.Submit(qs[:min(len(qs), b.N-sent)])
		if err != nil {
			b.Fatal(err)
		}
		sent += n
		if n, err = p.Poll(dst, time.Second); err != nil {
			b.Fatal(err)
		}
		for _, r := range dst[:n] {
			if r.Outcome != wire.Replied {
				b.Fatalf("outcome %d, error %v", r.Outcome, r.Err)
			}
		}
		answered += n
	}
	b.ReportMetric(float64(answered)/b.Elapsed().Seconds(), "answers/s")
}
