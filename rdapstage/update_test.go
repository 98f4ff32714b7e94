package rdapstage

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vacant/rdapstage/rdaptest"
)

// iana serves the embedded table with changes, an ETag of its own and, where the
// client has that, a 304.
func iana(t *testing.T, tag string, change map[string]string) *rdaptest.Server {
	t.Helper()
	body := rdaptest.Answer(http.StatusOK, "application/json", string(bootstrapJSON(t, "1.0", change)), "ETag", tag)
	return rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body.ServeHTTP(w, r)
	}))
}

// updating returns a stage of the internet that fetches its table from url.
func updating(t *testing.T, dir, url string, age time.Duration) *Stage {
	t.Helper()
	s, err := New(t.Context(), Config{CacheDir: dir, BootstrapURL: url, Now: func() time.Time { return time.Now().Add(age) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestRefreshTakesIANAsTableAndKeepsIt(t *testing.T) {
	srv, dir := iana(t, `"v2"`, map[string]string{"brandnew": "https://rdap.nic.brandnew/"}), t.TempDir()
	for i, step := range []struct {
		age  time.Duration
		want int
	}{{0, 1}, {time.Hour, 1}, {25 * time.Hour, 2}, {26 * time.Hour, 2}, {-time.Hour, 3}} {
		s := updating(t, dir, srv.URL, step.age)
		s.refreshBootstrap(t.Context())
		if _, ok := s.table.Load().baseFor("brandnew"); !ok {
			t.Errorf("step %d: the refreshed table is not used", i)
		}
		if n := len(srv.Asked()); n != step.want {
			t.Errorf("step %d: fetched %d times, want %d", i, n, step.want)
		}
	}
}

func TestUpdateSaysWhatIsNew(t *testing.T) {
	srv, dir := iana(t, `"v3"`, map[string]string{
		"brandnew": "https://rdap.nic.brandnew/", "dev": "https://rdap.other.example/", "app": "https://pubapi.registry.google/v2/", "page": "",
	}), t.TempDir()
	s := updating(t, dir, srv.URL, 0)
	r, err := s.Update(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Move{{"app", "https://pubapi.registry.google/rdap/", "https://pubapi.registry.google/v2/", false},
		{"dev", "https://pubapi.registry.google/rdap/", "https://rdap.other.example/", true}}
	if !slices.Equal(r.Added, []string{"brandnew"}) || !slices.Equal(r.Removed, []string{"page"}) || !slices.Equal(r.Moved, want) || r.Unchanged ||
		r.Entries != len(embeddedBootstrap().base) || r.Published != "2026-03-01T00:00:00Z" || r.File != filepath.Join(dir, bootstrapFile) || r.URL != srv.URL {
		t.Errorf("%+v", r)
	}
	if r, err = s.Update(t.Context()); err != nil || !r.Unchanged || r.Entries == 0 || len(r.Added) > 0 {
		t.Errorf("once more: %+v, %v", r, err)
	}
	if base, _ := updating(t, dir, srv.URL, 0).table.Load().baseFor("dev"); base != "https://rdap.other.example/" {
		t.Errorf("the next process asks dev at %s", base)
	}
}

// TestBadTablesAreNotTaken gives a stage that has a good table every bad one:
// what it has stays, in memory and on disk.
func TestBadTablesAreNotTaken(t *testing.T) {
	all := map[string]string{}
	for tld := range embeddedBootstrap().base {
		all[tld] = "https://rdap.evil.example/"
	}
	tests := []struct {
		name string
		h    http.Handler
		want error
	}{
		{"com moved", rdaptest.Answer(200, "application/json", string(bootstrapJSON(t, "1.0", map[string]string{"com": "https://rdap.evil.example/"}))), ErrBootstrap},
		{"everything moved", rdaptest.Answer(200, "application/json", string(bootstrapJSON(t, "1.0", all))), ErrBootstrap},
		{"a page", rdaptest.Answer(200, "text/html", "<html>sign in</html>"), ErrBootstrap},
		{"half of it", rdaptest.Answer(200, "application/json", string(bootstrapJSON(t, "1.0", nil)[:20000])), ErrBootstrap},
		{"deep", rdaptest.Answer(200, "application/json", `{"version":"1.0","services":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+`}`), ErrBootstrap},
		{"huge", rdaptest.Answer(200, "application/json", strings.Repeat(" ", maxBootstrap+1)), ErrBootstrap},
		{"a bomb", rdaptest.GzipBomb(64), ErrBootstrap},
		{"gone", rdaptest.Answer(404, "text/html", "no"), ErrBootstrap},
		{"broken", rdaptest.Answer(500, "text/html", "oops"), ErrUnreachable},
		{"limited", rdaptest.Answer(429, "text/plain", "", "Retry-After", "60"), ErrUnreachable},
		{"a 304 to nothing", rdaptest.Answer(304, "application/json", ""), ErrUnreachable},
		{"elsewhere", rdaptest.RedirectTo("http://127.0.0.2:1/"), ErrBootstrap},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			good, dir := iana(t, `"v1"`, map[string]string{"brandnew": "https://rdap.nic.brandnew/"}), t.TempDir()
			if _, err := updating(t, dir, good.URL, 0).Update(t.Context()); err != nil {
				t.Fatal(err)
			}
			_ = os.Remove(filepath.Join(dir, bootstrapTagFile))
			before, _ := os.ReadFile(filepath.Join(dir, bootstrapFile))
			s := updating(t, dir, rdaptest.Serve(t, tt.h).URL, 0)
			if _, err := s.Update(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if base, _ := s.table.Load().baseFor("brandnew"); base != "https://rdap.nic.brandnew/" {
				t.Errorf("brandnew is asked at %q", base)
			}
			if after, _ := os.ReadFile(filepath.Join(dir, bootstrapFile)); string(after) != string(before) || len(after) == 0 {
				t.Errorf("the copy on disk changed from %d to %d octets", len(before), len(after))
			}
		})
	}
}

// TestDamagedCacheIsFetchedAnew has a copy on disk that does not read, beside the
// tag of the good one: "not modified" would keep it damaged for ever.
func TestDamagedCacheIsFetchedAnew(t *testing.T) {
	for name, damage := range map[string]string{"truncated": `{"version":"1.0","services":[[["com"`, "empty": "", "forged": string(bootstrapJSON(t, "1.0", map[string]string{"com": "https://rdap.evil.example/"}))} {
		t.Run(name, func(t *testing.T) {
			srv, dir := iana(t, `"v1"`, map[string]string{"brandnew": "https://rdap.nic.brandnew/"}), t.TempDir()
			if _, err := updating(t, dir, srv.URL, 0).Update(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, bootstrapFile), []byte(damage), 0o600); err != nil {
				t.Fatal(err)
			}
			s := updating(t, dir, srv.URL, 0)
			if said := s.Table().Damaged; !strings.Contains(said, bootstrapFile) {
				t.Errorf("of the damaged copy it is said %q", said)
			}
			if base, _ := s.table.Load().baseFor("com"); base != "https://rdap.verisign.com/com/v1/" {
				t.Errorf("com is asked at %q", base)
			}
			s.refreshBootstrap(t.Context())
			if _, ok := s.table.Load().baseFor("brandnew"); !ok {
				t.Error("the table was not fetched anew")
			}
			if _, ok := updating(t, dir, srv.URL, 0).table.Load().baseFor("brandnew"); !ok {
				t.Error("the next process still has the damaged copy")
			}
		})
	}
}

func TestTableThatCannotBeKeptIsUsedAndSaid(t *testing.T) {
	srv := iana(t, `"v1"`, map[string]string{"brandnew": "https://rdap.nic.brandnew/"})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := updating(t, filepath.Join(file, "cache"), srv.URL, 0)
	var path *fs.PathError
	if r, err := s.Update(t.Context()); !errors.As(err, &path) || r.File != "" || r.Entries == 0 {
		t.Errorf("%+v, %v", r.File, err)
	}
	if _, ok := s.table.Load().baseFor("brandnew"); !ok {
		t.Error("the table is not used")
	}
}

// TestBootstrapByHandTellsTheNetworksFaultFromTheUsers is what exit codes hang on.
func TestBootstrapByHandTellsTheNetworksFaultFromTheUsers(t *testing.T) {
	const down, secret = "http://127.0.0.1:1/", "http://user:s3cret@127.0.0.1:1/" // nobody is there
	tests := []struct {
		place       string
		unreachable bool
	}{
		{down, true}, {secret, true}, {rdaptest.Serve(t, rdaptest.Answer(503, "text/html", "later")).URL, true},
		{"http://no.such.host.invalid/dns.json", true},
		{rdaptest.Serve(t, rdaptest.Answer(200, "application/json", "{")).URL, false},
		{rdaptest.Serve(t, rdaptest.Answer(404, "text/html", "no")).URL, false},
		{"/does/not/exist.json", false}, {"http://", false}, {"http://[::1/dns.json", false},
	}
	for _, tt := range tests {
		_, err := New(t.Context(), Config{World: "test", Bootstrap: tt.place, Lookup: noLookup()})
		if err == nil || errors.Is(err, ErrUnreachable) != tt.unreachable || strings.Contains(fmt.Sprint(err), "s3cret") {
			t.Errorf("%s: %v", tt.place, err)
		}
	}
}

func TestEmbeddedTableIsUsedWithoutACache(t *testing.T) {
	s := updating(t, filepath.Join(t.TempDir(), "missing"), "http://127.0.0.1:1/", 0)
	if !maps.Equal(s.table.Load().base, embeddedBootstrap().base) {
		t.Error("without a cache the table is not the embedded one")
	}
	s.refreshBootstrap(t.Context()) // nobody there: the run goes on
	if len(s.table.Load().base) < minIANA {
		t.Error("the table was lost")
	}
}
