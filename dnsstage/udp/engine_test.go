package udp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
	"vacant/dnsstage/wire/wiretest"
)

// open makes an engine that the test does not have to close.
func open(tb testing.TB, cfg Config) *Engine {
	tb.Helper()
	e, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = e.Close() })
	return e
}

func TestEngineConforms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  Config
		open func(int, GSO) (link, error)
	}{
		{"three in flight", Config{Inflight: 3}, openLink},
		{"as the system does best", Config{}, openLink},
		{"segmentation offload", Config{GSO: GSOOn}, openLink},
		{"three shards", Config{Shards: 3}, openLink},
		{"three shards, three in flight", Config{Shards: 3, Inflight: 3}, openLink},
		{"portable sockets", Config{}, portable},
		{"portable sockets, two shards", Config{Shards: 2}, portable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wiretest.Conform(t, false, func(tb testing.TB) wire.Transport {
				tb.Helper()
				e, err := newEngine(tt.cfg.withDefaults(), tt.open)
				if err != nil {
					tb.Fatal(err)
				}
				tb.Cleanup(func() { _ = e.Close() })
				return e
			})
		})
	}
}

func portable(sockets int, _ GSO) (link, error) { return openPlain(sockets) }

func query(name string, server netip.AddrPort) wire.Query {
	return wire.Query{Name: []byte(name), Type: wire.TypeNS, Server: server, Timeout: 5 * time.Second}
}

func TestFloodOfForgedRepliesMakesAQuerySuspicious(t *testing.T) {
	lie := dnstest.NXDomain("example")
	tests := []struct {
		name   string
		forged dnstest.Handler
		want   wire.Outcome
	}{
		{"few wrong ids, then the right one", dnstest.RightIDAfterWrong(maxOdd-1, lie, lie), wire.Replied},
		{"many wrong ids", dnstest.RightIDAfterWrong(maxOdd, lie, lie), wire.Suspicious},
		{"many wrong questions", repeat(maxOdd, dnstest.WrongQuestion(lie)), wire.Suspicious},
		{"many with another case and id", repeat(maxOdd, dnstest.Altered(lie, func(m *dns.Msg) {
			m.Id++
			m.Question[0].Name = strings.ToUpper(m.Question[0].Name)
		})), wire.Suspicious},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := dnstest.Start(t, tt.forged)
			e := open(t, Config{Seed: 1})
			r := wiretest.Exchange(t, e, query("some-name.example", s.Addr))
			if r.Outcome != tt.want || r.CaseLost {
				t.Errorf("outcome %d, case lost %v; want %d", r.Outcome, r.CaseLost, tt.want)
			}
			if got := e.Stats().Mismatched; got < maxOdd-1 {
				t.Errorf("%d mismatches counted", got)
			}
		})
	}
}

func repeat(n int, h dnstest.Handler) dnstest.Handler {
	return func(r *dnstest.Request) {
		m := r.Msg
		for range n {
			r.Msg = m.Copy()
			h(r)
		}
	}
}

func TestForgeriesFromElsewhereChargeNobody(t *testing.T) {
	lie := dnstest.NXDomain("example")
	forge, honest := dnstest.WrongSource(lie), dnstest.Honest(dnstest.Referral())
	s := dnstest.Start(t, func(r *dnstest.Request) {
		repeat(2*maxOdd, forge)(r)
		honest(r)
	})
	e := open(t, Config{})
	r := wiretest.Exchange(t, e, query("some-name.example", s.Addr))
	if r.Outcome != wire.Replied || r.Rcode != wire.RcodeSuccess {
		t.Errorf("outcome %d, rcode %d; want the server's own answer", r.Outcome, r.Rcode)
	}
	if got := e.Stats().Mismatched; got != 2*maxOdd {
		t.Errorf("%d mismatches counted, want %d", got, 2*maxOdd)
	}
}

func TestDuplicatesOfAnAnswerEndNothingElse(t *testing.T) {
	s := dnstest.Start(t, repeat(3, dnstest.Honest(dnstest.Referral())))
	e := open(t, Config{Inflight: 50})
	var qs []wire.Query
	for i := range uint64(2000) {
		q := query(fmt.Sprintf("dup-%d.example", i), s.Addr)
		q.Token = i
		qs = append(qs, q)
	}
	for i, r := range wiretest.Run(t, e, qs) {
		if want := fmt.Sprintf("dup-%d.example", i); string(r.NSOwner) != want || r.Outcome != wire.Replied {
			t.Fatalf("query %d: outcome %d, NS of %q", i, r.Outcome, r.NSOwner)
		}
	}
}

func TestLateAnswerDoesNotEndTheQueryThatTookItsSlot(t *testing.T) {
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
	e := open(t, Config{Inflight: 1}) // one slot: the second query has to take the first one's
	first, second := query("first.example", s.Addr), query("second.example", s.Addr)
	first.Timeout, second.Token = 50*time.Millisecond, 1
	ends := wiretest.Run(t, e, []wire.Query{first, second})
	if ends[0].Outcome != wire.TimedOut {
		t.Errorf("first: outcome %d, want TimedOut", ends[0].Outcome)
	}
	if ends[1].Outcome != wire.Replied || string(ends[1].NSOwner) != "second.example" {
		t.Errorf("second: outcome %d, NS of %q", ends[1].Outcome, ends[1].NSOwner)
	}
	if got := e.Stats().Mismatched; got != 1 {
		t.Errorf("%d mismatches counted, want the late answer", got)
	}
}

func TestWhatCannotBeSentIsUnreachable(t *testing.T) {
	v4 := dnstest.DeadPort(t)
	tests := []struct {
		name   string
		change func(*Engine, *wire.Query)
		want   error
	}{
		{"over TCP", func(_ *Engine, q *wire.Query) { q.TCP = true }, ErrTCP},
		{"no socket of the family", func(e *Engine, q *wire.Query) {
			e.shards[0].v6 = family{}
			q.Server = netip.MustParseAddrPort("[2001:db8::1]:53")
		}, ErrFamily},
		{"no such address", func(_ *Engine, q *wire.Query) { q.Server = netip.AddrPort{} }, nil},
		{"port 0", func(_ *Engine, q *wire.Query) { q.Server = netip.AddrPortFrom(v4.Addr(), 0) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := open(t, Config{})
			q := query("x.example", v4)
			tt.change(e, &q)
			r := wiretest.Exchange(t, e, q)
			if r.Outcome != wire.Unreachable || r.Err == nil || tt.want != nil && !errors.Is(r.Err, tt.want) {
				t.Errorf("outcome %d, error %v; want Unreachable, %v", r.Outcome, r.Err, tt.want)
			}
			if got := e.Stats().Sent; got != 0 {
				t.Errorf("%d counted as sent", got)
			}
		})
	}
}

func TestSubmitTakesNoMoreThanThereIsRoomFor(t *testing.T) {
	s := dnstest.Start(t, dnstest.Silent())
	e := open(t, Config{Inflight: 10})
	qs := make([]wire.Query, 25)
	for i := range qs {
		qs[i] = query("x.example", s.Addr)
		qs[i].Timeout = 20 * time.Millisecond
	}
	if n, err := e.Submit(qs); n != 10 || err != nil {
		t.Fatalf("Submit = %d, %v; want 10", n, err)
	}
	if n, err := e.Submit(qs); n != 0 || err != nil {
		t.Fatalf("Submit into a full engine = %d, %v; want 0", n, err)
	}
	dst := make([]wire.Reply, 4)
	if n, err := e.Poll(dst, 5*time.Second); n != 4 || err != nil {
		t.Fatalf("Poll = %d, %v; want 4", n, err)
	}
	// Six have ended and not been taken: they hold their room.
	if n, err := e.Submit(qs); n != 4 || err != nil {
		t.Fatalf("Submit = %d, %v; want 4", n, err)
	}
}

func TestEngineAsksOverIPv6(t *testing.T) {
	e := open(t, Config{})
	if e.shards[0].v6.n == 0 {
		t.Skip("SKIPPED: this host has no IPv6")
	}
	s := dnstest.StartOn(t, netip.IPv6Loopback(), dnstest.Honest(dnstest.Referral()))
	if r := wiretest.Exchange(t, e, query("six.example", s.Addr)); r.Outcome != wire.Replied {
		t.Errorf("outcome %d, error %v", r.Outcome, r.Err)
	}
}

func TestMappedAddressIsAskedOverIPv4(t *testing.T) {
	s := dnstest.Start(t, dnstest.Honest(dnstest.Referral()))
	mapped := netip.AddrPortFrom(netip.AddrFrom16(s.Addr.Addr().As16()), s.Addr.Port())
	if r := wiretest.Exchange(t, open(t, Config{}), query("mapped.example", mapped)); r.Outcome != wire.Replied {
		t.Errorf("outcome %d, error %v", r.Outcome, r.Err)
	}
}

func TestHundredThousandQueriesWithLossAllEndOnce(t *testing.T) {
	t.Parallel()
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	s := dnstest.Start(t, dnstest.DropEveryN(10, dnstest.Honest(dnstest.Rcode(dns.RcodeNameError))))
	e := open(t, Config{Inflight: 400})
	qs := make([]wire.Query, n)
	for i := range qs {
		qs[i] = query(fmt.Sprintf("stress-%06d.example", i), s.Addr)
		qs[i].Token, qs[i].Timeout = uint64(i), 100*time.Millisecond
	}
	count := map[wire.Outcome]int{}
	for _, r := range wiretest.Run(t, e, qs) {
		count[r.Outcome]++
	}
	if count[wire.Replied]+count[wire.TimedOut] != n || count[wire.TimedOut] < n/10 {
		t.Errorf("outcomes %v of %d queries of which a tenth is dropped", count, n)
	}
	stats := e.Stats()
	if stats.Sent != uint64(n) || stats.Answered+stats.TimedOut != uint64(n) {
		t.Errorf("stats %+v do not balance with %d", stats, n)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	checkEmpty(t, &e.shards[0].table, &e.shards[0].wheel)
}

// checkEmpty fails the test if anything of an ended query is left.
func checkEmpty(t *testing.T, tb *table, w *wheel) {
	t.Helper()
	left := tb.live
	for _, ids := range tb.ids {
		for _, i := range ids {
			left += int(i)
		}
	}
	for _, i := range tb.byHash {
		left += int(i)
	}
	for _, i := range w.first {
		left += int(i)
	}
	if left != 0 {
		t.Error("something is left in the table or the wheel with no query in flight")
	}
}
