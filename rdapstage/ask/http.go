package ask

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vacant"
)

// MaxConns is how many questions one host gets at once.
const MaxConns = 64

// Request is one GET.
type Request struct {
	URL   *url.URL
	Hand  bool   // the host was named by hand: plain http, a private address and [Config.Roots] are its user's business
	Plain bool   // a service that exists over plain http alone, so that what it says is worth less
	ETag  string // of the copy at hand, "" = none
	Limit int64  // octets of the body, inflated; 0 = MaxBody
}

// Page is what came back.
type Page struct {
	URL, FinalURL string // asked, and where redirects ended; without passwords
	Status        int
	ContentType   string
	RetryAfter    string
	ETag          string
	Date          string // what time the server has it
	Body          []byte // whole and inflated
}

// Domain asks an RDAP base about a name (RFC 9082 section 3.1.3).
func (a *Asker) Domain(ctx context.Context, base *url.URL, name vacant.Name, hand bool) (Page, error) {
	u := *base
	u.Path = strings.TrimSuffix(u.Path, "/") + "/domain/" + string(name)
	if !bareName(name) {
		return Page{}, fmt.Errorf("%w: %.80q", ErrQuestion, name)
	}
	return a.Get(ctx, Request{URL: &u, Hand: hand})
}

// Get asks once and reads the whole reply. Any status is a reply; an error means
// that none came, or none that may be believed.
func (a *Asker) Get(ctx context.Context, r Request) (Page, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	resp, err := a.send(ctx, &r)
	if err != nil {
		return Page{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	limit := r.Limit
	if limit == 0 {
		limit = MaxBody
	}
	body, err := ReadBounded(resp.Body, limit)
	if err != nil {
		return Page{}, fmt.Errorf("read %s: %w", r.URL.Redacted(), err)
	}
	return Page{URL: r.URL.Redacted(), FinalURL: resp.Request.URL.Redacted(), Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"),
		RetryAfter: resp.Header.Get("Retry-After"), ETag: resp.Header.Get("ETag"), Date: resp.Header.Get("Date"), Body: body}, nil
}

// send puts the question. The caller closes the body.
func (a *Asker) send(ctx context.Context, r *Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !r.Hand && (!r.Plain || r.URL.Scheme != "http") {
		return nil, fmt.Errorf("%s: %w", r.URL.Redacted(), ErrPlain)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %.200s", ErrQuestion, r.URL.Redacted())
	}
	req.Header.Set("User-Agent", a.userAgent)
	req.Header.Set("Accept", "application/rdap+json, application/json;q=0.9")
	if r.Plain {
		req.Header.Set("Accept", "text/plain")
		req.Header.Set("Cache-Control", "no-cache") // nothing that somebody in between remembers
	}
	if r.ETag != "" {
		req.Header.Set("If-None-Match", r.ETag)
	}
	via, err := a.proxyFor(req)
	if err != nil {
		return nil, fmt.Errorf("proxy for %s: %w", r.URL.Host, err)
	}
	if via != nil && !r.Hand {
		if err := a.dial.guardHost(ctx, r.URL.Host); err != nil {
			return nil, err
		}
	}
	return a.clients[index(r.Hand)][index(via != nil)].Do(req)
}

// client speaks HTTP/1.1 alone: a registry gets few questions at once, and what
// HTTP/2 adds to a reply (pushes, resets, frames of control) is of no use here.
func (a *Asker) client(hand, proxied bool, roots *x509.CertPool) *http.Client {
	t := &http.Transport{
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			// What a proxied transport dials is the proxy, which the user named.
			return a.dial.dial(ctx, addr, hand || proxied)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  Deadline,
		MaxResponseHeaderBytes: MaxHeader,
		MaxIdleConns:           4 * MaxConns,
		MaxIdleConnsPerHost:    MaxConns,
		IdleConnTimeout:        30 * time.Second,
	}
	if hand && roots != nil {
		t.TLSClientConfig.RootCAs = roots
	}
	if proxied {
		t.Proxy = a.proxyFor
	}
	return &http.Client{Transport: t, CheckRedirect: checkRedirect}
}

// checkRedirect lets a registry move a question about its own house only. A
// hand-named http server may stay on http.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > MaxRedirects:
		return ErrRedirects
	case next.URL.Scheme != "https" && next.URL.Scheme != via[len(via)-1].URL.Scheme:
		return fmt.Errorf("%w: to %s", ErrRedirectScheme, next.URL.Redacted())
	case !sameHost(first, next.URL):
		return fmt.Errorf("%w: %s", ErrRedirectHost, next.URL.Redacted())
	}
	return nil
}

func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

// ports of a scheme where a URL names none.
var ports = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return ports[u.Scheme]
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ReadBounded reads r, already inflated, to its end or to an error at limit octets.
func ReadBounded(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, ErrTooLong
	}
	return body, nil
}
