package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// summary is a Message without its views, to compare.
func summary(m *Message) string {
	text := func(b []byte) string {
		if b == nil {
			return "-"
		}
		return fmt.Sprintf("%q", b)
	}
	return fmt.Sprintf("rcode %d AA %v TC %v RD %v RA %v AD %v answers %d type %d ns %v NS %s SOA %s",
		m.Rcode, m.AA, m.TC, m.RD, m.RA, m.AD, m.Answers, m.AnswerType, m.AnswerNS, text(m.NSOwner), text(m.SOAOwner))
}

func TestParseReadsWhatStageOneNeeds(t *testing.T) {
	soa := rr(t, "Example. 60 IN SOA a. b. 1 2 3 4 5")
	tests := []struct {
		name   string
		change func(*dns.Msg)
		want   string
	}{
		{"referral", func(m *dns.Msg) {
			m.Ns = []dns.RR{rr(t, "Foo.Example. 60 IN NS ns.foo.example."), rr(t, "foo.example. 60 IN NS ns2.foo.example.")}
			m.Extra = []dns.RR{rr(t, "ns.foo.example. 60 IN A 192.0.2.1")}
		}, `rcode 0 AA false TC false RD false RA false AD false answers 0 type 0 ns false NS "foo.example" SOA -`},
		{"nxdomain", func(m *dns.Msg) { m.Authoritative, m.Rcode, m.Ns = true, 3, []dns.RR{soa} },
			`rcode 3 AA true TC false RD false RA false AD false answers 0 type 0 ns false NS - SOA "example"`},
		{"root's soa", func(m *dns.Msg) { m.Ns = []dns.RR{rr(t, ". 60 IN SOA a. b. 1 2 3 4 5")} },
			`rcode 0 AA false TC false RD false RA false AD false answers 0 type 0 ns false NS - SOA ""`},
		{"answer of the name", func(m *dns.Msg) {
			m.RecursionAvailable, m.AuthenticatedData = true, true
			m.Answer = []dns.RR{rr(t, "FOO.example. 60 IN CNAME bar.example."), rr(t, "bar.example. 60 IN NS x.example.")}
		}, `rcode 0 AA false TC false RD false RA true AD true answers 2 type 5 ns false NS - SOA -`},
		{"ns answer", func(m *dns.Msg) {
			m.Answer = []dns.RR{rr(t, "foo.example. 60 IN A 192.0.2.1"), rr(t, "foo.example. 60 IN NS x.example.")}
		}, `rcode 0 AA false TC false RD false RA false AD false answers 2 type 1 ns true NS - SOA -`},
		{"answer of another name", func(m *dns.Msg) { m.Answer = []dns.RR{rr(t, "foo.example.example. 60 IN NS x.")} },
			`rcode 0 AA false TC false RD false RA false AD false answers 1 type 0 ns false NS - SOA -`},
		{"another class", func(m *dns.Msg) {
			m.Answer = []dns.RR{rr(t, "foo.example. 60 CH NS x.")}
			m.Ns = []dns.RR{rr(t, "foo.example. 60 CH NS x.")}
		}, `rcode 0 AA false TC false RD false RA false AD false answers 1 type 0 ns false NS - SOA -`},
		{"a label with a dot is one label", func(m *dns.Msg) { m.Ns = []dns.RR{rr(t, `foo\.example. 60 IN NS x.`)} },
			`rcode 0 AA false TC false RD false RA false AD false answers 0 type 0 ns false NS "foo\\.example" SOA -`},
		{"octets outside ASCII", func(m *dns.Msg) { m.Ns = []dns.RR{rr(t, `\000\255\009.example. 60 IN NS x.`)} },
			`rcode 0 AA false TC false RD false RA false AD false answers 0 type 0 ns false NS "\\000\\255\\009.example" SOA -`},
	}
	p := built(t, Query{Name: []byte("foo.example"), Type: TypeNS}, 9)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, compress := range []bool{true, false} {
				raw := packed(t, p, func(m *dns.Msg) { tt.change(m); m.Compress = compress })
				m := new(Message)
				if _, err := m.Parse(raw, nil); err != nil {
					t.Fatalf("Parse: %v", err)
				}
				if got := summary(m); got != tt.want {
					t.Errorf("compressed %v:\n got %s\nwant %s", compress, got, tt.want)
				}
			}
		})
	}
}

func TestParseRefusesEveryCutOfAMessageButTruncatedOnes(t *testing.T) {
	p := built(t, Query{Name: []byte("foo.example"), Type: TypeNS}, 9)
	full := func(m *dns.Msg) {
		m.Answer = []dns.RR{rr(t, "foo.example. 60 IN A 192.0.2.1")}
		m.Ns = []dns.RR{rr(t, "example. 60 IN SOA a. b. 1 2 3 4 5")}
		m.Extra = []dns.RR{rr(t, "x.example. 60 IN AAAA 2001:db8::1")}
	}
	raw := packed(t, p, full)
	tc := packed(t, p, func(m *dns.Msg) { full(m); m.Truncated = true })
	for n := range len(raw) {
		if _, err := new(Message).Parse(raw[:n:n], nil); err == nil {
			t.Errorf("the first %d of %d octets are taken for a whole message", n, len(raw))
		}
		m := new(Message)
		if _, err := m.Parse(tc[:n:n], nil); n >= headerLen && (err != nil || !m.TC || m.SOAOwner != nil) {
			t.Errorf("%d octets with TC: %v, %s", n, err, summary(m))
		}
	}
}

// message is a header with one question for "a" and one record in the authority
// section, whose owner is given in wire form at offset 19.
func message(owner ...byte) []byte {
	m := make([]byte, headerLen)
	m[2], m[5], m[9] = bitQR, 1, 1
	m = append(m, 1, 'a', 0, 0, 2, 0, 1)
	m = append(m, owner...)
	return append(m, 0, 2, 0, 1, 0, 0, 0, 0, 0, 1, 0)
}

func TestParseRefusesNamesThatMakeNoSense(t *testing.T) {
	const at = 19
	long := bytes.Repeat(append([]byte{63}, bytes.Repeat([]byte{'x'}, 63)...), 4)
	tests := []struct {
		name  string
		owner []byte
		want  error
	}{
		{"good", []byte{0xc0, 12}, nil},
		{"label and pointer", []byte{1, 'b', 0xc0, 12}, nil},
		{"pointer to itself", []byte{0xc0, at}, ErrPointer},
		{"pointer into its own labels", []byte{1, 'b', 0xc0, at}, ErrPointer},
		{"pointer forward", []byte{0xc0, at + 2}, ErrPointer},
		{"pointer out of the message", []byte{0xff, 0xff}, ErrPointer},
		{"pointer into the header", []byte{0xc0, 4}, ErrPointer},
		{"label of kind 01", []byte{0x41, 0}, ErrLabel},
		{"label of kind 10", []byte{0x81, 0}, ErrLabel},
		{"name of more than 255 octets", append(long, 0), ErrTooLong},
		{"label longer than the message", []byte{63, 'x'}, ErrShort},
	}
	for _, tt := range tests {
		m := new(Message)
		if _, err := m.Parse(message(tt.owner...), nil); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// A message of the largest size whose every name is as dear to read as can be
// must still be read in a moment: each byte of it allows only so much work.
func BenchmarkParseWorstCase(b *testing.B) {
	m := message(0xc0, 12)
	last := 19
	for len(m) < 65000 {
		next := len(m)
		owner := []byte{1, 'b', 0xc0 | byte(last>>8), byte(last)}
		if next >= 1<<14 || binary.BigEndian.Uint16(m[8:]) > 120 {
			owner = []byte{0xc0 | byte(last>>8), byte(last)}
		} else {
			last = next
		}
		m = append(append(m, owner...), 0, 1, 0, 1, 0, 0, 0, 0, 0, 0)
		binary.BigEndian.PutUint16(m[8:], binary.BigEndian.Uint16(m[8:])+1)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := new(Message).Parse(m, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	p := built(b, Query{Name: []byte("foo.example"), Type: TypeNS}, 9)
	raw := packed(b, p, func(m *dns.Msg) { m.Ns = []dns.RR{rr(b, "example. 60 IN SOA a. b. 1 2 3 4 5")} })
	m, names := new(Message), make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = m.Parse(raw, names[:0])
	}
}

func BenchmarkBuild(b *testing.B) {
	p, rng := new(Packet), NewRand(1)
	q := Query{Name: []byte("abcde.com"), Type: TypeNS}
	b.ReportAllocs()
	for b.Loop() {
		_ = p.Build(&q, 1, rng)
	}
}

func BenchmarkCheck(b *testing.B) {
	p := built(b, Query{Name: []byte("abcde.com"), Type: TypeNS}, 9)
	raw := packed(b, p, func(m *dns.Msg) {})
	b.ReportAllocs()
	for b.Loop() {
		p.Check(raw)
	}
}

func TestRecordsOfAReferral(t *testing.T) {
	p := built(t, Query{Name: []byte("foo.example"), Type: TypeNS}, 9)
	raw := packed(t, p, func(m *dns.Msg) {
		m.Ns = []dns.RR{
			rr(t, "Example. 60 IN NS A.ns.Example."), rr(t, "example. 60 IN NS b.ns.example."),
			rr(t, "example. 60 IN SOA a. b. 1 2 3 4 5"), rr(t, "example. 60 CH NS c.ns.example."),
		}
		m.Extra = []dns.RR{
			rr(t, "a.ns.example. 60 IN A 192.0.2.1"), rr(t, "A.ns.example. 60 IN AAAA 2001:db8::1"), rr(t, "a.ns.example. 60 IN TXT x"),
		}
	})
	m := new(Message)
	if _, err := m.Parse(raw, nil); err != nil {
		t.Fatal(err)
	}
	wantNS := []NS{{"example", "a.ns.example"}, {"example", "b.ns.example"}}
	if got := m.NSTargets(Authority); !slices.Equal(got, wantNS) {
		t.Errorf("NSTargets = %v, want %v", got, wantNS)
	}
	wantGlue := []Address{
		{"a.ns.example", netip.MustParseAddr("192.0.2.1")}, {"a.ns.example", netip.MustParseAddr("2001:db8::1")},
	}
	if got := m.Glue(); !slices.Equal(got, wantGlue) {
		t.Errorf("Glue = %v, want %v", got, wantGlue)
	}
	if got := m.NSTargets(Answer); got != nil {
		t.Errorf("NS records of an empty answer section: %v", got)
	}
}

func TestRecordsOfAnAnswer(t *testing.T) {
	p := built(t, Query{Name: []byte("ns.example"), Type: TypeA}, 9)
	raw := packed(t, p, func(m *dns.Msg) {
		m.Answer = []dns.RR{rr(t, "ns.example. 60 IN CNAME Real.example."), rr(t, "real.example. 60 IN A 192.0.2.7")}
	})
	m := new(Message)
	if _, err := m.Parse(raw, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := m.Aliases(), []Alias{{"ns.example", "real.example"}}; !slices.Equal(got, want) {
		t.Errorf("Aliases = %v, want %v", got, want)
	}
	want := []Address{{"real.example", netip.MustParseAddr("192.0.2.7")}}
	if got := m.Addresses(Answer); !slices.Equal(got, want) {
		t.Errorf("Addresses = %v, want %v", got, want)
	}
}

func TestRecordsLeaveOutWhatMakesNoSense(t *testing.T) {
	p := built(t, Query{Name: []byte("a"), Type: TypeNS}, 9)
	raw := packed(t, p, func(m *dns.Msg) {
		m.Ns = []dns.RR{&dns.RFC3597{Hdr: dns.RR_Header{Name: "a.", Rrtype: TypeNS, Class: 1}, Rdata: "c0ff"}}
		m.Extra = []dns.RR{
			&dns.RFC3597{Hdr: dns.RR_Header{Name: "a.", Rrtype: TypeA, Class: 1}, Rdata: strings.Repeat("00", 16)},
			&dns.RFC3597{Hdr: dns.RR_Header{Name: "a.", Rrtype: TypeAAAA, Class: 1}, Rdata: "c0000201"},
			&dns.RFC3597{Hdr: dns.RR_Header{Name: "a.", Rrtype: TypeA, Class: 1}, Rdata: ""},
		}
	})
	m := new(Message)
	if _, err := m.Parse(raw, nil); err != nil {
		t.Fatal(err)
	}
	if ns, glue := m.NSTargets(Authority), m.Glue(); ns != nil || glue != nil {
		t.Errorf("taken from nonsense: %v, %v", ns, glue)
	}
}
