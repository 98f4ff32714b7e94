package ask

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	a := &authority{key: newKey(t), pool: x509.NewCertPool()}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.cert)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue signs a server's certificate as change would have it.
func (a *authority) issue(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"}, IPAddresses: []net.IP{{127, 0, 0, 1}}, DNSNames: []string{"rdap.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	change(template)
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serveTLS counts the questions that come through.
func serveTLS(t *testing.T, cfg *tls.Config) (base string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		rdaptest.NotFound(w, r)
	}))
	srv.TLS = cfg
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

func TestTLSIsVerifiedAlways(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	asIs := func(*x509.Certificate) {}
	tests := []struct {
		name    string
		cert    tls.Certificate
		config  *tls.Config
		refused bool // for good; else asking again may help
	}{
		{"expired", ours.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), &tls.Config{}, true},
		{"not yet valid", ours.issue(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }), &tls.Config{}, true},
		{"of another name, as a sign-in page has", ours.issue(t, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"login.example"} }), &tls.Config{}, true},
		{"of no use to a server", ours.issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), &tls.Config{}, true},
		{"of an unknown authority", theirs.issue(t, asIs), &tls.Config{}, true},
		{"TLS 1.1", ours.issue(t, asIs), &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		{"a certificate of the client wanted", ours.issue(t, asIs), &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Certificates = []tls.Certificate{tt.cert}
			base, asked := serveTLS(t, tt.config)
			_, err := newAsker(t, Config{Roots: ours.pool}).Domain(within(t, 10*soon), mustURL(t, base), "x.test", true)
			if err == nil || Refused(err) != tt.refused || asked.Load() != 0 {
				t.Errorf("%v, refused %v, %d questions came through", err, Refused(err), asked.Load())
			}
		})
	}
	good := ours.issue(t, asIs)
	t.Run("a root named by hand is for hosts named by hand", func(t *testing.T) {
		base, asked := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{good}})
		a := newAsker(t, Config{Roots: ours.pool})
		if page, err := a.Domain(within(t, 10*soon), mustURL(t, base), "x.test", true); err != nil || page.Status != 404 || asked.Load() != 1 {
			t.Errorf("with it: %d, %v, %d questions", page.Status, err, asked.Load())
		}
		if _, err := newAsker(t, Config{}).Domain(within(t, 10*soon), mustURL(t, base), "x.test", true); !Refused(err) || asked.Load() != 1 {
			t.Errorf("without it: %v, %d questions", err, asked.Load())
		}
	})
	t.Run("a host that nobody named", func(t *testing.T) {
		base, asked := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{good}})
		proxy := rdaptest.CONNECT(t, mustURL(t, base).Host, "", "")
		a := newAsker(t, Config{Roots: ours.pool, Proxy: mustURL(t, "http://"+proxy.Addr()), Lookup: nowhere()})
		if _, err := a.Domain(within(t, 10*soon), mustURL(t, "https://rdap.example/"), "x.test", false); !Refused(err) || asked.Load() != 0 {
			t.Errorf("by a root that was named for others: %v, %d questions", err, asked.Load())
		}
		if page, err := a.Domain(within(t, 10*soon), mustURL(t, "https://rdap.example/"), "x.test", true); err != nil || page.Status != 404 {
			t.Errorf("the same named by hand: %d, %v", page.Status, err)
		}
	})
}

// TestHandshakesThatFail has what is no TLS server on the port of one.
func TestHandshakesThatFail(t *testing.T) {
	for name, talk := range map[string]func(*rdaptest.Port43, *net.TCPConn){
		"reset": func(_ *rdaptest.Port43, c *net.TCPConn) { _ = c.SetLinger(0) },
		"plain HTTP, as a sign-in page is": func(_ *rdaptest.Port43, c *net.TCPConn) {
			_, _ = fmt.Fprint(c, "HTTP/1.1 302 Found\r\nLocation: http://10.9.9.9/login\r\nContent-Length: 0\r\n\r\n")
		},
		"closed": func(*rdaptest.Port43, *net.TCPConn) {},
		"silent": func(p *rdaptest.Port43, c *net.TCPConn) { p.Hold(c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := rdaptest.Accept(t, talk)
			if _, err := newAsker(t, Config{}).Domain(within(t, soon), mustURL(t, "https://"+srv.Addr()), vacant.Name("x.test"), true); err == nil {
				t.Error("taken for a reply")
			}
		})
	}
}

// serving is the configuration of a server with a good certificate for names.
func (a *authority) serving(t *testing.T, names ...string) *tls.Config {
	t.Helper()
	return &tls.Config{Certificates: []tls.Certificate{a.issue(t, func(c *x509.Certificate) { c.DNSNames = names })}}
}
