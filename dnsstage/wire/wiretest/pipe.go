// Package wiretest is a [wire.Transport] without a network: a function answers
// the queries, after delays that a synctest bubble passes in no time. It starts
// no goroutine.
package wiretest

import (
	"bytes"
	"container/heap"
	"net"
	"sync"
	"time"

	"github.com/miekg/dns"

	"vacant/dnsstage/wire"
)

// Answer is what comes back for one query.
type Answer struct {
	Msg      *dns.Msg      // nil = no message: the query ends with Outcome, after its timeout if that is Replied
	After    time.Duration // from the sending; past the query's timeout, it times out
	Outcome  wire.Outcome  // Replied lets the message decide: TC over UDP becomes Truncated
	Err      error
	CaseLost bool
}

// Handler answers queries. It is called by Submit; the name it gets is its own.
type Handler func(q wire.Query) Answer

// Pipe is the transport. Make it with [NewPipe].
type Pipe struct {
	room   int
	answer Handler
	ends   *wire.Handover

	mu sync.Mutex
	// all below is guarded by mu
	pending pending
	closed  bool
	sent    uint64
	asked   []wire.Query
}

var _ wire.Transport = (*Pipe)(nil)

// NewPipe returns a transport with room for that many queries in flight.
func NewPipe(room int, answer Handler) *Pipe {
	return &Pipe{room: room, answer: answer, ends: wire.NewHandover(room)}
}

// Asked returns all queries taken so far, in order.
func (p *Pipe) Asked() []wire.Query {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]wire.Query(nil), p.asked...)
}

// Submit implements [wire.Transport].
func (p *Pipe) Submit(qs []wire.Query) (int, error) {
	for i, q := range qs {
		if p.full() {
			return i, nil
		}
		q.Name = bytes.Clone(q.Name)
		if !p.add(q, p.answer(q)) {
			return i, net.ErrClosed
		}
	}
	return len(qs), nil
}

func (p *Pipe) full() bool {
	waiting := p.ends.Len()
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.closed && len(p.pending)+waiting >= p.room
}

func (p *Pipe) add(q wire.Query, a Answer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.sent++
	p.asked = append(p.asked, q)
	if a.Msg == nil && a.Outcome == wire.Replied || a.After > q.Timeout {
		a = Answer{Outcome: wire.TimedOut, After: q.Timeout}
	}
	heap.Push(&p.pending, ending{query: q, answer: a, at: time.Now().Add(a.After)})
	return true
}

// Poll implements [wire.Transport].
func (p *Pipe) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	until := time.Now().Add(wait)
	for {
		next, err := p.settle(time.Now(), until)
		if err != nil {
			return 0, err
		}
		if n := p.ends.Take(dst); n > 0 || len(dst) == 0 {
			return n, nil
		}
		left := time.Until(next)
		if left <= 0 && !next.Before(until) {
			return 0, nil
		}
		p.ends.Wait(left)
	}
}

// settle ends what is due and returns when to look again, at the latest at until.
func (p *Pipe) settle(now, until time.Time) (time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return until, net.ErrClosed
	}
	for len(p.pending) > 0 && !p.pending[0].at.After(now) {
		p.ends.Put(heap.Pop(&p.pending).(ending).reply())
	}
	if len(p.pending) > 0 && p.pending[0].at.Before(until) {
		return p.pending[0].at, nil
	}
	return until, nil
}

// Stats implements [wire.Transport].
func (p *Pipe) Stats() wire.Stats {
	s := p.ends.Stats()
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Sent = p.sent
	return s
}

// Close implements [wire.Transport].
func (p *Pipe) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.ends.Wake()
	return nil
}

// ending is a query and how it will end.
type ending struct {
	query  wire.Query
	answer Answer
	at     time.Time
}

func (e ending) reply() (*wire.Reply, []byte) {
	r := &wire.Reply{
		Token: e.query.Token, Server: e.query.Server, RTT: e.answer.After, OverTCP: e.query.TCP,
		Outcome: e.answer.Outcome, CaseLost: e.answer.CaseLost, Err: e.answer.Err,
	}
	if e.answer.Msg == nil {
		return r, nil
	}
	raw, err := e.answer.Msg.Pack()
	if err != nil {
		panic("wiretest: a handler's message cannot be packed: " + err.Error())
	}
	return r, raw
}

// pending is a heap by the time of ending.
type pending []ending

func (p pending) Len() int           { return len(p) }
func (p pending) Less(i, j int) bool { return p[i].at.Before(p[j].at) }
func (p pending) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }

// Push implements [heap.Interface].
func (p *pending) Push(x any) { *p = append(*p, x.(ending)) }

// Pop implements [heap.Interface].
func (p *pending) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}
