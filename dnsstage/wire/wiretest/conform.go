package wiretest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
)

// Times of the conformance tests: a timeout that is short to wait for and long
// for a loaded machine, and what no wait may exceed.
const (
	short   = 150 * time.Millisecond
	patient = 5 * time.Second
)

// Opener makes the transport under test; the test closes it.
type Opener func(tb testing.TB) wire.Transport

// Conform checks that a transport on real sockets keeps what [wire.Transport]
// promises. overTCP says how it asks.
func Conform(t *testing.T, overTCP bool, open Opener) {
	t.Helper()
	c := conform{overTCP: overTCP, open: open}
	t.Run("answers come back with their token", c.answers)
	t.Run("every query ends once", c.endsOnce)
	t.Run("no answer is a timeout", c.timesOut)
	t.Run("truncated over UDP only", c.truncated)
	t.Run("forged replies are ignored", c.forged)
	t.Run("case lost is told", c.caseLost)
	t.Run("nonsense is malformed", c.malformed)
	t.Run("a bad name ends", c.badName)
	t.Run("views hold until the next poll", c.views)
	t.Run("poll without queries waits and returns none", c.idle)
	t.Run("close in flight", c.closes)
	t.Run("close under load", c.closesUnderLoad)
}

type conform struct {
	overTCP bool
	open    Opener
}

// start opens the transport and a server with h.
func (c conform) start(t *testing.T, h dnstest.Handler) (wire.Transport, *dnstest.Server) {
	t.Helper()
	s := dnstest.Start(t, h)
	tr := c.open(t)
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return tr, s
}

func (c conform) query(name string, server netip.AddrPort, timeout time.Duration) wire.Query {
	return wire.Query{Name: []byte(name), Type: wire.TypeNS, Server: server, Timeout: timeout, TCP: c.overTCP}
}

func (c conform) answers(t *testing.T) {
	tr, s := c.start(t, dnstest.Honest(dnstest.Referral()))
	var qs []wire.Query
	for i := range uint64(300) {
		q := c.query(fmt.Sprintf("name-%d.example", i), s.Addr, patient)
		q.Token, q.DO, q.RD = i, i%2 == 0, i%3 == 0
		qs = append(qs, q)
	}
	qs[7].Name = nil // the root
	for i, r := range Run(t, tr, qs) {
		want := fmt.Sprintf("name-%d.example", i)
		if i == 7 {
			want = ""
		}
		if r.Outcome != wire.Replied || string(r.NSOwner) != want || r.NSOwner == nil {
			t.Fatalf("query %d: outcome %d, error %v, NS of %q, want %q", i, r.Outcome, r.Err, r.NSOwner, want)
		}
		if r.Server != s.Addr || r.OverTCP != c.overTCP || r.RTT <= 0 || r.CaseLost || r.RD != (i%3 == 0) {
			t.Fatalf("query %d: %+v", i, r)
		}
	}
	if got := tr.Stats(); got.Answered != 300 || got.Sent < 300 {
		t.Errorf("stats %+v, want 300 sent and answered", got)
	}
}

func (c conform) endsOnce(t *testing.T) {
	tr, s := c.start(t, dnstest.DropEveryN(10, dnstest.Honest(dnstest.NXDomain("example"))))
	var qs []wire.Query
	for i := range uint64(200) {
		q := c.query(fmt.Sprintf("x%d.example", i), s.Addr, short)
		q.Token = i
		qs = append(qs, q)
	}
	count := map[wire.Outcome]int{}
	for _, r := range Run(t, tr, qs) {
		count[r.Outcome]++
	}
	if count[wire.Replied] == 0 || count[wire.TimedOut] == 0 || count[wire.Replied]+count[wire.TimedOut] != 200 {
		t.Errorf("outcomes %v, want 200 replies and timeouts", count)
	}
}

func (c conform) timesOut(t *testing.T) {
	tr, s := c.start(t, dnstest.Silent())
	began := time.Now()
	r := Exchange(t, tr, c.query("silent.example", s.Addr, short))
	took := time.Since(began)
	if r.Outcome != wire.TimedOut {
		t.Errorf("outcome %d, error %v, want TimedOut", r.Outcome, r.Err)
	}
	if took < short || took > patient {
		t.Errorf("ended after %v, want about %v", took, short)
	}
	if got := tr.Stats(); got.TimedOut != 1 || got.Answered != 0 {
		t.Errorf("stats %+v, want one timeout", got)
	}
}

func (c conform) truncated(t *testing.T) {
	tr, s := c.start(t, dnstest.Truncated(dnstest.NXDomain("example")))
	r := Exchange(t, tr, c.query("long.example", s.Addr, patient))
	want := wire.Truncated
	if c.overTCP {
		want = wire.Replied
	}
	if r.Outcome != want || r.TC == c.overTCP {
		t.Errorf("outcome %d, TC %v; want %d", r.Outcome, r.TC, want)
	}
}

func (c conform) malformed(t *testing.T) {
	tr, s := c.start(t, dnstest.CutShort(3, dnstest.NXDomain("example")))
	r := Exchange(t, tr, c.query("cut.example", s.Addr, patient))
	if r.Outcome != wire.Malformed {
		t.Errorf("outcome %d, want Malformed", r.Outcome)
	}
	if got := tr.Stats(); got.Malformed != 1 {
		t.Errorf("stats %+v, want one malformed", got)
	}
}

func (c conform) badName(t *testing.T) {
	tr, s := c.start(t, dnstest.Silent())
	r := Exchange(t, tr, c.query("no..label", s.Addr, patient))
	if r.Outcome != wire.Unreachable || !errors.Is(r.Err, wire.ErrName) {
		t.Errorf("outcome %d, error %v; want Unreachable, ErrName", r.Outcome, r.Err)
	}
	if s.Requests() != 0 {
		t.Error("something was sent")
	}
}

// views polls one reply at a time while others come in, and looks at it before
// the next poll.
func (c conform) views(t *testing.T) {
	tr, s := c.start(t, dnstest.Honest(dnstest.Referral()))
	name := []byte("view-00.example")
	var sent, got int
	dst := make([]wire.Reply, 1)
	for got < 100 {
		for sent < 100 {
			copy(name[5:], fmt.Sprintf("%02d", sent)) // the name is the asker's again after Submit
			q := c.query("", s.Addr, patient)
			q.Name, q.Token = name, uint64(sent)
			n, err := tr.Submit([]wire.Query{q})
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			sent++
		}
		n, err := tr.Poll(dst, patient)
		if err != nil || n == 0 {
			t.Fatalf("Poll: %d, %v after %d replies", n, err, got)
		}
		got++
		checkView(t, dst[0])
	}
}

func checkView(t *testing.T, r wire.Reply) {
	t.Helper()
	want := fmt.Sprintf("view-%02d.example", r.Token)
	var m dns.Msg
	if err := m.Unpack(r.Raw); err != nil {
		t.Fatalf("query %d: %v", r.Token, err)
	}
	if asked := strings.ToLower(m.Question[0].Name); asked != want+"." || string(r.NSOwner) != want {
		t.Fatalf("query %d holds a reply about %q, NS of %q", r.Token, asked, r.NSOwner)
	}
}

func (c conform) idle(t *testing.T) {
	tr, _ := c.start(t, dnstest.Silent())
	began := time.Now()
	n, err := tr.Poll(make([]wire.Reply, 4), 30*time.Millisecond)
	if took := time.Since(began); n != 0 || err != nil || took < 30*time.Millisecond {
		t.Errorf("Poll = %d, %v after %v; want 0, nil after 30ms", n, err, took)
	}
	if n, err := tr.Poll(make([]wire.Reply, 4), 0); n != 0 || err != nil {
		t.Errorf("Poll without waiting = %d, %v", n, err)
	}
}

func (c conform) closes(t *testing.T) {
	tr, s := c.start(t, dnstest.Silent())
	if n, err := tr.Submit([]wire.Query{c.query("x.example", s.Addr, time.Hour)}); n != 1 || err != nil {
		t.Fatalf("Submit = %d, %v", n, err)
	}
	polled := make(chan error, 1)
	go func() {
		for {
			if _, err := tr.Poll(make([]wire.Reply, 1), time.Hour); err != nil {
				polled <- err
				return
			}
		}
	}()
	if err := tr.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	select {
	case err := <-polled:
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("Poll: %v, want net.ErrClosed", err)
		}
	case <-time.After(patient):
		t.Fatal("Poll did not return when the transport was closed")
	}
	if _, err := tr.Submit([]wire.Query{c.query("y.example", s.Addr, short)}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Submit after Close: %v, want net.ErrClosed", err)
	}
	if err := tr.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
}

// closesUnderLoad closes the transport while its goroutine submits and polls.
func (c conform) closesUnderLoad(t *testing.T) {
	tr, s := c.start(t, dnstest.Honest(dnstest.Referral()))
	answered, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		qs, dst := []wire.Query{c.query("a.example", s.Addr, short), c.query("b.example", s.Addr, short)}, make([]wire.Reply, 4)
		for total := 0; ; {
			_, err := tr.Submit(qs)
			n := 0
			if err == nil {
				n, err = tr.Poll(dst, short)
			}
			if err != nil {
				ended <- err
				return
			}
			if total < 20 && total+n >= 20 {
				close(answered)
			}
			total += n
		}
	}()
	select {
	case <-answered:
	case <-time.After(patient):
		t.Fatal("no answers to close on")
	}
	if err := tr.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("ended with %v, want net.ErrClosed", err)
		}
	case <-time.After(patient):
		t.Fatal("the asker was left waiting")
	}
}
