package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// BenchmarkBegin begins a run in a store of so many records, which fills the
// filter of their keys.
func BenchmarkBegin(b *testing.B) {
	for _, records := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(records), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "vacant.db")
			s, err := Open(path, Options{World: "test"})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			fillStates(b, s, records)
			for b.Loop() {
				r := begin(b, s, RunInfo{ID: "1"})
				b.StopTimer()
				finish(b, r)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.N)*float64(records)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(rssAnon(), "RssAnon-MB")
		})
	}
}

func fillStates(b *testing.B, s *Store, records int) {
	b.Helper()
	for i := 0; i < records; i += 50_000 {
		if err := s.update(func(tx *bbolt.Tx) error {
			states := tx.Bucket(bucketState)
			for n := i; n < min(i+50_000, records); n++ {
				key := spaceName(nil, uint64(n))
				st := state{kind: kindSettled, verdict: noVerdict, run: 1, at: t0.Unix()}
				if err := states.Put(key, st.append(nil, key)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}
