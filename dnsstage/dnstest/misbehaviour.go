package dnstest

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Honest sends every answer as it is.
func Honest(a Answer) Handler { return func(r *Request) { r.Send(a(r.Msg)) } }

// Silent never answers.
func Silent() Handler { return func(*Request) {} }

// DropEveryN answers all requests but the n-th, 2n-th, ...
func DropEveryN(n int, h Handler) Handler {
	return func(r *Request) {
		if r.N%n != 0 {
			h(r)
		}
	}
}

// Slow answers after d.
func Slow(d time.Duration, h Handler) Handler {
	return func(r *Request) { r.later(d, func() { h(r) }) }
}

// Altered sends a's answer after change has had its way with it.
func Altered(a Answer, change func(*dns.Msg)) Handler {
	return func(r *Request) {
		m := a(r.Msg)
		change(m)
		r.Send(m)
	}
}

// WrongID answers under another id.
func WrongID(a Answer) Handler { return Altered(a, func(m *dns.Msg) { m.Id++ }) }

// RightIDAfterWrong sends n forged answers with wrong ids, then the right one.
func RightIDAfterWrong(n int, forged, right Answer) Handler {
	return func(r *Request) {
		m := forged(r.Msg)
		for range n {
			m.Id++
			r.Send(m)
		}
		r.Send(right(r.Msg))
	}
}

// WrongQuestion answers about another name.
func WrongQuestion(a Answer) Handler {
	return Altered(a, func(m *dns.Msg) { m.Question[0].Name = "x" + m.Question[0].Name })
}

// WrongType answers for another type.
func WrongType(a Answer) Handler { return Altered(a, func(m *dns.Msg) { m.Question[0].Qtype++ }) }

// WrongClass answers for class CH.
func WrongClass(a Answer) Handler {
	return Altered(a, func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS })
}

// NoQuestion answers without repeating the question.
func NoQuestion(a Answer) Handler { return Altered(a, func(m *dns.Msg) { m.Question = nil }) }

// TwoQuestions answers with the question twice.
func TwoQuestions(a Answer) Handler {
	return Altered(a, func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) })
}

// NotAResponse answers with QR=0.
func NotAResponse(a Answer) Handler { return Altered(a, func(m *dns.Msg) { m.Response = false }) }

// WrongOpcode answers as if it had been a NOTIFY.
func WrongOpcode(a Answer) Handler {
	return Altered(a, func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify })
}

// LowercasedQuestion does not keep the case of the question.
func LowercasedQuestion(a Answer) Handler {
	return Altered(a, func(m *dns.Msg) { m.Question[0].Name = strings.ToLower(m.Question[0].Name) })
}

// Truncated sets TC over UDP, on an empty message, and answers in full over TCP.
func Truncated(a Answer) Handler {
	return func(r *Request) {
		m := a(r.Msg)
		if r.TCP == nil {
			m.Truncated, m.Answer, m.Ns, m.Extra = true, nil, nil, nil
		}
		r.Send(m)
	}
}

// AlwaysTruncated sets TC over TCP too.
func AlwaysTruncated(a Answer) Handler { return Altered(a, func(m *dns.Msg) { m.Truncated = true }) }

// Garbage sends octets that are no DNS message.
func Garbage() Handler {
	return func(r *Request) { r.SendRaw([]byte("220 mail.example ESMTP, and not what you came for\r\n")) }
}

// CutShort leaves out the last n octets of the message.
func CutShort(n int, a Answer) Handler {
	return func(r *Request) {
		raw, err := a(r.Msg).Pack()
		if err != nil {
			panic("dnstest: " + err.Error())
		}
		r.SendRaw(raw[:max(0, len(raw)-n)])
	}
}

// WrongSource answers from another port, as an off-path forger would.
func WrongSource(a Answer) Handler {
	return func(r *Request) {
		other, err := listenBeside(r.udp)
		if err != nil {
			panic("dnstest: " + err.Error())
		}
		defer func() { _ = other.Close() }()
		raw, err := a(r.Msg).Pack()
		if err != nil {
			panic("dnstest: " + err.Error())
		}
		_, _ = other.WriteToUDPAddrPort(raw, r.From)
	}
}

// OneBytePer drips its answer over TCP, an octet each d.
func OneBytePer(d time.Duration, a Answer) Handler {
	return func(r *Request) {
		raw, err := a(r.Msg).Pack()
		if err != nil || r.TCP == nil {
			return
		}
		for _, b := range framed(raw) {
			if _, err := r.TCP.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(d)
		}
	}
}

// ClosesMidMessage closes a TCP connection in the middle of its answer.
func ClosesMidMessage(a Answer) Handler {
	return func(r *Request) {
		raw, err := a(r.Msg).Pack()
		if err != nil || r.TCP == nil {
			return
		}
		_, _ = r.TCP.Write(framed(raw)[:len(raw)/2])
		_ = r.TCP.Close()
	}
}

// ClosesAfterEach answers in full and closes the TCP connection, as servers may at any time.
func ClosesAfterEach(a Answer) Handler {
	return func(r *Request) {
		r.Send(a(r.Msg))
		if r.TCP != nil {
			_ = r.TCP.Close()
		}
	}
}

func listenBeside(c *net.UDPConn) (*net.UDPConn, error) {
	ip := c.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
}
