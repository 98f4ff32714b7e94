package pipeline

import (
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/store"
)

// Names that were available are registered and delegated by now. A hunt that
// asks about them again must neither show them nor leave the old verdict in
// the store, whatever made it ask.
func TestNamesThatWereTakenSince(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	for name, later := range map[string]func(c *Config){
		"asked afresh":    func(c *Config) { c.Fresh = true },
		"a day later":     func(c *Config) { c.Now = func() time.Time { return time.Now().Add(21 * time.Hour) } },
		"two days later":  func(c *Config) { c.Now = func() time.Time { return time.Now().Add(48 * time.Hour) } },
		"fresh and shown": func(c *Config) { c.Fresh, c.Verdicts = true, []vacant.Verdict{vacant.Available, vacant.Registered} },
	} {
		t.Run(name, func(t *testing.T) {
			tr := trial{patterns: []string{"{C}{V}{C}[a-c]"}, tlds: []string{"com"}, lab: lab.Config{Seed: 95}}
			l := tr.startLab(t)
			tr.db = filepath.Join(t.TempDir(), "v.db")
			once := share(l, 5)
			var late atomic.Bool
			m := interpose(t, l, l.Authorities("com")[0], func(name string) bool { return !late.Load() && once(name) })
			f := frontFor(t, l, tr.tlds, func(_ int64, name string) http.HandlerFunc {
				if !late.Load() && once(name) {
					return says404
				}
				return nil
			})
			ask := func(c *Config) {
				c.RDAP.Bootstrap, c.RDAP.NoWHOIS = f.URL+"/dns.json", true
				c.DNS.Authority = map[string][]netip.AddrPort{"com": {m.addr()}}
			}
			tr.change = ask
			o := tr.runIn(t.Context(), t, l)
			free := slices.DeleteFunc(slices.Clone(o.emitted), func(n vacant.Name) bool { return l.Truth(string(n)).Verdict == "available" })
			if len(free) < 100 {
				t.Fatalf("only %d names were free then and are not now", len(free))
			}
			late.Store(true)
			tr.change = func(c *Config) { ask(c); later(c) }
			o = tr.runIn(t.Context(), t, l)
			shown := o.emitted
			o.emitted = slices.DeleteFunc(slices.Clone(shown), func(n vacant.Name) bool {
				return l.Truth(string(n)).Verdict == "registered" && name == "fresh and shown"
			})
			if missed := o.neverWrong(t); missed != 0 {
				t.Errorf("%d missed", missed)
			}
			s, err := store.Open(tr.db, store.Options{World: l.World()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			for r, err := range s.Results(store.Query{Verdicts: []vacant.Verdict{vacant.Available}}) {
				if err != nil {
					t.Fatal(err)
				}
				if l.Truth(string(r.Name)).Verdict != "available" {
					t.Fatalf("the store still says that %s is available", r.Name)
				}
			}
		})
	}
}
