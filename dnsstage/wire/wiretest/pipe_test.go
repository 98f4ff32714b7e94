package wiretest

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"vacant/dnsstage/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var somewhere = netip.MustParseAddrPort("192.0.2.1:53")

func ask(token uint64, name string) wire.Query {
	return wire.Query{Token: token, Name: []byte(name), Type: wire.TypeNS, Server: somewhere, Timeout: 2 * time.Second}
}

// byName answers as the first letter of the name says.
func byName(q wire.Query) Answer {
	switch q.Name[0] {
	case 'd':
		return Answer{Msg: Referral(q, string(q.Name), "ns.example"), After: 30 * time.Millisecond}
	case 'n':
		return Answer{Msg: NXDomain(q, "example"), After: 10 * time.Millisecond}
	case 'l':
		return Answer{Msg: NXDomain(q, "example"), After: time.Hour}
	case 'u':
		return Answer{Outcome: wire.Unreachable, Err: errors.ErrUnsupported, After: time.Millisecond}
	}
	return Answer{}
}

func TestPipeEndsQueriesInTheOrderOfTheirDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPipe(10, byName)
		defer func() { _ = p.Close() }()
		qs := []wire.Query{ask(0, "d.example"), ask(1, "n.example"), ask(2, "silent.example"), ask(3, "late.example"), ask(4, "u.example")}
		if n, err := p.Submit(qs); n != len(qs) || err != nil {
			t.Fatalf("Submit = %d, %v", n, err)
		}
		want := []struct {
			token   uint64
			outcome wire.Outcome
			at      time.Duration
		}{
			{4, wire.Unreachable, time.Millisecond}, {1, wire.Replied, 10 * time.Millisecond},
			{0, wire.Replied, 30 * time.Millisecond}, {2, wire.TimedOut, 2 * time.Second}, {3, wire.TimedOut, 2 * time.Second},
		}
		began, dst := time.Now(), make([]wire.Reply, 1)
		for _, w := range want {
			if n, err := p.Poll(dst, time.Minute); n != 1 || err != nil {
				t.Fatalf("Poll = %d, %v", n, err)
			}
			r := dst[0]
			if w.outcome == wire.TimedOut {
				r.Token = w.token // two end at once, in either order
			}
			if r.Token != w.token || r.Outcome != w.outcome || time.Since(began) != w.at {
				t.Errorf("query %d: outcome %d after %v, want %+v", r.Token, r.Outcome, time.Since(began), w)
			}
			if w.token == 0 && string(r.NSOwner) != "d.example" || w.token == 1 && string(r.SOAOwner) != "example" {
				t.Errorf("query %d: NS of %q, SOA of %q", w.token, r.NSOwner, r.SOAOwner)
			}
		}
		if n, err := p.Poll(dst, time.Minute); n != 0 || err != nil || time.Since(began) != 2*time.Second+time.Minute {
			t.Errorf("Poll of an empty pipe = %d, %v after %v", n, err, time.Since(began))
		}
	})
}

func TestPipeHasOnlySoMuchRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPipe(2, byName)
		qs := []wire.Query{ask(0, "n1.example"), ask(1, "n2.example"), ask(2, "n3.example")}
		if n, err := p.Submit(qs); n != 2 || err != nil {
			t.Fatalf("Submit = %d, %v; want 2", n, err)
		}
		dst := make([]wire.Reply, 1)
		if n, err := p.Poll(dst, time.Second); n != 1 || err != nil {
			t.Fatalf("Poll = %d, %v", n, err)
		}
		if n, err := p.Submit(qs[2:]); n != 1 || err != nil {
			t.Fatalf("Submit = %d, %v; want 1", n, err)
		}
		var asked []string
		for _, q := range p.Asked() {
			asked = append(asked, string(q.Name))
		}
		if want := []string{"n1.example", "n2.example", "n3.example"}; !slices.Equal(asked, want) {
			t.Errorf("asked %v, want %v", asked, want)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Poll(dst, time.Hour); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Poll after Close: %v", err)
		}
		if _, err := p.Submit(qs); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Submit after Close: %v", err)
		}
	})
}
