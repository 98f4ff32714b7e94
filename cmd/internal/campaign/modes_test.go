//go:build linux

package campaign

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// mode is a way to make the candidates of a life.
type mode struct {
	name string
	// flags returns the sources; dir is where lists can be written.
	flags func(t *testing.T, rng *rand.Rand, dir, last string) []string
}

// A life's labels are {C}{V}{C} and one letter out of a to last, 2,205 for each
// of them, in two suffixes.
const (
	lifeTLDs  = "com,io"
	slowLast  = "c"
	quickLast = "j" // where nothing limits the rate
)

func labels(from, to string) string { return "{C}{V}{C}[" + from + "-" + to + "]" }

var modes = []mode{
	{"pattern", func(_ *testing.T, _ *rand.Rand, _, last string) []string { return []string{"-p", labels("a", last)} }},
	{"list", func(t *testing.T, rng *rand.Rand, dir, last string) []string {
		t.Helper()
		return []string{"-l", shuffled(t, rng, dir, labels("a", last))}
	}},
	{"random", func(_ *testing.T, rng *rand.Rand, _, last string) []string {
		return []string{"-p", labels("a", last), "--order", "random", "--seed", strconv.Itoa(rng.IntN(1000))}
	}},
	{"mixed", func(t *testing.T, rng *rand.Rand, dir, last string) []string {
		t.Helper()
		return []string{"-p", labels("a", "c"), "-l", shuffled(t, rng, dir, labels("b", last)), "--order", "random"}
	}},
}

// shuffled writes the names of a pattern in a random order and returns the file.
func shuffled(t *testing.T, rng *rand.Rand, dir, pattern string) string {
	t.Helper()
	names := generate(t, "-p", pattern, "-t", lifeTLDs)
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	file := filepath.Join(dir, "names.txt")
	if err := os.WriteFile(file, []byte(strings.Join(names, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// generate returns the candidates of some flags.
func generate(t *testing.T, flags ...string) []string {
	t.Helper()
	w := &world{dir: t.TempDir()}
	if err := os.WriteFile(w.path("config.toml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := w.run(t, session{args: append([]string{"generate"}, flags...)})
	if e.exit != 0 {
		t.Fatalf("generate: exit %d\n%s", e.exit, e.stderr)
	}
	return strings.Fields(string(e.stdout))
}
