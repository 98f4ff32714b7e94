package socks

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"vacant/dnsstage/wire"
)

func TestPausesGrowToTheirBoundWithJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &worker{pool: &Pool{ctx: t.Context()}, rng: wire.NewRand(1)}
		whole := firstPause
		different := map[time.Duration]bool{}
		for range 12 {
			began := time.Now()
			if !w.rest() {
				t.Fatal("the pool is not closed")
			}
			took := time.Since(began)
			if took < whole/2 || took > whole {
				t.Errorf("paused %v, want %v to %v", took, whole/2, whole)
			}
			different[took] = true
			whole = min(2*whole, lastPause)
		}
		if len(different) < 10 {
			t.Errorf("12 pauses are only %d different ones: no jitter", len(different))
		}
	})
}

func TestAPauseEndsWithThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		w := &worker{pool: &Pool{ctx: ctx}, rng: wire.NewRand(1)}
		began := time.Now()
		if w.rest() || time.Since(began) != time.Millisecond {
			t.Errorf("paused %v after the pool was closed", time.Since(began))
		}
	})
}
