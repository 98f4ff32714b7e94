package hostile

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vacant/cmd/internal/lab"
)

// switching returns every kind of RDAP and WHOIS that can be set while a lab
// runs, with an argument where it needs one, and which of the two it is.
func switching() (faults, protocols []string) {
	for _, k := range lab.FaultKinds() {
		if !k.Switches {
			continue
		}
		word := k.Name
		switch word {
		case "rdap-404-after":
			word += "=40"
		case "rdap-slow":
			word += "=30ms"
		}
		faults, protocols = append(faults, word), append(protocols, k.Protocol)
	}
	return faults, protocols
}

// liars are the kinds that say a registry's own no, or what nobody can tell from
// it, about names that it has. Reading cannot tell; controls must, and they
// cannot where only hidden names are lied about.
var liars = []string{"rdap-404-all", "rdap-404-after", "rdap-404-empty", "rdap-404-typeless", "rdap-pool", "rdap-pool-robin", "rdap-pool-conn",
	"whois-free-all", "whois-pool", "whois-limit-unknown-no"}

func lies(fault string) bool {
	kind, _, _ := strings.Cut(fault, "=")
	return slices.Contains(liars, kind)
}

// Every kind once, in a small world. One night only names meet it that are not free and that
// DNS does not show, so that every control is good and nothing but the reply
// itself can warn; in the other all questions do, so that no control holds.
func TestEveryHostileKind(t *testing.T) {
	faults, protocols := switching()
	var worlds []*world
	for i, fault := range faults {
		if lies(fault) {
			continue
		}
		worlds = append(worlds, &world{seed: uint64(i + 1), nights: [][]string{{scoped(fault, "hidden")}, {fault}}, noRDAP: protocols[i] == "WHOIS",
			patterns: []string{"{V}{V}", "[xy]{V}[d-f]"}, tlds: []string{"com", "dev", "io", "info"}, patience: 600 * time.Millisecond})
	}
	if len(worlds) < 100 {
		t.Fatalf("only %d kinds", len(worlds))
	}
	together(t, worlds, func(t *testing.T, o *outcome) { t.Helper(); o.shows(t) })
}

// atOnce is how many worlds are hunted in at the same time: most of them wait for a server most of the time.
const atOnce = 14

// together runs worlds side by side, as subtests of their names, and then looks at each outcome.
func together(t *testing.T, worlds []*world, look func(*testing.T, *outcome)) {
	t.Helper()
	next := make(chan *world)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for w := range next {
				t.Run(w.name(), func(t *testing.T) {
					o := w.run(t)
					look(t, &o)
				})
			}
		})
	}
	for _, w := range worlds {
		next <- w
	}
	close(next)
	workers.Wait()
}

// scoped limits a fault to a scope; one that is told something else has none.
func scoped(fault, scope string) string {
	if strings.Contains(fault, "=") {
		return fault
	}
	return fault + "=" + scope
}

// shows fails where a world has proved nothing, or where what it left open does not settle.
func (o *outcome) shows(t *testing.T) {
	t.Helper()
	for _, f := range o.played {
		if f.Dangerous == 0 {
			t.Errorf("%s answered %d questions, none of them about a dangerous name", f.Fault, f.Answered)
		}
	}
	o.settles(t)
}

// settles fails where what a world left open does not settle.
func (o *outcome) settles(t *testing.T) {
	t.Helper()
	if o.unsettled != 0 {
		t.Errorf("%d names are undetermined after %d more nights: %v", o.unsettled, o.nights, o.everywhere[len(o.everywhere)-1].undetermined)
	}
	if o.missed*1000 > o.free {
		t.Errorf("%d of %d available names are missed", o.missed, o.free)
	}
	o.log(t)
}

// log writes a line about a world.
func (o *outcome) log(t *testing.T) {
	t.Helper()
	t.Logf("%s: %d names, %d for registries, %d dangerous; %d free: %d found among faults, %d in the end after %d more nights, %d missed; %d questions; undetermined %v, waiting %d; played %v",
		o.world, o.names, o.reached, o.dangerous, o.free, o.first, o.found, o.nights, o.missed, o.questions, o.reasons, o.waiting, o.played)
}
