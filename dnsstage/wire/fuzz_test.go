package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// FuzzParse feeds the parser anything. What it takes, another library must
// read the same way, if it takes it too.
func FuzzParse(f *testing.F) {
	p := built(f, Query{Name: []byte("foo.example"), Type: TypeNS}, 9)
	f.Add(packed(f, p, func(m *dns.Msg) { m.Ns = []dns.RR{rr(f, "example. 60 IN SOA a. b. 1 2 3 4 5")} }))
	f.Add(packed(f, p, func(m *dns.Msg) {
		m.Ns = []dns.RR{rr(f, "foo.example. 60 IN NS ns.foo.example.")}
		m.Extra = []dns.RR{rr(f, "ns.foo.example. 60 IN A 192.0.2.1")}
	}))
	f.Add(packed(f, p, func(m *dns.Msg) { m.Answer = []dns.RR{rr(f, "foo.example. 60 IN NS x.")} }))
	f.Add(message(0xc0, 19))
	f.Add(message(1, 'b', 0xc0, 12))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p.Check(raw) != NoMatch && !SameQuestion(QuestionOf(raw), p.Question()) {
			t.Fatal("a message matches whose question is another")
		}
		before := bytes.Clone(raw)
		m := new(Message)
		_, err := m.Parse(raw, nil)
		_, _, _, _ = m.NSTargets(Authority), m.NSTargets(Answer), m.Glue(), m.Aliases()
		if !bytes.Equal(before, raw) {
			t.Fatal("the parser changed the message")
		}
		var other dns.Msg
		if err != nil || other.Unpack(raw) != nil || other.Truncated {
			return
		}
		if got, want := summary(m), summary(asMessage(&other)); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	})
}

// asMessage reads from o what Parse reads from the octets.
func asMessage(o *dns.Msg) *Message {
	m := &Message{
		Rcode: uint8(o.Rcode & maskRcode), AA: o.Authoritative, RD: o.RecursionDesired, RA: o.RecursionAvailable,
		AD: o.AuthenticatedData, Answers: uint16(len(o.Answer)),
	}
	for _, r := range o.Answer {
		h := r.Header()
		if h.Class != dns.ClassINET || canonical(h.Name) != canonical(o.Question[0].Name) {
			continue
		}
		if m.AnswerType == 0 {
			m.AnswerType = h.Rrtype
		}
		m.AnswerNS = m.AnswerNS || h.Rrtype == TypeNS
	}
	for _, r := range o.Ns {
		h := r.Header()
		switch {
		case h.Class != dns.ClassINET:
		case h.Rrtype == TypeNS && m.NSOwner == nil:
			m.NSOwner = []byte(canonical(h.Name))
		case h.Rrtype == TypeSOA && m.SOAOwner == nil:
			m.SOAOwner = []byte(canonical(h.Name))
		}
	}
	return m
}

func canonical(name string) string {
	return strings.TrimSuffix(strings.ToLower(name), ".")
}

// FuzzCheck asks for any name and judges the honest reply that another library
// packs, then the same reply with one octet changed.
func FuzzCheck(f *testing.F) {
	f.Add([]byte("example.com"), uint16(7), uint16(TypeNS), uint16(0), byte(1))
	f.Add([]byte("a.b.c.d"), uint16(0xffff), uint16(TypeA), uint16(20), byte(0x20))
	f.Add([]byte(""), uint16(0), uint16(TypeSOA), uint16(5), byte(2))
	f.Fuzz(func(t *testing.T, name []byte, id, kind, at uint16, change byte) {
		p := new(Packet)
		q := Query{Name: name, Type: kind}
		if p.Build(&q, id, NewRand(uint64(id)+1)) != nil {
			return
		}
		var asked dns.Msg
		if err := asked.Unpack(p.Bytes()); err != nil {
			t.Fatalf("Build(%q) made what cannot be read: %v", name, err)
		}
		raw, err := new(dns.Msg).SetReply(&asked).Pack()
		if err != nil {
			return
		}
		if p.Check(raw) != Full {
			t.Fatalf("an honest reply about %q does not match", name)
		}
		decides := at < 2 || at == 4 || at == 5 || at >= headerLen && at < p.q
		if !decides || change == 0 {
			return
		}
		raw[at] ^= change
		if p.Check(raw) == Full {
			t.Errorf("octet %d changed by %#x, and it still matches", at, change)
		}
	})
}
