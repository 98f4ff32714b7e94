package rdapstage

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
)

// bootstrapJSON writes a bootstrap file of the embedded table with changes.
func bootstrapJSON(tb testing.TB, version string, change map[string]string) []byte {
	tb.Helper()
	base := maps.Clone(embeddedBootstrap().base)
	maps.Copy(base, change)
	services := [][][]string{}
	for tld, url := range base {
		if url != "" {
			services = append(services, [][]string{{tld}, {url}})
		}
	}
	b, err := json.Marshal(map[string]any{"version": version, "publication": "2026-03-01T00:00:00Z", "services": services})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestParseBootstrapTakesIANAs(t *testing.T) {
	table, err := parseBootstrap(bootstrapJSON(t, "1.0", map[string]string{"io": "https://rdap.new.example/rdap"}), false)
	if err != nil {
		t.Fatal(err)
	}
	for suffix, want := range map[string]string{
		"com": "https://rdap.verisign.com/com/v1/", "co.uk": "https://rdap.nominet.uk/uk/", "io": "https://rdap.new.example/rdap/",
		"gb.com": "", "co.za": "", "uk.com": "", "nowhere": "", "kg": "", "ac.uk": "", "": "",
	} {
		if got, ok := table.baseFor(suffix); got != want || ok != (want != "") {
			t.Errorf("%q is asked at %q, %v", suffix, got, ok)
		}
	}
}

func TestParseBootstrapRefuses(t *testing.T) {
	moved := map[string]string{}
	for tld := range embeddedBootstrap().base {
		if len(tld)%2 == 0 {
			moved[tld] = "https://rdap.attacker.example/"
		}
	}
	delete(moved, "com")
	for name, file := range map[string][]byte{
		"nothing":          nil,
		"no JSON":          []byte("<html>"),
		"another object":   []byte(`{"services":"none"}`),
		"no services":      []byte(`{"version":"1.0","services":[]}`),
		"a short list":     []byte(`{"version":"1.0","services":[[["com"],["https://rdap.verisign.com/com/v1/"]]]}`),
		"a new version":    bootstrapJSON(t, "2.0", nil),
		"com moved":        bootstrapJSON(t, "1.0", map[string]string{"com": "https://rdap.attacker.example/"}),
		"half of it moved": bootstrapJSON(t, "1.0", moved),
		"a bad entry":      bootstrapJSON(t, "1.0", map[string]string{"no such tld": "https://rdap.example/"}),
		"huge":             []byte(strings.Repeat(" ", maxBootstrap+1)),
	} {
		if _, err := parseBootstrap(file, false); !errors.Is(err, ErrBootstrap) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseBootstrapLeavesOutBasesThatMayNotBeAsked(t *testing.T) {
	for _, base := range []string{"http://rdap.example/", "https://127.0.0.1/", "https://[::1]/", "https://user@rdap.example/", "https://localhost/", "https://rdap.example:8443/", "ftp://rdap.example/", "//rdap.example/", "https:///"} {
		table, err := parseBootstrap(bootstrapJSON(t, "1.0", map[string]string{"io": base}), false)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := table.baseFor("io"); ok {
			t.Errorf("%s is taken as %s", base, got)
		}
	}
}

func TestParseBootstrapNamedByHand(t *testing.T) {
	table, err := parseBootstrap([]byte(`{"version":"1.0","services":[[["com","lab","co.lab"],["http://127.0.0.1:8080/rdap"]]]}`), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"com", "lab", "co.lab"} {
		if got, ok := table.baseFor(suffix); !ok || got != "http://127.0.0.1:8080/rdap/" {
			t.Errorf("%s is asked at %q", suffix, got)
		}
	}
	for _, file := range []string{`{"services":[]}`, `{}`, `{"version":"1.0","services":[[["com"],["ftp://127.0.0.1/"]]]}`} {
		if _, err := parseBootstrap([]byte(file), true); !errors.Is(err, ErrBootstrap) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if _, err := parseBootstrap([]byte(`{"version":"1.0","services":[]}`), true); err != nil {
		t.Errorf("a list of nobody: %v", err)
	}
}

func FuzzParseBootstrap(f *testing.F) {
	f.Add([]byte(`{"version":"1.0","services":[[["com"],["https://rdap.verisign.com/com/v1/"]]]}`))
	f.Add([]byte(`{"services":[[["com"],["http://127.0.0.1/"]],[["x","y"],[]]]}`))
	f.Add([]byte(`{"services":[[[],[]],[["a"],["b"],["c"]]]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		table, err := parseBootstrap(file, true)
		if err != nil {
			return
		}
		for suffix := range table.base {
			if base, ok := table.baseFor(suffix); !ok || !strings.HasSuffix(base, "/") {
				t.Errorf("%q is asked at %q", suffix, base)
			}
		}
	})
}
