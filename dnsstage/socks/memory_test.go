package socks

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vacant/dnsstage/wire"
)

// memory is a world of servers without a network, for tests in a bubble.
type memory struct {
	// serve is one connection's server; n counts them from 1. The connection is
	// closed when it returns.
	serve func(c *peer, n int)
	dials atomic.Int64
	hang  bool // dials take for ever
}

// peer is the server's end of a connection.
type peer struct {
	net.Conn
	asked chan []byte // closed when the client closes
}

// pool makes a direct pool whose dials lead into m. Call it within a bubble.
func (m *memory) pool(t *testing.T, cfg Config) *Pool {
	t.Helper()
	cfg.Seed = 1
	p := newPool(cfg, nil)
	p.dial = func(ctx context.Context, _ *proxy, _ netip.AddrPort) (net.Conn, bool, error) {
		if m.hang {
			<-ctx.Done()
			return nil, false, ctx.Err()
		}
		n := int(m.dials.Add(1))
		mine, theirs := net.Pipe()
		s := &peer{Conn: theirs, asked: make(chan []byte, 100)}
		go s.read()
		go func() {
			defer func() { _ = theirs.Close() }()
			m.serve(s, n)
		}()
		return mine, false, nil
	}
	p.start(1)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func (s *peer) read() {
	defer close(s.asked)
	for {
		var size [2]byte
		if _, err := io.ReadFull(s, size[:]); err != nil {
			return
		}
		msg := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(s, msg); err != nil {
			return
		}
		s.asked <- msg
	}
}

// answer sends the emptiest answer to each query.
func (s *peer) answer(queries ...[]byte) {
	var out []byte
	for _, q := range queries {
		out = binary.BigEndian.AppendUint16(out, uint16(len(q)))
		q[2] |= 0x80
		out = append(out, q...)
	}
	_, _ = s.Write(out)
}

// echo answers what comes, one by one, until the client closes.
func (s *peer) echo() {
	for q := range s.asked {
		s.answer(q)
	}
}

// take returns the next n queries, nil when the client closes before.
func (s *peer) take(n int) (all [][]byte) {
	for range n {
		q, ok := <-s.asked
		if !ok {
			return nil
		}
		all = append(all, q)
	}
	return all
}

var anywhere = netip.MustParseAddrPort("192.0.2.1:53")

// ending is when and how a query ended.
type ending struct {
	outcome wire.Outcome
	at      time.Duration
}

// ask has the names asked with the timeouts given, and returns how each ended.
func ask(t *testing.T, p *Pool, timeouts map[string]time.Duration) map[string]ending {
	t.Helper()
	began, names := time.Now(), make([]string, 0, len(timeouts))
	var qs []wire.Query
	for name, timeout := range timeouts {
		q := query(name, anywhere, timeout)
		q.Token = uint64(len(names))
		names, qs = append(names, name), append(qs, q)
	}
	got, dst := make(map[string]ending), make([]wire.Reply, 8)
	for len(got) < len(names) {
		n, err := p.Submit(qs)
		if err != nil {
			t.Fatal(err)
		}
		qs = qs[n:]
		n, err = p.Poll(dst, 10*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range dst[:n] {
			name := names[r.Token]
			if _, twice := got[name]; twice {
				t.Fatalf("%s ended twice", name)
			}
			got[name] = ending{r.Outcome, time.Since(began)}
		}
	}
	return got
}

// deepen asks until connections carry many queries.
func deepen(t *testing.T, p *Pool) {
	t.Helper()
	for range 20 {
		ask(t, p, map[string]time.Duration{
			"a.warm": time.Second, "b.warm": time.Second, "c.warm": time.Second, "d.warm": time.Second,
			"e.warm": time.Second, "f.warm": time.Second, "g.warm": time.Second, "h.warm": time.Second,
		})
	}
	if n := p.depthOf(anywhere); n < 8 {
		t.Fatalf("%d queries at once after 160 answers", n)
	}
}

// warm is how many queries deepen asks.
const warm = 160

func same(t *testing.T, got, want map[string]ending) {
	t.Helper()
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: %+v, want %+v", name, got[name], w)
		}
	}
}

func TestAQueryThatTimesOutEndsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{serve: func(c *peer, _ int) {
			for range warm {
				c.answer(c.take(1)...)
			}
			all := c.take(3)
			time.Sleep(200 * time.Millisecond)
			c.answer(all...) // one of them too late
			c.echo()
		}}
		p := m.pool(t, Config{Workers: 1, Depth: 8})
		deepen(t, p)
		got := ask(t, p, map[string]time.Duration{"slow.x": 100 * time.Millisecond, "one.x": time.Second, "two.x": time.Second})
		same(t, got, map[string]ending{
			"slow.x": {wire.TimedOut, 100 * time.Millisecond},
			"one.x":  {wire.Replied, 200 * time.Millisecond}, "two.x": {wire.Replied, 200 * time.Millisecond},
		})
		if got := p.Stats(); got.Mismatched != 1 || m.dials.Load() != 1 {
			t.Errorf("%d mismatches on %d connections, want the late answer ignored on the one", got.Mismatched, m.dials.Load())
		}
	})
}

func TestWhatAClosedConnectionOwesIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{serve: func(c *peer, n int) {
			if n > 1 {
				time.Sleep(30 * time.Millisecond)
				c.echo()
				return
			}
			for range warm {
				c.answer(c.take(1)...)
			}
			c.take(4)
			time.Sleep(20 * time.Millisecond)
		}}
		p := m.pool(t, Config{Workers: 1, Depth: 8})
		deepen(t, p)
		want := ending{wire.Replied, 50 * time.Millisecond}
		got := ask(t, p, map[string]time.Duration{"a.x": time.Second, "b.x": time.Second, "c.x": time.Second, "d.x": time.Second})
		same(t, got, map[string]ending{"a.x": want, "b.x": want, "c.x": want, "d.x": want})
		if s := p.Stats(); s.Sent != warm+8 || s.Reconnects != 1 || m.dials.Load() != 2 {
			t.Errorf("%d sent on %d connections, %d reconnects", s.Sent, m.dials.Load(), s.Reconnects)
		}
	})
}

func TestAQueryIsAskedAgainOnceWhereEveryConnectionIsClosedOnIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{serve: func(c *peer, _ int) { c.take(1) }}
		p := m.pool(t, Config{Workers: 1})
		got := ask(t, p, map[string]time.Duration{"a.x": time.Second})
		if got["a.x"].outcome != wire.Unreachable || p.Stats().Sent != 2 {
			t.Errorf("%+v after %d askings, want Unreachable after two", got["a.x"], p.Stats().Sent)
		}
	})
}

func TestAskingAgainKeepsToTheTimeThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{serve: func(c *peer, n int) {
			if n == 1 {
				c.answer(c.take(1)...)
			}
			c.take(1)
			if time.Sleep(900 * time.Millisecond); n > 1 {
				c.take(1) // silence
			}
		}}
		p := m.pool(t, Config{Workers: 1})
		ask(t, p, map[string]time.Duration{"first.x": time.Second})
		got := ask(t, p, map[string]time.Duration{"a.x": time.Second})
		same(t, got, map[string]ending{"a.x": {wire.TimedOut, 1900 * time.Millisecond}})
	})
}

func TestConnectingTakesNoLongerThanTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{hang: true}
		p := m.pool(t, Config{Workers: 2})
		got := ask(t, p, map[string]time.Duration{"a.x": time.Second})
		same(t, got, map[string]ending{"a.x": {wire.Unreachable, time.Second}})
	})
}

func TestAServerThatCannotBeReachedHoldsOneWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{hang: true}
		p := m.pool(t, Config{Workers: 8})
		if n, err := p.Submit(names(8, anywhere)); n != 1 || err != nil {
			t.Errorf("Submit = %d, %v; want 1", n, err)
		}
		other := names(1, netip.MustParseAddrPort("192.0.2.2:53"))
		if n, err := p.Submit(other); n != 1 || err != nil {
			t.Errorf("Submit for another server = %d, %v; want 1", n, err)
		}
	})
}

func TestADeadConnectionIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{serve: func(c *peer, n int) {
			if n > 1 {
				c.echo()
			}
			for range warm {
				c.answer(c.take(1)...)
			}
			for range c.asked { // a hole, until the client closes
			}
		}}
		p := m.pool(t, Config{Workers: 1, Depth: 8})
		deepen(t, p)
		late := ending{wire.TimedOut, time.Second}
		got := ask(t, p, map[string]time.Duration{"a.x": time.Second, "b.x": time.Second, "c.x": time.Second})
		same(t, got, map[string]ending{"a.x": late, "b.x": late, "c.x": late})
		got = ask(t, p, map[string]time.Duration{"d.x": time.Second})
		same(t, got, map[string]ending{"d.x": {wire.Replied, 0}})
		if m.dials.Load() != 2 {
			t.Errorf("%d connections, want a second one after three timeouts in a row", m.dials.Load())
		}
	})
}

func TestAnIdleConnectionIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan time.Time, 1)
		m := &memory{serve: func(c *peer, _ int) {
			c.echo()
			closed <- time.Now()
		}}
		p := m.pool(t, Config{Workers: 1})
		ask(t, p, map[string]time.Duration{"a.x": time.Second})
		time.Sleep(5 * time.Second)
		ask(t, p, map[string]time.Duration{"b.x": time.Second})
		quiet := time.Now()
		time.Sleep(time.Minute)
		if kept := (<-closed).Sub(quiet); kept < idleAfter || kept > idleAfter+time.Second || m.dials.Load() != 1 {
			t.Errorf("closed %v after the last answer, %d connections; want one for %v", kept, m.dials.Load(), idleAfter)
		}
	})
}

func TestAServerThatTakesOneAtATimeIsSeldomTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{serve: func(c *peer, _ int) {
			for q := range c.asked {
				time.Sleep(10 * time.Millisecond)
				if len(c.asked) > 0 {
					return
				}
				c.answer(q)
			}
		}}
		p := m.pool(t, Config{Workers: 1})
		began := time.Now()
		for time.Since(began) < time.Hour {
			got := ask(t, p, map[string]time.Duration{"a.x": time.Second, "b.x": time.Second, "c.x": time.Second})
			for name, e := range got {
				if e.outcome != wire.Replied {
					t.Fatalf("%s: outcome %d", name, e.outcome)
				}
			}
			time.Sleep(time.Second)
		}
		// At once, then after 1, 2, 4, 8 minutes and every ten.
		if tries := m.dials.Load() - 1; tries < 5 || tries > 10 {
			t.Errorf("%d connections closed in an hour", tries)
		}
	})
}
