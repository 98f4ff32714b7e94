//go:build linux

package realtest

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vacant/cmd/internal/rig"
)

// TestNoConnectionIsMadeToAnybodyUnasked runs the program in a namespace whose
// default is to drop and count, against a DNS server, RDAP and WHOIS servers whose
// replies name other hosts in every way there is. Nothing may leave for them.
func TestNoConnectionIsMadeToAnybodyUnasked(t *testing.T) {
	n := walled(t)
	for _, run := range []struct {
		name string
		args []string
	}{
		{"check", append([]string{"check", "--json"}, numbered("a%02d.alpha", 40)...)},
		{"rdap", append([]string{"rdap", "--json"}, append(numbered("a%02d.beta", 40), numbered("a%02d.gamma", 40)...)...)},
		{"hunt", []string{"hunt", "-p", `[at]\d{2}`, "-t", "alpha,beta,gamma", "--all", "--json"}},
	} {
		name, argv := run.name, append(run.args, n.flags...)
		r := n.vacant(t, argv...)
		if name == "hunt" && r.Exit != 0 || !strings.Contains(r.Stdout, `"registered"`) {
			t.Errorf("%s: exit %d\n%.3000s\n%.2000s", name, r.Exit, r.Stdout, r.Stderr)
		}
		if strings.Contains(r.Stderr, "nsolicited") {
			t.Errorf("%s lets servers speak on stderr: %.500s", name, r.Stderr)
		}
		leaks := n.leaks(t)
		t.Logf("%s: %d packets to and from the endpoints, %d elsewhere", name, leaks.Passed, leaks.Stray)
		if leaks.Stray > 0 || leaks.Passed == 0 {
			t.Errorf("%s sent %d packets to nobody's endpoint: %s", name, leaks.Stray, strings.Join(leaks.To, ", "))
		}
	}
	n.wantServed(t)
}

// TestStrayConnectionsAreCounted is the control: servers named by hand that are
// not among the endpoints allowed, over IPv4 and IPv6, and one whose address has
// to be looked up first.
func TestStrayConnectionsAreCounted(t *testing.T) {
	n := walled(t)
	if leaks := n.leaks(t); leaks.Stray > 0 {
		t.Fatalf("%d packets before anything was asked: %v", leaks.Stray, leaks.To)
	}
	args := []string{"rdap", "a01.zeta", "a01.eta", "a01.theta", "a01.iota", "--whois-server", "zeta=10.9.9.9:43", "--whois-server", "eta=[2001:db8::9]:43",
		"--rdap-server", "theta=http://169.254.169.254/", "--whois-server", "iota=whois.registry.example"}
	program := rig.Command{Argv: append(append([]string{binary}, args...), n.flags...), In: n.Namespace, Env: []string{"HOME=" + t.TempDir()}}
	stop, err := program.Daemon(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for _, to := range []string{"10.9.9.9 . tcp . ", "2001:db8::9 . tcp . ", "169.254.169.254 . tcp . ", " . udp . "} {
		await(t, "a packet to "+to, func() bool { return strings.Contains(strings.Join(n.leaks(t).To, ", "), to) })
	}
}

// walledNet is a namespace with the hostile servers in it and the wall around them.
type walledNet struct {
	*rig.Namespace
	served string // what the servers said, a kind a line
	flags  []string
}

// hostileServers are where the servers of the namespace listen.
var hostileServers = struct{ dns, rdap, whois, bare string }{"127.0.0.1:5300", "127.0.0.1:8081", "127.0.0.1:4301", "127.0.0.1:4302"}

func walled(t *testing.T) *walledNet {
	t.Helper()
	space, err := rig.NewNamespace(t.Context())
	if said := rig.SkippedFor(err); said != "" {
		t.Skip(said)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(space.Close)
	n := &walledNet{Namespace: space, served: filepath.Join(t.TempDir(), "served")}
	s := hostileServers
	allowed := []netip.AddrPort{}
	for _, a := range []string{s.dns, s.rdap, s.whois, s.bare} {
		allowed = append(allowed, netip.MustParseAddrPort(a))
	}
	err = space.Wall(t.Context(), allowed)
	if said := rig.SkippedFor(err); said != "" {
		t.Skip(said)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"alpha", "beta", "gamma", "zeta", "eta", "theta", "iota"} {
		n.flags = append(n.flags, "--authority", suffix+"="+s.dns)
	}
	n.flags = append(n.flags, "--rdap-server", "alpha=http://"+s.rdap+"/", "--whois-server", "alpha="+s.whois, "--whois-server", "beta="+s.whois,
		"--whois-server", "gamma="+s.bare, "--rdap-bootstrap", "http://"+s.rdap+"/dns.json")
	n.startHostile(t)
	return n
}

func (n *walledNet) startHostile(t *testing.T) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	servers := rig.Command{Argv: []string{self}, In: n.Namespace, Env: []string{envHostile + "=" + n.served}}
	stop, err := servers.Daemon(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	await(t, "the hostile servers", func() bool { _, err := os.Stat(n.served); return err == nil })
}

// vacant runs the program in the namespace.
func (n *walledNet) vacant(t *testing.T, args ...string) *rig.Run {
	t.Helper()
	home := t.TempDir()
	c := rig.Command{Argv: append([]string{binary}, args...), In: n.Namespace, Env: []string{"HOME=" + home}, Limit: 2 * time.Minute}
	r, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (n *walledNet) leaks(t *testing.T) rig.Leaks {
	t.Helper()
	leaks, err := n.Leaks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return leaks
}

// wantServed fails where a kind of hostility was never met.
func (n *walledNet) wantServed(t *testing.T) {
	t.Helper()
	served, err := os.ReadFile(n.served)
	if err != nil {
		t.Fatal(err)
	}
	for _, kinds := range [][]string{kindsOf(redirects), kindsOf(bodies), kindsOf(referrals), {twoAnswers}} {
		for _, kind := range kinds {
			if !strings.Contains(string(served), kind+"\n") {
				t.Errorf("nobody was told %q", kind)
			}
		}
	}
}

func numbered(format string, count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprintf(format, i)
	}
	return list
}
