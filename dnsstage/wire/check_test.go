package wire

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestCheckBelievesOnlyTheReplyToItsOwnQuestion(t *testing.T) {
	p := built(t, Query{Name: []byte("some-name.example"), Type: TypeNS, RD: true}, 0x1234)
	tests := []struct {
		name   string
		change func(*dns.Msg)
		want   Match
	}{
		{"right", func(*dns.Msg) {}, Full},
		{"right, with another rcode", func(m *dns.Msg) { m.Rcode = dns.RcodeNameError }, Full},
		{"right, truncated", func(m *dns.Msg) { m.Truncated = true }, Full},
		{"wrong id", func(m *dns.Msg) { m.Id ^= 0x100 }, NoMatch},
		{"not a response", func(m *dns.Msg) { m.Response = false }, NoMatch},
		{"notify", func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify }, NoMatch},
		{"status", func(m *dns.Msg) { m.Opcode = dns.OpcodeStatus }, NoMatch},
		{"no question", func(m *dns.Msg) { m.Question = nil }, NoMatch},
		{"two questions", func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }, NoMatch},
		{"another name", func(m *dns.Msg) { m.Question[0].Name = "someother.example." }, NoMatch},
		{"a name one octet off", func(m *dns.Msg) { m.Question[0].Name = "some-nami.example." }, NoMatch},
		{"a longer name", func(m *dns.Msg) { m.Question[0].Name = "x." + m.Question[0].Name }, NoMatch},
		{"the parent", func(m *dns.Msg) { m.Question[0].Name = "example." }, NoMatch},
		{"another type", func(m *dns.Msg) { m.Question[0].Qtype = TypeA }, NoMatch},
		{"another class", func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }, NoMatch},
		{"lower case", func(m *dns.Msg) { m.Question[0].Name = strings.ToLower(m.Question[0].Name) }, CaseOnly},
		{"upper case", func(m *dns.Msg) { m.Question[0].Name = strings.ToUpper(m.Question[0].Name) }, CaseOnly},
		{"lower case and another type", func(m *dns.Msg) {
			m.Question[0].Name, m.Question[0].Qtype = strings.ToLower(m.Question[0].Name), TypeA
		}, NoMatch},
	}
	for _, tt := range tests {
		if got := p.Check(packed(t, p, tt.change)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestCheckRefusesEverySingleBitChangedInHeaderOrQuestion(t *testing.T) {
	p := built(t, Query{Name: []byte("nodots-here.example"), Type: TypeNS}, 0x5aa5)
	good := packed(t, p, func(*dns.Msg) {})
	for bit := range 8 * int(p.q) {
		msg := append([]byte(nil), good...)
		msg[bit/8] ^= 1 << (bit % 8)
		want := NoMatch
		switch at, mask := bit/8, byte(1)<<(bit%8); {
		case at == 2 && mask&(maskOpcode|bitQR) == 0, at == 3, at >= 6 && at < headerLen:
			want = Full // flags, rcode and the counts of other sections say nothing about the question
		case at >= headerLen && mask == 0x20 && isLetter(good[at]):
			want = CaseOnly
		}
		if got := p.Check(msg); got != want {
			t.Errorf("bit %d of octet %d changed: %v, want %v", bit%8, bit/8, got, want)
		}
	}
}

func TestCheckReadsNoFurtherThanTheMessage(t *testing.T) {
	p := built(t, Query{Name: []byte("example.com"), Type: TypeNS}, 1)
	good := packed(t, p, func(*dns.Msg) {})
	for n := range int(p.q) {
		if got := p.Check(good[:n:n]); got != NoMatch {
			t.Errorf("%d octets: %v, want NoMatch", n, got)
		}
	}
	if p.Check(good[:p.q:p.q]) != Full {
		t.Error("header and question alone do not match")
	}
}

func TestQuestionOfFindsOnePlainQuestion(t *testing.T) {
	p := built(t, Query{Name: []byte("example.com"), Type: TypeNS}, 1)
	good := packed(t, p, func(*dns.Msg) {})
	other := packed(t, p, func(m *dns.Msg) { m.Id++; m.Question[0].Name = "EXAMPLE.com." })
	if !SameQuestion(QuestionOf(other), p.Question()) {
		t.Error("the same question in another case under another id is not seen as the same")
	}
	for n := range int(p.q) {
		if q := QuestionOf(good[:n:n]); q != nil {
			t.Errorf("a question found in %d octets: %x", n, q)
		}
	}
	compressed := append([]byte(nil), good...)
	binary.BigEndian.PutUint16(compressed[headerLen:], 0xc00c)
	if q := QuestionOf(compressed); q != nil {
		t.Errorf("a compressed question is taken: %x", q)
	}
}

func isLetter(c byte) bool { c |= 0x20; return 'a' <= c && c <= 'z' }
