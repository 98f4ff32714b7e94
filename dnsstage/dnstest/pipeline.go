package dnstest

import (
	"encoding/binary"
	"net"
	"strings"
	"sync"
	"time"
)

// The handlers below misbehave towards clients that pipeline queries on a TCP
// connection (RFC 7766 section 6.2.1.1). What came over UDP they leave alone.

// perConn keeps what a handler knows of each connection.
type perConn[T any] struct {
	mu  sync.Mutex
	all map[net.Conn]*T // guarded by mu
}

// with runs f on what is known of c, alone.
func (p *perConn[T]) with(c net.Conn, f func(*T)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = make(map[net.Conn]*T)
	}
	if p.all[c] == nil {
		p.all[c] = new(T)
	}
	f(p.all[c])
}

// OutOfOrder lets questions of a connection gather for d and answers the last first.
func OutOfOrder(d time.Duration, a Answer) Handler {
	var held perConn[[]*Request]
	answer := func(c net.Conn) {
		held.with(c, func(all *[]*Request) {
			for i := len(*all) - 1; i >= 0; i-- {
				(*all)[i].Send(a((*all)[i].Msg))
			}
			*all = nil
		})
	}
	return func(r *Request) {
		if r.TCP == nil {
			return
		}
		held.with(r.TCP, func(all *[]*Request) {
			if *all = append(*all, r); len(*all) == 1 {
				r.later(d, func() { answer(r.TCP) })
			}
		})
	}
}

// oneAtATime answers after d; a question that comes while another one is being
// answered is left to crowded.
func oneAtATime(d time.Duration, a Answer, crowded func(*Request)) Handler {
	var busy perConn[bool]
	return func(r *Request) {
		if r.TCP == nil {
			return
		}
		alone := false
		busy.with(r.TCP, func(b *bool) { alone, *b = !*b, true })
		if !alone {
			crowded(r)
			return
		}
		r.later(d, func() {
			busy.with(r.TCP, func(b *bool) { *b = false })
			r.Send(a(r.Msg))
		})
	}
}

// OnlyTheFirst answers after d, and never what came on the connection meanwhile.
func OnlyTheFirst(d time.Duration, a Answer) Handler { return oneAtATime(d, a, func(*Request) {}) }

// ClosesOnPipelining answers after d, and closes the connection when another question comes meanwhile.
func ClosesOnPipelining(d time.Duration, a Answer) Handler {
	return oneAtATime(d, a, func(r *Request) { _ = r.TCP.Close() })
}

// ResetsOnPipelining is ClosesOnPipelining with an RST.
func ResetsOnPipelining(d time.Duration, a Answer) Handler {
	return oneAtATime(d, a, func(r *Request) {
		if t, ok := r.TCP.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
		_ = r.TCP.Close()
	})
}

// ClosesAfter answers n questions of a connection and closes it. With part it
// begins a last answer and stops in the middle.
func ClosesAfter(n int, part bool, a Answer) Handler {
	var count perConn[int]
	return func(r *Request) {
		if r.TCP == nil {
			return
		}
		k := 0
		count.with(r.TCP, func(c *int) { *c++; k = *c })
		if k <= n {
			r.Send(a(r.Msg))
		}
		switch {
		case k == n && !part:
			_ = r.TCP.Close()
		case k == n+1 && part:
			ClosesMidMessage(a)(r)
		}
	}
}

// AnswersTwice sends every answer two times.
func AnswersTwice(a Answer) Handler {
	return func(r *Request) {
		m := a(r.Msg)
		r.Send(m)
		r.Send(m)
	}
}

// NeverAbout answers all questions but those about one name.
func NeverAbout(name string, h Handler) Handler {
	return func(r *Request) {
		if !strings.EqualFold(strings.TrimSuffix(r.Question[0].Name, "."), name) {
			h(r)
		}
	}
}

// SwapsIDs lets two questions of a connection come, and answers each under the
// other's id. One that stays alone for d is answered rightly.
func SwapsIDs(d time.Duration, a Answer) Handler {
	var held perConn[*Request]
	take := func(c net.Conn, want *Request) (first *Request) {
		held.with(c, func(h **Request) {
			if want == nil || *h == want {
				first, *h = *h, nil
			}
		})
		return first
	}
	return func(r *Request) {
		if r.TCP == nil {
			return
		}
		if first := take(r.TCP, nil); first != nil {
			sendAs(first, r.Id, a)
			sendAs(r, first.Id, a)
			return
		}
		held.with(r.TCP, func(h **Request) { *h = r })
		r.later(d, func() {
			if take(r.TCP, r) != nil {
				r.Send(a(r.Msg))
			}
		})
	}
}

// sendAs answers r under an id.
func sendAs(r *Request, id uint16, a Answer) {
	raw, err := a(r.Msg).Pack()
	if err != nil {
		panic("dnstest: " + err.Error())
	}
	binary.BigEndian.PutUint16(raw, id)
	r.SendRaw(raw)
}
