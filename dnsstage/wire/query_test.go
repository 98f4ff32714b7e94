package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// built returns a packet for q, failing the test if it cannot be made.
func built(tb testing.TB, q Query, id uint16) *Packet {
	tb.Helper()
	p := new(Packet)
	if err := p.Build(&q, id, NewRand(1)); err != nil {
		tb.Fatalf("Build(%q): %v", q.Name, err)
	}
	return p
}

func TestBuildMakesWhatAnotherLibraryReadsBack(t *testing.T) {
	long := strings.Repeat(strings.Repeat("a", 61)+".", 4) + "aaaaa" // 253 octets
	tests := []struct {
		name string
		q    Query
	}{
		{"plain", Query{Name: []byte("example.com"), Type: TypeNS}},
		{"recursion desired", Query{Name: []byte("a.b.c.example"), Type: TypeA, RD: true}},
		{"dnssec ok", Query{Name: []byte("xn--bcher-kva.de"), Type: TypeAAAA, DO: true}},
		{"root", Query{Name: nil, Type: TypeNS, RD: true, DO: true}},
		{"longest label", Query{Name: []byte(strings.Repeat("x", 63) + ".com"), Type: TypeSOA}},
		{"longest name", Query{Name: []byte(long), Type: TypeNS, DO: true}},
		{"underscore", Query{Name: []byte("_nic.example"), Type: 16}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := built(t, tt.q, 0xabcd)
			var m dns.Msg
			if err := m.Unpack(p.Bytes()); err != nil {
				t.Fatalf("unpack: %v", err)
			}
			checkQuery(t, &m, tt.q)
			if n := binary.BigEndian.Uint16(p.Framed()); int(n) != len(p.Bytes()) {
				t.Errorf("length in front = %d, message has %d octets", n, len(p.Bytes()))
			}
		})
	}
}

func checkQuery(t *testing.T, m *dns.Msg, q Query) {
	t.Helper()
	if len(m.Question) != 1 || len(m.Answer)+len(m.Ns) != 0 {
		t.Fatalf("sections: %v", m)
	}
	asked := m.Question[0]
	if got, want := strings.ToLower(asked.Name), dns.Fqdn(string(q.Name)); got != want {
		t.Errorf("name = %q, want %q", got, want)
	}
	if m.Id != 0xabcd || m.Response || m.Opcode != 0 || m.RecursionDesired != q.RD {
		t.Errorf("header = %+v, want id abcd, RD %v", m.MsgHdr, q.RD)
	}
	if asked.Qtype != q.Type || asked.Qclass != dns.ClassINET {
		t.Errorf("question = %+v, want type %d in IN", asked, q.Type)
	}
	opt := m.IsEdns0()
	if (opt != nil) != q.DO {
		t.Fatalf("OPT = %v, want one only with DO", opt)
	}
	if opt != nil && (!opt.Do() || opt.UDPSize() != BufferSize || opt.Version() != 0) {
		t.Errorf("OPT = %v, want DO and a buffer of %d", opt, BufferSize)
	}
}

func TestBuildRefusesWhatFitsNoMessage(t *testing.T) {
	for _, name := range []string{
		".", ".com", "a..com", "com.", strings.Repeat("x", 64) + ".com", strings.Repeat("a.", 126) + "aa",
	} {
		p := new(Packet)
		q := Query{Name: []byte(name), Type: TypeNS}
		if err := p.Build(&q, 1, NewRand(1)); !errors.Is(err, ErrName) {
			t.Errorf("Build(%q) = %v, want ErrName", name, err)
		}
		if p.Check(make([]byte, 512)) != NoMatch {
			t.Errorf("%q: a packet that was not built matches something", name)
		}
	}
}

func TestBuildDrawsTheCaseOfEveryLetter(t *testing.T) {
	const name = "abcdefghij.klmnopqrst"
	q := Query{Name: []byte(name), Type: TypeNS}
	rng, p := NewRand(7), new(Packet)
	upper := make([]int, len(name)+2)
	const rounds = 400
	for range rounds {
		if err := p.Build(&q, 1, rng); err != nil {
			t.Fatal(err)
		}
		for i, c := range p.Question()[:len(name)+2] {
			if 'A' <= c && c <= 'Z' {
				upper[i]++
			}
		}
	}
	for i, n := range upper {
		letter := i > 0 && i <= len(name) && name[i-1] != '.'
		if letter && (n < rounds/3 || n > rounds*2/3) || !letter && n > 0 {
			t.Errorf("octet %d was upper case %d times in %d", i, n, rounds)
		}
	}
}

// TestCasesOfLettersAreIndependent: a pair of letters that always agrees would
// halve what a forger has to guess.
func TestCasesOfLettersAreIndependent(t *testing.T) {
	const rounds = 1000
	name := bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"), 5)[:maxWireName/2]
	rng, agree := NewRand(11), make([][]int, len(name))
	for i := range agree {
		agree[i] = make([]int, len(name))
	}
	for range rounds {
		drawn := bytes.Clone(name)
		randomCase(drawn, rng)
		for i := range drawn {
			for j := range i {
				if (drawn[i]^drawn[j])&0x20 == 0 {
					agree[i][j]++
				}
			}
		}
	}
	for i := range agree {
		for j := range i {
			if n := agree[i][j]; n < rounds*2/5 || n > rounds*3/5 {
				t.Errorf("letters %d and %d agree %d times in %d", j, i, n, rounds)
			}
		}
	}
}

func TestBuildLeavesNothingOfTheQueryBefore(t *testing.T) {
	p := built(t, Query{Name: []byte("a-long-name-with.many.labels.example"), Type: TypeA, RD: true, DO: true}, 0xffff)
	q := Query{Name: []byte("b.example"), Type: TypeNS}
	if err := p.Build(&q, 2, NewRand(3)); err != nil {
		t.Fatal(err)
	}
	fresh := new(Packet)
	if err := fresh.Build(&q, 2, NewRand(3)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p.Bytes(), fresh.Bytes()) {
		t.Errorf("rebuilt %x, want %x", p.Bytes(), fresh.Bytes())
	}
}

func TestHotPathAllocatesNothing(t *testing.T) {
	q := Query{Name: []byte("some-name.example.com"), Type: TypeNS, DO: true}
	p, rng := built(t, q, 5), NewRand(1)
	msg := packed(t, p, func(m *dns.Msg) {
		m.Ns = []dns.RR{rr(t, "Example.Com. 60 IN NS a.ns.example."), rr(t, "com. 60 IN SOA a. b. 1 2 3 4 5")}
		m.Answer = []dns.RR{rr(t, "x.example. 60 IN A 192.0.2.1")}
	})
	names, m := make([]byte, 0, 512), new(Message)
	tests := []struct {
		name string
		f    func()
	}{
		{"build", func() { _ = new(Packet).Build(&q, 9, rng) }},
		{"check", func() { p.Check(msg) }},
		{"parse", func() { _, _ = m.Parse(msg, names[:0]) }},
	}
	for _, tt := range tests {
		if n := testing.AllocsPerRun(100, tt.f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", tt.name, n)
		}
	}
	if m.NSOwner == nil || m.SOAOwner == nil {
		t.Error("the message measured was not parsed")
	}
}

// packed is a reply to what p asks, changed and in wire form.
func packed(tb testing.TB, p *Packet, change func(*dns.Msg)) []byte {
	tb.Helper()
	var q dns.Msg
	if err := q.Unpack(p.Bytes()); err != nil {
		tb.Fatal(err)
	}
	m := new(dns.Msg).SetReply(&q)
	m.Compress = true
	change(m)
	raw, err := m.Pack()
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func rr(tb testing.TB, text string) dns.RR {
	tb.Helper()
	r, err := dns.NewRR(text)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}
