package ask

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"vacant/rdapstage/rdaptest"
)

// proxies are the ways through which everything can be asked; to is where every
// host is behind them, "" for where it says.
var proxies = map[string]func(tb testing.TB, to, user, password string) *rdaptest.Proxy{
	"http": rdaptest.CONNECT, "socks5": rdaptest.SOCKS5, "socks5h": rdaptest.SOCKS5,
}

// proxyURL names a proxy, with credentials where user is not empty.
func proxyURL(scheme string, p *rdaptest.Proxy, user, password string) *url.URL {
	u := &url.URL{Scheme: scheme, Host: p.Addr()}
	if user != "" {
		u.User = url.UserPassword(user, password)
	}
	return u
}

func TestWHOISThroughAProxyNamedByHand(t *testing.T) {
	far := rdaptest.Listen(t, rdaptest.HonestWHOIS(rdaptest.Names()))
	for scheme, start := range proxies {
		p := start(t, far.Addr(), "user", "s3cret")
		a := newAsker(t, Config{Proxy: proxyURL(scheme, p, "user", "s3cret"), Lookup: nowhere()})
		text, err := a.Line(within(t, 10*soon), "whois.registry.example:43", "x.test", false)
		if err != nil || string(text.Bytes) != rdaptest.WHOISNotFound("x.test") {
			t.Errorf("%s: %.40q, %v", scheme, text.Bytes, err)
		}
		if asked := strings.Join(p.Asked(), ","); !strings.HasSuffix(asked, "whois.registry.example:43") {
			t.Errorf("%s was asked for %s", scheme, asked)
		}
	}
}

func TestRDAPThroughAProxyNamedByHand(t *testing.T) {
	for scheme, start := range proxies {
		ours := newAuthority(t)
		base, asked := serveTLS(t, ours.serving(t, "rdap.example"))
		p := start(t, mustURL(t, base).Host, "user", "s3cret")
		a := newAsker(t, Config{Proxy: proxyURL(scheme, p, "user", "s3cret"), Roots: ours.pool, Lookup: nowhere()})
		page, err := a.Domain(within(t, 10*soon), mustURL(t, "https://rdap.example/"), "x.test", true)
		if err != nil || page.Status != 404 || asked.Load() != 1 {
			t.Errorf("%s: %d, %v", scheme, page.Status, err)
		}
		if got := strings.Join(p.Asked(), ","); !strings.HasSuffix(got, "rdap.example:443") {
			t.Errorf("%s was asked for %s", scheme, got)
		}
	}
}

// TestEnvironmentsProxy is HTTPS_PROXY and NO_PROXY: for RDAP alone, and the
// address guard judges the registry, not the proxy.
func TestEnvironmentsProxy(t *testing.T) {
	ours := newAuthority(t)
	base, _ := serveTLS(t, ours.serving(t, "rdap.example", "other.example"))
	p := rdaptest.CONNECT(t, mustURL(t, base).Host, "user", "s3cret")
	t.Setenv("HTTPS_PROXY", "http://user:s3cret@"+p.Addr())
	t.Setenv("NO_PROXY", "other.example,.internal.example")
	a := newAsker(t, Config{Roots: ours.pool, Lookup: nowhere()})
	if page, err := a.Domain(within(t, 10*soon), mustURL(t, "https://rdap.example/"), "x.test", true); err != nil || page.Status != 404 {
		t.Errorf("RDAP: %d, %v", page.Status, err)
	}
	if got := p.Asked(); len(got) != 1 || got[0] != "CONNECT rdap.example:443" {
		t.Errorf("the proxy was asked for %q", got)
	}
	if _, err := a.Domain(within(t, soon), mustURL(t, "https://other.example/"), "x.test", true); err == nil || !strings.Contains(err.Error(), "look up other.example") {
		t.Errorf("a host of NO_PROXY: %v", err)
	}
	if _, err := a.Line(within(t, soon), "whois.registry.example:43", "x.test", false); err == nil || !strings.Contains(err.Error(), "look up whois.registry.example") {
		t.Errorf("WHOIS: %v", err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "[::1]", "[64:ff9b::7f00:1]"} {
		if _, err := a.Domain(within(t, soon), mustURL(t, "https://"+host+"/"), "x.test", false); !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("%s, which nobody named: %v", host, err)
		}
	}
	if n := p.Connections(); n != 1 {
		t.Errorf("%d connections to the proxy", n)
	}
}

func TestProxyIsNotJudgedButTheRegistryBehindItIs(t *testing.T) {
	far := rdaptest.Listen(t, rdaptest.Say("x\n"))
	for scheme, start := range proxies {
		p := start(t, far.Addr(), "", "")
		a := newAsker(t, Config{Proxy: proxyURL(scheme, p, "", "")})
		for _, host := range []string{"127.0.0.1", "localhost", "169.254.169.254", "[64:ff9b::7f00:1]", "[::ffff:10.0.0.1]"} {
			if _, err := a.Line(within(t, soon), host+":43", "x.test", false); !errors.Is(err, ErrForbiddenAddress) {
				t.Errorf("%s through %s: %v", host, scheme, err)
			}
		}
		if n := p.Connections(); n != 0 {
			t.Errorf("%s was asked %d times", scheme, n)
		}
		if text, err := a.Line(within(t, 10*soon), "8.8.8.8:43", "x.test", false); err != nil || len(text.Bytes) == 0 {
			t.Errorf("a public host through %s on loopback: %v", scheme, err)
		}
	}
}

// TestBrokenProxiesEndInTime has proxies that refuse, lie and fall silent. No
// error shows the password.
func TestBrokenProxiesEndInTime(t *testing.T) {
	silent := rdaptest.Accept(t, func(p *rdaptest.Port43, c *net.TCPConn) { p.Hold(c) })
	says := func(text string) *rdaptest.Port43 {
		return rdaptest.Accept(t, func(p *rdaptest.Port43, c *net.TCPConn) {
			_, _ = c.Read(make([]byte, 1024))
			_, _ = fmt.Fprint(c, text)
		})
	}
	const dead = "127.0.0.1:1"
	wrong := rdaptest.CONNECT(t, "", "user", "another")
	wrongSOCKS := rdaptest.SOCKS5(t, "", "user", "another")
	tests := map[string]string{
		"http dead": "http://" + dead, "socks5 dead": "socks5://" + dead, "http silent": "http://" + silent.Addr(), "socks5 silent": "socks5://" + silent.Addr(),
		"https silent": "https://" + silent.Addr(), "http 407": "http://" + wrong.Addr(), "socks5 wrong password": "socks5://" + wrongSOCKS.Addr(),
		"http garbage": "http://" + says("\x05\x00").Addr(), "socks5 garbage": "socks5://" + says("HTTP/1.1 400 no\r\n\r\n").Addr(),
		"http 200 and an endless header": "http://" + says("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20)).Addr(), "http 502": "http://" + says("HTTP/1.1 502 Bad\r\n\r\n").Addr(),
	}
	for name, proxy := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := mustURL(t, proxy)
			u.User = url.UserPassword("user", "s3cret")
			a := newAsker(t, Config{Proxy: u, Lookup: nowhere()})
			_, err := a.Line(within(t, soon), "whois.registry.example:43", "x.test", false)
			_, err2 := a.Domain(within(t, soon), mustURL(t, "https://rdap.example/"), "x.test", false)
			for _, err := range []error{err, err2} {
				if err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "dXNlcjpzM2NyZXQ") {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

// TestAnHTTPSProxyIsSpokenToInTLS: credentials never go to it in the clear.
func TestAnHTTPSProxyIsSpokenToInTLS(t *testing.T) {
	var got []byte
	read := make(chan struct{})
	p := rdaptest.Accept(t, func(_ *rdaptest.Port43, c *net.TCPConn) {
		defer close(read)
		buf := make([]byte, 4096)
		n, _ := c.Read(buf)
		got = buf[:n]
	})
	u := mustURL(t, "https://user:s3cret@"+p.Addr())
	if _, err := newAsker(t, Config{Proxy: u, Lookup: nowhere()}).Line(within(t, 10*soon), "whois.registry.example:43", "x.test", false); err == nil {
		t.Error("taken for a proxy")
	}
	<-read
	if len(got) < 3 || got[0] != 0x16 || strings.Contains(string(got), "CONNECT") {
		t.Errorf("the first octets were %.40q", got)
	}
}

func TestUselessProxiesAreTheUsersMistake(t *testing.T) {
	for _, text := range []string{"ftp://127.0.0.1:1", "127.0.0.1:1080", "socks4://127.0.0.1:1", "http://", "socks5://:1080"} {
		u, err := url.Parse(text)
		if err != nil {
			continue
		}
		if _, err := New(Config{Proxy: u}); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// TestPasswordsOfBasesAreNotRecorded has a base with credentials, named by hand.
func TestPasswordsOfBasesAreNotRecorded(t *testing.T) {
	srv := rdaptest.Raw(t, rdaptest.Octets(head("404 Not Found", "Content-Length: 2")+"{}"))
	a, u := newAsker(t, Config{}), mustURL(t, "http://user:s3cret@"+srv.Addr()+"/")
	page, err := a.Domain(within(t, 10*soon), u, "x.test", true)
	if err != nil || strings.Contains(fmt.Sprintf("%+v", page), "s3cret") {
		t.Errorf("%+v, %v", page, err)
	}
	u.Host = "127.0.0.1:1"
	if _, err = a.Domain(within(t, 10*soon), u, "x.test", true); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
}

// TestBehindAProxyOnlyTheHostAskedIsConnectedTo: a proxy resolves and connects by
// itself, so that what protects is that no other host is ever named to it.
func TestBehindAProxyOnlyTheHostAskedIsConnectedTo(t *testing.T) {
	for scheme, start := range proxies {
		for _, to := range []string{"https://169.254.169.254/", "https://other.example/", "http://rdap.example/", "https://rdap.example:8443/", "https://rdap.example@other.example/"} {
			ours := newAuthority(t)
			srv := httptest.NewUnstartedServer(http.RedirectHandler(to, http.StatusFound))
			srv.TLS = ours.serving(t, "rdap.example")
			srv.StartTLS()
			t.Cleanup(srv.Close)
			p := start(t, srv.Listener.Addr().String(), "", "")
			a := newAsker(t, Config{Proxy: proxyURL(scheme, p, "", ""), Roots: ours.pool, Lookup: nowhere()})
			if _, err := a.Domain(within(t, 10*soon), mustURL(t, "https://rdap.example/"), "x.test", true); !Refused(err) {
				t.Errorf("%s, sent to %s: %v", scheme, to, err)
			}
			if asked := p.Asked(); len(asked) != 1 || !strings.HasSuffix(asked[0], "rdap.example:443") {
				t.Errorf("%s, sent to %s: it was asked for %q", scheme, to, asked)
			}
		}
	}
}
