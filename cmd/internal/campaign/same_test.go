//go:build linux

package campaign

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"vacant/cmd/internal/lab"
)

// way is a way to come to the same end.
type way struct {
	name   string
	world  *world
	flags  []string
	cpus   int
	broken int // so many kills and as many stops before it comes to its end
}

// TestSameBytes: one world, one set of names, one answer to the octet, whatever
// the order, the processors, the losses and the kills were.
func TestSameBytes(t *testing.T) {
	last := "a"
	if number(t, "NIGHTS", 1) > 1 {
		last = "t"
	}
	const tlds = "com,dev,io"
	names := generate(t, "-p", labels("a", last), "-t", tlds)
	well := newWorld(t, lab.Config{Seed: 11, TLDs: strings.Split(tlds, ",")}, names)
	lossy := newWorld(t, lab.Config{Seed: 11, TLDs: strings.Split(tlds, ","), Loss: 0.05}, names)
	inOrder := []string{"-p", labels("a", last)}
	random := slices.Concat(inOrder, []string{"--order", "random", "--seed", "7"})
	t.Run("space", func(t *testing.T) {
		same(t, tlds, []way{
			{"in order, one processor", well, inOrder, 1, 0},
			{"in order, two processors", well, inOrder, 2, 0},
			{"random order, one processor, loss", lossy, random, 1, 0},
			{"random order, two processors, loss, killed and stopped", lossy, random, 2, 3},
		})
	})
	t.Run("space, every verdict", func(t *testing.T) {
		same(t, tlds, []way{
			{"in order, one processor", well, append(slices.Clone(inOrder), "--all"), 1, 0},
			{"random order, two processors, killed and stopped", well, append(slices.Clone(random), "--all"), 2, 5},
		})
	})
	t.Run("list", func(t *testing.T) {
		same(t, tlds, []way{
			{"in order, one processor", well, shuffle(t, names, 0), 1, 0},
			{"shuffled, loss", lossy, shuffle(t, names, 1), 2, 0},
			{"shuffled otherwise, killed and stopped", well, shuffle(t, names, 2), 2, 4},
		})
	})
}

// shuffle writes the names into a list, in the order of a seed, 0 being theirs.
func shuffle(t *testing.T, names []string, seed uint64) (flags []string) {
	t.Helper()
	names = slices.Clone(names)
	if seed > 0 {
		rng := rand.New(rand.NewPCG(seed, 1))
		rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	}
	list := filepath.Join(t.TempDir(), "names.txt")
	if err := os.WriteFile(list, []byte(strings.Join(names, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"-l", list}
}

// same goes every way and compares the sums of what is exported at its end.
func same(t *testing.T, tlds string, ways []way) {
	t.Helper()
	var first map[string]string
	for i, way := range ways {
		got := way.sums(t, tlds, i)
		if first == nil {
			first = got
		}
		for form, sum := range got {
			if sum != first[form] {
				t.Errorf("%s: %s differs from that of %q", way.name, form, ways[0].name)
			}
		}
	}
	t.Logf("%d ways: csv %.16s, jsonl %.16s", len(ways), first["csv"], first["jsonl"])
}

// sums hunts this way and returns the SHA-256 of the stable exports.
func (way *way) sums(t *testing.T, tlds string, n int) map[string]string {
	t.Helper()
	w := way.world
	db := w.path(fmt.Sprintf("same%d.db", n))
	t.Cleanup(func() { _ = os.Remove(db) })
	_ = os.Remove(db)
	args := slices.Concat([]string{"hunt", "--db", db, "-t", tlds, "--rate-limit", "0", "--timeout", "300ms", "-q"}, way.flags)
	rng := rand.New(rand.NewPCG(uint64(n), 2))
	for i := range 2 * way.broken {
		s := way.session(args)
		s.signal = []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[i%2]
		s.goal = goal{dns: 1 + rng.IntN(len(w.ledger.index)/8)}
		w.run(t, s)
	}
	out := w.path("out.txt")
	e := w.run(t, way.session(append(args, "-o", out)))
	if e.exit != 0 {
		t.Fatalf("%s: exit %d\n%s", way.name, e.exit, e.stderr)
	}
	sums := make(map[string]string)
	for _, form := range []string{"csv", "jsonl"} {
		e := w.run(t, session{args: []string{"export", "--db", db, "--all", "--stable", "-f", form, "-q"}})
		if e.exit != 0 || len(e.stdout) == 0 {
			t.Fatalf("%s: export: exit %d, %d octets\n%s", way.name, e.exit, len(e.stdout), e.stderr)
		}
		sums[form] = fmt.Sprintf("%x", sha256.Sum256(e.stdout))
		if dir := os.Getenv("KEEP"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.%s", strings.ReplaceAll(t.Name(), "/", "_"), n, form)), e.stdout, 0o600)
		}
	}
	found, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	sums["hunt -o"] = fmt.Sprintf("%x", sha256.Sum256(found))
	return sums
}

// session is a process with so many processors, by the system's count and Go's.
func (way *way) session(args []string) session {
	s := session{args: args, env: []string{fmt.Sprintf("GOMAXPROCS=%d", way.cpus)}}
	if _, err := exec.LookPath("taskset"); err == nil && way.cpus == 1 {
		s.under = []string{"taskset", "-c", "0"}
	}
	return s
}
