package rdapstage

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestHandNamedSuffixesComeFromServersAndBootstrap(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dns.json")
	text := `{"version":"1.0","services":[[["zone1","b.zone2"],["http://127.0.0.1:1/"]]]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Bootstrap: file, RDAPServers: map[string]string{"one": "http://127.0.0.1:1/"}, WHOISServers: map[string]string{"two": "127.0.0.1:1", "zone1": "127.0.0.1:1"}}
	got, err := HandNamed(t.Context(), cfg)
	if want := []string{"b.zone2", "one", "two", "zone1"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("hand-named suffixes %q, %v, want %q", got, err, want)
	}
	cfg.Bootstrap = filepath.Join(t.TempDir(), "nosuch.json")
	if got, err := HandNamed(t.Context(), cfg); err == nil {
		t.Errorf("a bootstrap file that is not there gives %q and no error", got)
	}
	if got, err := HandNamed(t.Context(), Config{}); err != nil || len(got) != 0 {
		t.Errorf("nothing named by hand gives %q, %v", got, err)
	}
}
