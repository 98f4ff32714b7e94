package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// turns are the suffixes of the space that the tests here use: index i is label i/3 under turns[i%3].
var turns = []string{"com", "io", "co.uk"}

func turnName(i uint64) []byte {
	return append(spaceName(nil, i/3)[:8], "."+turns[i%3]...)
}

func turnBatch(lo, hi uint64) *vacant.Batch {
	b := new(vacant.Pool).Get()
	for i := lo; i < hi; i++ {
		b.Append(turnName(i), i)
	}
	b.Servers = vacant.NewServers()
	return b
}

// rankTurn is the inverse of turnName.
func rankTurn(name []byte) (uint64, bool) {
	label, suffix, _ := bytes.Cut(name, []byte{'.'})
	for k, s := range turns {
		if s == string(suffix) && len(label) == 8 {
			n := uint64(0)
			for _, c := range label {
				n = n*26 + uint64(c-'a')
			}
			return n*3 + uint64(k), true
		}
	}
	return 0, false
}

func turnsFrom(lo, hi uint64) Indexes {
	return Indexes{
		Stretches: []Stretch{{Lo: lo, Hi: hi, Suffixes: turns}},
		Rank: func(name []byte) (uint64, bool) {
			i, ok := rankTurn(name)
			return i, ok && lo <= i && i < hi
		},
	}
}

// history fills a store with what three nights of hunting leave, by a seed.
func history(t *testing.T, s *Store, c *clock, info RunInfo, rnd *rand.Rand, size uint64) {
	t.Helper()
	kinds := []vacant.Status{vacant.StatusDelegated, vacant.StatusDelegated, vacant.StatusDelegated, vacant.StatusNXDomain, vacant.StatusNodata, vacant.StatusTimeout, vacant.StatusUnasked}
	for night := range 3 {
		r := begin(t, s, RunInfo{ID: fmt.Sprint(night), Space: info.Space, SpaceSize: size, Scope: info.Scope})
		for lo := uint64(0); lo < size; lo += 512 {
			b := turnBatch(lo, min(lo+512, size))
			if rnd.IntN(3) == 0 {
				continue
			}
			if rnd.IntN(4) == 0 {
				for i := range b.Index {
					b.Index[i] = vacant.NoIndex // the same names out of a list
				}
			}
			if _, err := r.Admit(b); err != nil {
				t.Fatal(err)
			}
			answered(t, r, b, c.t, func(int) vacant.Status { return kinds[rnd.IntN(len(kinds))] })
		}
		flush(t, r)
		settleSome(t, r, c.t, rnd)
		finish(t, r)
		c.t = c.t.Add(time.Duration(rnd.IntN(15)+1) * time.Hour)
	}
}

// settleSome settles half of what waits, with verdicts that hold for different times.
func settleSome(t *testing.T, r *Run, at time.Time, rnd *rand.Rand) {
	t.Helper()
	for range 20 {
		group, err := r.Next(t.Context(), 16)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range group {
			name := string(q.Name)
			switch {
			case i%2 == 0:
			case rnd.IntN(3) == 0:
				settle(t, r, available(t, name, at))
			case rnd.IntN(2) == 0:
				settle(t, r, registered(name, at, at.Add(300*day)))
			default:
				settle(t, r, undetermined(name, vacant.ReasonRateLimited, at, at.Add(3*time.Hour)))
			}
		}
	}
}

// TestForesightIsWhatARunFinds compares what is foreseen, in all and name by
// name, with what Admit of a run then does.
func TestForesightIsWhatARunFinds(t *testing.T) {
	const size = 3 * 4000
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		s, c := fresh1(t)
		s.db.NoSync = true
		info := RunInfo{ID: "now", Space: [16]byte{9}, SpaceSize: size}
		if seed%2 == 1 {
			info.Scope = func(suffix string) string { return map[string]string{"io": "by hand"}[suffix] }
		}
		history(t, s, c, info, rnd, size)
		for _, fresh := range []bool{false, true} {
			info.Fresh = fresh
			lo := rnd.Uint64N(size / 2)
			compare(t, s, info, lo, lo+1+rnd.Uint64N(size-lo))
		}
		compareLists(t, s, info, size)
	}
}

func compare(t *testing.T, s *Store, info RunInfo, lo, hi uint64) {
	t.Helper()
	f := s.Foreseer(info)
	got, err := f.Look(t.Context(), turnsFrom(lo, hi))
	if err != nil {
		t.Fatal(err)
	}
	r := begin(t, s, info)
	if total := sum(got.Carried); total != r.Carried() {
		t.Errorf("%d carried, want %d", total, r.Carried())
	}
	want := make(map[string]uint64)
	for at := lo; at < hi; at += 700 {
		b := turnBatch(at, min(at+700, hi))
		each, err := f.Known(nil, b)
		if err != nil {
			t.Fatal(err)
		}
		asked := make(map[string]bool)
		a, err := r.Admit(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names(b) {
			asked[name] = true
		}
		if a.Known != min(700, int(hi-at))-len(asked) {
			t.Fatalf("%+v", a)
		}
		for i, known := range each {
			name := turnName(at + uint64(i))
			if known == asked[string(name)] {
				t.Fatalf("%s: foreseen known %v, the run asks %v", name, known, asked[string(name)])
			}
			if known {
				want[string(suffixOf(name))]++
			}
		}
	}
	if !maps.Equal(got.Known, want) {
		t.Errorf("fresh %v, %d to %d: known %v, want %v", info.Fresh, lo, hi, got.Known, want)
	}
	if !info.Fresh && sum(want) == 0 {
		t.Error("nothing is known: the test shows nothing")
	}
	finish(t, r)
}

func compareLists(t *testing.T, s *Store, info RunInfo, size uint64) {
	t.Helper()
	info.Fresh = false
	f := s.Foreseer(info)
	r := begin(t, s, info)
	defer finish(t, r)
	total := 0
	for at := uint64(0); at < size; at += 1000 {
		b := turnBatch(at, at+1000)
		for i := range b.Index {
			b.Index[i] = vacant.NoIndex
		}
		each, err := f.Known(nil, b)
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.Admit(b)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, known := range each {
			if known {
				n++
			}
		}
		if n != a.Known {
			t.Errorf("names %d to %d of a list: %d foreseen known, the run finds %d", at, at+1000, n, a.Known)
		}
		total += n
	}
	if total == 0 {
		t.Error("no name of a list is known: the test shows nothing")
	}
}

func sum(m map[string]uint64) (n uint64) {
	for _, v := range m {
		n += v
	}
	return n
}

func TestForesightEndsWithItsContext(t *testing.T) {
	s, _ := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1", Space: [16]byte{9}, SpaceSize: 9000})
	b := turnBatch(0, 1000)
	answered(t, r, b, t0, all(vacant.StatusDelegated))
	finish(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Foreseer(RunInfo{Space: [16]byte{9}, SpaceSize: 9000}).Look(ctx, turnsFrom(0, 9000))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestCountInTurnCountsEveryBitOnce(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	set := new(bitmap)
	for range 20_000 {
		set.set(uint16(rnd.Uint32()))
	}
	for range 200 {
		lo := rnd.IntN(chunkSize)
		hi := lo + rnd.IntN(chunkSize-lo) + 1
		n := rnd.IntN(70) + 1
		turn := rnd.IntN(n)
		got, want := make([]uint64, n), make([]uint64, n)
		set.countInTurn(lo, hi, turn, got)
		for i := lo; i < hi; i++ {
			if set.has(uint16(i)) {
				want[(i+turn)%n]++
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%d to %d, %d in turn from %d: %v, want %v", lo, hi, n, turn, got, want)
		}
	}
}

// BenchmarkForesee looks at a space of 11.9 million names that is known: all of
// it by its progress, or a tenth by a record for each name.
func BenchmarkForesee(b *testing.B) {
	b.Run("progress", func(b *testing.B) { benchForesee(b, all(vacant.StatusDelegated)) })
	b.Run("records", func(b *testing.B) { benchForesee(b, nineInTen) })
}

func benchForesee(b *testing.B, status func(int) vacant.Status) {
	b.Helper()
	const size = 11_881_376 // [a-z]{5}
	s, err := Open(filepath.Join(b.TempDir(), "vacant.db"), Options{World: "test", Now: (&clock{t0}).now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	s.db.NoSync = true
	r := begin(b, s, RunInfo{ID: "1", Space: [16]byte{9}, SpaceSize: size})
	for lo := uint64(0); lo < size; lo += vacant.BatchSize {
		batch := turnBatch(lo, min(lo+vacant.BatchSize, size))
		answer(batch, t0, status)
		if err := r.Answered(batch); err != nil {
			b.Fatal(err)
		}
	}
	finish(b, r)
	f := s.Foreseer(RunInfo{Space: [16]byte{9}, SpaceSize: size})
	for b.Loop() {
		got, err := f.Look(b.Context(), turnsFrom(0, size))
		if err != nil || sum(got.Known) != size {
			b.Fatal(sum(got.Known), err)
		}
	}
	b.ReportMetric(rssAnon(), "RssAnon-MB")
}

// TestBacklogFollowsWhatIsPending compares the estimate with what it is made of.
func TestBacklogFollowsWhatIsPending(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1", Space: [16]byte{9}, SpaceSize: 1 << 20})
	if got := r.Backlog(); got != 0 {
		t.Errorf("%s before any commit", got)
	}
	answered(t, r, turnBatch(0, 1000), c.t, all(vacant.StatusNXDomain))
	flush(t, r)
	if got := r.Backlog(); got != 0 {
		t.Errorf("%s with nothing pending", got)
	}
	r.timed(10_000, time.Second)
	r.timed(10, time.Second) // few names: that was the disk
	r.mu.Lock()
	r.cur.names = 25_000 // as if so many had been answered and not committed
	r.mu.Unlock()
	if got := r.Backlog(); got != 2500*time.Millisecond {
		t.Errorf("25,000 names at 10,000 a second: %s", got)
	}
	r.mu.Lock()
	r.cur.names = 0
	r.mu.Unlock()
	finish(t, r)
}

func TestForesightReadsFilesOfVersionOne(t *testing.T) {
	s, err := Open(schema1(t), Options{ReadOnly: true, Now: (&clock{schema1Made}).now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	b := new(vacant.Batch)
	err = s.view(func(tx *bbolt.Tx) error {
		return eachListed(tx, func(key []byte, m mark) error {
			if name, scope := splitKey(key); m.delegated && scope == "" {
				b.Append(name, vacant.NoIndex)
			}
			return nil
		})
	})
	if err != nil || b.Len() == 0 {
		t.Fatal(b.Len(), err)
	}
	known, err := s.Foreseer(RunInfo{}).Known(nil, b)
	if err != nil || slices.Contains(known, false) {
		t.Errorf("%v, %v", known, err)
	}
	if _, err := s.Shares(nil); err != nil {
		t.Error(err)
	}
}
