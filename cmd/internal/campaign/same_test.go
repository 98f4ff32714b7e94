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
	"vacant/cmd/internal/rig"
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
	if rig.Number(t, "NIGHTS", 1) > 1 {
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
	var first map[string][]byte
	for i, way := range ways {
		got := way.texts(t, tlds, i)
		if first == nil {
			first = got
		}
		for form, text := range got {
			if sha256.Sum256(text) != sha256.Sum256(first[form]) {
				t.Errorf("%s: %s differs from that of %q in %s", way.name, form, ways[0].name, firstDifference(first[form], text))
			}
		}
	}
	t.Logf("%d ways: csv %x, jsonl %x", len(ways), sha256.Sum256(first["csv"]), sha256.Sum256(first["jsonl"]))
}

// texts hunts this way and returns the stable exports, and what the hunt wrote.
func (way *way) texts(t *testing.T, tlds string, n int) map[string][]byte {
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
	way.settle(t, append(args, "-o", out), db)
	found, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"csv":     way.export(t, db, "csv", "--all", "--stable"),
		"jsonl":   way.export(t, db, "jsonl", "--all", "--stable"),
		"hunt -o": found,
	}
}

// settle hunts to the end. Where packets are lost, or the machine is busy, a name
// may be left unanswered, which is no verdict to compare: then all is asked afresh.
func (way *way) settle(t *testing.T, args []string, db string) {
	t.Helper()
	const tries = 4
	for i := range tries {
		if i > 0 {
			args = append(slices.Clone(args), "--fresh")
		}
		if e := way.world.run(t, way.session(args)); e.exit != 0 {
			t.Fatalf("%s: exit %d\n%s", way.name, e.exit, e.stderr)
		}
		rows := string(way.export(t, db, "csv", "--status", "undetermined"))
		open := strings.Count(rows, "\n") - 1 - strings.Count(rows, ",likely-reserved,")
		if open == 0 {
			return
		}
		t.Logf("%s: %d names did not settle:\n%.500s", way.name, open, rows)
	}
	t.Errorf("%s: names did not settle in %d hunts", way.name, tries)
}

// export returns what the store of this way has in a form.
func (way *way) export(t *testing.T, db, form string, flags ...string) []byte {
	t.Helper()
	e := way.world.run(t, session{args: slices.Concat([]string{"export", "--db", db, "-f", form, "-q"}, flags)})
	if e.exit != 0 || len(e.stdout) == 0 {
		t.Fatalf("%s: export: exit %d, %d octets\n%s", way.name, e.exit, len(e.stdout), e.stderr)
	}
	return e.stdout
}

// firstDifference returns the first lines in which two texts differ.
func firstDifference(a, b []byte) string {
	one, two := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(one), len(two)) {
		if one[i] != two[i] {
			return fmt.Sprintf("line %d:\n%.900s\n%.900s", i+1, one[i], two[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(one), len(two))
}

// session is a process with so many processors, by the system's count and Go's.
func (way *way) session(args []string) session {
	s := session{args: args, env: []string{fmt.Sprintf("GOMAXPROCS=%d", way.cpus)}}
	if _, err := exec.LookPath("taskset"); err == nil && way.cpus == 1 {
		s.under = []string{"taskset", "-c", "0"}
	}
	return s
}
