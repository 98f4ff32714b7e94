package store

import (
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// BenchmarkChanges merges the changes of seven runs, 50,000 each, every name in
// every second run: changed names read per second.
func BenchmarkChanges(b *testing.B) {
	c := &clock{t0}
	s, err := Open(b.TempDir()+"/vacant.db", Options{World: "bench", Now: c.now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	s.db.NoSync = true
	const runs, names = 7, 100_000
	free, taken := Standing{Known: true, Verdict: vacant.Available}, Standing{Known: true, Verdict: vacant.Registered, Lifecycle: vacant.Active}
	for run := uint32(1); run <= runs; run++ {
		err := s.update(func(tx *bbolt.Tx) error {
			changes := tx.Bucket(bucketChanges)
			for i := uint64(run % 2); i < names; i += 2 {
				key := changeKey(run, spaceName(nil, i))
				t := turn{taken, free, t0.Add(time.Duration(run) * day)}
				if run%4 > 1 {
					t.before, t.after = free, taken
				}
				if err := changes.Put(key, t.append(nil, key)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, err := range s.Changes(Between{To: runs}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(runs*names/2*b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "changes/s")
}

// BenchmarkShareCount is what Answered pays for one name.
func BenchmarkShareCount(b *testing.B) {
	var t tally
	suffix := []byte("com")
	b.ReportAllocs()
	for b.Loop() {
		t.count(suffix, "", 7, vacant.StatusDelegated)
	}
}
