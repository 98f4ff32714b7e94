package facts

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// BareHost returns host in lower case without port, brackets and final dot.
func BareHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
}

// IsAddress reports whether host is an IP address.
func IsAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// URLHost returns the host of a URL in lower case, with its port where that is
// not the scheme's own; "" for no URL.
func URLHost(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if port := u.Port(); port != "" && (u.Scheme != "https" || port != "443") && (u.Scheme != "http" || port != "80") {
		return net.JoinHostPort(host, port)
	}
	return host
}

// IsLoopback reports whether host, with or without a port, is this machine.
func IsLoopback(hostport string) bool {
	host := BareHost(hostport)
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
