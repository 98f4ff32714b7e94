package lab

import (
	"context"
	"encoding/binary"
	"net"
	"net/url"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/net/proxy"
)

// through connects to addr through a proxy named by its URL.
func through(tb testing.TB, proxyURL, addr string) (net.Conn, error) {
	tb.Helper()
	u, err := url.Parse(proxyURL)
	must(tb, err)
	d, err := proxy.FromURL(u, proxy.Direct)
	must(tb, err)
	ctx, cancel := context.WithTimeout(tb.Context(), time.Second)
	defer cancel()
	return d.(proxy.ContextDialer).DialContext(ctx, "tcp", addr)
}

func TestProxies(t *testing.T) {
	l := startLab(t, Config{Seed: 1, Faults: []string{"dead-proxy", "silent-proxy", "proxy-auth"}})
	dns := l.Resolvers()[0]
	all := l.Proxies()
	if len(all) != 5 {
		t.Fatal(all)
	}
	noPassword, err := url.Parse(all[1])
	must(t, err)
	noPassword.User = nil
	wrong := *noPassword
	wrong.User = url.UserPassword(proxyUser, "wrong")
	for _, test := range []struct {
		name, proxy, to string
		ok              bool
	}{
		{"open", all[0], dns.String(), true},
		{"with a password", all[1], dns.String(), true},
		{"no password given", noPassword.String(), dns.String(), false},
		{"wrong password", wrong.String(), dns.String(), false},
		{"refuses its password", all[2], dns.String(), false},
		{"silent", all[3], dns.String(), false},
		{"dead", all[4], dns.String(), false},
		{"beyond loopback", all[0], "192.0.2.1:53", false},
		{"beyond loopback, IPv6", all[0], "[2001:db8::1]:53", false},
		{"a host of elsewhere", all[0], "example.com:80", false},
		{"nobody listens", all[0], "127.53.0.9:9", false},
	} {
		conn, err := through(t, test.proxy, test.to)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
		if err != nil {
			continue
		}
		if got := brief(exchangeTCP(t, conn, ask{name: "nic.com", qtype: dnsmessage.TypeA, rd: true})); got != "Success ra a:nic.com.=a" {
			t.Errorf("%s: %s", test.name, got)
		}
		must(t, conn.Close())
	}
	if got := l.Stats().Connects; got != 2 {
		t.Errorf("%d connections", got)
	}
}

func exchangeTCP(tb testing.TB, conn net.Conn, a ask) dnsmessage.Message {
	tb.Helper()
	must(tb, conn.SetDeadline(time.Now().Add(5*time.Second)))
	msg := a.pack(tb, 4711)
	_, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(msg))), msg...))
	must(tb, err)
	return unpack(tb, readTCP(tb, conn))
}

func TestProxyByHostName(t *testing.T) {
	l := startLab(t, Config{Seed: 1})
	_, port, err := net.SplitHostPort(portOf(l, "com"))
	must(t, err)
	// "localhost" is 127.0.0.1, where com's WHOIS is not: refused, not unreachable.
	if _, err := through(t, l.Proxies()[0], "localhost:"+port); err == nil || !endsWith(err.Error(), "connection refused") {
		t.Error(err)
	}
}

func endsWith(s, end string) bool { return len(s) >= len(end) && s[len(s)-len(end):] == end }

// TestServerHangsUp: what a server says before it closes comes through whole.
func TestServerHangsUp(t *testing.T) {
	l := startLab(t, Config{Seed: 1})
	conn, err := through(t, l.Proxies()[0], portOf(l, "io"))
	must(t, err)
	defer func() { _ = conn.Close() }()
	if got := whoisOver(t, conn, "nic.io"); !endsWith(got, "\n") || tellWHOIS(got, "nic.io") != "registered" {
		t.Error(got)
	}
}

func FuzzSOCKSHandshake(f *testing.F) {
	f.Add([]byte{5, 1, 0, 5, 1, 0, 1, 192, 0, 2, 1, 0, 53})
	f.Add([]byte{5, 1, 0, 5, 1, 0, 3, 9, 'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't', 0, 1})
	f.Add([]byte{5, 2, 0, 2, 5, 2, 0, 4, 0, 0, 0, 0})
	f.Add([]byte{4, 1, 0, 53, 127, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		client, server := net.Pipe()
		s := new(socksServer)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // so that nothing is ever connected to
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.serve(ctx, server)
			_ = server.Close()
		}()
		go func() {
			_, _ = client.Write(in)
			_ = client.Close()
		}()
		mute(ctx, client)
		<-done
		if s.connected.Load() != 0 {
			t.Error("connected although stopped")
		}
	})
}
