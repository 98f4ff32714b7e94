package store

import (
	"flag"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vacant"
)

var (
	scale      = flag.Uint64("scale", 0, "TestScale: so many names at most, through Admit and Answered")
	scaleFrom  = flag.Uint64("scale-from", 1_000_000, "TestScale: and so many at least")
	scaleKinds = flag.String("scale-kinds", "list list-nx space random sparse", "TestScale: what to measure")
)

// scaleLag is how many batches are between the admission of one and its answers.
const scaleLag = 24

// campaign is one line of the table: so many names through a new store.
type campaign struct {
	kind  string
	names uint64
	rates []float64 // names/s, of each hundredth
	rss   float64   // MB, the most that was seen
	again float64   // names/s when a second run comes with all of them
	cpu   float64   // seconds of processor time of that
}

// TestScale prints how fast names of each kind are admitted and recorded, for
// 1,000,000 names and ten times and a hundred times as many. It is run by hand: make scale.
func TestScale(t *testing.T) {
	if *scale == 0 {
		t.Skip("a campaign: make scale")
	}
	fmt.Fprintln(os.Stdout, "| kind | names | new: names/s | slowest hundredth of the names | CPU µs/name | octets/name | known: names/s | CPU µs/name | RssAnon MB |")
	fmt.Fprintln(os.Stdout, "|---|---|---|---|---|---|---|---|---|")
	for _, kind := range []string{"list", "list-nx", "space", "random", "sparse"} {
		for n := *scaleFrom; n <= *scale; n *= 10 {
			if !slices.Contains(strings.Fields(*scaleKinds), kind) {
				continue
			}
			c := campaign{kind: kind, names: n}
			c.run(t)
			fmt.Fprintf(os.Stdout, " %.0f k | %.2f | %.0f |\n", c.again/1e3, c.cpu*1e6/float64(n), c.rss)
		}
	}
}

func (c *campaign) run(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vacant.db")
	defer func() { _ = os.Remove(path) }() // room for the next one
	s, err := Open(path, Options{World: "test", Now: (&clock{t0}).now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	info := RunInfo{ID: "1"}
	if info.SpaceSize = c.space(); info.SpaceSize > 0 {
		info.Space = [16]byte{1}
	}
	before := cpuSeconds()
	r := begin(t, s, info)
	c.new(t, r)
	finish(t, r)
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(c.rates)
	fmt.Fprintf(os.Stdout, "| %s | %d | %.0f k | %.0f k | %.2f | %.2f |", c.kind, c.names, c.rates[len(c.rates)/2]/1e3, c.rates[0]/1e3,
		(cpuSeconds()-before)*1e6/float64(c.names), float64(stat.Size())/float64(c.names))
	info.ID, before = "2", cpuSeconds()
	r = begin(t, s, info)
	c.known(t, r)
	finish(t, r)
	c.cpu = cpuSeconds() - before
}

// new sends all names through Admit and, some batches later, Answered.
func (c *campaign) new(t *testing.T, r *Run) {
	t.Helper()
	var asked []*vacant.Batch
	var pool vacant.Pool
	record := func(b *vacant.Batch) {
		answer(b, t0, c.status)
		if err := r.Answered(b); err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	start, mark := time.Now(), uint64(0)
	for next := uint64(0); next < c.names; {
		b := pool.Get()
		next = c.fill(b, next)
		if a, err := r.Admit(b); err != nil || a != (Admission{}) {
			t.Fatalf("%s: %+v, %v: not all names are new", c.kind, a, err)
		}
		if asked = append(asked, b); len(asked) > scaleLag {
			record(asked[0])
			asked = asked[1:]
		}
		if done := next - mark; done >= c.names/100 {
			now := time.Now()
			c.rates = append(c.rates, float64(done)/now.Sub(start).Seconds())
			start, mark = now, next
			c.rss = max(c.rss, rssAnon())
		}
	}
	for _, b := range asked {
		record(b)
	}
	flush(t, r)
}

// known sends all names again; none may be new.
func (c *campaign) known(t *testing.T, r *Run) {
	t.Helper()
	var pool vacant.Pool
	b := pool.Get()
	start := time.Now()
	for next := uint64(0); next < c.names; {
		b.Reset()
		next = c.fill(b, next)
		n := b.Len()
		if a, err := r.Admit(b); err != nil || a.Known != n {
			t.Fatalf("%s: %+v, %v: not all names are known", c.kind, a, err)
		}
	}
	flush(t, r)
	c.again = float64(c.names) / time.Since(start).Seconds()
	c.rss = max(c.rss, rssAnon())
}

// space is how many names the space has of which the names are the first.
func (c *campaign) space() uint64 {
	switch c.kind {
	case "space", "random":
		return c.names
	case "sparse":
		return 1_000_000_000
	}
	return 0
}

func (c *campaign) status(i int) vacant.Status {
	if c.kind == "list-nx" {
		return oneInTwenty(i)
	}
	return vacant.StatusDelegated
}

// fill appends the next names to b and returns where they end.
func (c *campaign) fill(b *vacant.Batch, next uint64) uint64 {
	b.Servers = vacant.NewServers()
	var name []byte
	for ; !b.Full() && next < c.names; next++ {
		index := next
		switch c.kind {
		case "space":
			name = spaceName(name[:0], next)
		case "random", "sparse":
			index = shuffled(next, c.space())
			name = spaceName(name[:0], index)
		default:
			index = vacant.NoIndex
			name = listName(name[:0], next)
		}
		b.Append(name, index)
	}
	return next
}

// shuffled is place i of a random order of [0, n).
func shuffled(i, n uint64) uint64 {
	width := bits.Len64(n - 1)
	mask := uint64(1)<<width - 1
	for {
		i = i * 0x9e3779b97f4a7c15 & mask
		i ^= i >> (width / 2)
		i = i * 0xbf58476d1ce4e5b9 & mask
		i ^= i >> (width / 2)
		if i < n {
			return i
		}
	}
}

// cpuSeconds is the processor time that the process has used, 0 where the kernel does not tell.
func cpuSeconds() float64 {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	const ticks = 100 // a second: USER_HZ, fixed on Linux
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var user, system float64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		return 0
	}
	return (user + system) / ticks
}
