//go:build linux

package realtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	names "vacant"
	"vacant/dnsstage"
	"vacant/generator"
)

// What is asked of the signed zones: 65,536 labels each, and 4,096 where every
// name costs a query.
const (
	signedPattern = "[a-p]{4}"
	fewPattern    = "[a-h]{4}"
)

// signed is a zone with everything that a denial must not get wrong.
type signed struct {
	zone  string
	truth map[string]names.Status // labels of the pattern that are not absent
	body  string
	owned int  // owner names that a chain of the zone has
	star  bool // there is a wildcard right below the apex
}

// newSigned deals 1,500 delegations out, a third of them secure, and a few of
// everything else; with star, a wildcard right below the apex.
func newSigned(zone string, seed uint64, star bool) *signed {
	z := &signed{zone: zone, star: star, truth: make(map[string]names.Status)}
	ns := "ns." + zone + "."
	var b strings.Builder
	fmt.Fprintf(&b, "$TTL 3600\n%s. SOA %s host.%s. 1 7200 3600 1209600 900\n%s. NS %s\n%s A 127.0.0.1\n", zone, ns, zone, zone, ns, ns)
	z.owned = 2
	rng := rand.New(rand.NewPCG(seed, 4))
	label := func(s names.Status) string {
		for {
			text := make([]byte, 4)
			for i := range text {
				text[i] = 'a' + byte(rng.IntN(16))
			}
			if _, taken := z.truth[string(text)]; !taken {
				z.truth[string(text)], z.owned = s, z.owned+1
				return string(text)
			}
		}
	}
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for i := range 1500 {
		l := label(names.StatusDelegated)
		if add("%s.%s. NS ns.hosting.example.", l, zone); i%3 == 0 {
			add("%s.%s. DS 12345 13 2 %s", l, zone, strings.Repeat("ab", 32))
		}
	}
	for range 30 {
		glued := label(names.StatusDelegated)
		add("%s.%s. NS ns.%s.%s.\nns.%s.%s. A 192.0.2.1", glued, zone, glued, zone, glued, zone)
		add("deep.%s.%s. TXT \"below an empty non-terminal\"", label(names.StatusNodata), zone)
		add("cut.%s.%s. NS ns.hosting.example.", label(names.StatusNodata), zone)
		add("a.%[1]s.%[2]s. NS ns.hosting.example.\nz.%[1]s.%[2]s. A 192.0.2.2", label(names.StatusNodata), zone)
		add("*.%s.%s. TXT \"a wildcard further down\"", label(names.StatusNodata), zone)
		add("%s.%s. A 192.0.2.3", label(names.StatusNodata), zone)
		add("%s.%s. DNAME elsewhere.example.", label(names.StatusNodata), zone)
		z.owned += 5
	}
	if star {
		add("*.%s. TXT \"everything exists\"", zone)
	}
	z.body = b.String()
	return z
}

// signedZones are one of each kind of proof.
func signedZones(suffix string) map[string]*signed {
	return map[string]*signed{
		"nsec": newSigned("nsec"+suffix, 1, false), "nsec3": newSigned("hash"+suffix, 2, false),
		"optout": newSigned("optout"+suffix, 3, false), "star": newSigned("star"+suffix, 4, true),
	}
}

// signedByKnot has Knot sign and serve the zones; it returns where.
func signedByKnot(t *testing.T, zones map[string]*signed) string {
	t.Helper()
	knotd := needProgram(t, "knotd")
	dir, port := t.TempDir(), freePort(t)
	conf := fmt.Sprintf(`
server:
    rundir: "%[1]s"
    listen: 127.0.0.1@%[2]s
    udp-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: "%[1]s"
policy:
  - id: nsec
    nsec3: off
  - id: star
    nsec3: off
  - id: nsec3
    nsec3: on
    nsec3-iterations: 0
    nsec3-salt-length: 8
  - id: optout
    nsec3: on
    nsec3-opt-out: on
template:
  - id: default
    storage: "%[1]s"
    file: "%%s.zone"
    zonefile-sync: -1
    journal-content: none
    zonefile-load: whole
    dnssec-signing: on
zone:
`, dir, port)
	for kind, z := range zones {
		writeZone(t, dir, z.zone, z.body)
		conf += fmt.Sprintf("  - domain: %s\n    dnssec-policy: %s\n", z.zone, kind)
	}
	start(t, knotd, "-c", write(t, filepath.Join(dir, "knot.conf"), conf))
	return "127.0.0.1:" + port
}

// signedByBIND signs the zones with dnssec-signzone and has BIND serve them.
func signedByBIND(t *testing.T, zones map[string]*signed) string {
	t.Helper()
	named, keygen, signzone := needProgram(t, "named"), needProgram(t, "dnssec-keygen"), needProgram(t, "dnssec-signzone")
	dir, port := t.TempDir(), freePort(t)
	conf := fmt.Sprintf(`options { directory "%[1]s"; listen-on port %[2]s { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; notify no; pid-file none; session-keyfile none; dnssec-validation no; };
controls {};
`, dir, port)
	how := map[string][]string{"nsec3": {"-3", "-"}, "optout": {"-3", "-", "-A"}}
	for kind, z := range zones {
		writeZone(t, dir, z.zone, z.body)
		runIn(t, dir, keygen, "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", z.zone)
		runIn(t, dir, keygen, "-q", "-a", "ECDSAP256SHA256", z.zone)
		runIn(t, dir, signzone, append(append([]string{"-q", "-S", "-o", z.zone}, how[kind]...), z.zone+".zone")...)
		conf += fmt.Sprintf("zone %q { type primary; file %q; };\n", z.zone, z.zone+".zone.signed")
	}
	start(t, named, "-g", "-n", "1", "-c", write(t, filepath.Join(dir, "named.conf"), conf))
	return "127.0.0.1:" + port
}

func runIn(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(program), err, out)
	}
}

// awaitZone waits until the server answers for the zone's name server.
func awaitZone(t *testing.T, addr, zone string) {
	t.Helper()
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
	await(t, zone+" at "+addr, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := r.LookupHost(ctx, "ns."+zone+".")
		return err == nil
	})
}

// sweepSigned asks about every label of the pattern, and compares each answer with the zone.
func sweepSigned(t *testing.T, addr string, z *signed, pattern string, random bool) dnsstage.Stats {
	t.Helper()
	gen, err := generator.New(generator.Config{Patterns: []string{pattern}, TLDs: []string{z.zone}, Suffixes: names.NewSuffixes(z.zone), Random: random, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	stage, err := dnsstage.New(dnsstage.Config{Authority: map[string][]netip.AddrPort{z.zone: {netip.MustParseAddrPort(addr)}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stage.Close(); err != nil {
			t.Error(err)
		}
	}()
	in, out, done := make(chan *names.Batch, 4), make(chan *names.Batch, 8), make(chan error, 2)
	go func() { done <- gen.Run(t.Context(), in); close(in) }()
	go func() { done <- stage.Run(t.Context(), in, out); close(out) }()
	asked, wrong := 0, 0
	for b := range out {
		for i := range b.Len() {
			asked++
			want, known := z.truth[string(b.Name(i)[:4])]
			switch {
			case known:
			case z.star:
				want = names.StatusNodata
			default:
				want = names.StatusNXDomain
			}
			if b.Answers[i].Status != want {
				if wrong++; wrong < 10 {
					t.Errorf("%s is %s (flags %b), want %s", b.Name(i), b.Answers[i].Status, b.Answers[i].Flags, want)
				}
			}
		}
		b.Release()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if total, _ := gen.Count(); uint64(asked) != total || wrong > 0 {
		t.Errorf("%d of %d names answered, %d of them wrong", asked, total, wrong)
	}
	return stage.Stats()
}

// Zones signed and served by Knot and by BIND: every answer is right, names in
// ranges that prove something cost no query, and opt-out ranges prove nothing.
func TestSignedZones(t *testing.T) {
	servers := map[string]func(*testing.T, map[string]*signed) string{"Knot": signedByKnot, "BIND": signedByBIND}
	for server, serve := range servers {
		t.Run(server, func(t *testing.T) {
			zones := signedZones(strings.ToLower(server))
			addr := serve(t, zones)
			for _, kind := range []string{"nsec", "nsec3", "optout", "star"} {
				for _, random := range []bool{false, true} {
					pattern, useful := signedPattern, kind == "nsec" || kind == "nsec3"
					if !useful {
						pattern = fewPattern
					}
					t.Run(fmt.Sprintf("%s random=%v", kind, random), func(t *testing.T) {
						z := zones[kind]
						awaitZone(t, addr, z.zone)
						st := sweepSigned(t, addr, z, pattern, random)
						t.Logf("%d sent (%d again), %d settled without a query, %d of them delegated", st.Asked, st.Resent, st.Synthesised, st.SynthesisedDelegated)
						limit := 2.2 * float64(z.owned+1)
						switch {
						case !useful && st.Synthesised != 0:
							t.Errorf("%d names settled without a query", st.Synthesised)
						case useful && float64(st.Asked-st.Resent) > limit:
							t.Errorf("%d queries, want at most %.0f for %d names in the zone", st.Asked-st.Resent, limit, z.owned)
						}
					})
				}
			}
		})
	}
}
