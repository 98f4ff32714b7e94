package socks

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
	"vacant/dnsstage/wire/wiretest"
)

// open makes a pool that the test does not have to close.
func open(tb testing.TB, workers int, proxies ...*dnstest.Proxy) *Pool {
	tb.Helper()
	cfg := Config{Workers: workers, Lookup: vacant.NewLookup(nil)}
	for _, p := range proxies {
		cfg.Proxies = append(cfg.Proxies, p.URL())
	}
	p, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.Close() })
	return p
}

func query(name string, server netip.AddrPort, timeout time.Duration) wire.Query {
	return wire.Query{Name: []byte(name), Type: wire.TypeNS, Server: server, TCP: true, Timeout: timeout}
}

func TestPoolConforms(t *testing.T) {
	plain := dnstest.StartProxy(t, &dnstest.Proxy{})
	auth := dnstest.StartProxy(t, &dnstest.Proxy{User: "me", Password: "p@ss:/word"})
	tests := []struct {
		name    string
		proxies []*dnstest.Proxy
	}{
		{"direct", nil}, {"through a proxy", []*dnstest.Proxy{plain}}, {"with a password", []*dnstest.Proxy{auth, plain}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wiretest.Conform(t, true, func(tb testing.TB) wire.Transport {
				tb.Helper()
				return open(tb, 8, tt.proxies...)
			})
		})
	}
}

func TestConnectionsAreKept(t *testing.T) {
	s := dnstest.Start(t, dnstest.Honest(dnstest.Referral()))
	proxies := []*dnstest.Proxy{dnstest.StartProxy(t, &dnstest.Proxy{}), dnstest.StartProxy(t, &dnstest.Proxy{})}
	p := open(t, 4, proxies...)
	wiretest.Run(t, p, names(200, s.Addr))
	if n := s.Connections(); n > 4 {
		t.Errorf("%d connections for 4 workers", n)
	}
	for i, x := range proxies {
		if n := x.Connections(); n > 2 {
			t.Errorf("proxy %d: %d connections for the 2 workers that are its own", i, n)
		}
	}
}

func TestAQueryGoesToAWorkerThatIsConnected(t *testing.T) {
	var servers []*dnstest.Server
	for range 6 {
		servers = append(servers, dnstest.Start(t, dnstest.Honest(dnstest.Referral())))
	}
	p := open(t, 8)
	for range 5 {
		for _, s := range servers {
			if r := wiretest.Exchange(t, p, query("x.example", s.Addr, time.Second)); r.Outcome != wire.Replied {
				t.Fatalf("outcome %d, error %v", r.Outcome, r.Err)
			}
		}
	}
	for i, s := range servers {
		if n := s.Connections(); n != 1 {
			t.Errorf("server %d: %d connections for queries one after the other", i, n)
		}
	}
}

func TestAWorkerIsOneConnection(t *testing.T) {
	const servers = 3
	var all []*dnstest.Server
	for range servers {
		all = append(all, dnstest.Start(t, dnstest.Honest(dnstest.Referral())))
	}
	p := open(t, 1)
	for round := range 2 {
		for _, s := range all {
			if r := wiretest.Exchange(t, p, query("x.example", s.Addr, time.Second)); r.Outcome != wire.Replied {
				t.Fatalf("outcome %d, error %v", r.Outcome, r.Err)
			}
			if n := s.Connections(); n != round+1 {
				t.Errorf("round %d: %d connections; the one before has to be given up for each", round, n)
			}
		}
	}
}

func TestAConnectionClosedWhileIdleIsMadeAnew(t *testing.T) {
	s := dnstest.Start(t, dnstest.ClosesAfterEach(dnstest.Referral()))
	p := open(t, 2, dnstest.StartProxy(t, &dnstest.Proxy{}))
	for i, r := range wiretest.Run(t, p, names(50, s.Addr)) {
		if r.Outcome != wire.Replied {
			t.Fatalf("query %d: outcome %d, error %v", i, r.Outcome, r.Err)
		}
	}
	if p.Stats().Reconnects == 0 {
		t.Error("no reconnection counted")
	}
}

func TestServersThatMisbehaveOverTCP(t *testing.T) {
	const timeout = 200 * time.Millisecond
	a := dnstest.NXDomain("example")
	tests := []struct {
		name string
		h    dnstest.Handler
		want wire.Outcome
	}{
		{"one octet at a time", dnstest.OneBytePer(20*time.Millisecond, a), wire.TimedOut},
		{"closes in the middle", dnstest.ClosesMidMessage(a), wire.Unreachable},
		{"truncated over TCP", dnstest.AlwaysTruncated(a), wire.Malformed},
		{"shorter than a header", func(r *dnstest.Request) { r.SendRaw([]byte("short")) }, wire.Malformed},
		{"floods with wrong ids", dnstest.RightIDAfterWrong(10*maxOdd, a, a), wire.Malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := dnstest.Start(t, tt.h)
			began := time.Now()
			r := wiretest.Exchange(t, open(t, 1), query("x.example", s.Addr, timeout))
			if r.Outcome != tt.want {
				t.Errorf("outcome %d, error %v; want %d", r.Outcome, r.Err, tt.want)
			}
			if took := time.Since(began); took > 2*timeout+time.Second {
				t.Errorf("ended after %v", took)
			}
		})
	}
}

func TestAnswerAfterItsTimeoutIsNotTakenForTheNext(t *testing.T) {
	late, answer := make(chan struct{}), dnstest.Honest(dnstest.Referral())
	s := dnstest.Start(t, func(r *dnstest.Request) {
		if r.N == 1 {
			go func() {
				<-late
				answer(r)
			}()
			return
		}
		close(late) // the first answer comes while the second is awaited
		dnstest.Slow(100*time.Millisecond, answer)(r)
	})
	p := open(t, 1)
	if r := wiretest.Exchange(t, p, query("first.example", s.Addr, 50*time.Millisecond)); r.Outcome != wire.TimedOut {
		t.Fatalf("first: outcome %d", r.Outcome)
	}
	r := wiretest.Exchange(t, p, query("second.example", s.Addr, 5*time.Second))
	if r.Outcome != wire.Replied || string(r.NSOwner) != "second.example" {
		t.Errorf("second: outcome %d, NS of %q", r.Outcome, r.NSOwner)
	}
	if got := p.Stats(); got.Mismatched != 1 || s.Connections() != 1 {
		t.Errorf("%d mismatches on %d connections, want the late answer ignored on the one", got.Mismatched, s.Connections())
	}
}

func names(n int, server netip.AddrPort) []wire.Query {
	var qs []wire.Query
	for i := range n {
		q := query(fmt.Sprintf("name-%d.example", i), server, 5*time.Second)
		q.Token = uint64(i)
		qs = append(qs, q)
	}
	return qs
}

func TestNewRefusesBadProxiesWithoutShowingSecrets(t *testing.T) {
	for _, text := range []string{
		"socks5://user:sesame@", "http://user:sesame@192.0.2.1:80", "socks5://user:ses%zzame@192.0.2.1", "socks5://user:sesame@[::1",
		"socks5://:sesame@192.0.2.1:1080", "socks5://u:" + strings.Repeat("sesame", 50) + "@192.0.2.1", "sesame", "",
	} {
		p, err := New(Config{Proxies: []string{"socks5://192.0.2.1", text}, Lookup: vacant.NewLookup(nil)})
		if err == nil {
			_ = p.Close()
			t.Errorf("%q is taken", text)
			continue
		}
		if s := err.Error(); strings.Contains(s, "ses") || !strings.Contains(s, "proxy 2") {
			t.Errorf("error %q for %q: it must name the place and not the secret", s, text)
		}
	}
}

func TestErrorsOfProxiesShowNoSecrets(t *testing.T) {
	proxy := dnstest.StartProxy(t, &dnstest.Proxy{User: "grantor", Password: "sesame", RejectsAuth: true})
	p := open(t, 1, proxy)
	r := wiretest.Exchange(t, p, query("x.example", dnstest.DeadPort(t), time.Second))
	if r.Outcome != wire.Unreachable || r.Err == nil {
		t.Fatalf("outcome %d, error %v", r.Outcome, r.Err)
	}
	said := fmt.Sprintf("%v %+v", r.Err, p.Proxies())
	if strings.Contains(said, "sesame") || strings.Contains(said, "grantor") {
		t.Errorf("credentials shown: %s", said)
	}
	if !strings.Contains(said, proxy.Addr.String()) {
		t.Errorf("%q does not say which proxy", said)
	}
}

func TestProxyHostIsLookedUpByTheGivenResolver(t *testing.T) {
	p, err := New(Config{Proxies: []string{"socks5h://no-such-proxy.invalid:1080"}, Workers: 1, Lookup: vacant.NewLookup(failingDial)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	r := wiretest.Exchange(t, p, query("x.example", dnstest.DeadPort(t), time.Second))
	if !strings.Contains(fmt.Sprint(r.Err), errDial.Error()) {
		t.Errorf("error %v, want the given resolver's", r.Err)
	}
}

var errDial = errors.New("the test's resolver was asked")
