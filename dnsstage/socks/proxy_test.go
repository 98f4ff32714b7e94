package socks

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
	"vacant/dnsstage/wire/wiretest"
)

func failingDial(context.Context, string, string) (net.Conn, error) { return nil, errDial }

// deadProxy is a proxy at an address where nothing listens.
func deadProxy(t *testing.T) *dnstest.Proxy {
	t.Helper()
	return &dnstest.Proxy{Addr: dnstest.DeadPort(t)}
}

func TestProxiesThatMisbehave(t *testing.T) {
	const timeout = 200 * time.Millisecond
	tests := []struct {
		name   string
		proxy  *dnstest.Proxy
		listen bool
		faulty bool // the proxy's own fault, so that its worker stays away
	}{
		{"dead port", deadProxy(t), false, true},
		{"silent", &dnstest.Proxy{Silent: true}, true, true},
		{"wrong password", &dnstest.Proxy{User: "a", Password: "b", RejectsAuth: true}, true, true},
		{"password asked, none given", &dnstest.Proxy{RejectsAuth: true}, true, true},
		{"another protocol", &dnstest.Proxy{GarbageGreeting: true}, true, true},
		{"says connected and closes", &dnstest.Proxy{ConnectsAndCloses: true}, true, true},
		{"closes in the middle", &dnstest.Proxy{ClosesAfter: 20}, true, true},
		{"refuses the server", &dnstest.Proxy{RefusesTarget: true}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := dnstest.Start(t, dnstest.Honest(dnstest.Referral()))
			if tt.listen {
				dnstest.StartProxy(t, tt.proxy)
			}
			p := open(t, 1, tt.proxy)
			began := time.Now()
			r := wiretest.Exchange(t, p, query("x.example", s.Addr, timeout))
			if r.Outcome != wire.Unreachable || r.Err == nil {
				t.Errorf("outcome %d, error %v; want Unreachable with a reason", r.Outcome, r.Err)
			}
			if took := time.Since(began); took > 2*timeout+time.Second {
				t.Errorf("ended after %v", took)
			}
			if !tt.faulty {
				waitFor(t, "the worker to be back", func() bool { return p.present() == 1 })
				return
			}
			waitFor(t, "a pause or a reconnection", func() bool { return p.Proxies()[0].Down == 1 || p.Stats().Reconnects > 0 })
		})
	}
}

// waitFor polls a condition that other goroutines make true.
func waitFor(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.After(10 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (p *Pool) present() int {
	p.desk.mu.Lock()
	defer p.desk.mu.Unlock()
	return p.desk.present
}

func TestNoQueryWaitsForADeadProxy(t *testing.T) {
	s := dnstest.Start(t, dnstest.Honest(dnstest.Referral()))
	dead := []*dnstest.Proxy{
		deadProxy(t), dnstest.StartProxy(t, &dnstest.Proxy{Silent: true}), dnstest.StartProxy(t, &dnstest.Proxy{GarbageGreeting: true}),
	}
	alive := dnstest.StartProxy(t, &dnstest.Proxy{})
	const perProxy = 3
	p := open(t, 4*perProxy, append(dead, alive)...)
	qs := names(400, s.Addr)
	for i := range qs {
		qs[i].Timeout = time.Second
	}
	lost := 0
	for _, r := range wiretest.Run(t, p, qs) {
		if r.Outcome != wire.Replied {
			lost++
		}
	}
	if lost == 0 || lost > len(dead)*perProxy {
		t.Errorf("%d queries lost, want at most the first one of each of the %d workers without a proxy", lost, len(dead)*perProxy)
	}
	waitFor(t, "the silent proxy to be found out", func() bool { return !p.Proxies()[1].Alive() })
	stats := p.Proxies()
	for i := range dead {
		if stats[i].Alive() || stats[i].LastError == "" || stats[i].Failures == 0 {
			t.Errorf("proxy %d: %+v, want it dead", i, stats[i])
		}
	}
	if last := stats[len(dead)]; !last.Alive() || last.Failures != 0 || last.Proxy != alive.Addr.String() {
		t.Errorf("%+v, want it alive", last)
	}
}

func TestWithAllProxiesDeadQueriesEnd(t *testing.T) {
	const timeout = 200 * time.Millisecond
	p := open(t, 2, deadProxy(t))
	for i := range 2 {
		r := wiretest.Exchange(t, p, query("x.example", dnstest.DeadPort(t), timeout))
		if r.Outcome != wire.Unreachable || r.Err == nil {
			t.Errorf("query %d: outcome %d, error %v", i, r.Outcome, r.Err)
		}
	}
	waitFor(t, "both workers to be away", func() bool { return p.present() == 0 })
	began := time.Now()
	r := wiretest.Exchange(t, p, query("x.example", dnstest.DeadPort(t), timeout))
	if r.Outcome != wire.Unreachable || !errors.Is(r.Err, ErrDown) {
		t.Errorf("outcome %d, error %v; want Unreachable, ErrDown", r.Outcome, r.Err)
	}
	if took := time.Since(began); took < timeout || took > timeout+5*time.Second {
		t.Errorf("ended after %v, want %v", took, timeout)
	}
}

func TestCloseWaitsForNoProxy(t *testing.T) {
	silent := dnstest.StartProxy(t, &dnstest.Proxy{Silent: true})
	p := open(t, 4, silent, deadProxy(t))
	qs := names(4, dnstest.DeadPort(t))
	for i := range qs {
		qs[i].Timeout = time.Hour
	}
	if n, err := p.Submit(qs); n != 4 || err != nil {
		t.Fatalf("Submit = %d, %v", n, err)
	}
	waitFor(t, "two workers to dial and two to pause", func() bool { return silent.Connections() == 2 && p.present() == 2 })
	began := time.Now()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("Close took %v", took)
	}
}

func TestAProxyThatComesBackIsUsedAgain(t *testing.T) {
	s := dnstest.Start(t, dnstest.Honest(dnstest.Referral()))
	proxy := dnstest.StartProxy(t, &dnstest.Proxy{})
	p := open(t, 2, proxy)
	proxy.Die()
	for range 2 {
		if r := wiretest.Exchange(t, p, query("x.example", s.Addr, time.Second)); r.Outcome != wire.Unreachable {
			t.Fatalf("outcome %d through a dead proxy", r.Outcome)
		}
	}
	waitFor(t, "both workers to be away", func() bool { return p.present() == 0 })
	proxy.Revive()
	// Nobody asks: the workers come back by themselves, or take what waits.
	r := wiretest.Exchange(t, p, query("y.example", s.Addr, 20*time.Second))
	if r.Outcome != wire.Replied {
		t.Errorf("outcome %d, error %v after the proxy came back", r.Outcome, r.Err)
	}
	waitFor(t, "all workers to be back", func() bool { return p.present() == 2 && p.Proxies()[0].Down == 0 })
	if got := p.Proxies()[0]; got.LastError != "" || !got.Alive() {
		t.Errorf("%+v, want it alive without an error", got)
	}
}

func TestAnImpossibleQueryIsNotHeldAgainstTheProxy(t *testing.T) {
	s := dnstest.Start(t, dnstest.Honest(dnstest.Referral()))
	p := open(t, 1, dnstest.StartProxy(t, &dnstest.Proxy{}))
	for _, q := range []wire.Query{query("x.example", netip.AddrPort{}, time.Second), query("x.example", s.Addr, 0)} {
		if r := wiretest.Exchange(t, p, q); r.Outcome != wire.Unreachable || r.Err == nil {
			t.Errorf("outcome %d, error %v", r.Outcome, r.Err)
		}
	}
	if got := p.Proxies()[0]; got.Dials != 0 || got.Failures != 0 || p.Stats().Reconnects != 0 {
		t.Errorf("%+v, want no trace of them", got)
	}
}

func TestADeadServerDoesNotKeepWorkersAway(t *testing.T) {
	good := dnstest.Start(t, dnstest.Honest(dnstest.Referral()))
	p := open(t, 1, dnstest.StartProxy(t, &dnstest.Proxy{}))
	dead := dnstest.DeadPort(t)
	for range 2 * maxDeaf {
		if r := wiretest.Exchange(t, p, query("x.example", dead, time.Second)); r.Outcome != wire.Unreachable {
			t.Fatalf("outcome %d from a dead server", r.Outcome)
		}
	}
	if r := wiretest.Exchange(t, p, query("x.example", good.Addr, 5*time.Second)); r.Outcome != wire.Replied {
		t.Errorf("outcome %d, error %v: the server's fault was held against the proxy", r.Outcome, r.Err)
	}
}
