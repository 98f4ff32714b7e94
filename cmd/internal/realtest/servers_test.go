//go:build linux

package realtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// need skips the test with the one line that says what would run it.
func need(t *testing.T, what string, ok bool) {
	t.Helper()
	if !ok {
		t.Skipf("SKIPPED: needs %s, run make deps", what)
	}
}

func needProgram(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/usr/bin/"} {
		if p, err := exec.LookPath(dir + name); err == nil {
			return p
		}
	}
	need(t, name, false)
	return ""
}

// start runs a daemon in the foreground until the test ends; its output is
// shown if the test fails.
func start(t *testing.T, program string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%.4000s", filepath.Base(program), out.String())
		}
	})
}

// awaitTCP waits until somebody listens on addr.
func awaitTCP(t *testing.T, addr string) {
	t.Helper()
	await(t, "a listener on "+addr, func() bool {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// awaitDNS waits until the server at addr answers for host's A record.
func awaitDNS(t *testing.T, addr, host string) {
	t.Helper()
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr+":53")
	}}
	await(t, host+" at "+addr, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := r.LookupHost(ctx, host+".")
		return err == nil
	})
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited 20 s for %s", what)
		}
		select { // a poll of another process, not a guess at how long it takes
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func write(t *testing.T, path, body string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// startKnot serves the TLDs: alpha signed with NSEC, beta with
// NSEC3, gamma and wild unsigned.
func startKnot(t *testing.T, dir string) {
	t.Helper()
	knotd := needProgram(t, "knotd")
	if err := os.Mkdir(filepath.Join(dir, "db"), 0o700); err != nil { // keys and timers
		t.Fatal(err)
	}
	conf := fmt.Sprintf(`
server:
    rundir: "%[1]s"
    listen: %[2]s@53
    tcp-max-clients: 2000
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
template:
  - id: default
    storage: "%[1]s"
    file: "%%s.zone"
    zonefile-sync: -1
    journal-content: none
    zonefile-load: whole
zone:
  - domain: alpha
    dnssec-signing: on
    dnssec-policy: nsec
  - domain: beta
    dnssec-signing: on
    dnssec-policy: nsec3
  - domain: gamma
  - domain: wild
`, dir, tldAddr)
	start(t, knotd, "-c", write(t, filepath.Join(dir, "knot.conf"), conf))
	for _, tld := range []string{"alpha", "beta", "gamma", "wild"} {
		awaitDNS(t, tldAddr, "ns.nic."+tld)
	}
}

// startNSD serves one zone at one address: the root, and co.beta elsewhere.
// Each has a process of its own, as one server would answer for the deeper zone at both.
func startNSD(t *testing.T, dir, zone, file, addr, host string) {
	t.Helper()
	nsd := needProgram(t, "nsd")
	conf := fmt.Sprintf(`
server:
    ip-address: %[2]s
    port: 53
    username: ""
    chroot: ""
    zonesdir: "%[1]s"
    pidfile: "%[1]s/%[4]s.pid"
    zonelistfile: "%[1]s/%[4]s.list"
    xfrdfile: "%[1]s/%[4]s.state"
    logfile: ""
    server-count: 1
remote-control:
    control-enable: no
zone:
    name: "%[3]s"
    zonefile: %[4]s.zone
`, dir, addr, zone, file)
	start(t, nsd, "-d", "-c", write(t, filepath.Join(dir, file+".nsd.conf"), conf))
	awaitDNS(t, addr, host)
}

// startHosting answers for every delegated name, as the servers of hosting
// companies do: a resolver goes down to them.
func startHosting(t *testing.T) {
	t.Helper()
	conn, err := net.ListenPacket("udp", hostingAddr+":53")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply, err := hostingReply(buf[:n]); err == nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	}()
}

func hostingReply(query []byte) ([]byte, error) {
	var p dnsmessage.Parser
	h, err := p.Start(query)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: h.ID, Response: true, Authoritative: true})
	if err := errors.Join(b.StartQuestions(), b.Question(q), b.StartAnswers()); err != nil {
		return nil, err
	}
	if q.Type == dnsmessage.TypeNS {
		ns := dnsmessage.NSResource{NS: dnsmessage.MustNewName(hostingName)}
		if err := b.NSResource(dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 300}, ns); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

// startUnbound recurses over the two.
func startUnbound(t *testing.T, dir string) {
	t.Helper()
	unbound := needProgram(t, "unbound")
	hints := write(t, filepath.Join(dir, "hints"), ". 3600 NS a.root.\na.root. 3600 A "+rootAddr+"\n")
	conf := fmt.Sprintf(`
server:
    interface: %[2]s
    port: 53
    access-control: 127.0.0.0/8 allow
    username: ""
    chroot: ""
    directory: "%[1]s"
    pidfile: "%[1]s/unbound.pid"
    root-hints: "%[3]s"
    module-config: "iterator"
    do-not-query-localhost: no
    do-ip6: no
    use-syslog: no
    qname-minimisation: no
    num-threads: 1
    outgoing-range: 900
    num-queries-per-thread: 900
    jostle-timeout: 2000
remote-control:
    control-enable: no
`, dir, resolverAddr, hints)
	start(t, unbound, "-d", "-p", "-c", write(t, filepath.Join(dir, "unbound.conf"), conf))
	awaitDNS(t, resolverAddr, "ns.nic.alpha")
}

// startProxies starts microsocks without and with a password, and dante, and
// returns their URLs.
func startProxies(t *testing.T, dir string) []string {
	t.Helper()
	microsocks, danted := needProgram(t, "microsocks"), needProgram(t, "danted")
	open, closed, dante := freePort(t), freePort(t), freePort(t)
	start(t, microsocks, "-i", "127.0.0.1", "-p", open)
	start(t, microsocks, "-i", "127.0.0.1", "-p", closed, "-u", "hunter", "-P", "s3cret")
	conf := fmt.Sprintf(`
logoutput: stderr
internal: 127.0.0.1 port = %s
external: lo
socksmethod: none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 127.0.0.0/8 }
`, dante)
	start(t, danted, "-f", write(t, filepath.Join(dir, "danted.conf"), conf), "-p", filepath.Join(dir, "danted.pid"))
	for _, port := range []string{open, closed, dante} {
		awaitTCP(t, "127.0.0.1:"+port)
	}
	return []string{"socks5://127.0.0.1:" + open, "socks5://hunter:s3cret@127.0.0.1:" + closed, "socks5h://127.0.0.1:" + dante}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// registry is the RDAP and WHOIS service of every suffix of the test internet.
type registry struct {
	world *truth
	base  string // RDAP, ends in a slash; a suffix has its own below it
	whois string // host:port

	mu    sync.Mutex
	asked map[string]int // RDAP questions by name
}

func startRegistry(t *testing.T, w *truth) *registry {
	t.Helper()
	r := &registry{world: w, asked: make(map[string]int)}
	server := httptest.NewServer(http.HandlerFunc(r.rdap))
	t.Cleanup(server.Close)
	r.base = server.URL + "/"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	r.whois = l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.serveWHOIS(c)
		}
	}()
	return r
}

// split parts a name into its label and one of the suffixes.
func split(name string) (label, suffix string) {
	label, suffix, _ = strings.Cut(strings.ToLower(strings.TrimSuffix(name, ".")), ".")
	return label, suffix
}

func (r *registry) rdap(w http.ResponseWriter, req *http.Request) {
	_, name, _ := strings.Cut(req.URL.Path, "/domain/")
	r.mu.Lock()
	r.asked[name]++
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/rdap+json")
	if label, suffix := split(name); r.world.registered(label, suffix) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"objectClassName": "domain", "ldhName": name, "status": []string{"active"}, "rdapConformance": []string{"rdap_level_0"},
		})
		return
	}
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(`{"errorCode":404,"title":"Not Found","description":["The domain you are looking for does not exist."],"rdapConformance":["rdap_level_0"]}`))
}

func (r *registry) serveWHOIS(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 300)
	n, err := c.Read(buf)
	if err != nil {
		return
	}
	fields := strings.Fields(string(buf[:n]))
	if len(fields) == 0 {
		return
	}
	name := strings.ToLower(fields[len(fields)-1])
	if label, suffix := split(name); r.world.registered(label, suffix) {
		_, _ = fmt.Fprintf(c, "Domain Name: %s\r\nRegistrar: Test Registrar\r\nCreation Date: 2020-01-01T00:00:00Z\r\nDomain Status: active\r\n>>> Last update of WHOIS database: 2026-01-01T00:00:00Z <<<\r\n", name)
		return
	}
	_, _ = fmt.Fprintf(c, "No match for \"%s\".\r\n>>> Last update of WHOIS database: 2026-01-01T00:00:00Z <<<\r\n", strings.ToUpper(name))
}
