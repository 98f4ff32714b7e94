package hostile

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"vacant/cmd/internal/rig"
)

// TestCampaign hunts for HOSTILE names altogether: each kind alone (of hidden names, of a
// share of all, on and off), two kinds at once, all kinds in turns, hosts that turn and pools.
//
// Of a hundred names one in eight goes to its registry; of those six in ten are dangerous.
func TestCampaign(t *testing.T) {
	if os.Getenv("HOSTILE") == "" {
		t.Skip("make hostile")
	}
	names, seed := rig.Number(t, "HOSTILE", 1_000_000), uint64(rig.Number(t, "SEED", 1))
	var worlds []*world
	for _, list := range [][]*world{alone(), pairs(), turns(), turning(), pooled()} {
		worlds = append(worlds, list...)
	}
	for i, w := range worlds {
		w.seed, w.density, w.danger, w.parts = seed*10_000+uint64(i), 0.95, 1, partsFor(names/len(worlds), len(w.nights))
	}
	all, began := &tally{}, time.Now()
	t.Run("worlds", func(t *testing.T) {
		together(t, worlds, func(t *testing.T, o *outcome) {
			t.Helper()
			o.proves(t)
			o.log(t)
			all.add(o)
		})
	})
	t.Logf("%s\n\n%s", all.totals(names, seed, time.Since(began)), all.kinds())
	all.judge(t, names)
}

// proves fails where a fault met no dangerous name. One that is never again
// believed after its first word is asked nothing more; that is looked at over all worlds.
func (o *outcome) proves(t *testing.T) {
	t.Helper()
	if o.unsettled != 0 {
		t.Errorf("%s: %d names are undetermined after %d more nights: %v", o.world, o.unsettled, o.nights, o.everywhere[len(o.everywhere)-1].undetermined)
	}
}

// alone is each kind by itself: in one night it meets hidden names only, in the
// next, on and off, two of all questions in five.
func alone() (worlds []*world) {
	faults, protocols := switching()
	for i, fault := range faults {
		if lies(fault) {
			continue
		}
		worlds = append(worlds, &world{noRDAP: protocols[i] == "WHOIS", patience: 3 * time.Second,
			nights: [][]string{{scoped(fault, "hidden")}, {scoped(fault, "0.4") + "@300ms/150ms"}}})
	}
	return worlds
}

// pairs are two kinds at once, one of RDAP and one of WHOIS, as they meet in suffixes with two sources.
func pairs() (worlds []*world) {
	var rdap, whois []string
	faults, protocols := switching()
	for i, fault := range faults {
		switch {
		case lies(fault):
		case protocols[i] == "WHOIS":
			whois = append(whois, fault)
		case protocols[i] == "RDAP":
			rdap = append(rdap, fault)
		}
	}
	for i, w := range whois {
		r := rdap[(i*7+3)%len(rdap)]
		worlds = append(worlds, &world{patience: 3 * time.Second,
			nights: [][]string{{scoped(r, "hidden"), scoped(w, "hidden")}, {scoped(r, "0.5"), scoped(w, "0.5")}}, after: []string{w + "@1s/100ms"}})
	}
	return worlds
}

// turns are all kinds, another one every second, then every three; TURNS sets two
// other periods. One that is over before the next control comes is seen by
// nobody: shorter turns show that, not faults.
func turns() (worlds []*world) {
	first, then, _ := strings.Cut(cmp.Or(os.Getenv("TURNS"), "1s,3s"), ",")
	for i := range 20 {
		worlds = append(worlds, &world{noRDAP: i%4 == 3, patience: 5 * time.Second,
			nights: [][]string{{"random@" + first}, {"random@" + then}}})
	}
	return worlds
}

// turning are hosts that from some question on say their own no to everything.
func turning() (worlds []*world) {
	for i, fault := range []string{"rdap-404-all", "rdap-404-empty", "rdap-404-typeless", "whois-free-all", "whois-limit-unknown-no"} {
		for _, after := range []int64{30, 170, 700} {
			w := &world{nights: [][]string{{fault}}, noRDAP: i > 2}
			w.turn.after = after
			worlds = append(worlds, w)
		}
	}
	for _, after := range []int{20, 45, 90} { // of each host
		worlds = append(worlds, &world{nights: [][]string{{fmt.Sprintf("rdap-404-after=%d", after)}}})
	}
	return worlds
}

// pooled are hosts of which one backend in four says so.
func pooled() (worlds []*world) {
	for _, fault := range []string{"rdap-pool", "rdap-pool-robin", "rdap-pool-conn", "whois-pool"} {
		for range 3 {
			worlds = append(worlds, &world{nights: [][]string{{fault}, {fault}}, noRDAP: fault == "whois-pool"})
		}
	}
	return worlds
}

// partsFor returns patterns for about so many names under all suffixes, a part for each night.
func partsFor(names, nights int) (parts [][]string) {
	const perLetter = 21 * 5
	letters := min(max((names/len(suffixes)/nights+perLetter-1)/perLetter, 1), 26)
	for n := range nights {
		parts = append(parts, []string{fmt.Sprintf("%c{V}", 'a'+n), fmt.Sprintf("%c{C}{V}[a-%c]", 'w'+n, 'a'+letters-1)})
	}
	return parts
}

// tally adds up the outcomes of all worlds.
type tally struct {
	mu sync.Mutex // guards all

	worlds, names, reached, dangerous, free, found, missed, unsettled, nights int

	questions, strays uint64
	wrong             int64
	byKind            map[string]*kindTally
}

// kindTally is what the worlds of one kind alone came to.
type kindTally struct {
	answered, dangerous uint64
	free, first, missed int
	reasons             map[string]int
	alone               bool
}

func (a *tally) add(o *outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.worlds++
	a.names, a.reached, a.dangerous = a.names+o.names, a.reached+o.reached, a.dangerous+o.dangerous
	a.free, a.found, a.missed, a.unsettled = a.free+o.free, a.found+o.found, a.missed+o.missed, a.unsettled+o.unsettled
	a.nights, a.questions, a.strays, a.wrong = a.nights+len(o.everywhere), a.questions+o.questions, a.strays+o.strays, a.wrong+o.wrong
	if a.byKind == nil {
		a.byKind = make(map[string]*kindTally)
	}
	for _, f := range o.played {
		k := a.byKind[f.Fault]
		if k == nil {
			k = &kindTally{reasons: make(map[string]int)}
			a.byKind[f.Fault] = k
		}
		k.answered, k.dangerous = k.answered+f.Answered, k.dangerous+f.Dangerous
		if len(o.played) > 1 {
			continue // whose doing it was is not known
		}
		k.alone = true
		k.free, k.first, k.missed = k.free+o.free, k.first+o.first, k.missed+o.missed
		for why, n := range o.reasons {
			k.reasons[string(why)] += n
		}
	}
}

// judge fails where the whole proves too little.
func (a *tally) judge(t *testing.T, names int) {
	t.Helper()
	if a.names < names*9/10 {
		t.Errorf("only %d names were hunted for, of %d", a.names, names)
	}
	if a.missed*1000 > a.free {
		t.Errorf("%d of %d available names are missed: more than one in a thousand", a.missed, a.free)
	}
	faults, _ := switching()
	for _, fault := range faults {
		kind, _, _ := strings.Cut(fault, "=")
		if k := a.byKind[kind]; k == nil || k.dangerous == 0 {
			t.Errorf("%s was asked about no dangerous name", kind)
		}
	}
}
