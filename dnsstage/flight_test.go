package dnsstage

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestFlightAgainstAModel sends, ends and waits at random, now and then for
// very long, and compares with a list that knows when each query was sent.
func TestFlightAgainstAModel(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	type sent struct {
		at   time.Duration
		tick uint16
	}
	var f flight
	var model []sent
	now := time.Duration(0)
	for step := range 50_000 {
		switch random.IntN(5) {
		case 0, 1:
			n := 1 + random.IntN(5)
			tick := f.take(now, n)
			for range n {
				model = append(model, sent{now, tick})
			}
		case 2, 3:
			for range min(4, len(model)) {
				i := random.IntN(len(model))
				if random.IntN(2) == 0 {
					i = 0 // so that none lives for as long as ticks take to wrap
				}
				f.end(model[i].tick)
				model = slices.Delete(model, i, i+1)
			}
		case 4:
			now += time.Duration(random.Int64N(int64(40 * time.Millisecond)))
			if random.IntN(100) == 0 {
				now += time.Duration(random.Int64N(int64(10 * time.Second)))
			}
		}
		if f.n != len(model) {
			t.Fatalf("seed %d, step %d: %d in flight, want %d", seed, step, f.n, len(model))
		}
		if random.IntN(3) > 0 {
			continue
		}
		const likely = 100 * time.Millisecond
		surely, perhaps := 0, 0
		for _, q := range model {
			if age := now - q.at; age < likely-flightTick {
				surely++
			} else if age < likely+2*flightTick {
				perhaps++
			}
		}
		if got := f.fresh(now, likely); got < surely || got > surely+perhaps {
			t.Fatalf("seed %d, step %d: %d fresh, want %d to %d", seed, step, got, surely, surely+perhaps)
		}
	}
}
