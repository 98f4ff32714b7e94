package dnsstage

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
)

const resolvConf = "/etc/resolv.conf"

// systemResolvers returns those of cfg, or those of the system.
func systemResolvers(cfg *Config) ([]netip.AddrPort, error) {
	if cfg.SystemResolvers != nil {
		return cfg.SystemResolvers, nil
	}
	f, err := os.Open(resolvConf)
	if err != nil {
		return nil, fmt.Errorf("system resolvers: %w", err)
	}
	addrs, err := parseResolvConf(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("system resolvers: %w", err)
	}
	return addrs, nil
}

// maxResolvConf bounds what is read, in octets; the file is a few lines.
const maxResolvConf = 64 << 10

// parseResolvConf returns the nameserver lines that hold an address
// (resolv.conf(5)); whatever else the file holds is passed over.
func parseResolvConf(r io.Reader) ([]netip.AddrPort, error) {
	lines := bufio.NewScanner(io.LimitReader(r, maxResolvConf))
	lines.Buffer(nil, maxResolvConf+1)
	var addrs []netip.AddrPort
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(fields[1]); err == nil && !a.IsUnspecified() {
			addrs = append(addrs, netip.AddrPortFrom(a.Unmap(), dnsPort))
		}
	}
	return addrs, lines.Err()
}
