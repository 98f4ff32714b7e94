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
	for b.Loop() {
		batch.Reset()
		for range vacant.BatchSize {
			batch.Append(spaceName(nil, next*0x9e3779b97f4a7c15>>27), vacant.NoIndex)
			next++
		}
		batch.Servers = vacant.NewServers()
		if _, err := r.Admit(batch); err != nil {
			b.Fatal(err)
		}
		answer(batch, t0, nineInTen)
		if err := r.Answered(batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := r.Flush(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)*vacant.BatchSize/b.Elapsed().Seconds(), "names/s")
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
