package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"vacant"
)

// chiSquare is the sum of the squared distances from an even spread, in units of its mean.
func chiSquare(counts []int) (sum float64) {
	total := 0
	for _, n := range counts {
		total += n
	}
	even := float64(total) / float64(len(counts))
	for _, n := range counts {
		sum += (float64(n) - even) * (float64(n) - even) / even
	}
	return sum
}

// Chance is fixed by the seeds, so these bounds (four standard deviations above
// the mean of a chi-square distribution) are met or not, once and for all.
func TestReservoirKeepsEachWithTheSameChance(t *testing.T) {
	for _, tt := range []struct{ size, offered int }{{1, 30}, {5, 40}, {20, 200}} {
		counts := make([]int, tt.offered)
		for seed := range uint64(3000) {
			r := newReservoir(tt.size, seed, SampleDelegated, []byte("com"), 0)
			for i := range tt.offered {
				if to := r.offer(); to != nil {
					to.index = uint64(i)
				}
			}
			if len(r.items) != tt.size || r.seen != uint64(tt.offered) {
				t.Fatalf("%d kept of %d", len(r.items), r.seen)
			}
			for _, item := range r.items {
				counts[item.index]++
			}
		}
		if x, most := chiSquare(counts), float64(tt.offered)+4*1.42*math.Sqrt(float64(tt.offered)); x > most {
			t.Errorf("%d of %d: chi-square %.1f, more than %.1f", tt.size, tt.offered, x, most)
		}
	}
}

// sampled1 is a store in which 100 names are known to be delegated, many of them
// in several ways: 60 of a space, 40 of another that has 20 of them too, 20 of
// the first and 20 others of a list, and ten by records besides.
func sampled1(t *testing.T) (*Store, []SampleSpace) {
	t.Helper()
	s, c := fresh1(t)
	var spaces []SampleSpace
	for n, part := range []struct{ from, size uint64 }{{0, 60}, {40, 40}} {
		info := RunInfo{ID: fmt.Sprint("space", n), Space: [16]byte{byte(n + 1)}, SpaceSize: part.size, Freshness: Freshness{Available: time.Hour}}
		r := begin(t, s, info)
		b := listBatch()
		for i := range part.size {
			b.Append(spaceName(nil, part.from+i), i)
		}
		answered(t, r, b, c.t, all(vacant.StatusDelegated))
		finish(t, r)
		spaces = append(spaces, SampleSpace{ID: info.Space, Stretches: []Stretch{{Hi: part.size, Suffixes: []string{"com"}}},
			Name: func(dst []byte, i uint64) ([]byte, bool) { return spaceName(dst, part.from+i), true },
			Rank: func(name []byte) (uint64, bool) {
				for i := range part.size {
					if string(spaceName(nil, part.from+i)) == string(name) {
						return i, true
					}
				}
				return 0, false
			}})
	}
	r := begin(t, s, RunInfo{ID: "list", Freshness: Freshness{Available: time.Hour}})
	b := listBatch()
	for i := range uint64(20) {
		b.AppendName(vacant.Name(spaceName(nil, i)), vacant.NoIndex)
		b.AppendName(vacant.Name(spaceName(nil, 1000+i)), vacant.NoIndex)
	}
	answered(t, r, b, c.t, all(vacant.StatusDelegated))
	finish(t, r)
	var results []vacant.Result
	for i := range uint64(10) {
		proof := vacant.DNSProof{At: c.t, Status: vacant.StatusDelegated, Server: "192.0.2.1:53"}
		results = append(results, dnsResult(string(spaceName(nil, 50+i)), proof, "argument", ""))
	}
	if err := s.Put(nil, results); err != nil {
		t.Fatal(err)
	}
	return s, spaces
}

func TestSampleGivesEachNameTheSameChance(t *testing.T) {
	s, spaces := sampled1(t)
	counts := make(map[vacant.Name]int)
	for seed := range uint64(1500) {
		got, err := s.Sample(t.Context(), SampleQuery{Per: 5, Seed: seed, Spaces: spaces})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Strata) != 1 || len(got.Strata[0].Drawn) != 5 || got.Strata[0].Class != SampleDelegated || len(got.Unnamed) != 0 {
			t.Fatalf("%+v", got)
		}
		for _, d := range got.Strata[0].Drawn {
			counts[d.Name]++
		}
	}
	if len(counts) != 100 {
		t.Fatalf("%d names came up, want 100", len(counts))
	}
	var list []int
	for _, n := range counts {
		list = append(list, n)
	}
	if x := chiSquare(list); x > 100+4*14.2 {
		t.Errorf("chi-square %.1f of 100 names, %d to %d times each", x, slices.Min(list), slices.Max(list))
	}
}

func TestSampleOfAllHasEachNameOnce(t *testing.T) {
	s, spaces := sampled1(t)
	got, err := s.Sample(t.Context(), SampleQuery{Per: 1000, Spaces: spaces})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[vacant.Name]bool)
	recorded := 0
	for _, d := range got.Strata[0].Drawn {
		if seen[d.Name] {
			t.Errorf("%s came twice", d.Name)
		}
		seen[d.Name] = true
		if d.Recorded {
			recorded++
		}
	}
	if n := got.Strata[0].Names; len(seen) != 100 || recorded != 10 || n != 100 {
		t.Errorf("%d names, %d of them recorded; counted %d", len(seen), recorded, n)
	}
}

func TestSampleSaysWhichSpacesItCannotName(t *testing.T) {
	s, spaces := sampled1(t)
	got, err := s.Sample(t.Context(), SampleQuery{Per: 1000, Spaces: spaces[:1]})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Unnamed) != 1 || got.Unnamed[0] != (UnnamedSpace{ID: spaces[1].ID, Delegated: 40}) {
		t.Errorf("%+v", got.Unnamed)
	}
}

// Records are parted by class and suffix; what is undetermined or of another scope has no part.
func TestSamplePartsRecordsByClassAndSuffix(t *testing.T) {
	s, c := fresh1(t)
	var results []vacant.Result
	add := func(r vacant.Result) {
		r.CheckedAt = c.t
		results = append(results, r)
	}
	for i := range 30 {
		results = append(results, available(t, fmt.Sprintf("a%d.com", i), c.t))
	}
	for _, tld := range []string{"com", "io"} {
		reg := vacant.NewRegistered(vacant.Name("r."+tld), vacant.Hold)
		reg.Method = "rdap"
		add(reg)
		add(vacant.NewReserved(vacant.Name("s."+tld), ""))
		add(vacant.NewPremium(vacant.Name("p." + tld)))
		add(vacant.NewUndetermined(vacant.Name("u."+tld), vacant.ReasonBadReply, c.t))
	}
	if err := s.Put(nil, results); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(func(string) string { return "by hand" }, results[:5]); err != nil {
		t.Fatal(err)
	}
	parts := func(q SampleQuery) string {
		q.Per = 20
		got, err := s.Sample(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, st := range got.Strata {
			list = append(list, fmt.Sprintf("%s %s %d/%d", st.Suffix, st.Class, len(st.Drawn), st.Names))
		}
		return strings.Join(list, ", ")
	}
	for _, tt := range []struct {
		name string
		q    SampleQuery
		want string
	}{
		{"all", SampleQuery{}, "com available 20/30, com registered 1/1, com reserved 1/1, com premium 1/1, io registered 1/1, io reserved 1/1, io premium 1/1"},
		{"a suffix", SampleQuery{TLDs: []string{"io"}}, "io registered 1/1, io reserved 1/1, io premium 1/1"},
		{"a class", SampleQuery{Classes: []SampleClass{SamplePremium}}, "com premium 1/1, io premium 1/1"},
		{"too old", SampleQuery{MaxAge: time.Hour, MinAge: time.Minute}, ""},
		{"by hand", SampleQuery{Scope: func(string) string { return "by hand" }}, "com available 5/5"},
	} {
		if got := parts(tt.q); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Indexes in turn belong to the suffixes in turn, in each stretch from its first on.
func TestSampleTellsTheSuffixOfAnIndex(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1", Space: [16]byte{7}, SpaceSize: 9, Freshness: Freshness{Available: time.Hour}})
	name := func(dst []byte, i uint64) ([]byte, bool) {
		return fmt.Appendf(dst, "n%d.%s", i, []string{"com", "io", "dev", "net", "com", "net", "com", "net", "com"}[i]), true
	}
	b := listBatch()
	for i := range uint64(9) {
		text, _ := name(nil, i)
		b.Append(text, i)
	}
	answered(t, r, b, c.t, all(vacant.StatusDelegated))
	finish(t, r)
	space := SampleSpace{ID: [16]byte{7}, Name: name, Rank: func([]byte) (uint64, bool) { return 0, false },
		Stretches: []Stretch{{Lo: 0, Hi: 3, First: 0, Suffixes: []string{"com", "io", "dev"}}, {Lo: 3, Hi: 9, First: 3, Suffixes: []string{"net", "com"}}}}
	got, err := s.Sample(t.Context(), SampleQuery{Per: 9, Spaces: []SampleSpace{space}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]uint64{"com": 4, "io": 1, "dev": 1, "net": 3}
	for _, st := range got.Strata {
		if st.Names != want[st.Suffix] || uint64(len(st.Drawn)) != st.Names {
			t.Errorf("%s: %d of %d, want %d", st.Suffix, len(st.Drawn), st.Names, want[st.Suffix])
		}
		delete(want, st.Suffix)
	}
	if len(want) > 0 {
		t.Errorf("no sample of %v", want)
	}
}

func TestSampleEndsWithItsContext(t *testing.T) {
	s, spaces := sampled1(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Sample(ctx, SampleQuery{Per: 5, Spaces: spaces}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func BenchmarkSample(b *testing.B) {
	s, err := Open(b.TempDir()+"/v.db", Options{World: "test"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	const size = 1 << 22
	r, err := s.Begin(RunInfo{ID: "1", Space: [16]byte{1}, SpaceSize: size})
	if err != nil {
		b.Fatal(err)
	}
	batch := listBatch()
	for i := range uint64(size) {
		batch.Append([]byte("x.com"), i)
		if batch.Full() {
			answer(batch, time.Now(), all(vacant.StatusDelegated))
			if err := r.Answered(batch); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
			batch.Servers = vacant.NewServers()
		}
	}
	if err := r.Finish(vacant.Counts{}, "done"); err != nil {
		b.Fatal(err)
	}
	space := SampleSpace{ID: [16]byte{1}, Stretches: []Stretch{{Hi: size, Suffixes: []string{"com", "net", "io"}}},
		Name: func(dst []byte, i uint64) ([]byte, bool) {
			return fmt.Appendf(dst, "x%d.%s", i, []string{"com", "net", "io"}[i%3]), true
		},
		Rank: func([]byte) (uint64, bool) { return 0, false }}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Sample(b.Context(), SampleQuery{Per: 100, Spaces: []SampleSpace{space}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/size, "ns/name")
}

func TestDelegatedKnowsNamesWithoutARecord(t *testing.T) {
	s, spaces := sampled1(t)
	for _, tt := range []struct {
		name  string
		i     uint64
		space string
		ok    bool
	}{
		{"of a list and a space: the first", 3, "", true},
		{"of a list", 1003, "", true},
		{"of the first space", 30, "01000000000000000000000000000000", true},
		{"of the second space", 75, "02000000000000000000000000000000", true},
		{"of none", 500, "", false},
	} {
		got, ok, err := s.Delegated("", vacant.Name(spaceName(nil, tt.i)), spaces)
		if err != nil || ok != tt.ok || got.Space != tt.space || ok && !got.At.Equal(t0) {
			t.Errorf("%s: %+v, %v, %v", tt.name, got, ok, err)
		}
	}
}
