//go:build linux

package realtest

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var rrlNames = flag.Int("rrl", 0, "ask a rate-limiting NSD about so many names, and hold the rate against its bar")

const (
	rrlFew    = 20_000 // names of the run that is always made
	rrlLimit  = 200    // responses of one class a second
	rrlAbsent = 20     // one name in so many
	rrlBar    = 15_000 // names a second
)

// NSD limits the rate of responses: of NXDOMAINs it drops half of those above
// 200 a second and cuts the others short, while every referral is answered.
// Every name must still be settled, rightly.
func TestANameServerThatLimitsResponsesLosesNoName(t *testing.T) {
	nsd, names := needProgram(t, "nsd"), max(*rrlNames, rrlFew)
	dir, addr := t.TempDir(), "127.0.0.1:"+freePort(t)
	list := writeLimited(t, dir, names)
	start(t, nsd, "-d", "-c", write(t, filepath.Join(dir, "nsd.conf"), limitedConf(dir, addr)))
	awaitTCP(t, addr)
	out := filepath.Join(dir, "out.jsonl")
	began := time.Now()
	if _, talk, code := vacant(t, "dns", "--authority", "com="+addr, "-l", list, "-o", out); code != 0 {
		t.Fatalf("exit %d\n%s", code, talk)
	} else {
		t.Logf("%s", talk)
	}
	rate := float64(names) / time.Since(began).Seconds()
	t.Logf("%d names, %.0f a second", names, rate)
	if *rrlNames > 0 && rate < rrlBar {
		t.Errorf("%.0f names a second, want %d", rate, rrlBar)
	}
	if got := wrongLines(t, out); got.lines != names || got.wrong > 0 {
		t.Errorf("%d lines for %d names, %d of them wrong, first %s", got.lines, names, got.wrong, got.first)
	}
}

func limitedConf(dir, addr string) string {
	host, port, _ := strings.Cut(addr, ":")
	return fmt.Sprintf(`
server:
    ip-address: %[2]s
    port: %[3]s
    username: ""
    chroot: ""
    zonesdir: "%[1]s"
    pidfile: "%[1]s/nsd.pid"
    zonelistfile: "%[1]s/zone.list"
    xfrdfile: "%[1]s/xfrd.state"
    logfile: ""
    server-count: 1
    rrl-ratelimit: %[4]d
    rrl-slip: 2
remote-control:
    control-enable: no
zone:
    name: "com"
    zonefile: com.zone
`, dir, host, port, rrlLimit)
}

// writeLimited writes the zone and returns the list of names: those that begin
// with x are not in it.
func writeLimited(t *testing.T, dir string, names int) (list string) {
	t.Helper()
	var zone, all strings.Builder
	zone.WriteString(soa("com.", "a.nic.com.") + "com. NS a.nic.com.\na.nic.com. A 127.0.0.1\n")
	for i := range names {
		if i%rrlAbsent == rrlAbsent/2 {
			fmt.Fprintf(&all, "x%d.com\n", i)
			continue
		}
		fmt.Fprintf(&all, "n%d.com\n", i)
		fmt.Fprintf(&zone, "n%d.com. NS ns.h%d.com.\n", i, i%97)
	}
	writeZone(t, dir, "com", zone.String())
	return write(t, filepath.Join(dir, "names.txt"), all.String())
}

// lineCount is what was found in an output of dns.
type lineCount struct {
	lines, wrong int
	first        string // of the wrong ones
}

func wrongLines(t *testing.T, file string) (c lineCount) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); c.lines++ {
		var line struct{ D, S string }
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]string{true: "nxdomain", false: "taken"}[line.D[0] == 'x']; line.S != want {
			if c.wrong++; c.wrong == 1 {
				c.first = s.Text()
			}
		}
	}
	return c
}
