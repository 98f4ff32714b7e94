package rdapstage

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

const (
	maxHeaders   = 64 << 10 // octets of a reply's header
	maxRedirects = 3
	// maxConns is how many questions one operator gets at once.
	maxConns = 64
)

var (
	errRedirectHost   = errors.New("redirected to another host")
	errRedirectScheme = errors.New("redirected away from https")
	errRedirects      = errors.New("redirected too often")
)

// httpAsker asks RDAP servers over our own transports. The verdict comes from
// what it records, never from a client library's opinion of it.
type httpAsker struct {
	dial      *dialer
	proxy     *url.URL // --registry-proxy, nil = the environment's
	userAgent string
	// clients by [named by hand][through a proxy]: only a hand-named host may be
	// private or have a root of its own, only a direct dial can be guarded.
	clients [2][2]*http.Client
}

func newHTTPAsker(d *dialer, cfg *Config) *httpAsker {
	h := &httpAsker{dial: d, proxy: cfg.Proxy, userAgent: userAgent(cfg.Version, cfg.Contact)}
	for hand := range 2 {
		for proxied := range 2 {
			h.clients[hand][proxied] = h.client(hand == 1, proxied == 1, cfg.Roots)
		}
	}
	return h
}

func userAgent(version, contact string) string {
	if version == "" {
		version = "devel"
	}
	agent := "vacant/" + version
	if contact != "" {
		agent += " (+" + contact + ")"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, agent)
}

func (h *httpAsker) client(hand, proxied bool, roots *x509.CertPool) *http.Client {
	t := &http.Transport{
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			// What a proxied transport dials is the proxy, which the user named.
			return h.dial.dial(ctx, addr, hand || proxied)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  30 * time.Second,
		MaxResponseHeaderBytes: maxHeaders,
		MaxIdleConns:           4 * maxConns,
		MaxIdleConnsPerHost:    maxConns,
		IdleConnTimeout:        30 * time.Second,
	}
	if hand && roots != nil {
		t.TLSClientConfig.RootCAs = roots
	}
	if proxied {
		t.Proxy = h.proxyFor
	}
	return &http.Client{Transport: t, CheckRedirect: checkRedirect}
}

// proxyFor returns the proxy for a request, nil for none.
func (h *httpAsker) proxyFor(r *http.Request) (*url.URL, error) {
	if h.proxy != nil {
		return h.proxy, nil
	}
	return http.ProxyFromEnvironment(r)
}

// checkRedirect lets a registry move a question about its own house only. A
// hand-named http server may stay on http.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > maxRedirects:
		return errRedirects
	case next.URL.Scheme != "https" && next.URL.Scheme != first.Scheme:
		return fmt.Errorf("%w: to %s", errRedirectScheme, next.URL.Redacted())
	case !sameHost(first, next.URL):
		return fmt.Errorf("%w: %s", errRedirectHost, next.URL.Redacted())
	}
	return nil
}

func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// domain asks base about name.
func (h *httpAsker) domain(ctx context.Context, base *url.URL, name vacant.Name, hand bool) (reading.RDAPReply, error) {
	u := *base
	u.Path = strings.TrimSuffix(u.Path, "/") + "/domain/" + string(name)
	resp, err := h.get(ctx, &u, hand, "")
	if err != nil {
		return reading.RDAPReply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := readBounded(resp.Body, reading.MaxRDAPBody)
	if err != nil {
		return reading.RDAPReply{}, fmt.Errorf("read %s: %w", u.Redacted(), err)
	}
	return reading.RDAPReply{URL: u.String(), FinalURL: resp.Request.URL.String(), Status: resp.StatusCode,
		ContentType: resp.Header.Get("Content-Type"), Body: body, RetryAfter: resp.Header.Get("Retry-After")}, nil
}

// get sends one GET; etag makes it conditional. The caller closes the body.
func (h *httpAsker) get(ctx context.Context, u *url.URL, hand bool, etag string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", h.userAgent)
	req.Header.Set("Accept", "application/rdap+json, application/json;q=0.9")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	via, err := h.proxyFor(req)
	if err != nil {
		return nil, fmt.Errorf("proxy for %s: %w", u.Host, err)
	}
	if via != nil && !hand {
		if err := h.dial.guardHost(ctx, u.Host); err != nil {
			return nil, err
		}
	}
	return h.clients[index(hand)][index(via != nil)].Do(req)
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// readBounded reads r, already inflated, to its end or to an error at limit octets.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, errTooLong
	}
	return body, nil
}

// refused reports whether err says that the reply, not the way to it, was wrong:
// asking again would bring the same.
func refused(err error) bool {
	for _, bad := range []error{errRedirectHost, errRedirectScheme, errRedirects, errTooLong, errForbiddenAddress} {
		if errors.Is(err, bad) {
			return true
		}
	}
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &unknown) || errors.As(err, &wrongName) || errors.As(err, &invalid)
}

// idle ends the connections that nobody uses.
func (h *httpAsker) idle() {
	for _, byProxy := range h.clients {
		for _, c := range byProxy {
			c.CloseIdleConnections()
		}
	}
}
