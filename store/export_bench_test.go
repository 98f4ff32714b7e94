package store

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// benchRows is how many results the store of BenchmarkExport has; VACANT_ROWS
// says otherwise. VACANT_BENCH_DIR names a folder where the file stays for the
// next time.
const benchRows = 100_000

// bigStore makes a store of n results, one in ten available, one in twenty a
// timeout, the rest registered.
func bigStore(b *testing.B, n uint64) *Store {
	b.Helper()
	dir := os.Getenv("VACANT_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("rows-%d.db", n))
	_, err := os.Stat(path)
	s, openErr := Open(path, Options{World: "bench", Now: func() time.Time { return t0 }})
	if openErr != nil {
		b.Fatal(openErr)
	}
	if err == nil {
		_ = s.Close()
		return readOnly(b, path)
	}
	s.db.NoSync = true
	free, taken, silent := aLedger("aaaaaaaa.com", t0), aRegistered("aaaaaaaa.com", t0), aTimeout("aaaaaaaa.com", t0)
	for lo := uint64(0); lo < n; lo += 100_000 {
		err := s.update(func(tx *bbolt.Tx) error {
			results := tx.Bucket(bucketResults)
			fillFor(results, spaceName(nil, lo))
			for i := lo; i < min(n, lo+100_000); i++ {
				key := spaceName(nil, i)
				r := taken
				switch {
				case i%10 == 3:
					r = free
				case i%20 == 7:
					r = silent
				}
				r.Name = vacant.Name(key)
				if err := results.Put(key, appendResult(nil, key, &r)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := firstError(s.db.Sync(), s.Close()); err != nil {
		b.Fatal(err)
	}
	return readOnly(b, path)
}

// readOnly opens a store as export does.
func readOnly(b *testing.B, path string) *Store {
	b.Helper()
	s, err := Open(path, Options{ReadOnly: true, Now: func() time.Time { return t0 }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// BenchmarkExport reads a whole store in each format: rows a second, rows a second
// of processor time, and the most anonymous memory seen on the way.
func BenchmarkExport(b *testing.B) {
	n := uint64(benchRows)
	if text := os.Getenv("VACANT_ROWS"); text != "" {
		n, _ = strconv.ParseUint(text, 10, 63)
	}
	s := bigStore(b, n)
	for _, format := range []Format{Text, CSV, JSONL} {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			rows, rss, cpu := uint64(0), 0.0, cpuSeconds()
			for b.Loop() {
				w := bufio.NewWriterSize(io.Discard, 1<<16)
				e, _ := NewEncoder(w, format, false)
				for r, err := range s.Results(Query{Lean: format != JSONL}) {
					if err == nil {
						err = e.Encode(r)
					}
					if err != nil {
						b.Fatal(err)
					}
					if rows++; rows%100_000 == 0 {
						rss = max(rss, rssAnon())
					}
				}
				if err := firstError(e.Close(), w.Flush()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
			if used := cpuSeconds() - cpu; used > 0 {
				b.ReportMetric(float64(rows)/used, "rows/cpu-s")
			}
			b.ReportMetric(rss, "MB-RssAnon")
		})
	}
}
