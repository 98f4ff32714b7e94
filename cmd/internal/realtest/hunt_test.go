//go:build linux

package realtest

import (
	"encoding/csv"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"vacant/cmd/internal/rig"
	"vacant/dnsstage/dnstest"
)

// binary is the built program, made once by TestMain.
var binary string

func TestMain(m *testing.M) {
	if dnstest.BePlain() || beHostile() {
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	return rig.WithVacant(func(built string) int {
		binary = built
		return m.Run()
	})
}

// internet starts every server of the test internet and returns its registry
// and its proxies.
func internet(t *testing.T) (*registry, []string) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("SKIPPED: needs root on Linux for port 53 of 127.53.0.0/24")
	}
	for _, p := range []string{"knotd", "nsd", "unbound", "microsocks", "danted"} {
		needProgram(t, p)
	}
	dir := t.TempDir()
	w := newTruth()
	w.writeZones(t, dir)
	startNSD(t, dir, ".", "root", rootAddr, "a.root")
	startKnot(t, dir)
	startNSD(t, dir, "co.beta", "co.beta", elsewhere, "ns.other.co.beta")
	startHosting(t)
	startUnbound(t, dir)
	return startRegistry(t, w), startProxies(t, dir)
}

// vacant runs the binary with a state folder of its own and returns stdout,
// stderr and the exit code.
func vacant(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, talk strings.Builder
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &talk
	home := t.TempDir()
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	cmd.Dir = home
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), talk.String(), cmd.ProcessState.ExitCode()
}

// handNamed are the flags that name the registry of each suffix.
func (r *registry) handNamed(suffixes ...string) []string {
	var args []string
	for _, s := range suffixes {
		args = append(args, "--rdap-server", s+"="+r.base+s+"/")
	}
	return args
}

// verdicts runs one hunt over the pattern and the specials and returns
// "verdict reason" by name, for every name that went to a registry or is available.
func verdicts(t *testing.T, r *registry, way ...string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	list := write(t, filepath.Join(dir, "specials.txt"), strings.Join(specials(), "\n")+"\n")
	csvFile := filepath.Join(dir, "all.csv")
	args := append([]string{"hunt", "-p", pattern, "-l", list, "-t", strings.Join(suffixes, ","), "--all", "-o", csvFile, "--db", filepath.Join(dir, "v.db")}, way...)
	_, talk, code := vacant(t, append(args, r.handNamed(suffixes...)...)...)
	if code != 0 {
		t.Fatalf("vacant %s: exit %d\n%s", strings.Join(args, " "), code, talk)
	}
	t.Logf("%s", talk)
	got := readCSV(t, csvFile)
	for name, v := range got {
		if strings.HasPrefix(v, "undetermined") && !strings.HasPrefix(name, "ent.") {
			ledger, _, _ := vacant(t, append([]string{"explain", name, "--db", filepath.Join(dir, "v.db")}, append(way, r.handNamed(suffixes...)...)...)...)
			t.Logf("one of the undetermined:\n%s", ledger)
			break
		}
	}
	return got
}

func readCSV(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	domain, verdict, reason := slices.Index(rows[0], "domain"), slices.Index(rows[0], "verdict"), slices.Index(rows[0], "reason")
	got := make(map[string]string)
	for _, row := range rows[1:] {
		got[row[domain]] = strings.TrimSpace(row[verdict] + " " + row[reason])
	}
	return got
}

func availableOf(got map[string]string) []string {
	var names []string
	for name, v := range got {
		if v == "available" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// The same hunt must come to the same verdicts whichever way its queries go,
// and to the right ones.
func TestThreeWaysOneTruth(t *testing.T) {
	r, proxies := internet(t)
	ways := map[string][]string{
		"direct":    {"--roots", rootAddr + ":53", "--via", "authority"},
		"recursive": {"-r", resolverAddr + ":53", "--roots", rootAddr + ":53"}, // broken delegations go to the TLD's servers
		"proxied":   {"--roots", rootAddr + ":53", "--proxy", proxies[0], "--proxy", proxies[1], "--proxy", proxies[2], "-c", "60"},
	}
	want := r.world.available(suffixes...)
	for _, s := range []string{"alpha", "beta", "gamma"} {
		want = append(want, "nobody."+s)
	}
	slices.Sort(want)
	all := make(map[string]map[string]string)
	for name, flags := range ways {
		t.Run(name, func(t *testing.T) {
			got := verdicts(t, r, flags...)
			all[name] = got
			if have := availableOf(got); !slices.Equal(have, want) {
				t.Errorf("%d available, want %d; false: %.20q, missed: %.20q", len(have), len(want), except(have, want), except(want, have))
			}
			for special, v := range map[string]string{"aonly.alpha": "registered", "held.beta": "registered", "ent.gamma": "undetermined"} {
				if !strings.HasPrefix(got[special], v) {
					t.Errorf("%s is %q, want %s", special, got[special], v)
				}
			}
		})
	}
	for name, got := range all {
		for domain, v := range got {
			if all["direct"][domain] != v {
				t.Errorf("%s: %s says %q, direct says %q", domain, name, v, all["direct"][domain])
			}
		}
	}
}

func except(a, b []string) []string {
	in := make(map[string]bool, len(b))
	for _, s := range b {
		in[s] = true
	}
	var out []string
	for _, s := range a {
		if !in[s] {
			out = append(out, s)
		}
	}
	return out[:min(20, len(out))]
}

// Where a zone has no NXDOMAIN, two registry sources must agree; with one,
// nothing there is available.
func TestWildcardZoneNeedsTwoSources(t *testing.T) {
	r, _ := internet(t)
	dir := t.TempDir()
	args := []string{"hunt", "-p", pattern, "-t", "wild", "--roots", rootAddr + ":53", "--rdap-server", "wild=" + r.base + "wild/", "-q"}
	one, talk, code := vacant(t, append(args, "--db", filepath.Join(dir, "one.db"), "--no-whois")...)
	if code != 0 || one != "" {
		t.Errorf("with one source: exit %d, available %.200q\n%s", code, one, talk)
	}
	two, talk, code := vacant(t, append(args, "--db", filepath.Join(dir, "two.db"), "--whois-server", "wild="+r.whois)...)
	got := strings.Fields(two)
	slices.Sort(got)
	if want := r.world.available("wild"); code != 0 || !slices.Equal(got, want) {
		t.Errorf("with two sources: exit %d, %d available, want %d\n%s", code, len(got), len(want), talk)
	}
}

// No credential of a proxy may be seen anywhere.
func TestProxyPasswordIsNeverShown(t *testing.T) {
	r, proxies := internet(t)
	db := filepath.Join(t.TempDir(), "v.db")
	args := []string{"hunt", "-p", "[a-b]{5}", "-t", "gamma", "--roots", rootAddr + ":53", "--proxy", proxies[1], "--db", db, "-v"}
	out, talk, code := vacant(t, append(args, r.handNamed("gamma")...)...)
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, talk)
	}
	stored, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"stdout": out, "stderr": talk, "store": string(stored)} {
		if strings.Contains(text, "s3cret") {
			t.Errorf("the password is in %s", where)
		}
	}
}
