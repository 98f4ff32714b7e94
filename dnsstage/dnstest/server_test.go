package dnstest

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"
	xproxy "golang.org/x/net/proxy"
)

func TestMain(m *testing.M) {
	if BePlain() {
		return
	}
	goleak.VerifyTestMain(m)
}

// exchange asks s for MiXed.example over network and returns the octets of the
// answer, nil if none comes in time.
func exchange(t *testing.T, s *Server, network string) []byte {
	t.Helper()
	c, err := net.Dial(network, s.Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(400 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	q := new(dns.Msg).SetQuestion("MiXed.example.", dns.TypeNS)
	q.Id = 77
	raw, err := q.Pack()
	if err != nil {
		t.Fatal(err)
	}
	if network == "udp" {
		buf := make([]byte, 512)
		if _, err := c.Write(raw); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(buf)
		if err != nil {
			return nil
		}
		return buf[:n]
	}
	if _, err := c.Write(framed(raw)); err != nil {
		t.Fatal(err)
	}
	got, err := readFramed(c)
	if err != nil {
		return nil
	}
	return got
}

// Each fake must differ from the honest one in what its name says, and in nothing else.
func TestFakesMisbehaveAsTheirNamesSay(t *testing.T) {
	a := NXDomain("example")
	good := func(m *dns.Msg) string {
		switch {
		case m.Id != 77:
			return "id"
		case !m.Response:
			return "QR"
		case m.Opcode != 0:
			return "opcode"
		case len(m.Question) == 0:
			return "no question"
		case len(m.Question) != 1:
			return "questions"
		case m.Question[0].Qtype != dns.TypeNS:
			return "type"
		case m.Question[0].Qclass != dns.ClassINET:
			return "class"
		case m.Question[0].Name == "mixed.example.":
			return "case"
		case m.Question[0].Name != "MiXed.example.":
			return "name"
		case m.Truncated:
			return "TC"
		case m.Rcode != dns.RcodeNameError || len(m.Ns) != 1:
			return "content"
		}
		return "good"
	}
	tests := []struct {
		name     string
		h        Handler
		udp, tcp string
	}{
		{"honest", Honest(a), "good", "good"},
		{"silent", Silent(), "none", "none"},
		{"drops all", DropEveryN(1, Honest(a)), "none", "none"},
		{"slow", Slow(time.Millisecond, Honest(a)), "good", "good"},
		{"too slow", Slow(600*time.Millisecond, Honest(a)), "none", "none"},
		{"wrong id", WrongID(a), "id", "id"},
		{"wrong ids first", RightIDAfterWrong(1, a, a), "id", "id"},
		{"wrong question", WrongQuestion(a), "name", "name"},
		{"wrong type", WrongType(a), "type", "type"},
		{"wrong class", WrongClass(a), "class", "class"},
		{"no question", NoQuestion(a), "no question", "no question"},
		{"two questions", TwoQuestions(a), "questions", "questions"},
		{"not a response", NotAResponse(a), "QR", "QR"},
		{"wrong opcode", WrongOpcode(a), "opcode", "opcode"},
		{"lower case", LowercasedQuestion(a), "case", "case"},
		{"truncated", Truncated(a), "TC", "good"},
		{"always truncated", AlwaysTruncated(a), "TC", "TC"},
		{"garbage", Garbage(), "garbage", "garbage"},
		{"cut short", CutShort(3, a), "garbage", "garbage"},
		{"drips", OneBytePer(40*time.Millisecond, a), "none", "none"},
		{"closes in the middle", ClosesMidMessage(a), "none", "none"},
		{"closes after each", ClosesAfterEach(a), "good", "good"},
		{"hijacks", Honest(HijackAll(netip.MustParseAddr("192.0.2.9"))), "content", "content"},
		{"servfail", Honest(Rcode(dns.RcodeServerFailure)), "content", "content"},
		{"referral", Honest(Referral()), "content", "content"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, tt.h)
			for network, want := range map[string]string{"udp": tt.udp, "tcp": tt.tcp} {
				got := "none"
				if raw := exchange(t, s, network); raw != nil {
					m := new(dns.Msg)
					if got = "garbage"; m.Unpack(raw) == nil {
						got = good(m)
					}
				}
				if got != want {
					t.Errorf("over %s: %s, want %s", network, got, want)
				}
			}
		})
	}
}

func TestDropEveryNDropsThatMany(t *testing.T) {
	s := Start(t, DropEveryN(3, Honest(Referral())))
	var got strings.Builder
	for range 6 {
		mark := byte('.')
		if exchange(t, s, "udp") != nil {
			mark = '!'
		}
		got.WriteByte(mark)
	}
	if got.String() != "!!.!!." {
		t.Errorf("answered %s, want !!.!!.", got.String())
	}
}

func TestProxiesLetThroughWhomTheyShould(t *testing.T) {
	s := Start(t, Honest(NXDomain("example")))
	tests := []struct {
		name  string
		proxy *Proxy
		auth  *xproxy.Auth
		want  bool
	}{
		{"plain", &Proxy{}, nil, true},
		{"delayed", &Proxy{Delay: 20 * time.Millisecond}, nil, true},
		{"right password", &Proxy{User: "u", Password: "p"}, &xproxy.Auth{User: "u", Password: "p"}, true},
		{"wrong password", &Proxy{User: "u", Password: "p"}, &xproxy.Auth{User: "u", Password: "q"}, false},
		{"no password", &Proxy{User: "u", Password: "p"}, nil, false},
		{"rejects all", &Proxy{User: "u", Password: "p", RejectsAuth: true}, &xproxy.Auth{User: "u", Password: "p"}, false},
		{"silent", &Proxy{Silent: true}, nil, false},
		{"another protocol", &Proxy{GarbageGreeting: true}, nil, false},
		{"refuses the target", &Proxy{RefusesTarget: true}, nil, false},
		{"connects and closes", &Proxy{ConnectsAndCloses: true}, nil, false},
		{"closes in the middle", &Proxy{ClosesAfter: 5}, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := StartProxy(t, tt.proxy)
			if got := through(t, p, tt.auth, s.Addr); got != tt.want {
				t.Errorf("an exchange through it: %v, want %v", got, tt.want)
			}
		})
	}
}

// through reports whether a question is answered through p.
func through(t *testing.T, p *Proxy, auth *xproxy.Auth, server netip.AddrPort) bool {
	t.Helper()
	d, err := xproxy.SOCKS5("tcp", p.Addr.String(), auth, &impatient{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Dial("tcp", server.String())
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	q, err := new(dns.Msg).SetQuestion("x.example.", dns.TypeNS).Pack()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(framed(q)); err != nil {
		return false
	}
	_, err = readFramed(c)
	return err == nil
}

// impatient dials connections that end after two seconds, whatever is said on them.
type impatient struct{}

// Dial implements the dialer of x/net/proxy.
func (*impatient) Dial(network, address string) (net.Conn, error) {
	c, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	return c, c.SetDeadline(time.Now().Add(2 * time.Second))
}
