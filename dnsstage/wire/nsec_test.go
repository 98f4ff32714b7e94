package wire

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// denialReply packs a reply to a question about name with the records given in its authority section.
func denialReply(tb testing.TB, name string, records ...string) []byte {
	tb.Helper()
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), dns.TypeNS)
	m.Response, m.Authoritative, m.Rcode, m.Compress = true, true, dns.RcodeNameError, true
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			tb.Fatalf("%s: %v", text, err)
		}
		m.Ns = append(m.Ns, rr)
	}
	raw, err := m.Pack()
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func readDenials(tb testing.TB, raw []byte) []Denial {
	tb.Helper()
	var m Message
	if _, err := m.Parse(raw, nil); err != nil {
		tb.Fatal(err)
	}
	var d Denials
	return slices.Clone(d.Read(&m))
}

const exampleSOA = "example. 3600 IN SOA ns.example. host.example. 1 7200 3600 1209600 900"

func TestDenialsRead(t *testing.T) {
	const hash, next = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", "2t7b4g4vsa5smi47k61mv5bv1a22bojr" // RFC 5155 appendix A
	const ownerHex, nextHex = "065368abeed7ec6e9feba96b8c8bc3e8b791f716", "174eb2409fe28bcb4887a1836f957f0a8425e27b"
	tests := []struct {
		name    string
		records []string
		want    []Denial
	}{
		{"unsigned", []string{exampleSOA}, nil},
		{"NSEC", []string{exampleSOA, "Alpha.Example. 3600 IN NSEC host.EXAMPLE. A MX RRSIG NSEC TYPE1234"},
			[]Denial{{Type: TypeNSEC, TTL: 900, Owner: []byte("\x05alpha\x07example\x00"), Next: []byte("\x04host\x07example\x00")}}},
		{"NSEC at a cut", []string{exampleSOA, "a.example. 60 IN NSEC *.ns.example. NS DS RRSIG NSEC"},
			[]Denial{{Type: TypeNSEC, TTL: 60, Types: HasNS, Owner: []byte("\x01a\x07example\x00"), Next: []byte("\x01*\x02ns\x07example\x00")}}},
		{"NSEC at the apex, with a DNAME", []string{exampleSOA, "example. 60 IN NSEC example. NS SOA DNAME"},
			[]Denial{{Type: TypeNSEC, TTL: 60, Types: HasNS | HasSOA | HasDNAME, Owner: []byte("\x07example\x00"), Next: []byte("\x07example\x00")}}},
		{"NSEC3", []string{exampleSOA, hash + ".example. 3600 IN NSEC3 1 1 12 AABBCCDD " + next + " NS SOA MX RRSIG"},
			[]Denial{{Type: TypeNSEC3, TTL: 900, Types: HasNS | HasSOA, Owner: []byte("\x07example\x00"), Flags: OptOut, Iterations: 12, Salt: []byte{0xaa, 0xbb, 0xcc, 0xdd}}}},
		{"NSEC3 of an unknown hash", []string{exampleSOA, hash + ".example. 3600 IN NSEC3 2 0 0 - " + next + " NS"}, nil},
		{"NSEC3 whose owner is no hash", []string{exampleSOA, "short.example. 3600 IN NSEC3 1 0 0 - " + next + " NS"}, nil},
		{"NSEC3 with a hash that is too short", []string{exampleSOA, hash + ".example. 3600 IN NSEC3 1 0 0 - 2t7b4g4v NS"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := readDenials(t, denialReply(t, "free.example", tt.records...))
			if len(got) != len(tt.want) {
				t.Fatalf("read %d records, want %d", len(got), len(tt.want))
			}
			for i := range got {
				g, w := got[i], tt.want[i]
				if g.Type != w.Type || g.TTL != w.TTL || g.Types != w.Types || !bytes.Equal(g.Owner, w.Owner) || !bytes.Equal(g.Next, w.Next) ||
					g.Flags != w.Flags || g.Iterations != w.Iterations || !bytes.Equal(g.Salt, w.Salt) {
					t.Errorf("read %+v, want %+v", g, w)
				}
				if g.Type == TypeNSEC3 && (hex.EncodeToString(g.OwnerHash[:]) != ownerHex || hex.EncodeToString(g.NextHash[:]) != nextHex) {
					t.Errorf("hashes %x to %x, want %s to %s", g.OwnerHash, g.NextHash, ownerHex, nextHex)
				}
			}
		})
	}
}

// The example zone of RFC 5155 appendix A: hash of each name, salt aabbccdd, 12 iterations.
func TestHasherKnowsTheExamplesOfRFC5155(t *testing.T) {
	salt := []byte{0xaa, 0xbb, 0xcc, 0xdd}
	for name, want := range map[string]string{
		"example": "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", "a.example": "35mthgpgcu1qg68fab165klnsnk3dpvl",
		"ns1.example": "2t7b4g4vsa5smi47k61mv5bv1a22bojr", "*.w.example": "r53bq7cc2uvmubfu5ocmm6pers9tk9en",
		"x.y.w.example": "2vptu5timamqttgl4luu9kg21e0aor3s", "xx.example": "t644ebqk9bibcna874givr6joj62mlhv",
	} {
		label, suffix, below := strings.Cut(name, ".")
		if !below {
			label, suffix = "", name
		}
		h, err := NewHasher(suffix, 12, salt)
		if err != nil {
			t.Fatal(err)
		}
		sum := h.Suffix()
		if label != "" {
			sum = h.Child([]byte(label))
		}
		var wire [HashLen]byte
		if !unbase32(wire[:], []byte(want)) || wire != sum {
			t.Errorf("%s hashes to %x, want %x (%s)", name, sum, wire, want)
		}
	}
}

func TestHasherAgainstAnother(t *testing.T) {
	for _, iterations := range []uint16{0, 1, 100} {
		for _, salt := range []string{"", "ab", strings.Repeat("0f", 255)} {
			raw, err := hex.DecodeString(salt)
			if err != nil {
				t.Fatal(err)
			}
			h, err := NewHasher("co.example", iterations, raw)
			if err != nil {
				t.Fatal(err)
			}
			for _, label := range []string{"a", "*", "xn--bcher-kva", strings.Repeat("z", 63)} {
				var want [HashLen]byte
				if !unbase32(want[:], []byte(strings.ToLower(dns.HashName(label+".co.example.", dns.SHA1, iterations, salt)))) {
					t.Fatal("the other one's hash does not read")
				}
				if got := h.Child([]byte(label)); got != want {
					t.Errorf("%s, %d iterations, salt %.8s: %x, want %x", label, iterations, salt, got, want)
				}
			}
		}
	}
}

func TestHasherAllocatesNothing(t *testing.T) {
	h, err := NewHasher("example", 5, []byte{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	label := []byte("candidate")
	if n := testing.AllocsPerRun(100, func() { h.Child(label) }); n != 0 {
		t.Errorf("%v allocations a hash", n)
	}
}

func TestReadingDenialsAllocatesNothing(t *testing.T) {
	raw := denialReply(t, "free.example", exampleSOA, "a.example. 60 IN NSEC z.example. NS", "example. 60 IN NSEC a.example. NS SOA")
	var m Message
	if _, err := m.Parse(raw, nil); err != nil {
		t.Fatal(err)
	}
	d := new(Denials)
	if n := testing.AllocsPerRun(100, func() {
		if len(d.Read(&m)) != 2 {
			t.Error("not read")
		}
	}); n != 0 {
		t.Errorf("%v allocations a reply", n)
	}
}

func TestTypeBitmaps(t *testing.T) {
	tests := []struct {
		name string
		data string
		want TypeSet
		ok   bool
	}{
		{"empty", "", 0, true},
		{"NS", "\x00\x01\x20", HasNS, true},
		{"NS, SOA, DNAME", "\x00\x05\x22\x00\x00\x00\x01", HasNS | HasSOA | HasDNAME, true},
		{"other windows", "\x00\x01\x20\x01\x01\xff\xff\x20" + strings.Repeat("\xff", 32), HasNS, true},
		{"window without octets", "\x00\x00", 0, false},
		{"window of 33 octets", "\x00\x21" + strings.Repeat("\x00", 33), 0, false},
		{"windows out of order", "\x01\x01\x20\x00\x01\x20", 0, false},
		{"the same window twice", "\x00\x01\x20\x00\x01\x02", 0, false},
		{"cut short", "\x00\x02\x20", 0, false},
		{"half a header", "\x00\x01\x20\x01", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if set, ok := readTypes([]byte(tt.data)); ok != tt.ok || ok && set != tt.want {
				t.Errorf("readTypes = %b, %v; want %b, %v", set, ok, tt.want, tt.ok)
			}
		})
	}
}

// Whatever comes in, reading neither panics nor differs from what another parser reads.
func FuzzDenials(f *testing.F) {
	f.Add(denialReply(f, "free.example", exampleSOA, "a.example. 60 IN NSEC z.example. NS A TYPE65534"))
	f.Add(denialReply(f, "free.example", exampleSOA, "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 60 IN NSEC3 1 0 5 ab 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS DS"))
	f.Add(denialReply(f, "free.example", "example. 60 IN NSEC example. NS SOA", "*.a.example. 60 IN NSEC b\\.\\000.example. DNAME"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m Message
		if _, err := m.Parse(raw, nil); err != nil {
			return
		}
		var d Denials
		got := d.Read(&m)
		for i := range got {
			if got[i].Type == TypeNSEC && (got[i].Owner == nil || got[i].Next == nil || len(got[i].Next) > maxWireName) {
				t.Fatalf("half a record: %+v", got[i])
			}
		}
		compareDenials(t, raw, got)
	})
}

// compareDenials wants every NSEC record that was read to be one that miekg/dns
// reads as well, if it can read the message.
func compareDenials(t *testing.T, raw []byte, got []Denial) {
	t.Helper()
	other := new(dns.Msg)
	if other.Unpack(raw) != nil {
		return
	}
	for i := range got {
		if got[i].Type == TypeNSEC && !slices.ContainsFunc(other.Ns, func(rr dns.RR) bool { return sameNSEC(t, rr, &got[i]) }) {
			t.Fatalf("read %+v, not in %v", got[i], other.Ns)
		}
	}
}

func sameNSEC(t *testing.T, rr dns.RR, d *Denial) bool {
	t.Helper()
	nsec, ok := rr.(*dns.NSEC)
	return ok && setOf(nsec.TypeBitMap) == d.Types && bytes.Equal(otherWire(t, nsec.Hdr.Name), d.Owner) && bytes.Equal(otherWire(t, nsec.NextDomain), d.Next)
}

// otherWire is a name in wire form, lower case, by another packer.
func otherWire(t *testing.T, name string) []byte {
	t.Helper()
	buf := make([]byte, maxWireName+1)
	n, err := dns.PackDomainName(name, buf, 0, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range buf[:n] {
		buf[i] = lower(c)
	}
	return buf[:n]
}

func setOf(types []uint16) (set TypeSet) {
	for _, kind := range types {
		if int(kind) < len(telling) {
			set |= telling[kind]
		}
	}
	return set
}
