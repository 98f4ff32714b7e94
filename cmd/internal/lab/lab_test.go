package lab

import (
	"context"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestZeroConfigIsTheDefaultWorld(t *testing.T) {
	l := startLab(t, Config{})
	if got := l.World(); got != "lab seed=0 density=0.9 tlds=com,dev,io" {
		t.Error(got)
	}
	if len(l.Roots()) != 2 || len(l.Resolvers()) != 2 || len(l.Proxies()) != 2 || l.Roots()[0].Port() != l.Roots()[1].Port() {
		t.Error(l.Roots(), l.Resolvers(), l.Proxies())
	}
	if got := slices.Sorted(maps.Keys(l.WHOIS())); !slices.Equal(got, []string{"com", "io"}) {
		t.Error("whois of", got)
	}
}

// TestLabsSideBySide: any number of labs fit on one machine.
func TestLabsSideBySide(t *testing.T) {
	ports := make(map[uint16]bool)
	for range 8 {
		ports[startLab(t, Config{}).Roots()[0].Port()] = true
	}
	if len(ports) != 8 {
		t.Error(ports)
	}
}

func TestManyTLDs(t *testing.T) {
	var tlds []string
	for _, name := range sample(300, "x") {
		tlds = append(tlds, strings.TrimSuffix(name, ".x"))
	}
	l := startLab(t, Config{TLDs: tlds, Registries: 150})
	for _, tld := range tlds[290:] {
		if got := serverOf(t, l.Roots()[0], tld); got.Port() != l.Roots()[0].Port() {
			t.Error(tld, got)
		}
	}
}

func TestLabEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Start(ctx, Config{})
	must(t, err)
	conn, err := net.Dial("tcp", l.WHOIS()["com"])
	must(t, err)
	defer func() { _ = conn.Close() }()
	cancel()
	l.wg.Wait() // nothing else is needed
	if _, err := net.Dial("tcp", l.Roots()[0].String()); err == nil {
		t.Error("still listens")
	}
	must(t, l.Close())
	must(t, l.Close())
}

func TestConfigFile(t *testing.T) {
	l := startLab(t, Config{Seed: 5, TLDs: []string{"com", "co.uk", "dev"}})
	path := filepath.Join(t.TempDir(), "lab.toml")
	must(t, l.WriteConfig(path))
	b, err := os.ReadFile(path)
	must(t, err)
	quote := func(texts []string) string { return `"` + strings.Join(texts, `", "`) + `"` }
	want := `world = "lab seed=5 density=0.9 tlds=co.uk,com,dev"
roots = [` + quote(addrTexts(l.Roots())) + `]
rdap_bootstrap = "` + l.BootstrapURL() + `"

[whois_server]
"co.uk" = "` + l.WHOIS()["co.uk"] + `"
"com" = "` + l.WHOIS()["com"] + `"
`
	if got := withoutComments(string(b)); got != want || l.WHOIS()["co.uk"] == "" {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for _, p := range l.Proxies() {
		if !strings.Contains(string(b), p) {
			t.Errorf("no word of the proxy %s", p)
		}
	}
	if err := l.WriteConfig(filepath.Join(path, "x")); err == nil {
		t.Error("wrote below a file")
	}
}

func withoutComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}
