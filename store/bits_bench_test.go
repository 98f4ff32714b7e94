package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkBitmap encodes chunks of which a random share is set.
func BenchmarkBitmap(b *testing.B) {
	for _, share := range []float64{0.01, 0.5, 0.9, 0.99, 0.999} {
		b.Run(fmt.Sprint(share), func(b *testing.B) {
			rng, bits := rand.New(rand.NewPCG(1, 2)), new(bitmap)
			for i := range chunkSize {
				if rng.Float64() < share {
					bits.set(uint16(i))
				}
			}
			var out []byte
			for b.Loop() {
				out = bits.append(out[:0])
			}
			b.ReportMetric(float64(len(out)), "octets")
		})
	}
}
