package hostile

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"vacant/cmd/internal/rig"
)

// A pool of backends behind one name, of which one in four says the registry's own no
// to everything: no reply of its is wrong by itself, and three controls in
// four are good. At random for each request, in turns, and one for each connection; with another
// source beside it (com, io, info) and without (dev).
func TestPoolWithOneBackendThatKnowsNothing(t *testing.T) {
	var worlds []*world
	for i, fault := range []string{"rdap-pool", "rdap-pool-robin", "rdap-pool-conn", "whois-pool"} {
		for seed := range uint64(rig.Number(t, "POOLS", 1)) {
			worlds = append(worlds, &world{seed: 1000*uint64(i+1) + seed, nights: [][]string{{fault}}, noRDAP: fault == "whois-pool",
				tlds: []string{"com", "dev", "io", "info"}, patterns: []string{"{V}{V}", "x{C}{V}[ab]"}})
		}
	}
	var met atomic.Uint64 // by all of them: one that a control finds out at once has told no lie
	together(t, worlds, func(t *testing.T, o *outcome) {
		t.Helper()
		o.settles(t)
		for _, f := range o.played {
			met.Add(f.Dangerous)
		}
	})
	if met.Load() < uint64(len(worlds)) {
		t.Errorf("%d lies about dangerous names show nothing", met.Load())
	}
}

// A host that turns in the middle of a batch, as two real ones did: from one
// question to the next it says its own no to everything. What it said since the
// last good control is nothing; what it is asked after that, too.
func TestHostThatTurnsMidway(t *testing.T) {
	var worlds []*world
	for i, fault := range []string{"rdap-404-all", "rdap-404-empty", "rdap-404-typeless", "whois-free-all", "whois-limit-unknown-no"} {
		for _, after := range []int64{30, 170}[:1+i%2] {
			w := &world{seed: 500 + uint64(i), nights: [][]string{{fault}}, noRDAP: i > 2, tlds: []string{"com", "dev", "io", "info", "uk"}, patterns: []string{"{V}{V}", "x{C}{V}[ab]"}}
			w.turn.after = after
			worlds = append(worlds, w)
		}
	}
	together(t, worlds, func(t *testing.T, o *outcome) { t.Helper(); o.shows(t) })
}

// throttles are limits in words that nobody wrote a rule for: alone, around a line that
// says "No match for" the name, and with the registry's own no behind them.
var throttles = []string{"whois-limit-unknown", "whois-limit-unknown-line", "whois-limit-unknown-no"}

// WHOIS servers that throttle for half of every period, in its middle, so that
// names and controls are met on both sides of it. The periods are thirtieths of a minute, and so are those of controls.
func TestWHOISThatThrottlesInUnknownWords(t *testing.T) {
	var worlds []*world
	for i, fault := range throttles {
		worlds = append(worlds, &world{seed: 700 + uint64(i), nights: [][]string{{fault + "@2s/1s"}}, noRDAP: true,
			tlds: []string{"com", "io", "info", "se"}, patterns: []string{"x{C}{V}[ab]"}, timing: divided(30), rate: 30})
	}
	together(t, worlds, func(t *testing.T, o *outcome) { t.Helper(); o.shows(t) })
}

// The same in full length: 30 s in the middle of every minute, for five minutes.
func TestWHOISThatThrottlesEachMinute(t *testing.T) {
	if os.Getenv("HOSTILE") == "" {
		t.Skip("make hostile")
	}
	var worlds []*world
	for i, fault := range throttles {
		worlds = append(worlds, &world{seed: 800 + uint64(i), nights: [][]string{{fault + "@60s/30s"}}, noRDAP: true,
			tlds: []string{"com", "io", "info", "se"}, patterns: []string{"x{C}{V}[a-h]"}, timing: divided(1), rate: 2.5})
	}
	together(t, worlds, func(t *testing.T, o *outcome) {
		t.Helper()
		o.shows(t)
		t.Log(fmt.Sprint(o.everywhere[0].summary.Elapsed.Round(time.Second)))
	})
}
