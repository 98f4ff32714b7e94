package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vacant/rdapstage/facts"
)

// ianaFile is the embedded table as IANA writes it, changed.
func ianaFile(t *testing.T, change map[string]string) []byte {
	t.Helper()
	services := [][2][]string{}
	for tld, f := range facts.TLDs() {
		base := f.RDAPBase
		if to, ok := change[tld]; ok {
			base = to
		}
		if base != "" {
			services = append(services, [2][]string{{tld}, {base}})
		}
	}
	services = append(services, [2][]string{{"brandnew"}, {"https://rdap.nic.brandnew/"}})
	text, err := json.Marshal(map[string]any{"version": "1.0", "publication": "2026-11-20T20:00:02Z", "description": "", "services": services})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRegistryUpdateShowsWhatIsNewAndKeepsTheLastGoodOne(t *testing.T) {
	files := map[string][]byte{
		"/new":  ianaFile(t, map[string]string{"dev": "https://rdap.other.example/", "page": ""}),
		"/evil": ianaFile(t, map[string]string{"com": "https://evil.example/"}),
		"/page": []byte("<html>welcome to the hotel</html>"),
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(files[r.URL.Path]) }))
	defer srv.Close()
	cache := t.TempDir()
	kept := filepath.Join(cache, "vacant", "rdap-dns.json")
	var good []byte
	for _, tt := range []struct {
		path string
		args []string
		code int
		out  []string // parts of stdout and stderr
	}{
		{"/new", nil, exitDone, []string{
			"+ brandnew\n", "- page\n", "~ dev https://pubapi.registry.google/rdap/ -> https://rdap.other.example/ (another operator)\n",
			"IANA's file of 2026-11-20; against the table that came with this program (2026-03): 1 added, 1 removed, 1 moved, 1 of them to another operator", "kept in " + kept}},
		{"/new", []string{"-j"}, exitDone, []string{`"added":[]`, `"moved":[]`, `"since_source":"cached"`}},
		{"/evil", nil, exitFailed, []string{"refused: ", `com moved to "https://evil.example/"`, "meanwhile the table fetched or checked last at "}},
		{"/page", nil, exitFailed, []string{"refused: ", "stays in use"}},
	} {
		a, stdout, stderr := newTestApp(t, map[string]string{"XDG_CACHE_HOME": cache})
		a.args = append([]string{"registry", "update", "--from", srv.URL + tt.path}, tt.args...)
		code := run(t.Context(), a)
		out := stdout.String() + stderr.String()
		if code != tt.code {
			t.Errorf("%s: exit %d, want %d: %s", tt.path, code, tt.code, out)
		}
		for _, part := range tt.out {
			if !strings.Contains(out, part) {
				t.Errorf("%s: %q is missing in\n%s", tt.path, part, out)
			}
		}
		now, err := os.ReadFile(kept)
		if err != nil {
			t.Fatal(err)
		}
		if good == nil {
			good = now
		}
		if string(now) != string(good) {
			t.Errorf("%s: the last good table was not kept", tt.path)
		}
	}
}
