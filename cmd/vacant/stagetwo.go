package main

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"vacant/rdapstage"
)

// stageTwo are the flags that say which registries are asked, and how fast.
type stageTwo struct {
	rates, rdapServers, whoisServers, second []string

	bootstrap, proxy, contact string

	noWHOIS, noRDAP bool
}

// AddFlags adds the flags.
func (s *stageTwo) AddFlags(fs *pflag.FlagSet) {
	s.AddEndpoints(fs)
	fs.StringSliceVar(&s.rates, "rdap-rate", nil, "questions a second, of one operator or of each, or in a span, of one operator: `[operator=]N[/SPAN]` (repeatable)")
	fs.BoolVar(&s.noWHOIS, "no-whois", false, "ask no WHOIS or DAS server")
	fs.BoolVar(&s.noRDAP, "no-rdap", false, "ask no RDAP server")
	fs.StringVar(&s.proxy, "registry-proxy", "", "reach registries through this proxy `URL`; their rates stay what they are")
	fs.StringVar(&s.contact, "contact", "", "contact to name in the User-Agent")
}

// AddEndpoints adds only the flags that name servers by hand.
func (s *stageTwo) AddEndpoints(fs *pflag.FlagSet) {
	fs.StringVar(&s.bootstrap, "rdap-bootstrap", "", "RDAP bootstrap file to trust instead of IANA's: `URL|FILE`")
	fs.StringSliceVar(&s.rdapServers, "rdap-server", nil, "RDAP base of a TLD, `tld=URL` (repeatable)")
	fs.StringSliceVar(&s.whoisServers, "whois-server", nil, "WHOIS or DAS server of a TLD, `tld=[HOST@]host:port`; with HOST@ it speaks as HOST does (repeatable)")
	fs.StringSliceVar(&s.second, "second-source", nil, "`TLDS` whose RDAP counts only with a second source that agrees")
}

// fill completes cfg for world.
func (s *stageTwo) fill(a *app, world string, cfg *rdapstage.Config) (err error) {
	if cfg.Rates, cfg.Limits, err = rates(s.rates); err != nil {
		return err
	}
	if err = s.fillEndpoints(cfg); err != nil {
		return err
	}
	if cfg.Proxy, err = registryProxy(s.proxy); err != nil {
		return err
	}
	if cfg.Roots, err = certPool(a.conf.text(keyTLSCA)); err != nil {
		return err
	}
	cfg.NoRDAP, cfg.NoWHOIS, cfg.Contact = s.noRDAP, s.noWHOIS, s.contact
	cfg.World, cfg.CacheDir, cfg.Version, cfg.Log = world, a.cacheDir(), buildVersion().version, a.log
	if world != internet {
		cfg.Timing = labTiming
	}
	return nil
}

// fillEndpoints sets only the servers named by hand.
func (s *stageTwo) fillEndpoints(cfg *rdapstage.Config) (err error) {
	cfg.Bootstrap = s.bootstrap
	if cfg.RDAPServers, err = pairs("--rdap-server", s.rdapServers, "tld=URL"); err != nil {
		return err
	}
	cfg.SecondSource = unique(s.second)
	cfg.WHOISServers, err = whoisServers(s.whoisServers)
	return err
}

// labTiming shrinks the periods of controls: a lab's registries neither lie for
// long nor mind being asked.
var labTiming = rdapstage.Timing{
	BatchAge:   time.Second,
	BatchIdle:  20 * time.Millisecond,
	LearnGap:   50 * time.Millisecond,
	Query:      2 * time.Second,
	Quarantine: time.Second,
}

func pairs(flag string, texts []string, shape string) (map[string]string, error) {
	out := make(map[string]string)
	for _, text := range texts {
		key, value, err := pair(flag, text, shape)
		if err != nil {
			return nil, err
		}
		out[key] = value
	}
	return out, nil
}

// whoisServers parses --whois-server; a missing port is 43, and several servers
// of one TLD are asked in the order given.
func whoisServers(texts []string) (map[string]string, error) {
	servers := make(map[string]string)
	for _, text := range texts {
		tld, list, err := pair("--whois-server", text, "tld=[HOST@]host:port")
		if err != nil {
			return nil, err
		}
		for host := range strings.FieldsSeq(list) {
			if _, addr, as := strings.Cut(host, "@"); !strings.Contains(host, ":") || as && !strings.Contains(addr, ":") {
				host += ":43"
			}
			servers[tld] = strings.TrimSpace(servers[tld] + " " + host)
		}
	}
	return servers, nil
}

func registryProxy(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	if err := checkProxy(text, "http", "https", "socks5", "socks5h"); err != nil {
		return nil, usage(fmt.Errorf("--registry-proxy: %w", err), "")
	}
	return url.Parse(text)
}

// certPool returns the system's roots and those of a PEM file; nil without one.
func certPool(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, usage(fmt.Errorf("tls_ca: %w", err), "")
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, usagef("tls_ca: no certificate in %s", path)
	}
	return pool, nil
}
