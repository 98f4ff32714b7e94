package budget

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"vacant"
)

// A lease and what accounts for it, by the limit.
func BenchmarkLease(b *testing.B) {
	for _, limit := range []vacant.Limit{{}, {PerSecond: 1e6, Burst: 1}, {PerSecond: 1e6, Count: 1e9, Span: time.Minute, PerDay: 1e9}} {
		b.Run(fmt.Sprint(limit), func(b *testing.B) {
			x, err := Open(filepath.Join(b.TempDir(), "budget.db"), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = x.Close() }()
			var arrived []vacant.Arrival
			for b.Loop() {
				l, err := x.Lease(b.Context(), "op", limit, 1, arrived)
				if err != nil {
					b.Fatal(err)
				}
				arrived = []vacant.Arrival{{Lease: l.At, N: l.Got, At: time.Now()}}[:min(l.Got, 1)]
			}
		})
	}
}
