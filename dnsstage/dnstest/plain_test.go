package dnstest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// startPlain serves at addr until the test ends.
func startPlain(t *testing.T, addr string, forge int) *Plain {
	t.Helper()
	p, err := ListenPlain(netip.AddrPortFrom(netip.MustParseAddr(addr), 0), forge)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); p.Serve() }()
	t.Cleanup(func() { p.Close(); <-done })
	return p
}

// plainQuery is a question about name of the given type.
func plainQuery(name string, qtype uint16, rd, do bool) *dns.Msg {
	q := new(dns.Msg).SetQuestion(name, qtype)
	q.RecursionDesired = rd
	if do {
		q.SetEdns0(1232, true)
	}
	return q
}

const (
	soaLine    = "com.\t900\tIN\tSOA\ta.gtld-servers.net. nstld.verisign-grs. 1 1800 900 604800 86400"
	freeFive   = "aaabn.com." // by [Taken]
	takenFive  = "AaaAa.com."
	longIsFree = "TwelveLetters.com."
)

func TestPlainAnswersAsAuthorityAndAsResolver(t *testing.T) {
	tests := []struct {
		name      string
		qtype     uint16
		rd        bool
		rcode     int
		aa        bool
		ns, an    int
		wantFirst string
	}{
		{takenFive, dns.TypeNS, false, dns.RcodeSuccess, false, 1, 0, "AaaAa.com.\t3600\tIN\tNS\tns1.AaaAa.com."},
		{takenFive, dns.TypeNS, true, dns.RcodeSuccess, false, 0, 1, "AaaAa.com.\t3600\tIN\tNS\tns1.AaaAa.com."},
		{takenFive, dns.TypeA, false, dns.RcodeSuccess, false, 1, 0, "AaaAa.com.\t3600\tIN\tNS\tns1.AaaAa.com."},
		{takenFive, dns.TypeA, true, dns.RcodeSuccess, true, 1, 0, soaLine},
		{freeFive, dns.TypeNS, false, dns.RcodeNameError, true, 1, 0, soaLine},
		{freeFive, dns.TypeNS, true, dns.RcodeNameError, true, 1, 0, soaLine},
		{longIsFree, dns.TypeNS, false, dns.RcodeNameError, true, 1, 0, soaLine},
		{"nic.CoM.", dns.TypeNS, true, dns.RcodeSuccess, false, 0, 1, "nic.CoM.\t3600\tIN\tNS\tns1.nic.CoM."},
		{"com.", dns.TypeNS, false, dns.RcodeSuccess, true, 0, 1, "com.\t3600\tIN\tNS\tns1.com."},
		{"com.", dns.TypeSOA, false, dns.RcodeSuccess, true, 1, 0, soaLine},
		{".", dns.TypeNS, false, dns.RcodeRefused, false, 0, 0, ""},
		{"aaaaa.net.", dns.TypeNS, true, dns.RcodeRefused, false, 0, 0, ""},
		{"deep.aaaaa.com.", dns.TypeNS, true, dns.RcodeRefused, false, 0, 0, ""},
	}
	for _, network := range []string{"udp", "tcp"} {
		for _, addr := range []string{"127.0.0.1", "::1"} {
			p := startPlain(t, addr, 0)
			for _, tt := range tests {
				for _, do := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s %s %s type %d rd %v do %v", network, addr, tt.name, tt.qtype, tt.rd, do), func(t *testing.T) {
						q := plainQuery(tt.name, tt.qtype, tt.rd, do)
						m, _, err := (&dns.Client{Net: network, Timeout: 5 * time.Second}).Exchange(q, p.Addr.String())
						if err != nil {
							t.Fatal(err)
						}
						if m.Rcode != tt.rcode || m.Authoritative != tt.aa || len(m.Ns) != tt.ns || len(m.Answer) != tt.an || m.Question[0] != q.Question[0] {
							t.Errorf("got %v", m)
						}
						if m.RecursionAvailable != tt.rd || m.RecursionDesired != tt.rd {
							t.Errorf("RA %v, RD %v, want %v", m.RecursionAvailable, m.RecursionDesired, tt.rd)
						}
						if all := append(m.Answer, m.Ns...); len(all) > 0 && all[0].String() != tt.wantFirst {
							t.Errorf("got %s, want %s", all[0], tt.wantFirst)
						}
						opt := m.IsEdns0()
						if (opt != nil) != do || do && (!opt.Do() || opt.UDPSize() != 1232) {
							t.Errorf("OPT %v to a query with DO %v", opt, do)
						}
					})
				}
			}
		}
	}
}

func TestTakenIsNineteenInTwentyWhateverTheCase(t *testing.T) {
	free, all := 0, 0
	for i := range 26 * 26 * 26 {
		label := []byte{'z', 'q', byte('a' + i/676), byte('a' + i/26%26), byte('a' + i%26)}
		upper := []byte{'Z', 'q', label[2] ^ 0x20, label[3], label[4] ^ 0x20}
		if Taken(label) != Taken(upper) {
			t.Errorf("%s and %s differ", label, upper)
		}
		all++
		if !Taken(label) {
			free++
		}
	}
	if share := float64(free) / float64(all); share < 0.045 || share > 0.055 {
		t.Errorf("%.3f of five-letter labels are free, want about 0.05", share)
	}
	for label, want := range map[string]bool{"nic": true, "n0000": true, "abcdefg": true, "elevenchars": true, "twelve-chars": false} {
		if Taken(label) != want {
			t.Errorf("%s taken: %v", label, !want)
		}
	}
}

// Whatever comes, the responder answers whole messages or none and stays up.
func FuzzPlainReply(f *testing.F) {
	for _, name := range []string{takenFive, longIsFree, "com.", "."} {
		for _, do := range []bool{false, true} {
			raw, err := plainQuery(name, dns.TypeNS, do, do).Pack()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		buf := make([]byte, plainRoom)
		n := plainReply(buf, copy(buf, raw))
		if n == 0 {
			return
		}
		m := new(dns.Msg)
		if err := m.Unpack(buf[:n]); err != nil && len(raw) > 12 && raw[2]&0xf8 == 0 {
			t.Errorf("%x: the answer %x: %v", raw, buf[:n], err)
		}
	})
}

// Each kind of forgery must be wrong in the one thing it is named for, and lie
// about the name.
func TestForgeriesAreWrongInOneThing(t *testing.T) {
	p := startPlain(t, "127.0.0.1", len(forgeryKinds)*4)
	one, two := listenUDP(t), listenUDP(t)
	ask := func(c *net.UDPConn, id uint16) []byte {
		q := plainQuery(takenFive, dns.TypeNS, false, false)
		q.Id = id
		raw, err := q.Pack()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.WriteToUDPAddrPort(raw, p.Addr); err != nil {
			t.Fatal(err)
		}
		return raw
	}
	want := ask(one, 4711)
	ask(two, 1742)
	ask(one, 4711) // now two is known as the asker's other socket
	wrong := make(map[string]int)
	for _, f := range collect(t, one) {
		wrong[f.wrongIn(want, p.Addr)]++
	}
	stray := 0
	for range collect(t, two) {
		stray++
	}
	for _, kind := range []string{"id", "QR", "opcode", "count", "name", "type", "class", "source", "blind"} {
		if wrong[kind] == 0 {
			t.Errorf("none was wrong in its %s: %v", kind, wrong)
		}
	}
	if wrong["nothing"] != 2 { // the right replies themselves
		t.Errorf("%d were wrong in nothing, want the 2 right replies", wrong["nothing"])
	}
	if stray == 0 {
		t.Error("none went astray to the other socket")
	}
}

func listenUDP(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// packet is one that came.
type packet struct {
	msg  []byte
	from netip.AddrPort
}

// collect reads until none has come for a while.
func collect(t *testing.T, c *net.UDPConn) []packet {
	t.Helper()
	var all []packet
	for {
		if err := c.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, plainRoom)
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return all
		}
		all = append(all, packet{buf[:n], from})
	}
}

// wrongIn names what is wrong with a reply to the query.
func (f packet) wrongIn(query []byte, server netip.AddrPort) string {
	question := query[12:]
	switch got := f.msg[12 : 12+len(question)]; {
	case f.from != server:
		return "source"
	case string(f.msg[:2]) != string(query[:2]) && string(got) != string(question):
		return "blind"
	case string(f.msg[:2]) != string(query[:2]):
		return "id"
	case f.msg[2]&0x80 == 0:
		return "QR"
	case f.msg[2]&0x78 != 0:
		return "opcode"
	case f.msg[4] != 0 || f.msg[5] != 1:
		return "count"
	case string(got[:len(got)-4]) != string(question[:len(question)-4]):
		return "name"
	case string(got[len(got)-4:len(got)-2]) != string(question[len(question)-4:len(question)-2]):
		return "type"
	case string(got) != string(question):
		return "class"
	}
	return "nothing"
}

func TestPlainStreamEndsOnNonsense(t *testing.T) {
	p := startPlain(t, "127.0.0.1", 0)
	c, err := net.Dial("tcp", p.Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Write([]byte("\xff\xffnonsense")); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want the end", err)
	}
}
