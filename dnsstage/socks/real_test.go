package socks

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"vacant"
	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
	"vacant/dnsstage/wire/wiretest"
)

// danteConfig lets everybody on loopback through.
const danteConfig = `logoutput: stderr
internal: 127.0.0.1 port = %d
external: lo
socksmethod: none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 127.0.0.0/8 }
`

// TestThroughRealProxies asks through proxies that others wrote.
func TestThroughRealProxies(t *testing.T) {
	user := url.UserPassword("me", "pa ss")
	tests := []struct {
		name, program string
		user          *url.Userinfo
		args          func(t *testing.T, port uint16) []string
	}{
		{"microsocks", "microsocks", nil, func(_ *testing.T, port uint16) []string {
			return []string{"-i", "127.0.0.1", "-p", fmt.Sprint(port)}
		}},
		{"microsocks with a password", "microsocks", user, func(_ *testing.T, port uint16) []string {
			return []string{"-i", "127.0.0.1", "-p", fmt.Sprint(port), "-u", "me", "-P", "pa ss"}
		}},
		{"dante", "danted", nil, func(t *testing.T, port uint16) []string {
			t.Helper()
			if os.Geteuid() != 0 {
				t.Skip("SKIPPED: needs root, for dante")
			}
			path := filepath.Join(t.TempDir(), "danted.conf")
			if err := os.WriteFile(path, fmt.Appendf(nil, danteConfig, port), 0o644); err != nil {
				t.Fatal(err)
			}
			return []string{"-f", path}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := dnstest.DeadPort(t)
			run(t, addr, tt.program, tt.args(t, addr.Port()))
			u := url.URL{Scheme: "socks5h", Host: addr.String(), User: tt.user}
			askThrough(t, u.String())
		})
	}
}

func askThrough(t *testing.T, proxy string) {
	t.Helper()
	s := dnstest.Start(t, dnstest.Honest(dnstest.Referral()))
	p, err := New(Config{Proxies: []string{proxy}, Workers: 5, Lookup: vacant.NewLookup(nil)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	for i, r := range wiretest.Run(t, p, names(100, s.Addr)) {
		if r.Outcome != wire.Replied {
			t.Fatalf("query %d: outcome %d, error %v", i, r.Outcome, r.Err)
		}
	}
	if n := s.Connections(); n > 5 {
		t.Errorf("%d connections for 5 workers", n)
	}
}

// run starts a program that listens on addr and waits until it does.
func run(t *testing.T, addr netip.AddrPort, program string, args []string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("SKIPPED: needs %s, run make deps", program)
	}
	cmd := exec.Command(path, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // dante has children, and ends them itself
		_ = cmd.Wait()
	})
	waitFor(t, program+" to listen", func() bool {
		c, err := net.Dial("tcp", addr.String())
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}
