package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"vacant/dnsstage"
)

// stageOne are the flags that say whom stage one asks, and how hard.
type stageOne struct {
	roots, authority, resolvers, proxies []string

	proxyFile, via, gso string

	concurrency, inflight, retries int
	rateLimit, ratePerServer       float64
	timeout                        time.Duration
	noDenial                       bool
}

// AddFlags adds the flags.
func (s *stageOne) AddFlags(fs *pflag.FlagSet) {
	s.AddEndpoints(fs)
	fs.StringSliceVarP(&s.resolvers, "resolvers", "r", nil, "ask these recursive resolvers: `FILE` or list of addresses")
	fs.StringArrayVar(&s.proxies, "proxy", nil, "send every query through this SOCKS5 `URL` (repeatable)")
	fs.StringVar(&s.proxyFile, "proxy-file", "", "SOCKS5 URLs, one a line: `FILE`")
	fs.StringVar(&s.via, "via", "", "authority or resolvers, without falling back to the other")
	fs.IntVarP(&s.concurrency, "concurrency", "c", 0, "connections, with proxies (default 500)")
	fs.IntVar(&s.inflight, "inflight", 0, "queries in flight, without proxies (default by rate x timeout)")
	fs.Float64Var(&s.rateLimit, "rate-limit", 0, "queries a second in all, 0 = no limit (default 20000)")
	fs.Float64Var(&s.ratePerServer, "rate-per-server", 0, "queries a second to one server, 0 = no ceiling (default 500, a public resolver 100)")
	fs.IntVar(&s.retries, "retries", 3, "further askings after silence")
	fs.DurationVar(&s.timeout, "timeout", 2*time.Second, "of one asking")
	fs.StringVar(&s.gso, "gso", "auto", "leave the cutting of query bursts to the system (UDP segmentation offload, Linux): auto, on or off; auto is on but for servers on loopback")
	fs.BoolVar(&s.noDenial, "no-denial", false, "ask every name itself: settle none by the NSEC and NSEC3 ranges of signed zones")
}

// AddEndpoints adds only the flags that name servers by hand.
func (s *stageOne) AddEndpoints(fs *pflag.FlagSet) {
	fs.StringSliceVar(&s.roots, "roots", nil, "root servers to begin at, `ip:port,...`")
	fs.StringSliceVar(&s.authority, "authority", nil, "name server of a TLD, `tld=ip:port` (repeatable)")
}

// fill completes cfg. changed tells which flags were set.
func (s *stageOne) fill(a *app, changed func(flag string) bool, cfg *dnsstage.Config) (err error) {
	if err = s.fillEndpoints(cfg); err != nil {
		return err
	}
	if cfg.Resolvers, err = resolverList(s.resolvers); err != nil {
		return err
	}
	if changed("resolvers") && len(cfg.Resolvers) == 0 {
		return usage(errors.New("--resolvers names none"), resolverForms)
	}
	if cfg.Proxies, err = s.proxyList(a); err != nil {
		return err
	}
	cfg.Via = dnsstage.Via(s.via)
	if !slices.Contains([]dnsstage.Via{dnsstage.ViaAuto, dnsstage.ViaAuthority, dnsstage.ViaResolvers}, cfg.Via) {
		return usagef("--via %q: want authority or resolvers", s.via)
	}
	cfg.Concurrency, cfg.Inflight, cfg.Timeout, cfg.NoDenial = s.concurrency, s.inflight, s.timeout, s.noDenial
	cfg.RateLimit = limitOf(s.rateLimit, changed("rate-limit"))
	cfg.RatePerServer = limitOf(s.ratePerServer, changed("rate-per-server"))
	if cfg.GSO, err = dnsstage.ParseGSO(s.gso); err != nil {
		return usage(fmt.Errorf("--gso: %w", err), "")
	}
	cfg.Retries = s.retries
	if s.retries == 0 {
		cfg.Retries = -1 // none; 0 is "the default" in a Config
	}
	cfg.Log = a.log
	if err := s.check(); err != nil {
		return err
	}
	return usage(cfg.Validate(), "")
}

// fillEndpoints sets only the servers named by hand.
func (s *stageOne) fillEndpoints(cfg *dnsstage.Config) (err error) {
	if cfg.Roots, err = addrPorts("--roots", s.roots); err != nil {
		return err
	}
	cfg.Authority, err = authorities(s.authority)
	return err
}

func (s *stageOne) check() error {
	switch {
	case s.timeout <= 0:
		return usagef("--timeout %s: want more than nothing", s.timeout)
	case s.retries < 0, s.concurrency < 0, s.inflight < 0, s.rateLimit < 0, s.ratePerServer < 0:
		return usagef("--retries, --concurrency, --inflight, --rate-limit and --rate-per-server cannot be negative")
	}
	return nil
}

// limitOf turns a flag's value into a Config's: there 0 is the default and less is no limit.
func limitOf(value float64, set bool) float64 {
	if set && value == 0 {
		return -1
	}
	return value
}

// addrPorts parses addresses; a missing port is 53.
func addrPorts(flag string, texts []string) ([]netip.AddrPort, error) {
	var out []netip.AddrPort
	for _, text := range texts {
		addr, err := addrPort(text)
		if err != nil {
			return nil, usage(fmt.Errorf("%s: %w", flag, err), "")
		}
		out = append(out, addr)
	}
	return out, nil
}

func addrPort(text string) (netip.AddrPort, error) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return netip.AddrPortFrom(addr.Unmap(), 53), nil
	}
	if ap, err := netip.ParseAddrPort(text); err == nil && ap.Port() != 0 {
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
	}
	return netip.AddrPort{}, fmt.Errorf("%q is no IP address with a port", text)
}

func authorities(texts []string) (map[string][]netip.AddrPort, error) {
	out := make(map[string][]netip.AddrPort)
	for _, text := range texts {
		tld, addr, err := pair("--authority", text, "tld=ip:port")
		if err != nil {
			return nil, err
		}
		servers, err := addrPorts("--authority", []string{addr})
		if err != nil {
			return nil, err
		}
		out[tld] = append(out[tld], servers...)
	}
	return out, nil
}

// pair parses key=value, the key as a suffix.
func pair(flag, text, shape string) (key, value string, err error) {
	key, value, ok := strings.Cut(text, "=")
	key = strings.ToLower(strings.Trim(strings.TrimSpace(key), "."))
	if value = strings.TrimSpace(value); !ok || key == "" || value == "" {
		return "", "", usagef("%s %q: want %s", flag, text, shape)
	}
	return key, value, nil
}

// resolverForms says what -r takes.
const resolverForms = "an address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53, or a file of them, one a line"

// resolverList parses -r: addresses, and files of them. Each address counts once.
func resolverList(texts []string) ([]netip.AddrPort, error) {
	var out []netip.AddrPort
	for _, text := range texts {
		if addr, err := addrPort(text); err == nil {
			out = append(out, addr)
			continue
		}
		more, err := resolverFile(text)
		if err != nil {
			return nil, usage(fmt.Errorf("--resolvers: %w", err), resolverForms)
		}
		out = append(out, more...)
	}
	seen := make(map[netip.AddrPort]bool, len(out))
	return slices.DeleteFunc(out, func(a netip.AddrPort) bool {
		twice := seen[a]
		seen[a] = true
		return twice
	}), nil
}

func resolverFile(path string) ([]netip.AddrPort, error) {
	lines, err := readLines(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%q is neither an address nor a file", path)
	case err != nil:
		return nil, fmt.Errorf("%q cannot be read: %w", path, err)
	case len(lines) == 0:
		return nil, fmt.Errorf("%q has no address in it", path)
	}
	out := make([]netip.AddrPort, len(lines))
	for i, line := range lines {
		if out[i], err = addrPort(line); err != nil {
			return nil, fmt.Errorf("in %s: %w", path, err)
		}
	}
	return out, nil
}

// proxyList joins --proxy and --proxy-file and checks each URL.
func (s *stageOne) proxyList(a *app) ([]string, error) {
	urls := slices.Clone(s.proxies)
	if s.proxyFile != "" {
		lines, err := readLines(s.proxyFile)
		if err != nil {
			return nil, usage(fmt.Errorf("--proxy-file: %w", err), "")
		}
		a.warnReadable(s.proxyFile, strings.Join(lines, "\n"))
		urls = append(urls, lines...)
	}
	for i, text := range urls {
		if err := checkProxy(text, "socks5", "socks5h"); err != nil {
			return nil, usage(fmt.Errorf("proxy %d: %w", i+1, err), "for instance socks5://127.0.0.1:1080")
		}
	}
	return urls, nil
}

// checkProxy checks a proxy's URL. Its error never shows the URL: there may be a password in it.
func checkProxy(text string, schemes ...string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		return fmt.Errorf("no URL with a host and the scheme %s", strings.Join(schemes, " or "))
	}
	if u.Port() == "" {
		return fmt.Errorf("%s has no port", u.Hostname())
	}
	if _, _, err := net.SplitHostPort(u.Host); err != nil {
		return fmt.Errorf("%s is no host and port", u.Host)
	}
	return nil
}

// readLines returns a file's lines without blanks and # comments.
func readLines(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	var lines []string
	for scan := bufio.NewScanner(f); ; {
		if !scan.Scan() {
			return lines, scan.Err()
		}
		line := strings.TrimSpace(strings.TrimPrefix(scan.Text(), "\uFEFF"))
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
}
