package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// startLab starts a lab that ends with the test.
func startLab(tb testing.TB, cfg Config) *Lab {
	tb.Helper()
	l, err := Start(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	return l
}

// ask is one DNS question with its header bits.
type ask struct {
	name  string
	qtype dnsmessage.Type
	rd    bool
	opt   bool
}

func (a ask) pack(tb testing.TB, id uint16) []byte {
	tb.Helper()
	name, err := dnsmessage.NewName(strings.TrimSuffix(a.name, ".") + ".")
	if err != nil {
		tb.Fatal(err)
	}
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: a.rd})
	must(tb, b.StartQuestions())
	must(tb, b.Question(dnsmessage.Question{Name: name, Type: a.qtype, Class: dnsmessage.ClassINET}))
	if a.opt {
		var h dnsmessage.ResourceHeader
		must(tb, h.SetEDNS0(1232, dnsmessage.RCodeSuccess, false))
		must(tb, b.StartAdditionals())
		must(tb, b.OPTResource(h, dnsmessage.OPTResource{}))
	}
	msg, err := b.Finish()
	must(tb, err)
	return msg
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// exchange sends a question over UDP and parses the first datagram that comes back.
func exchange(tb testing.TB, conn net.Conn, a ask) dnsmessage.Message {
	tb.Helper()
	must(tb, conn.SetDeadline(time.Now().Add(5*time.Second)))
	_, err := conn.Write(a.pack(tb, 4711))
	must(tb, err)
	buf := make([]byte, 65535)
	n, err := conn.Read(buf)
	must(tb, err)
	return unpack(tb, buf[:n])
}

func unpack(tb testing.TB, b []byte) (m dnsmessage.Message) {
	tb.Helper()
	if err := m.Unpack(b); err != nil {
		tb.Fatalf("unpack % x: %v", b, err)
	}
	if !m.Response || m.ID != 4711 {
		tb.Fatalf("header %+v", m.Header)
	}
	return m
}

func dialUDP(tb testing.TB, at netip.AddrPort) net.Conn {
	tb.Helper()
	conn, err := net.Dial("udp", at.String())
	must(tb, err)
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

// serverOf follows the root's referral for a TLD (or further cut) to its first server.
func serverOf(tb testing.TB, from netip.AddrPort, zone string) netip.AddrPort {
	tb.Helper()
	m := exchange(tb, dialUDP(tb, from), ask{name: zone, qtype: dnsmessage.TypeNS})
	if m.Authoritative || len(m.Authorities) == 0 || len(m.Additionals) == 0 {
		tb.Fatalf("no referral to %s: %+v", zone, m)
	}
	a, ok := m.Additionals[0].Body.(*dnsmessage.AResource)
	if !ok {
		tb.Fatalf("no glue for %s: %+v", zone, m.Additionals)
	}
	return netip.AddrPortFrom(netip.AddrFrom4(a.A), from.Port())
}

// tellDNS returns what DNS says of a name: a verdict, "absent" or "exists".
func tellDNS(tb testing.TB, m dnsmessage.Message, name, zone string) string {
	tb.Helper()
	owner := func(r dnsmessage.Resource) string { return r.Header.Name.String() }
	switch {
	case m.RCode == dnsmessage.RCodeNameError && m.Authoritative && len(m.Authorities) == 1 && owner(m.Authorities[0]) == zone+".":
		return "absent"
	case m.RCode == dnsmessage.RCodeSuccess && !m.Authoritative && len(m.Authorities) == 2 && owner(m.Authorities[0]) == name+".":
		return "delegated"
	case m.RCode == dnsmessage.RCodeSuccess && m.Authoritative && len(m.Authorities) == 1 && m.Authorities[0].Header.Type == dnsmessage.TypeSOA:
		return "nodata"
	}
	return fmt.Sprintf("odd: %+v", m)
}

type rdapReply struct {
	status int
	ctype  string
	body   []byte
	header http.Header
}

func getRDAP(tb testing.TB, client *http.Client, base, name string) rdapReply {
	tb.Helper()
	resp, err := client.Get(base + "domain/" + name)
	must(tb, err)
	body, err := io.ReadAll(resp.Body)
	must(tb, err)
	must(tb, resp.Body.Close())
	return rdapReply{resp.StatusCode, resp.Header.Get("Content-Type"), body, resp.Header}
}

func tellRDAP(tb testing.TB, r rdapReply, name string) string {
	tb.Helper()
	if r.status == http.StatusOK {
		var d struct{ LDHName string }
		must(tb, json.Unmarshal(r.body, &d))
		if strings.EqualFold(d.LDHName, name) {
			return "registered"
		}
		return "another name"
	}
	return tellText(string(r.body), "no")
}

func tellText(text, otherwise string) string {
	for _, w := range []string{"reserved", "premium"} {
		if strings.Contains(strings.ToLower(text), w) {
			return w
		}
	}
	return otherwise
}

func askWHOIS(tb testing.TB, addr, line string) string {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	must(tb, err)
	defer func() { _ = conn.Close() }()
	return whoisOver(tb, conn, line)
}

// whoisOver asks over a connection and reads until the server closes it.
func whoisOver(tb testing.TB, conn net.Conn, line string) string {
	tb.Helper()
	must(tb, conn.SetDeadline(time.Now().Add(5*time.Second)))
	_, err := io.WriteString(conn, line+"\r\n")
	must(tb, err)
	text, err := io.ReadAll(conn)
	must(tb, err)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// portOf returns the address of a suffix's first WHOIS or DAS server.
func portOf(l *Lab, suffix string) string {
	first, _, _ := strings.Cut(l.WHOIS()[suffix], " ")
	return first[strings.IndexByte(first, '@')+1:]
}

func tellWHOIS(text, name string) string {
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "Domain Name: "+strings.ToUpper(name):
			return "registered"
		case line == `No match for "`+strings.ToUpper(name)+`".`, line == "Domain "+name+" not found.":
			return "no"
		}
	}
	return tellText(text, "odd: "+text)
}

// bases reads the bootstrap file.
func bases(tb testing.TB, url string) map[string]string {
	tb.Helper()
	resp, err := http.Get(url)
	must(tb, err)
	defer func() { _ = resp.Body.Close() }()
	var f struct{ Services [][][]string }
	must(tb, json.NewDecoder(resp.Body).Decode(&f))
	out := make(map[string]string)
	for _, s := range f.Services {
		for _, tld := range s[0] {
			out[tld] = s[1][0]
		}
	}
	return out
}

// sample makes n different names, spread over the TLDs.
func sample(n int, tlds ...string) []string {
	names := make([]string, 0, n)
	for i := range n {
		names = append(names, fmt.Sprintf("n%c%d.%s", 'a'+i%26, i, tlds[i%len(tlds)]))
	}
	return names
}

// TestTellersAgreeWithTruth asks all three tellers about thousands of names, in
// night 0 and in nights that the running lab turns to.
func TestTellersAgreeWithTruth(t *testing.T) {
	l := startLab(t, Config{Seed: 7, Density: 0.5, Limit: -1, TLDs: []string{"cc", "dad", "me"}})
	for _, night := range []int{0, 2, 45} {
		t.Run(fmt.Sprint("night ", night), func(t *testing.T) {
			l.SetNight(night)
			tellersAgree(t, l)
		})
	}
}

func tellersAgree(t *testing.T, l *Lab) {
	t.Helper()
	base := bases(t, l.BootstrapURL())
	client := &http.Client{}
	t.Cleanup(client.CloseIdleConnections)
	conns := make(map[string]net.Conn)
	for tld := range base {
		conns[tld] = dialUDP(t, serverOf(t, l.Roots()[0], tld))
	}
	seen := make(map[string]int)
	for i, name := range sample(5000, "cc", "dad", "me") {
		tld, truth := topLabel(name), l.Truth(name)
		dns := tellDNS(t, exchange(t, conns[tld], ask{name: name, qtype: dnsmessage.TypeNS, opt: i%2 == 0}), name, tld)
		seen[truth.Verdict+" "+truth.Lifecycle+" "+dns]++
		said := []string{tellRDAP(t, getRDAP(t, client, base[tld], name), name)}
		if addr := l.WHOIS()[tld]; addr != "" && i%5 == 0 {
			said = append(said, tellWHOIS(askWHOIS(t, addr, name), name))
		}
		for _, s := range said {
			if want := strings.Replace(truth.Verdict, "available", "no", 1); s != want {
				t.Fatalf("%s is %+v, a registry says %q (%v)", name, truth, s, said)
			}
		}
		if (dns != "absent") && truth.Verdict != "registered" {
			t.Fatalf("%s is %+v, dns says %q", name, truth, dns)
		}
	}
	for _, kind := range []string{
		"available  absent", "reserved  absent", "premium  absent", "registered active delegated", "registered active absent", "registered active nodata",
		"registered expired delegated", "registered hold absent", "registered redemption absent", "registered pending-delete absent",
	} {
		if seen[kind] == 0 {
			t.Errorf("no name that is %q among %v", kind, seen)
		}
		delete(seen, kind)
	}
	if len(seen) != 0 {
		t.Errorf("kinds that should not be: %v", seen)
	}
}
