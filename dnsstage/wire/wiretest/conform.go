package wiretest

import (
	"bytes"
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

// Exchange sends one query and returns its end, with copies of its views.
func Exchange(tb testing.TB, tr wire.Transport, q wire.Query) wire.Reply {
	tb.Helper()
	all := Run(tb, tr, []wire.Query{q})
	return all[q.Token]
}

// atOnce is how many queries Run has in flight at most: what the socket buffer
// of a server that is slow to be scheduled holds.
const atOnce = 250

// Run sends all queries, as there is room, and returns their ends by token.
// It fails the test if one ends twice, or not in time.
func Run(tb testing.TB, tr wire.Transport, qs []wire.Query) map[uint64]wire.Reply {
	tb.Helper()
	ends, want := make(map[uint64]wire.Reply, len(qs)), len(qs)
	dst, quiet := make([]wire.Reply, 64), time.Now()
	for len(ends) < want {
		room := atOnce - (want - len(ends) - len(qs))
		n, err := tr.Submit(qs[:min(len(qs), room)])
		if err != nil {
			tb.Fatalf("Submit: %v", err)
		}
		qs = qs[n:]
		n, err = tr.Poll(dst, 100*time.Millisecond)
		if err != nil {
			tb.Fatalf("Poll: %v", err)
		}
		for _, r := range dst[:n] {
			if _, twice := ends[r.Token]; twice {
				tb.Fatalf("query %d ended twice", r.Token)
			}
			ends[r.Token] = keep(r)
			quiet = time.Now()
		}
		if time.Since(quiet) > 2*patient {
			tb.Fatalf("%d of %d queries ended, then none for %v", len(ends), want, 2*patient)
		}
	}
	return ends
}

// keep gives a reply views of its own.
func keep(r wire.Reply) wire.Reply {
	r.Raw, r.NSOwner, r.SOAOwner = bytes.Clone(r.Raw), bytes.Clone(r.NSOwner), bytes.Clone(r.SOAOwner)
	return r
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

// forgeries are replies that differ from the right one in one thing.
func forgeries() map[string]dnstest.Handler {
	lie := dnstest.NXDomain("example")
	return map[string]dnstest.Handler{
		"wrong id":       dnstest.WrongID(lie),
		"wrong question": dnstest.WrongQuestion(lie),
		"wrong type":     dnstest.WrongType(lie),
		"wrong class":    dnstest.WrongClass(lie),
		"no question":    dnstest.NoQuestion(lie),
		"two questions":  dnstest.TwoQuestions(lie),
		"not a response": dnstest.NotAResponse(lie),
		"wrong opcode":   dnstest.WrongOpcode(lie),
		"garbage":        dnstest.Garbage(),
	}
}

func (c conform) forged(t *testing.T) {
	all := forgeries()
	if !c.overTCP {
		all["wrong port"] = dnstest.WrongSource(dnstest.NXDomain("example"))
	}
	for name, h := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, s := c.start(t, h)
			r := Exchange(t, tr, c.query("some-name.example", s.Addr, short))
			if r.Outcome != wire.TimedOut || r.Raw != nil {
				t.Errorf("outcome %d, %d octets, want TimedOut and none", r.Outcome, len(r.Raw))
			}
			if got := tr.Stats(); got.Mismatched == 0 || got.Answered != 0 {
				t.Errorf("stats %+v, want it counted as mismatched", got)
			}
		})
	}
	t.Run("the right one after them", func(t *testing.T) {
		tr, s := c.start(t, dnstest.RightIDAfterWrong(5, dnstest.NXDomain("example"), dnstest.Referral()))
		r := Exchange(t, tr, c.query("some-name.example", s.Addr, patient))
		if r.Outcome != wire.Replied || r.Rcode != wire.RcodeSuccess || string(r.NSOwner) != "some-name.example" {
			t.Errorf("outcome %d, rcode %d, NS of %q; want the referral", r.Outcome, r.Rcode, r.NSOwner)
		}
	})
}

func (c conform) caseLost(t *testing.T) {
	tr, s := c.start(t, dnstest.LowercasedQuestion(dnstest.NXDomain("example")))
	r := Exchange(t, tr, c.query("a-name-with-enough-letters.example", s.Addr, patient))
	want := wire.Suspicious
	if c.overTCP {
		want = wire.Replied // a connection cannot be forged from afar
	}
	if r.Outcome != want || !r.CaseLost {
		t.Errorf("outcome %d, case lost %v; want %d, true", r.Outcome, r.CaseLost, want)
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
