package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vacant"
)

// benchRun begins a run in a new store, or in the one at path.
func benchRun(b *testing.B, path string) *Run {
	b.Helper()
	c := &clock{t0}
	s, err := Open(path, Options{World: "test", Now: c.now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return begin(b, s, RunInfo{ID: "bench", Space: [16]byte{1}, SpaceSize: 1 << 40, Started: t0})
}

// nineInTen answers as a dense TLD does: one name in ten is not delegated.
func nineInTen(i int) vacant.Status {
	if i%10 == 0 {
		return vacant.StatusNXDomain
	}
	return vacant.StatusDelegated
}

// BenchmarkSpaceNew admits and records names never seen, commits included.
func BenchmarkSpaceNew(b *testing.B) {
	r := benchRun(b, filepath.Join(b.TempDir(), "vacant.db"))
	batch, next, most := spaceBatch(0, 0), uint64(0), 0.0
	b.ReportAllocs()
	for b.Loop() {
		refill(batch, next)
		next += vacant.BatchSize
		if _, err := r.Admit(batch); err != nil {
			b.Fatal(err)
		}
		answer(batch, t0, nineInTen)
		if err := r.Answered(batch); err != nil {
			b.Fatal(err)
		}
		if next%(1<<18) == 0 {
			most = max(most, rssAnon())
		}
	}
	if err := r.Flush(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)*vacant.BatchSize/b.Elapsed().Seconds(), "names/s")
	b.ReportMetric(most, "RssAnon-MB")
}

func refill(b *vacant.Batch, from uint64) {
	b.Reset()
	var name []byte
	for i := range uint64(vacant.BatchSize) {
		name = spaceName(name[:0], from+i)
		b.Append(name, from+i)
	}
	b.Servers = vacant.NewServers()
}

// rssAnon is the process's own memory in MB, 0 where the kernel does not tell.
func rssAnon() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	var kb float64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		return 0
	}
	return kb / 1024
}

// BenchmarkSpaceKnown admits a million names that were all answered before, nine
// in ten by the bitmap and the tenth by its record.
func BenchmarkSpaceKnown(b *testing.B) {
	const size = 1 << 20
	path := filepath.Join(b.TempDir(), "vacant.db")
	r := benchRun(b, path)
	for i := uint64(0); i < size; i += vacant.BatchSize {
		batch := spaceBatch(i, i+vacant.BatchSize)
		answer(batch, t0, nineInTen)
		if err := r.Answered(batch); err != nil {
			b.Fatal(err)
		}
	}
	finish(b, r)
	r = begin(b, r.s, RunInfo{ID: "again", Space: [16]byte{1}, SpaceSize: 1 << 40})
	batch, next := spaceBatch(0, 0), uint64(0)
	for b.Loop() {
		refill(batch, next%size)
		next += vacant.BatchSize
		a, err := r.Admit(batch)
		if err != nil || a.Known != vacant.BatchSize {
			b.Fatal(a, err)
		}
	}
	b.ReportMetric(float64(b.N)*vacant.BatchSize/b.Elapsed().Seconds(), "names/s")
}

// BenchmarkListNew admits and records names of a list, in no order.
func BenchmarkListNew(b *testing.B) {
	r := benchRun(b, filepath.Join(b.TempDir(), "vacant.db"))
	batch, next := spaceBatch(0, 0), uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		next = refillList(batch, next)
		if _, err := r.Admit(batch); err != nil {
			b.Fatal(err)
		}
		answer(batch, t0, oneInTwenty)
		if err := r.Answered(batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := r.Flush(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)*vacant.BatchSize/b.Elapsed().Seconds(), "names/s")
}

// BenchmarkListKnown admits names of a list that an earlier run asked, a million
// of them again and again: first known, then duplicate.
func BenchmarkListKnown(b *testing.B) {
	const size = 1 << 20
	r := benchRun(b, filepath.Join(b.TempDir(), "vacant.db"))
	batch := spaceBatch(0, 0)
	for next := uint64(0); next < size; {
		next = refillList(batch, next)
		answer(batch, t0, all(vacant.StatusDelegated))
		if err := r.Answered(batch); err != nil {
			b.Fatal(err)
		}
	}
	finish(b, r)
	r = begin(b, r.s, RunInfo{ID: "again"})
	next := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		next = refillList(batch, next%size)
		a, err := r.Admit(batch)
		if err != nil || a.Known+a.Duplicate != vacant.BatchSize {
			b.Fatal(a, err)
		}
	}
	if err := r.Flush(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)*vacant.BatchSize/b.Elapsed().Seconds(), "names/s")
}

// refillList fills b with names of the list from next on and returns where it ends.
func refillList(b *vacant.Batch, next uint64) uint64 {
	b.Reset()
	var name []byte
	for range vacant.BatchSize {
		name = listName(name[:0], next)
		b.Append(name, vacant.NoIndex)
		next++
	}
	b.Servers = vacant.NewServers()
	return next
}

// oneInTwenty answers as a TLD does where most of a list is taken.
func oneInTwenty(i int) vacant.Status {
	if i%20 == 0 {
		return vacant.StatusNXDomain
	}
	return vacant.StatusDelegated
}

// listNames is how many names the list has.
const listNames = 1 << 27

// listName is name i of a shuffled list: two words and a suffix, 11 to 20
// octets. All are different.
func listName(dst []byte, i uint64) []byte {
	const mask = listNames - 1
	i = i * 0x2c9277b5 & mask // odd, so one to one; so are the next two
	i ^= i >> 13
	i = i * 0x5851f42d & mask
	i ^= i >> 11
	dst = appendWord(appendWord(dst, i>>3&0xFFF), i>>15)
	return append(dst, [...]string{".com", ".net", ".org", ".de", ".io", ".dev", ".app", ".eu"}[i&7]...)
}

// appendWord appends one of 4,096 words. What follows a word begins with a
// consonant or a dot, so two words can be read in one way only.
func appendWord(dst []byte, w uint64) []byte {
	for _, syllable := range [2]uint64{w & 63, w >> 6} {
		dst = append(dst, "bdfghklmnprstvwz"[syllable&15], "aeou"[syllable>>4])
	}
	return append(dst, [...]string{"", "x", "ing", "ir"}[(w^w>>5)&3]...)
}

// BenchmarkSettle commits 64 results at a time.
func BenchmarkSettle(b *testing.B) {
	r := benchRun(b, filepath.Join(b.TempDir(), "vacant.db"))
	next := uint64(0)
	for b.Loop() {
		results := make([]vacant.Result, 64)
		for i := range results {
			results[i] = available(b, string(spaceName(nil, next)), t0)
			next++
		}
		if err := r.Settle(results); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*64/b.Elapsed().Seconds(), "results/s")
}
