package socks

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
	"vacant/dnsstage/wire/wiretest"
)

// realNames is how many names the real servers' zone delegates.
const realNames = 2000

// writeZone writes a zone that delegates name-0.example and so on, and returns its folder.
func writeZone(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("$ORIGIN example.\n$TTL 300\n@ SOA ns.example. admin.example. 1 7200 900 1209600 900\n@ NS ns\nns A 127.0.0.1\n")
	for i := range realNames {
		_, _ = fmt.Fprintf(&b, "name-%d NS ns.name-%d\nns.name-%d A 192.0.2.1\n", i, i, i)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "zone"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

const knotConf = `
server:
    rundir: "%[1]s"
    listen: 127.0.0.1@%[2]d
database:
    storage: "%[1]s"
zone:
  - domain: example
    storage: "%[1]s"
    file: zone
    zonefile-sync: -1
    journal-content: none
    zonefile-load: whole
`

const nsdConf = `
server:
    ip-address: 127.0.0.1
    port: %[2]d
    username: ""
    chroot: ""
    zonesdir: "%[1]s"
    pidfile: "%[1]s/pid"
    zonelistfile: "%[1]s/list"
    xfrdfile: "%[1]s/state"
    server-count: 1
remote-control:
    control-enable: no
zone:
    name: "example"
    zonefile: zone
`

// The resolver holds the zone itself: what is measured is its TCP.
const unboundConf = `
server:
    interface: 127.0.0.1
    port: %[2]d
    access-control: 127.0.0.0/8 allow
    username: ""
    chroot: ""
    directory: "%[1]s"
    pidfile: "%[1]s/pid"
    use-syslog: no
    num-threads: 1
    incoming-num-tcp: 20
remote-control:
    control-enable: no
auth-zone:
    name: "example"
    zonefile: zone
    for-upstream: no
    for-downstream: yes
`

const bindConf = `
options {
    directory "%[1]s";
    listen-on port %[2]d { 127.0.0.1; };
    listen-on-v6 { none; };
    pid-file none;
    session-keyfile none;
    recursion no;
};
controls { };
zone "example" { type primary; file "zone"; };
`

// TestRealServersTakePipelines asks servers that others wrote, over few
// connections and many queries on each.
func TestRealServersTakePipelines(t *testing.T) {
	tests := []struct {
		name, program, conf string
		args                func(file string) []string
	}{
		{"Knot", "knotd", knotConf, func(f string) []string { return []string{"-c", f} }},
		{"NSD", "nsd", nsdConf, func(f string) []string { return []string{"-d", "-c", f} }},
		{"Unbound", "unbound", unboundConf, func(f string) []string { return []string{"-d", "-c", f} }},
		{"BIND", "named", bindConf, func(f string) []string { return []string{"-f", "-c", f} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, addr := writeZone(t), dnstest.DeadPort(t)
			file := filepath.Join(dir, "conf")
			if err := os.WriteFile(file, fmt.Appendf(nil, tt.conf, dir, addr.Port()), 0o600); err != nil {
				t.Fatal(err)
			}
			run(t, addr, tt.program, tt.args(file))
			askReal(t, addr)
		})
	}
}

// askReal asks for every name on few connections.
func askReal(t *testing.T, addr netip.AddrPort) {
	t.Helper()
	p := open(t, 0)
	waitFor(t, "the zone to be loaded", func() bool {
		r := wiretest.Exchange(t, p, query("name-0.example", addr, time.Second))
		return r.Outcome == wire.Replied && string(r.NSOwner) == "name-0.example"
	})
	before := p.Stats()
	qs := names(realNames, addr)
	if got := count(t, qs, wiretest.Run(t, p, qs)); got[wire.Replied] != len(qs) {
		t.Errorf("outcomes %v", got)
	}
	if n := p.depthOf(addr); n < 8 {
		t.Errorf("%d queries at once after %d answers", n, len(qs))
	}
	if after := p.Stats(); after.Sent-before.Sent != realNames || after.Reconnects != before.Reconnects {
		t.Errorf("%d sent for %d names, %d connections lost", after.Sent-before.Sent, realNames, after.Reconnects-before.Reconnects)
	}
}
