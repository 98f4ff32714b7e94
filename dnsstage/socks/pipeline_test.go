package socks

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
	"vacant/dnsstage/wire/wiretest"
)

// depthOf is how many queries a connection to addr may carry now.
func (p *Pool) depthOf(addr netip.AddrPort) int {
	p.desk.mu.Lock()
	defer p.desk.mu.Unlock()
	return p.desk.server(addr).depth.now
}

// count sorts replies by outcome and fails the test where one is about another
// name than was asked.
func count(t *testing.T, qs []wire.Query, ends map[uint64]wire.Reply) map[wire.Outcome]int {
	t.Helper()
	n := make(map[wire.Outcome]int)
	for i := range qs {
		r, ok := ends[qs[i].Token]
		if !ok {
			t.Fatalf("%s never ended", qs[i].Name)
		}
		n[r.Outcome]++
		if r.Outcome == wire.Replied && string(r.NSOwner) != string(qs[i].Name) {
			t.Errorf("%s was given the answer about %s", qs[i].Name, r.NSOwner)
		}
	}
	return n
}

func TestServersThatMisbehaveInAPipeline(t *testing.T) {
	const (
		d    = 5 * time.Millisecond
		many = 600
	)
	a := dnstest.Referral()
	shallow, deep, either := [2]int{1, 1}, [2]int{4, defaultDepth}, [2]int{1, 8}
	tests := []struct {
		name     string
		h        dnstest.Handler
		timedOut int    // at most
		depth    [2]int // from, to
		conns    int    // at most
	}{
		{"honest", dnstest.Honest(a), 0, deep, perServer},
		{"answers the last first", dnstest.OutOfOrder(d, a), 0, deep, perServer},
		{"answers twice", dnstest.AnswersTwice(a), 0, deep, perServer},
		{"never answers one", dnstest.NeverAbout("name-300.example", dnstest.Honest(a)), 1, deep, perServer},
		{"answers only the first", dnstest.OnlyTheFirst(d, a), 3, shallow, perServer},
		{"closes on pipelining", dnstest.ClosesOnPipelining(d, a), 0, shallow, perServer + 2},
		{"resets on pipelining", dnstest.ResetsOnPipelining(d, a), 0, shallow, perServer + 2},
		{"closes after each", dnstest.ClosesAfterEach(a), 0, shallow, many + perServer},
		{"closes after three", dnstest.ClosesAfter(3, false, a), 0, either, many},
		{"closes after fifty", dnstest.ClosesAfter(50, false, a), 0, deep, many/50 + 2*perServer},
		{"closes in the middle of the tenth", dnstest.ClosesAfter(9, true, a), 0, either, many},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := dnstest.Start(t, tt.h)
			p := open(t, 0)
			qs := names(many, s.Addr)
			for i := range qs {
				if tt.timedOut > 0 {
					qs[i].Timeout = 2 * time.Second
				}
			}
			got := count(t, qs, wiretest.Run(t, p, qs))
			if got[wire.Replied]+got[wire.TimedOut] != many || got[wire.TimedOut] > tt.timedOut {
				t.Errorf("outcomes %v of %d, want replies and at most %d timeouts", got, many, tt.timedOut)
			}
			if n := p.depthOf(s.Addr); n < tt.depth[0] || n > tt.depth[1] {
				t.Errorf("%d queries at once, want %v", n, tt.depth)
			}
			if n := s.Connections(); n > tt.conns {
				t.Errorf("%d connections, want at most %d", n, tt.conns)
			}
		})
	}
}

func TestSwappedIDsAreNeverBelieved(t *testing.T) {
	s := dnstest.Start(t, dnstest.SwapsIDs(5*time.Millisecond, dnstest.Referral()))
	p := open(t, 0)
	qs := names(60, s.Addr)
	for i := range qs {
		qs[i].Timeout = 200 * time.Millisecond
	}
	got := count(t, qs, wiretest.Run(t, p, qs))
	if got[wire.Replied] == 0 || got[wire.TimedOut] == 0 || got[wire.Replied]+got[wire.TimedOut] != len(qs) {
		t.Errorf("outcomes %v", got)
	}
	if p.Stats().Mismatched == 0 {
		t.Error("no swapped answer was counted")
	}
}

func TestAPipelineDeepensThroughProxies(t *testing.T) {
	s := dnstest.Start(t, dnstest.Slow(10*time.Millisecond, dnstest.Honest(dnstest.Referral())))
	proxies := []*dnstest.Proxy{dnstest.StartProxy(t, &dnstest.Proxy{}), dnstest.StartProxy(t, &dnstest.Proxy{})}
	p := open(t, 4, proxies...)
	for round := range 4 {
		qs := names(200, s.Addr)
		if got := count(t, qs, wiretest.Run(t, p, qs)); got[wire.Replied] != len(qs) {
			t.Fatalf("round %d: outcomes %v", round, got)
		}
	}
	if n := p.depthOf(s.Addr); n < 8 {
		t.Errorf("%d queries at once after 800 answers", n)
	}
	for i, x := range proxies {
		if n := x.Connections(); n != 2 {
			t.Errorf("proxy %d: %d connections for its 2 workers", i, n)
		}
	}
}

func TestDepthOneIsOneAtATime(t *testing.T) {
	s := dnstest.Start(t, dnstest.ClosesOnPipelining(time.Millisecond, dnstest.Referral()))
	p, err := New(Config{Depth: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	qs := names(200, s.Addr)
	if got := count(t, qs, wiretest.Run(t, p, qs)); got[wire.Replied] != len(qs) {
		t.Errorf("outcomes %v", got)
	}
	if n := s.Connections(); n > perServer || p.Stats().Reconnects != 0 {
		t.Errorf("%d connections, %d of them made anew: two queries met on one", n, p.Stats().Reconnects)
	}
}

func TestManyServersShareFewWorkers(t *testing.T) {
	const servers = 24 // more than there are workers
	var qs []wire.Query
	var all []*dnstest.Server
	for range servers {
		all = append(all, dnstest.Start(t, dnstest.Slow(2*time.Millisecond, dnstest.Honest(dnstest.Referral()))))
	}
	for i := range 40 * servers {
		q := query(fmt.Sprintf("name-%d.example", i), all[i%servers].Addr, 5*time.Second)
		q.Token = uint64(i)
		qs = append(qs, q)
	}
	p := open(t, 0)
	began := time.Now()
	if got := count(t, qs, wiretest.Run(t, p, qs)); got[wire.Replied] != len(qs) {
		t.Errorf("outcomes %v", got)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestABusyServerLeavesWorkersToOthers(t *testing.T) {
	busy := dnstest.Start(t, dnstest.Slow(5*time.Millisecond, dnstest.Honest(dnstest.Referral())))
	p, err := New(Config{Proxies: []string{dnstest.StartProxy(t, &dnstest.Proxy{}).URL()}, Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	other := dnstest.Start(t, dnstest.Honest(dnstest.Referral()))
	qs := names(2000, busy.Addr)
	qs[1000].Server = other.Addr // it comes while all workers are busy, and everything behind it waits
	if got := count(t, qs, wiretest.Run(t, p, qs)); got[wire.Replied] != len(qs) {
		t.Errorf("outcomes %v", got)
	}
	if other.Connections() != 1 {
		t.Errorf("%d connections to the other server", other.Connections())
	}
}
