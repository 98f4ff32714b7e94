//go:build linux

package campaign

import (
	"fmt"
	"testing"

	"vacant/cmd/internal/rig"
)

const (
	// killsALife is how many kills one store has to bear at most.
	killsALife = 15
	// rounds of hunts that find all known: what is left to be hit are their ends.
	knownRounds = 2
	// atOnce is how many lives go on side by side: more would not find a processor.
	atOnce = 2
)

// TestKills kills hunts at random moments, KILLS of them in all, and after each
// one looks whether anything was lost; SEED chooses the moments.
func TestKills(t *testing.T) {
	kills, seed := rig.Number(t, "KILLS", 30), rig.Number(t, "SEED", 1)
	all := &table{}
	t.Cleanup(func() { t.Logf("%d kills, seed %d\n%s", kills, seed, all) })
	for lane := range atOnce {
		t.Run(fmt.Sprint("lane ", lane), func(t *testing.T) {
			t.Parallel()
			share := (kills + lane) / atOnce
			for n := 0; share > 0; n++ {
				m := modes[(n*atOnce+lane)%len(modes)]
				t.Run(fmt.Sprintf("life %d, %s", n, m.name), func(t *testing.T) {
					own := &table{}
					t.Cleanup(func() { all.add(own) })
					live(newLife(t, uint64(seed*10000+n*atOnce+lane), m, own), min(share, killsALife))
					share -= max(own.kills, 1)
				})
			}
		})
	}
}

// live kills a life's hunts so many times, or until it has nothing left to do, and ends it.
func live(l *life, kills int) {
	for over := 0; l.table.kills < kills && over < knownRounds; {
		if l.killOnce() {
			over++
		}
	}
	l.finish()
}
