package wire

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
)

// referralTo is a reply that delegates name.
func referralTo(tb testing.TB, name string) []byte {
	tb.Helper()
	p := built(tb, Query{Name: []byte(name), Type: TypeNS}, 1)
	return packed(tb, p, func(m *dns.Msg) { m.Ns = []dns.RR{rr(tb, name+". 60 IN NS ns.example.")} })
}

func TestHandoverKeepsViewsUntilTheNextTake(t *testing.T) {
	h := NewHandover(1) // grows under the first round
	dst := make([]Reply, 7)
	next, seen := uint64(0), uint64(0)
	put := func(n int) {
		for range n {
			h.Put(&Reply{Token: next}, referralTo(t, fmt.Sprintf("n%d.example", next)))
			next++
		}
	}
	for round := range 40 {
		put(round % 13)
		n := h.Take(dst)
		put(5) // comes in while the views are being read
		for _, r := range dst[:n] {
			if want := fmt.Sprintf("n%d.example", r.Token); r.Token != seen || string(r.NSOwner) != want {
				t.Fatalf("round %d: reply %d about %q, want %d about %q", round, r.Token, r.NSOwner, seen, want)
			}
			seen++
		}
	}
	for h.Len() > 0 {
		seen += uint64(h.Take(dst))
	}
	if seen != next {
		t.Errorf("%d replies taken of %d", seen, next)
	}
}

func TestHandoverReadsTheOutcomeOffTheMessage(t *testing.T) {
	whole := referralTo(t, "a.example")
	tc := append([]byte(nil), whole...)
	tc[2] |= bitTC
	tests := []struct {
		name string
		r    Reply
		raw  []byte
		want Outcome
		sums Stats
	}{
		{"answer", Reply{}, whole, Replied, Stats{Answered: 1}},
		{"cut over UDP", Reply{}, tc, Truncated, Stats{Answered: 1}},
		{"cut over TCP", Reply{OverTCP: true}, tc, Malformed, Stats{Malformed: 1}},
		{"half an answer", Reply{}, whole[:len(whole)-1], Malformed, Stats{Malformed: 1}},
		{"timeout", Reply{Outcome: TimedOut}, nil, TimedOut, Stats{TimedOut: 1}},
		{"unreachable", Reply{Outcome: Unreachable}, nil, Unreachable, Stats{}},
		{"suspicious", Reply{Outcome: Suspicious}, nil, Suspicious, Stats{}},
	}
	for _, tt := range tests {
		h, dst := NewHandover(1), make([]Reply, 1)
		h.Put(&tt.r, tt.raw)
		if n := h.Take(dst); n != 1 || dst[0].Outcome != tt.want {
			t.Errorf("%s: outcome %d, want %d", tt.name, dst[0].Outcome, tt.want)
		}
		if got := h.Stats(); got != tt.sums {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.sums)
		}
	}
}

func TestHandoverWakesItsPoller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHandover(4)
		began := time.Now()
		go func() {
			time.Sleep(time.Second)
			h.Put(&Reply{}, nil)
		}()
		h.Wait(time.Hour)
		if took := time.Since(began); took != time.Second || h.Len() != 1 {
			t.Errorf("woken after %v with %d replies, want 1s and one", took, h.Len())
		}
		h.Wait(time.Hour)
		if took := time.Since(began); took != time.Second {
			t.Errorf("a poller with replies to take slept %v", took-time.Second)
		}
		h.Take(make([]Reply, 1))
		h.Wait(time.Minute)
		if took := time.Since(began); took != time.Second+time.Minute {
			t.Errorf("with nothing to take the poller slept %v, want a minute", took-time.Second)
		}
	})
}

func TestHandoverLosesNothingBetweenManyGoroutines(t *testing.T) {
	const senders, each = 4, 5000
	h := NewHandover(16)
	raw := referralTo(t, "x.example")
	var sending sync.WaitGroup
	for s := range uint64(senders) {
		sending.Go(func() {
			for i := range uint64(each) {
				h.Put(&Reply{Token: s*each + i}, raw)
			}
		})
	}
	seen := make([]bool, senders*each)
	dst := make([]Reply, 64)
	for left := senders * each; left > 0; {
		n := h.Take(dst)
		for _, r := range dst[:n] {
			if seen[r.Token] || string(r.NSOwner) != "x.example" {
				t.Fatalf("reply %d twice, or about %q", r.Token, r.NSOwner)
			}
			seen[r.Token] = true
		}
		if left -= n; n == 0 {
			h.Wait(10 * time.Second)
		}
	}
	sending.Wait()
}

func TestHandoverAllocatesNothingOnceWarm(t *testing.T) {
	h, raw, dst := NewHandover(8), referralTo(t, "x.example"), make([]Reply, 8)
	round := func() {
		for i := range dst {
			h.Put(&Reply{Token: uint64(i)}, raw)
		}
		h.Take(dst)
	}
	round()
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
