//go:build linux

package campaign

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vacant/cmd/internal/lab"
	"vacant/rdapstage/facts"
)

// world is a lab in this process, and a folder in which the program lives that
// asks it: its home, its settings and its stores.
type world struct {
	dir    string
	lab    *lab.Lab
	tlds   []string
	truth  *lab.World
	ledger *ledger // nil: nobody counts
}

// newWorld starts a lab that ends with the test. names are those that the ledger counts.
func newWorld(t *testing.T, cfg lab.Config, names []string) *world {
	t.Helper()
	if len(cfg.TLDs) == 0 {
		cfg.TLDs = []string{"com", "dev", "io"}
	}
	cfg.Reserved = facts.ReservedLabels()
	w := &world{dir: t.TempDir(), tlds: cfg.TLDs, truth: lab.NewWorld(cfg)}
	if names != nil {
		w.ledger = newLedger(names, w.truth)
		cfg.Watch = w.ledger.asked
	}
	l, err := lab.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w.lab = l
	if err := os.WriteFile(w.path("config.toml"), []byte(w.settings()), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// settings are those that "vacant lab --write-config" writes.
func (w *world) settings() string {
	var b strings.Builder
	fmt.Fprintf(&b, "world = %q\nroots = [", w.lab.World())
	for _, at := range w.lab.Roots() {
		fmt.Fprintf(&b, "%q, ", at)
	}
	fmt.Fprintf(&b, "]\nrdap_bootstrap = %q\nsecond_source = [", w.lab.BootstrapURL())
	for _, tld := range w.lab.SecondSource() {
		fmt.Fprintf(&b, "%q, ", tld)
	}
	b.WriteString("]\n")
	for table, servers := range map[string]map[string]string{"rdap_server": w.lab.Unlisted(), "whois_server": w.lab.WHOIS()} {
		fmt.Fprintf(&b, "[%s]\n", table)
		for tld, at := range servers {
			fmt.Fprintf(&b, "%q = %q\n", tld, at)
		}
	}
	return b.String()
}

// turn makes it night n, in the lab and in the truth.
func (w *world) turn(n int) {
	w.lab.SetNight(n)
	w.truth.SetNight(n)
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// available returns the names that are available tonight, in the order given.
func (w *world) available(names []string) []string {
	var free []string
	for _, name := range names {
		if w.truth.Truth(name).Verdict == "available" {
			free = append(free, name)
		}
	}
	return free
}
