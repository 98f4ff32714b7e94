package store

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/quick"
	"time"

	"github.com/cespare/xxhash/v2"
)

func bitsOf(indexes ...uint16) *bitmap {
	b := new(bitmap)
	for _, i := range indexes {
		b.set(i)
	}
	return b
}

func members(b *bitmap) (out []uint16) {
	for i := b.next(0, true); i < chunkSize; i = b.next(i+1, true) {
		out = append(out, uint16(i))
	}
	return out
}

func TestBitmapsSurviveEncoding(t *testing.T) {
	full := new(bitmap)
	full.setRun(0, chunkSize)
	half := new(bitmap)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range half {
		half[i] = rng.Uint64()
	}
	for _, tt := range []struct {
		name string
		b    *bitmap
		most int // octets
	}{
		{"empty", new(bitmap), 2},
		{"ends", bitsOf(0, 1, 63, 64, chunkSize-1), 16},
		{"full", full, 8},
		{"every other word's half", half, bitmapLen + 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			buf := tt.b.append(nil)
			if len(buf) > tt.most {
				t.Errorf("%d octets", len(buf))
			}
			d := decoder{buf: buf}
			back, err := d.bitmap()
			if err != nil || *back != *tt.b || d.err() != nil {
				t.Errorf("not the same: %v %v", err, d.err())
			}
		})
	}
	same := func(indexes []uint16) bool {
		d := decoder{buf: bitsOf(indexes...).append(nil)}
		back, err := d.bitmap()
		slices.Sort(indexes)
		return err == nil && slices.Equal(members(back), slices.Compact(indexes))
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

func TestBitmapCovers(t *testing.T) {
	b := new(bitmap)
	b.setRun(10, 300)
	for _, tt := range []struct {
		lo, hi int
		want   bool
	}{{10, 300, true}, {9, 300, false}, {10, 301, false}, {64, 128, true}, {63, 65, true}, {0, chunkSize, false}, {5, 5, true}} {
		if got := b.covers(tt.lo, tt.hi); got != tt.want {
			t.Errorf("covers(%d, %d) = %v", tt.lo, tt.hi, got)
		}
	}
}

func TestLayersNeverMakeAnAnswerYounger(t *testing.T) {
	hours := func(h float64) int64 { return int64(h * 3600) }
	ask := func(c chunk, age float64, at float64) []uint16 {
		return members(orEmpty(c.fresh(time.Duration(age*float64(time.Hour)), time.Unix(hours(at), 0)).bits))
	}
	var c chunk
	c = c.record(hours(10), bitsOf(1, 2, 3), new(bitmap))
	c = c.record(hours(9.5), bitsOf(4), new(bitmap)) // came late: the layer is as old as its oldest
	if len(c) != 1 || c[0].at != hours(9.5) {
		t.Fatalf("layers %+v", c)
	}
	c = c.record(hours(20), bitsOf(3, 5), bitsOf(2)) // 3 asked again, 2 is gone
	if got := ask(c, 5, 21); !slices.Equal(got, []uint16{3, 5}) {
		t.Errorf("of the last 5 hours: %v", got)
	}
	if got := ask(c, 20, 21); !slices.Equal(got, []uint16{1, 3, 4, 5}) {
		t.Errorf("of the last 20 hours: %v", got)
	}
	for i := range uint16(10) {
		c = c.record(hours(30+2*float64(i)), bitsOf(100+i), new(bitmap))
	}
	if len(c) != maxLayers {
		t.Errorf("%d layers", len(c))
	}
	if got := ask(c, 9, 48); !slices.Equal(got, []uint16{105, 106, 107, 108, 109}) {
		t.Errorf("of the last 9 hours: %v", got)
	}
	if got := ask(c, 100, 48); len(got) != 14 {
		t.Errorf("lost some: %v", got)
	}
	back, err := readChunk(u64Key(1), c.append(nil, u64Key(1)))
	if err != nil || len(back) != len(c) || back[0].at != c[0].at || *back[5].bits != *c[5].bits {
		t.Errorf("not the same after encoding: %v", err)
	}
	gone := new(bitmap)
	gone.setRun(0, chunkSize)
	if c = c.record(hours(50), new(bitmap), gone); len(c) != 0 {
		t.Errorf("%d layers of nothing", len(c))
	}
}

func orEmpty(b *bitmap) *bitmap {
	if b == nil {
		return new(bitmap)
	}
	return b
}

func TestFilterNeverSaysNoWronglyAndSeldomYes(t *testing.T) {
	const n = 300_000 // three layers
	hash := func(i uint64) uint64 { return xxhash.Sum64(spaceName(nil, i)) }
	var f filter
	if f.has(hash(1)) {
		t.Error("an empty filter has something")
	}
	for i := range uint64(n) {
		f.add(hash(i))
	}
	wrong := 0
	for i := range uint64(n) {
		if !f.has(hash(i)) {
			t.Fatalf("%d is lost", i)
		}
		if f.has(hash(n + i)) {
			wrong++
		}
	}
	if share := float64(wrong) / n; share > 0.01 {
		t.Errorf("wrongly yes for %.2f %%", 100*share)
	}
}

// Layers stop growing: the hundredth of a very large store is no larger than the tenth.
func TestFilterLayersAreBounded(t *testing.T) {
	f := filter{layers: make([]filterLayer, 99)}
	f.add(1)
	if room := f.layers[99].room; room != 1<<24-1 {
		t.Errorf("room for %d keys", room)
	}
}

// A mark that is being committed is neither in the file nor among those that gather.
func TestNamesBeingCommittedAreDuplicates(t *testing.T) {
	s, _ := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	admit(t, r, listBatch("a.com"), Admission{})
	r.committing.Lock()
	r.mu.Lock()
	r.flushing, r.cur = r.cur, newPending()
	r.mu.Unlock()
	admit(t, r, listBatch("a.com"), Admission{Duplicate: 1})
	r.mu.Lock()
	r.flushing = nil
	r.mu.Unlock()
	r.committing.Unlock()
}
