//go:build linux

package rig

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

// Knot is a zone of com for a Knot server.
type Knot struct {
	Names  int                     // the first so many names are delegated as Taken says
	Taken  func(label string) bool // the truth
	Signed string                  // "nsec", "nsec3" without opt-out, or "optout" with it; "" does not sign
	In     *Namespace
}

// knotConf serves one zone with one thread a transport, as the measurement
// leaves the other core to who asks.
const knotConf = `
server:
    rundir: "%[1]s"
    listen: [ %[2]s@%[3]d ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: "%[1]s/db"
policy:
  - id: nsec
    nsec3: off
  - id: nsec3
    nsec3: on
    nsec3-opt-out: off
    nsec3-iterations: 0
    nsec3-salt-length: 0
  - id: optout
    nsec3: on
    nsec3-opt-out: on
    nsec3-iterations: 0
    nsec3-salt-length: 0
template:
  - id: default
    storage: "%[1]s"
    file: "%%s.zone"
    zonefile-sync: -1
    journal-content: none
    zonefile-load: whole
zone:
  - domain: com
%[4]s`

// Start serves the zone at addr, port 0 taking a free one, from dir, until
// stop. It needs knotd.
func (k *Knot) Start(ctx context.Context, dir string, addr netip.AddrPort) (at netip.AddrPort, stop func(), err error) {
	knotd, err := Program("knotd")
	if err != nil {
		return at, nil, err
	}
	if addr.Port() == 0 {
		if addr, err = freePort(addr.Addr()); err != nil {
			return at, nil, err
		}
	}
	if err := k.write(dir, addr); err != nil {
		return at, nil, err
	}
	server := Command{Argv: []string{knotd, "-c", filepath.Join(dir, "knot.conf")}, In: k.In}
	if stop, err = server.Daemon(ctx); err != nil {
		return at, nil, err
	}
	if err = k.await(ctx, addr); err != nil {
		stop()
		return at, nil, err
	}
	return addr, stop, nil
}

func (k *Knot) write(dir string, addr netip.AddrPort) error {
	if err := os.MkdirAll(filepath.Join(dir, "db"), 0o700); err != nil {
		return err
	}
	if err := WriteZone(filepath.Join(dir, "com.zone"), k.Names, k.Taken); err != nil {
		return err
	}
	signing := ""
	if k.Signed != "" {
		signing = fmt.Sprintf("    dnssec-signing: on\n    dnssec-policy: %s\n", k.Signed)
	}
	conf := fmt.Sprintf(knotConf, dir, addr.Addr(), addr.Port(), signing)
	return os.WriteFile(filepath.Join(dir, "knot.conf"), []byte(conf), 0o600)
}

// await waits until the zone is loaded, and signed: till then the answer is SERVFAIL.
func (k *Knot) await(ctx context.Context, addr netip.AddrPort) error {
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	for {
		ask := Command{In: k.In, Limit: 10 * time.Second, Argv: []string{
			"kdig", "+norec", "+short", "+timeout=1", "+retry=0", fmt.Sprintf("@%s", addr.Addr()), "-p", fmt.Sprint(addr.Port()), "com.", "SOA",
		}}
		if r, err := ask.Run(ctx); err == nil && r.Exit == 0 && len(r.Stdout) > 0 {
			return nil
		}
		select { // a poll of another process, not a guess at how long it takes
		case <-ctx.Done():
			return fmt.Errorf("knot at %s: %w", addr, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// freePort finds a port that is free now.
func freePort(ip netip.Addr) (netip.AddrPort, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer func() { _ = c.Close() }()
	return c.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}
