package lab

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// find returns a name of the world that is as wanted.
func find(tb testing.TB, w *World, tld string, want func(state) bool) string {
	tb.Helper()
	for _, name := range sample(20000, tld) {
		if want(w.state([]byte(name), w.suffixes[tld])) {
			return name
		}
	}
	tb.Fatal("no such name in", tld)
	return ""
}

func delegatedName(tb testing.TB, w *World, tld string) string {
	tb.Helper()
	return find(tb, w, tld, func(s state) bool { return s.dns == dnsDelegated })
}

func freeName(tb testing.TB, w *World, tld string) string {
	tb.Helper()
	return find(tb, w, tld, func(s state) bool { return s.verdict == verdictAvailable })
}

// brief writes a message in a line: rcode, flags, and each record's section, owner and data.
func brief(m dnsmessage.Message) string {
	var b strings.Builder
	b.WriteString(strings.TrimPrefix(m.RCode.String(), "RCode"))
	for _, flag := range []struct {
		word string
		set  bool
	}{{" aa", m.Authoritative}, {" ra", m.RecursionAvailable}, {" tc", m.Truncated}} {
		if flag.set {
			b.WriteString(flag.word)
		}
	}
	for i, section := range [][]dnsmessage.Resource{m.Answers, m.Authorities, m.Additionals} {
		for _, r := range section {
			fmt.Fprintf(&b, " %c:%s%s", "asx"[i], r.Header.Name.String(), rdata(r))
		}
	}
	return b.String()
}

func rdata(r dnsmessage.Resource) string {
	switch d := r.Body.(type) {
	case *dnsmessage.NSResource:
		return "=ns " + d.NS.String()
	case *dnsmessage.SOAResource:
		return "=soa"
	case *dnsmessage.AResource:
		return "=a"
	case *dnsmessage.TXTResource:
		return "=txt"
	case *dnsmessage.OPTResource:
		return "=opt"
	}
	return "=?"
}

func TestZonesAnswer(t *testing.T) {
	l := startLab(t, Config{Seed: 1, Density: 0.5, TLDs: []string{"com", "co.uk", "co.za", "com.au"}})
	root := l.Roots()[0]
	at := func(from netip.AddrPort, zone string) netip.AddrPort { return serverOf(t, from, zone) }
	com, uk, za, au := at(root, "com"), at(root, "uk"), at(root, "za"), at(root, "au")
	coza := at(za, "co.za")
	if coza.Addr() == za.Addr() || coza.Port() != root.Port() {
		t.Errorf("co.za at %v, za at %v", coza, za)
	}
	if all := l.Authorities("com"); len(all) != 2 || all[0] != com || l.Authorities("co.uk") != nil || l.RDAPBase("com") != bases(t, l.BootstrapURL())["com"] {
		t.Error("com at", all, "co.uk at", l.Authorities("co.uk"), "rdap at", l.RDAPBase("com"))
	}
	text := find(t, l.world, "com", func(s state) bool { return s.dns == dnsText })
	empty := find(t, l.world, "com", func(s state) bool { return s.dns == dnsEmpty })
	free, taken := freeName(t, l.world, "com"), delegatedName(t, l.world, "com")
	shared := find(t, l.world, "com", func(s state) bool { return s.dns == dnsDelegated && draw(s.hash, saltServers) > 0.25 })
	own := find(t, l.world, "com", func(s state) bool { return s.dns == dnsDelegated && draw(s.hash, saltServers) < 0.25 })
	referral := func(name, host string) string {
		return fmt.Sprintf("Success s:%[1]s.=ns ns1%[2]s. s:%[1]s.=ns ns2%[2]s. x:ns1%[2]s.=a x:ns2%[2]s.=a", name, host)
	}
	no := func(zone string) string { return "NameError aa s:" + zone + ".=soa" }
	nodata := func(zone string) string { return "Success aa s:" + zone + ".=soa" }
	zone := func(name string) string {
		return fmt.Sprintf("s:%[1]s.=ns a.dns.%[1]s. s:%[1]s.=ns b.dns.%[1]s. x:a.dns.%[1]s.=a x:b.dns.%[1]s.=a", name)
	}
	ns, a, soa, txt, ds := dnsmessage.TypeNS, dnsmessage.TypeA, dnsmessage.TypeSOA, dnsmessage.TypeTXT, dnsmessage.Type(typeDS)
	for _, test := range []struct {
		at    netip.AddrPort
		name  string
		qtype dnsmessage.Type
		want  string
	}{
		{root, "com", ns, "Success " + zone("com")},
		{root, taken, ns, "Success " + zone("com")},
		{root, "nosuch", ns, "NameError aa s:.=soa"},
		{root, "foo.nosuch", a, "NameError aa s:.=soa"},
		{root, ".", soa, "Success aa a:.=soa"},
		{root, ".", ns, "Success aa a:.=ns a.dns. a:.=ns b.dns. x:a.dns.=a x:b.dns.=a"},
		{root, "a.dns", a, "Success aa a:a.dns.=a"},
		{com, "com", soa, "Success aa a:com.=soa"},
		{com, "com", ns, "Success aa a" + strings.ReplaceAll(zone("com"), " s:", " a:")[1:]},
		{com, "com", a, nodata("com")},
		{com, "a.dns.com", a, "Success aa a:a.dns.com.=a"},
		{com, "dns.com", a, nodata("com")},
		{com, "foo.io", ns, "Refused"},
		{com, shared, ns, referral(shared, ".hosting.com")},
		{com, "www." + shared, a, referral(shared, ".hosting.com")},
		{com, own, ns, referral(own, "."+own)},
		{com, "nic.com", a, referral("nic.com", ".hosting.com")},
		{com, "hosting.com", a, referral("hosting.com", ".hosting.com")},
		{com, taken, ds, nodata("com")},
		{com, free, ns, no("com")},
		{com, "a.b." + free, ns, no("com")},
		{com, text, ns, nodata("com")},
		{com, text, txt, "Success aa a:" + text + ".=txt"},
		{com, empty, txt, nodata("com")},
		{com, "www." + empty, txt, "Success aa a:www." + empty + ".=txt"},
		{com, "mail." + empty, txt, no("com")},
		{com, "fo_o.com", ns, no("com")},
		{uk, "co.uk", ns, nodata("uk")},
		{uk, freeName(t, l.world, "co.uk"), ns, no("uk")},
		{uk, "foo.uk", ns, no("uk")},
		{za, "co.za", ns, "Success " + zone("co.za")},
		{za, freeName(t, l.world, "co.za"), ns, "Success " + zone("co.za")},
		{coza, freeName(t, l.world, "co.za"), ns, no("co.za")},
		{coza, "foo.za", ns, "Refused"},
		{au, "com.au", soa, "Success aa a:com.au.=soa"},
		{au, freeName(t, l.world, "com.au"), ns, no("com.au")},
	} {
		m := exchange(t, dialUDP(t, test.at), ask{name: test.name, qtype: test.qtype})
		if got := brief(m); got != test.want {
			t.Errorf("%s %v:\n got %s\nwant %s", test.name, test.qtype, got, test.want)
		}
	}
	site := netip.AddrPortFrom(hostingAddr, root.Port())
	if got := brief(exchange(t, dialUDP(t, site), ask{name: own, qtype: ns})); !strings.HasPrefix(got, "Success aa a:"+own+".=ns") {
		t.Errorf("a delegated name's own server: %s", got)
	}
}

// TestSingleAddress is the lab of a machine whose loopback has one address.
func TestSingleAddress(t *testing.T) {
	l, err := start(t.Context(), Config{Seed: 1, Density: 0.5, TLDs: []string{"com", "co.za"}}, true)
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	at := l.Roots()[0]
	for _, zone := range []string{"com", "za", "co.za"} {
		if got := serverOf(t, at, zone); got != at {
			t.Errorf("%s is at %v, the lab at %v", zone, got, at)
		}
	}
	conn := dialUDP(t, at)
	taken, free := delegatedName(t, l.world, "com"), freeName(t, l.world, "co.za")
	for name, want := range map[string]string{taken: "delegated", free: "absent"} {
		zone := parent(name)
		if got := tellDNS(t, exchange(t, conn, ask{name: name, qtype: dnsmessage.TypeNS}), name, zone); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := brief(exchange(t, conn, ask{name: "com", qtype: dnsmessage.TypeSOA})); got != "Success aa a:com.=soa" {
		t.Error(got)
	}
	if len(l.WHOIS()) != 2 || len(bases(t, l.BootstrapURL())) != 2 || len(l.Resolvers()) != 2 {
		t.Errorf("whois %v, resolvers %v", l.WHOIS(), l.Resolvers())
	}
}

func TestCaseIsKept(t *testing.T) {
	l := startLab(t, Config{Seed: 1})
	m := exchange(t, dialUDP(t, serverOf(t, l.Roots()[0], "com")), ask{name: "NIc.cOM", qtype: dnsmessage.TypeNS})
	if got := m.Questions[0].Name.String(); got != "NIc.cOM." {
		t.Errorf("question %s", got)
	}
	if got := brief(m); !strings.Contains(got, "s:NIc.cOM.=ns ns1.hosting.cOM.") {
		t.Error(got)
	}
}

func TestEDNSIsEchoedWhenAsked(t *testing.T) {
	l := startLab(t, Config{Seed: 1})
	conn := dialUDP(t, serverOf(t, l.Roots()[0], "com"))
	for _, opt := range []bool{false, true} {
		m := exchange(t, conn, ask{name: "nic.com", qtype: dnsmessage.TypeNS, opt: opt})
		got := false
		for _, r := range m.Additionals {
			if _, ok := r.Body.(*dnsmessage.OPTResource); ok {
				got = true
			}
		}
		if got != opt {
			t.Errorf("asked %v, answered %v: %s", opt, got, brief(m))
		}
	}
}

// TestTruncation: what does not fit leaves the question, TC and nothing else.
func TestTruncation(t *testing.T) {
	s, _ := benchAuthority()
	sc := new(scratch)
	for _, opt := range []bool{false, true} {
		msg := ask{name: "nic.com", qtype: dnsmessage.TypeNS, opt: opt}.pack(t, 4711)
		full := bytes.Clone(s.answer(sc, msg, 0, false))
		sc.r.begin(&sc.q, sc.out[:], bitAA, rcodeOK)
		for len(sc.r.b) <= maxUDP {
			sc.r.text(0, strings.Repeat("x", 200))
		}
		m := unpack(t, sc.r.finish())
		if !m.Truncated || len(m.Answers) != 0 || len(m.Questions) != 1 || (len(m.Additionals) == 1) != opt {
			t.Errorf("opt %v: %+v", opt, m)
		}
		if unpack(t, full).Truncated {
			t.Error("a small answer has TC")
		}
	}
}

func TestBadQueries(t *testing.T) {
	s, _ := benchAuthority()
	good := ask{name: "nic.com", qtype: dnsmessage.TypeNS}.pack(t, 4711)
	with := func(change func(b []byte) []byte) []byte { return change(bytes.Clone(good)) }
	for _, test := range []struct {
		name string
		msg  []byte
		want int // -1: no answer
	}{
		{"good", good, rcodeOK},
		{"empty", nil, -1},
		{"half a header", good[:7], -1},
		{"an answer", with(func(b []byte) []byte { b[2] |= 0x80; return b }), -1},
		{"a notify", with(func(b []byte) []byte { b[2] |= 4 << 3; return b }), rcodeNotImp},
		{"no question", with(func(b []byte) []byte { b[5] = 0; return b }), rcodeFormErr},
		{"two questions", with(func(b []byte) []byte { b[5] = 2; return b }), rcodeFormErr},
		{"half a question", good[:len(good)-3], rcodeFormErr},
		{"a pointer for a name", append(bytes.Clone(good[:12]), 0xc0, 12, 0, 1, 0, 1), rcodeFormErr},
		{"an OPT that is not there", with(func(b []byte) []byte { b[11] = 1; return b }), rcodeFormErr},
		{"class CHAOS", with(func(b []byte) []byte { b[len(b)-1] = 3; return b }), rcodeRefused},
		{"AXFR", with(func(b []byte) []byte { b[len(b)-3] = typeAXFR; return b }), rcodeRefused},
	} {
		got := -1
		if out := s.answer(new(scratch), test.msg, 0, false); out != nil {
			got = int(out[3] & 0x0f)
		}
		if got != test.want {
			t.Errorf("%s: rcode %d, want %d", test.name, got, test.want)
		}
	}
}

// TestTCPPipelined sends many queries at once on one connection.
func TestTCPPipelined(t *testing.T) {
	l := startLab(t, Config{Seed: 1, RTT: 20 * time.Millisecond})
	at := netip.AddrPortFrom(netip.AddrFrom4(l.topo.zones["com"].servers[1]), l.Roots()[0].Port())
	conn, err := net.Dial("tcp", at.String())
	must(t, err)
	defer func() { _ = conn.Close() }()
	names := sample(100, "com")
	var all []byte
	for _, name := range names {
		msg := ask{name: name, qtype: dnsmessage.TypeNS}.pack(t, 4711)
		all = append(binary.BigEndian.AppendUint16(all, uint16(len(msg))), msg...)
	}
	begun := time.Now()
	_, err = conn.Write(all)
	must(t, err)
	must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	for _, name := range names {
		m := unpack(t, readTCP(t, conn))
		if got := m.Questions[0].Name.String(); got != name+"." {
			t.Fatalf("answer about %s, want %s", got, name)
		}
	}
	if took := time.Since(begun); took < 20*time.Millisecond || took > 1500*time.Millisecond {
		t.Errorf("100 answers took %v at 20 ms", took)
	}
	if got := l.Stats(); got.TCP != 100 || got.TLD != 100 {
		t.Errorf("%+v", got)
	}
}

func readTCP(tb testing.TB, r io.Reader) []byte {
	tb.Helper()
	var size [2]byte
	_, err := io.ReadFull(r, size[:])
	must(tb, err)
	b := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err = io.ReadFull(r, b)
	must(tb, err)
	return b
}

func TestResolvers(t *testing.T) {
	l := startLab(t, Config{Seed: 1, Density: 0.5, TLDs: []string{"com", "co.uk"}})
	if len(l.Resolvers()) != 2 {
		t.Fatal(l.Resolvers())
	}
	ns, a := dnsmessage.TypeNS, dnsmessage.TypeA
	taken, free := delegatedName(t, l.world, "com"), freeName(t, l.world, "co.uk")
	text := find(t, l.world, "com", func(s state) bool { return s.dns == dnsText })
	for _, test := range []struct {
		ask  ask
		want string // how it begins
	}{
		{ask{taken, ns, true, false}, "Success ra a:" + taken + ".=ns ns1."},
		{ask{taken, a, true, true}, "Success ra a:" + taken + ".=a x:.=opt"},
		{ask{taken, dnsmessage.TypeMX, true, false}, "Success ra s:" + taken + ".=soa"},
		{ask{free, ns, true, false}, "NameError ra s:uk.=soa"},
		{ask{text, ns, true, false}, "Success ra s:com.=soa"},
		{ask{"com", ns, true, false}, "Success ra a:com.=ns a.dns.com."},
		{ask{"foo.nosuch", ns, true, false}, "NameError ra s:.=soa"},
		{ask{taken, ns, false, false}, "Refused ra"},
	} {
		for _, at := range l.Resolvers() {
			if got := brief(exchange(t, dialUDP(t, at), test.ask)); !strings.HasPrefix(got, test.want) {
				t.Errorf("%+v: %s, want %s", test.ask, got, test.want)
			}
		}
	}
}

// TestDelay: each answer takes a round-trip, many at once take no longer.
func TestDelay(t *testing.T) {
	const rtt = 60 * time.Millisecond
	l := startLab(t, Config{Seed: 1, RTT: rtt})
	conn := dialUDP(t, l.Resolvers()[0])
	begun := time.Now()
	msg := ask{name: "nic.com", qtype: dnsmessage.TypeNS, rd: true}.pack(t, 4711)
	for range 50 {
		_, err := conn.Write(msg)
		must(t, err)
	}
	must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	buf := make([]byte, 2048)
	for i := range 50 {
		n, err := conn.Read(buf)
		must(t, err)
		unpack(t, buf[:n])
		if took := time.Since(begun); i == 0 && took < rtt {
			t.Errorf("the first answer took %v", took)
		}
	}
	if took := time.Since(begun); took > 25*rtt {
		t.Errorf("50 answers took %v", took)
	}
}

func TestLoss(t *testing.T) {
	l := startLab(t, Config{Seed: 1, Loss: 0.3})
	s := l.resolver[0]
	lost := 0
	for seq := range uint64(10000) {
		if s.lost(seq) {
			lost++
		}
	}
	if lost < 2800 || lost > 3200 {
		t.Errorf("%d of 10000 lost, want 30 %%", lost)
	}
	conn := dialUDP(t, l.Resolvers()[0])
	msg := ask{name: "nic.com", qtype: dnsmessage.TypeNS, rd: true}.pack(t, 4711)
	buf := make([]byte, 2048)
	last := uint64(20)
	for s.lost(last) {
		last++
	}
	for seq := uint64(1); seq <= last; seq++ { // which queries are lost is known beforehand
		_, err := conn.Write(msg)
		must(t, err)
		if s.lost(seq) {
			continue
		}
		must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
		_, err = conn.Read(buf)
		must(t, err)
	}
	if got := l.Stats(); got.Dropped == 0 || got.Resolver != last {
		t.Errorf("%+v", got)
	}
}
