package ask

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

func TestOnlyPublicAddressesPassTheGuard(t *testing.T) {
	tests := []struct {
		addr string
		want bool
	}{
		{"8.8.8.8", true}, {"2606:4700::1111", true}, {"::ffff:8.8.8.8", true}, {"64:ff9b::808:808", true}, {"2002:808:808::1", true},
		{"127.0.0.1", false}, {"10.1.2.3", false}, {"172.16.0.1", false}, {"192.168.1.1", false}, {"169.254.169.254", false},
		{"100.64.0.1", false}, {"0.0.0.0", false}, {"0.1.2.3", false}, {"192.0.2.1", false}, {"198.18.0.1", false}, {"224.0.0.1", false}, {"255.255.255.255", false},
		{"::", false}, {"::1", false}, {"::ffff:127.0.0.1", false}, {"::127.0.0.1", false}, {"fe80::1", false}, {"fe80::1%eth0", false}, {"fc00::1", false}, {"ff02::1", false},
		{"2001:db8::1", false}, {"64:ff9b::7f00:1", false}, {"64:ff9b::a9fe:a9fe", false}, {"64:ff9b::6440:1", false}, {"64:ff9b:1::1", false}, {"2002:7f00:1::1", false}, {"2001::1", false}, {"fec0::1", false},
	}
	for _, tt := range tests {
		if got := Public(netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("%s: public %v, want %v", tt.addr, got, tt.want)
		}
	}
}

func TestDialRefusesWhatWasNotNamedByHand(t *testing.T) {
	p := rdaptest.Listen(t, rdaptest.Say("x"))
	d := newDialer(vacant.NewLookup(nil), time.Now)
	if _, err := d.dial(t.Context(), p.Addr(), false); !errors.Is(err, ErrForbiddenAddress) {
		t.Errorf("a loopback address that nobody named: %v", err)
	}
	conn, err := d.dial(t.Context(), p.Addr(), true)
	if err != nil {
		t.Fatalf("one named by hand: %v", err)
	}
	_ = conn.Close()
}

func TestEveryWayOfAskingRefusesAddressesThatAreNotPublic(t *testing.T) {
	trap := rdaptest.Listen(t, rdaptest.Say("x\n"))
	a := newAsker(t, Config{})
	for _, host := range []string{trap.Addr(), "[::1]:43", "[::ffff:127.0.0.1]:43", "[fe80::1]:43", "[64:ff9b::7f00:1]:43", "10.0.0.1:43", "169.254.169.254:80", "100.64.0.1:43", "localhost:43"} {
		if _, err := a.Line(within(t, soon), host, "x.test", false); !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("a line to %s: %v", host, err)
		}
		if _, err := a.Domain(within(t, soon), mustURL(t, "https://"+host+"/"), "x.test", false); !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("RDAP of %s: %v", host, err)
		}
		if _, err := a.Get(within(t, soon), Request{URL: mustURL(t, "http://"+host+"/free?q=x.se"), Plain: true}); !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("plain HTTP of %s: %v", host, err)
		}
	}
	if n := trap.Connections(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestPlainHTTPIsAskedOnlyWhereItWasMeant(t *testing.T) {
	a := newAsker(t, Config{})
	for _, u := range []string{"http://8.8.8.8/", "ftp://8.8.8.8/", "//8.8.8.8/"} {
		if _, err := a.Domain(within(t, soon), mustURL(t, u), "x.test", false); !errors.Is(err, ErrPlain) {
			t.Errorf("%s: %v", u, err)
		}
	}
}

func TestRedirectsStayInTheHouse(t *testing.T) {
	tests := []struct {
		from, to string
		hops     int
		want     error
	}{
		{"https://r.example/domain/x", "https://r.example/v2/domain/x", 1, nil},
		{"https://r.example/domain/x", "https://R.EXAMPLE:443/domain/x", 1, nil},
		{"https://r.example/domain/x", "https://r.example/domain/x", 4, ErrRedirects},
		{"https://r.example/domain/x", "http://r.example/domain/x", 1, ErrRedirectScheme},
		{"https://r.example/domain/x", "https://other.example/domain/x", 1, ErrRedirectHost},
		{"https://r.example/domain/x", "https://r.example:8443/domain/x", 1, ErrRedirectHost},
		{"https://r.example/domain/x", "https://r.example.evil.example/domain/x", 1, ErrRedirectHost},
		{"https://r.example/domain/x", "https://r.example@evil.example/domain/x", 1, ErrRedirectHost},
		{"https://r.example/domain/x", "https://127.0.0.1/domain/x", 1, ErrRedirectHost},
		{"https://r.example/domain/x", "https://[::ffff:7f00:1]/domain/x", 1, ErrRedirectHost},
		{"http://127.0.0.1:81/domain/x", "http://127.0.0.1:81/y", 1, nil},
		{"http://127.0.0.1:81/domain/x", "http://127.0.0.1:82/y", 1, ErrRedirectHost},
		{"http://127.0.0.1:81/domain/x", "file:///etc/passwd", 1, ErrRedirectScheme},
	}
	for _, tt := range tests {
		via := make([]*http.Request, tt.hops)
		for i := range via {
			via[i] = &http.Request{URL: mustURL(t, tt.from)}
		}
		err := checkRedirect(&http.Request{URL: mustURL(t, tt.to)}, via)
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s to %s after %d hops: %v, want %v", tt.from, tt.to, tt.hops, err, tt.want)
		}
	}
}

func TestRedirectUpToHTTPSNeverComesBackDown(t *testing.T) {
	via := []*http.Request{{URL: mustURL(t, "http://r.example:8080/a")}, {URL: mustURL(t, "https://r.example:8080/a")}}
	if err := checkRedirect(&http.Request{URL: mustURL(t, "http://r.example:8080/b")}, via); !errors.Is(err, ErrRedirectScheme) {
		t.Errorf("from https down to the http it began with: %v", err)
	}
}

func TestDialHonoursItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := newDialer(vacant.NewLookup(nil), time.Now)
	if _, err := d.dial(ctx, "192.0.2.1:43", true); err == nil {
		t.Error("dialled under a context that had ended")
	}
}

func TestUserAgentHoldsNoLineBreak(t *testing.T) {
	if got, want := UserAgent("1.2", "me@example.net\r\nX: y"), "vacant/1.2 (+me@example.netX: y)"; got != want {
		t.Errorf("User-Agent %q, want %q", got, want)
	}
}
