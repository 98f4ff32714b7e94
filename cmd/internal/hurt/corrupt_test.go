package hurt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// The hunt whose store is damaged: big enough for tables with branch pages.
var huntArgs = []string{"hunt", "--lab", "-p", "[a-k]{3}", "-t", "com,io", "--density", "0.8", "-q"}

// exportArgs print all of a store.
var exportArgs = append([]string{"export", "--all", "--stable", "-j"}, readArgs...)

// readArgs name the hunt's world and servers to a command that reads.
var readArgs = []string{"--lab", "--lab-tlds", "com,io", "--density", "0.8"}

// cases returns how many damaged files are tried: 100, or HURT_FILES.
func cases(t *testing.T) int {
	t.Helper()
	text := os.Getenv("HURT_FILES")
	if text == "" {
		return 100
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("HURT_FILES: %v", err)
	}
	return n
}

// seed returns HURT_SEED, else one from the clock. A failure prints it.
func seed(t *testing.T) uint64 {
	t.Helper()
	if n, err := strconv.ParseUint(os.Getenv("HURT_SEED"), 10, 64); err == nil {
		return n
	}
	return uint64(time.Now().UnixNano())
}

// damage hurts a file in one of the ways that files are hurt: cut off, one bit
// flipped anywhere or in the head of a page, a few bits, a page of zeros, or a
// page where another should be.
func damage(rng *rand.Rand, good []byte) (bad []byte, how string) {
	const pageSize = 4096
	bad = bytes.Clone(good)
	page := func() int { return rng.IntN(len(bad)/pageSize) * pageSize }
	flip := func(at int) { bad[at] ^= 1 << rng.IntN(8) }
	switch kind := rng.IntN(8); kind {
	case 0, 1:
		n := rng.IntN(len(bad))
		return bad[:n], fmt.Sprintf("cut after %d octets", n)
	case 2, 3:
		at := page() + rng.IntN(64)
		flip(at)
		return bad, fmt.Sprintf("a bit flipped in the head of a page, at %d", at)
	case 4, 5:
		at := rng.IntN(len(bad))
		flip(at)
		return bad, fmt.Sprintf("a bit flipped at %d", at)
	case 6:
		at := page()
		clear(bad[at : at+pageSize])
		return bad, fmt.Sprintf("zeros at %d", at)
	default:
		to, from := page(), page()
		copy(bad[to:to+pageSize], good[from:])
		return bad, fmt.Sprintf("the page at %d written over that at %d", from, to)
	}
}

// Whatever is damaged, every command ends by itself with an exit code of its
// help and one line, and none prints a name as available that the undamaged
// store does not have. What recover saves is a sound store.
func TestDamagedStores(t *testing.T) {
	home := t.TempDir()
	db := filepath.Join(home, "good.db")
	hunted := vacant(t, home, append(huntArgs, "--db", db)...)
	hunted.want(t, "the first hunt", 0)
	available := lines(hunted.stdout)
	if len(available) < 20 {
		t.Fatalf("%d names are available: the test shows nothing", len(available))
	}
	whole := vacant(t, home, append(exportArgs, "--db", db)...)
	whole.want(t, "the whole export", 0)
	goods := [][]byte{read(t, db), nil} // as it is, and without its free pages, where more damage tells
	compacted := vacant(t, home, "store", "compact", "--db", db)
	compacted.want(t, "compact", 0)
	goods[1] = read(t, db)
	s := seed(t)
	t.Logf("HURT_SEED=%d, %d and %d octets", s, len(goods[0]), len(goods[1]))
	tally := struct {
		sync.Mutex
		n       map[string]int
		longest time.Duration
	}{n: map[string]int{}}
	numbers := make(chan int)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for i := range numbers {
				bad, how := damage(rand.New(rand.NewPCG(s, uint64(i))), goods[i%2])
				c := &damaged{t: t, dir: filepath.Join(home, strconv.Itoa(i)), what: fmt.Sprintf("HURT_SEED=%d, file %d, %s", s, i, how), available: available, whole: whole.stdout}
				seen := c.try(bad)
				tally.Lock()
				tally.n[seen]++
				tally.longest = max(tally.longest, c.longest)
				tally.Unlock()
			}
		})
	}
	for i := range cases(t) {
		numbers <- i
	}
	close(numbers)
	wait.Wait()
	t.Logf("%v; the longest command took %s", tally.n, tally.longest)
	if tally.n["damaged, recovered"] == 0 {
		t.Error("no damage was found: the test shows nothing")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// damaged is one file under test.
type damaged struct {
	t         *testing.T
	dir, what string
	available map[string]bool
	whole     string
	longest   time.Duration
}

func (c *damaged) run(codes []int, args ...string) ended {
	c.t.Helper()
	e := vacant(c.t, c.dir, append(args, "--db", filepath.Join(c.dir, "vacant.db"))...)
	e.want(c.t, c.what+", "+args[0]+" "+args[1], codes...)
	c.longest = max(c.longest, e.took)
	return e
}

// known fails the test for every line of text that is not an available name.
func (c *damaged) known(e ended) {
	c.t.Helper()
	for name := range lines(e.stdout) {
		if !c.available[name] {
			c.t.Errorf("%s: printed %q, which the undamaged store does not have", c.what, name)
		}
	}
}

// try runs every command on the file and says how verify and recover ended.
func (c *damaged) try(bad []byte) string {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		c.t.Error(err)
		return "not made"
	}
	defer func() { _ = os.RemoveAll(c.dir) }()
	put := func() {
		if err := os.WriteFile(filepath.Join(c.dir, "vacant.db"), bad, 0o600); err != nil {
			c.t.Error(err)
		}
	}
	put()
	verified := c.run([]int{0, 65}, "store", "verify")
	c.run([]int{0, 65}, "store", "stats")
	c.known(c.run([]int{0, 65}, append([]string{"export", "-q"}, readArgs...)...))
	if verified.code == 0 {
		if all := c.run([]int{0}, exportArgs...); all.stdout != c.whole {
			c.t.Errorf("%s: verify finds nothing, and the export is another", c.what)
		}
	}
	c.known(c.run([]int{0, 2, 65}, huntArgs...))
	put() // the hunt may have changed it
	recovered := c.run([]int{0, 65}, append([]string{"store", "recover"}, readArgs...)...)
	if recovered.code != 0 {
		return "damaged, beyond recovery"
	}
	c.run([]int{0}, "store", "verify")
	c.known(c.run([]int{0}, append([]string{"export", "-q"}, readArgs...)...))
	if again := c.run([]int{0, 2}, huntArgs...); again.code == 0 {
		c.known(again)
		if n := len(lines(again.stdout)); n != len(c.available) {
			c.t.Errorf("%s: after recovery a hunt finds %d names, not %d", c.what, n, len(c.available))
		}
	}
	if verified.code == 0 {
		return "sound"
	}
	return "damaged, recovered"
}
