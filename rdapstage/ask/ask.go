package ask

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"

	"vacant"
)

const (
	// Deadline bounds an exchange whose context has no deadline of its own.
	Deadline = 30 * time.Second
	// MaxBody bounds a body, inflated, that is read at all: a domain object is a
	// few KB, the largest known under 100.
	MaxBody = 1 << 20
	// MaxText bounds a WHOIS text.
	MaxText = 64 << 10
	// MaxHeader bounds a reply's header, in octets.
	MaxHeader = 64 << 10
	// MaxRedirects is how often a registry may move a question about its own house.
	MaxRedirects = 3
)

// What an exchange is refused for. Asking again would bring the same.
var (
	ErrRedirectHost     = errors.New("redirected to another host")
	ErrRedirectScheme   = errors.New("redirected away from https")
	ErrRedirects        = errors.New("redirected too often")
	ErrTooLong          = errors.New("reply is longer than it may be")
	ErrForbiddenAddress = errors.New("not a public address, and not named by hand")
	ErrPlain            = errors.New("not https, and not named by hand")
	ErrQuestion         = errors.New("not a question that may go on the wire")
	// ErrBroken is a panic of a reader, which a reply's text can provoke.
	ErrBroken = errors.New("the reply broke its reader")
)

// Config of an Asker. The zero value asks directly, with the system's roots.
type Config struct {
	Lookup    *vacant.Lookup   // nil = the system's resolvers
	Proxy     *url.URL         // for everything asked; nil = HTTPS_PROXY and NO_PROXY for HTTP, none for port 43
	Roots     *x509.CertPool   // for hosts named by hand; nil = the system's
	UserAgent string           // as [UserAgent] makes it
	Now       func() time.Time // nil = time.Now; ages the look-ups
}

// Asker asks. It may be used by many goroutines.
type Asker struct {
	dial  *dialer
	proxy *url.URL
	// environment is what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.
	environment func(*url.URL) (*url.URL, error)
	userAgent   string
	// clients by [named by hand][through a proxy]: only a hand-named host may be
	// private or have a root of its own, only a direct dial can be guarded.
	clients [2][2]*http.Client
}

// New returns an Asker. Its error is the user's: a proxy that cannot be used.
func New(cfg Config) (*Asker, error) {
	if err := CheckProxy(cfg.Proxy); err != nil {
		return nil, err
	}
	if cfg.Lookup == nil {
		cfg.Lookup = vacant.NewLookup(nil)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &Asker{dial: newDialer(cfg.Lookup, cfg.Now), proxy: cfg.Proxy, environment: httpproxy.FromEnvironment().ProxyFunc(), userAgent: cfg.UserAgent}
	for hand := range 2 {
		for proxied := range 2 {
			a.clients[hand][proxied] = a.client(hand == 1, proxied == 1, cfg.Roots)
		}
	}
	return a, nil
}

// UserAgent says who asks, and how to reach them, in printable ASCII.
func UserAgent(version, contact string) string {
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

// Idle ends the connections that nobody uses.
func (a *Asker) Idle() {
	for _, byProxy := range a.clients {
		for _, c := range byProxy {
			c.CloseIdleConnections()
		}
	}
}

// bounded gives ctx the deadline that every exchange has.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, Deadline)
}

// Refused reports whether err says that the reply, or who gave it, was wrong and
// not the way to it: asking again would bring the same.
func Refused(err error) bool {
	for _, bad := range []error{ErrRedirectHost, ErrRedirectScheme, ErrRedirects, ErrTooLong, ErrForbiddenAddress, ErrPlain, ErrQuestion, ErrBroken} {
		if errors.Is(err, bad) {
			return true
		}
	}
	var certificate *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &noTLS)
}

// bareName reports whether a name can stand in a URL as it is.
func bareName(name vacant.Name) bool {
	return printable(string(name)) && !strings.ContainsAny(string(name), "/?#%&;+ ")
}

// printable reports whether a line is one: printable ASCII, so that no name can
// carry a second question, or a header, to the wire.
func printable(line string) bool {
	return line != "" && strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}
