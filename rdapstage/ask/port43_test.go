package ask

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// TestLineHostile has servers that do to a line what servers do. Whatever is
// not one whole text that ended by the server's own close is an error.
func TestLineHostile(t *testing.T) {
	whole := rdaptest.WHOISNotFound("x.test")
	tests := []struct {
		name string
		talk func(*rdaptest.Port43) rdaptest.Talk
		want error  // nil with text: it is taken
		text string // "-" = an error of any kind
	}{
		{"a whole text", rdaptest.Say(whole), nil, whole},
		{"a text without its last line break", rdaptest.Say("No match"), nil, "No match"},
		{"nothing", rdaptest.Say(""), nil, ""},
		{"a referral without a line break", rdaptest.Say("Registrar WHOIS Server: x"), nil, "Registrar WHOIS Server: x"},
		{"a referral of IANA's form", rdaptest.Say("refer: 10.9.9.9"), nil, "refer: 10.9.9.9"},
		{"ReferralServer with a bad port", rdaptest.Say("ReferralServer: rwhois://10.9.9.9:x/y\n"), nil, "ReferralServer: rwhois://10.9.9.9:x/y\n"},
		{"NUL octets", rdaptest.Say("\x00\x00\xff"), nil, "\x00\x00\xff"},
		{"exactly the bound", rdaptest.Say(strings.Repeat("x", MaxText-1)), nil, strings.Repeat("x", MaxText-1)},
		{"one octet too many", rdaptest.Say(strings.Repeat("x", MaxText+1)), ErrTooLong, "-"},
		{"endless", rdaptest.Endless("No match for domain \"X.TEST\".\r\n"), ErrTooLong, "-"},
		{"never closing", rdaptest.NeverClosing(whole), nil, "-"},
		{"an octet a while", rdaptest.DripText(whole, 20*time.Millisecond), nil, "-"},
		{"a reset after the text", rdaptest.SayAndReset(whole), nil, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := rdaptest.Listen(t, tt.talk)
			text, err := newAsker(t, Config{}).Line(within(t, soon), p.Addr(), "x.test", true)
			switch {
			case !text.Connected:
				t.Error("the server was reached, and that is not said")
			case tt.text == "-" && (err == nil || text.Bytes != nil):
				t.Errorf("taken: %.40q, %v", text.Bytes, err)
			case tt.text != "-" && (err != nil || string(text.Bytes) != tt.text):
				t.Errorf("%.40q, %v", text.Bytes, err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// TestLineUnreached has nobody there to answer.
func TestLineUnreached(t *testing.T) {
	const addr = "127.0.0.1:1" // nobody is there
	text, err := newAsker(t, Config{}).Line(within(t, soon), addr, "x.test", true)
	if err == nil || text.Connected || Refused(err) {
		t.Errorf("connected %v, %v", text.Connected, err)
	}
}

func TestLineReadsNoMoreThanItsBound(t *testing.T) {
	written := make(chan int64, 1)
	p := rdaptest.Listen(t, func(*rdaptest.Port43) rdaptest.Talk {
		return func(conn *net.TCPConn, _ string) {
			n, _ := io.Copy(conn, &io.LimitedReader{R: zeros{}, N: 1 << 30})
			written <- n
		}
	})
	if _, err := newAsker(t, Config{}).Line(t.Context(), p.Addr(), "x.test", true); !errors.Is(err, ErrTooLong) {
		t.Errorf("an endless reply: %v", err)
	}
	if n := <-written; n > 16<<20 { // what socket buffers hold
		t.Errorf("%d MB were taken", n>>20)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// TestOnlyOneLineOfASCIIGoesOnTheWire hands over names that carry more.
func TestOnlyOneLineOfASCIIGoesOnTheWire(t *testing.T) {
	p := rdaptest.Listen(t, rdaptest.Say("x\n"))
	web := rdaptest.Raw(t, rdaptest.Octets("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
	a := newAsker(t, Config{})
	for _, name := range []vacant.Name{"", "x.test\r\nHELP", "x.test\n", "\rx.test", "x\x00.test", "x.test\u2028y", "b\u00fccher.test", "\x1b[2J.test"} {
		if _, err := a.Line(within(t, soon), p.Addr(), string(name), true); !errors.Is(err, ErrQuestion) {
			t.Errorf("a line %q: %v", name, err)
		}
		if _, err := a.Domain(within(t, soon), mustURL(t, "http://"+web.Addr()), name, true); !errors.Is(err, ErrQuestion) {
			t.Errorf("RDAP of %q: %v", name, err)
		}
	}
	for _, name := range []vacant.Name{"../x.test", "x.test/../y", "x.test?q=1", "x.test#y", "x%2f.test"} {
		if _, err := a.Domain(within(t, soon), mustURL(t, "http://"+web.Addr()), name, true); !errors.Is(err, ErrQuestion) {
			t.Errorf("RDAP of %q: %v", name, err)
		}
	}
	if p.Connections()+web.Connections() != 0 {
		t.Errorf("%d and %d connections were opened, for %q", p.Connections(), web.Connections(), append(p.Asked(), web.Asked()...))
	}
}

func TestPanicInTheReaderIsAnError(t *testing.T) {
	if err := Safely(func() error { panic("slice bounds out of range") }); !errors.Is(err, ErrBroken) || !Refused(err) {
		t.Errorf("the panic became %v", err)
	}
}

func TestQuerySyntaxOfServers(t *testing.T) {
	tests := []struct{ host, want string }{
		{"whois.verisign-grs.com:43", "domain x.com"},
		{"whois.denic.de", "-T dn,ace x.com"},
		{"whois.jprs.jp:43", "x.com/e"},
		{"whois.punktum.dk:43", "--show-handles x.com"},
		{"whois.nic.example:43", "x.com"},
	}
	for _, tt := range tests {
		if got := WHOISQuery(tt.host, "x.com"); got != tt.want {
			t.Errorf("%s is asked %q, want %q", tt.host, got, tt.want)
		}
	}
}
