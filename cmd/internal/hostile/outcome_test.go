package hostile

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/generator"
)

// outcome is what the nights of a world came to.
type outcome struct {
	world      string
	names      int                   // candidates
	reached    int                   // those of them that went to stage two
	dangerous  int                   // of those, in truth neither delegated nor available
	free       int                   // available in truth
	first      int                   // of these, found while there were faults
	missed     int                   // ... not found in the last
	unsettled  int                   // undetermined in the last night, for a reason that time could mend
	nights     int                   // until nothing was unsettled
	reasons    map[vacant.Reason]int // while there were faults
	waiting    uint64                // ... and waiting
	strays     uint64
	questions  uint64 // to registries, in all nights
	wrong      int64  // called available that are not
	played     []lab.FaultStats
	found      int // available at the end
	everywhere []night
}

// run hunts through the nights of a world.
func (w *world) run(t *testing.T) outcome {
	t.Helper()
	l, dir := w.start(t), t.TempDir()
	o := outcome{world: w.name(), reasons: make(map[vacant.Reason]int)}
	for n := range len(w.nights) + settling {
		w.set(t, l, n)
		got := w.hunt(t, l, dir, n)
		o.everywhere = append(o.everywhere, got)
		if n < len(w.nights) {
			o.fault(got)
			continue
		}
		o.nights, o.unsettled = n+1-len(w.nights), got.unsettled()
		if o.unsettled == 0 {
			break
		}
	}
	o.questions, o.wrong = asked(l), w.wrong.Load()
	o.judge(t, w, l)
	return o
}

// set sets the faults of night n.
func (w *world) set(t *testing.T, l *lab.Lab, n int) {
	t.Helper()
	faults := w.after
	if n < len(w.nights) {
		faults = w.nights[n]
	}
	if n == 0 && w.turn.after > 0 {
		w.turn.faults, faults = faults, nil
	}
	if err := l.SetFaults(faults...); err != nil {
		t.Fatal(err)
	}
}

// fault adds up what was undetermined in the nights with faults.
func (o *outcome) fault(got night) {
	o.waiting += got.summary.Counts.Waiting
	for _, why := range got.undetermined {
		o.reasons[why]++
	}
}

// lasting are the reasons that no night changes.
var lasting = []vacant.Reason{vacant.ReasonLikelyReserved, vacant.ReasonNoRegistry, vacant.ReasonIDNTable}

// unsettled counts what another night could settle.
func (n *night) unsettled() int {
	open := int(n.summary.Counts.Waiting)
	for _, why := range n.undetermined {
		if !slices.Contains(lasting, why) {
			open++
		}
	}
	return open
}

// judge compares the last night with the truth.
func (o *outcome) judge(t *testing.T, w *world, l *lab.Lab) {
	t.Helper()
	last, early := o.everywhere[len(o.everywhere)-1], make(map[vacant.Name]bool)
	for _, n := range o.everywhere[:len(w.nights)] {
		maps.Copy(early, n.available)
	}
	o.found, o.strays, o.played = len(last.available), l.Stats().Strays, gathered(l.Stats().Faults)
	for _, name := range w.candidates(t) {
		o.names++
		switch truth := l.Truth(string(name)); {
		case truth.Verdict == "available":
			o.free++
			if early[name] {
				o.first++
			}
			// A label that its registry may withhold, and that nothing but a plain 404 tells of, stays open.
			// And of one whose server said in words that it is reserved or has a price, nothing was missed.
			if !last.available[name] && !last.withheld[name] && !slices.Contains(lasting, last.undetermined[name]) {
				o.missed++
			}
			o.reached++
		case l.Dangerous(string(name)):
			o.reached++
			o.dangerous++
		}
	}
	if o.strays != 0 {
		t.Errorf("%s: %d connections to where redirects and referrals lead", o.world, o.strays)
	}
}

// gathered adds up what a kind did in several nights.
func gathered(all []lab.FaultStats) (out []lab.FaultStats) {
	for _, f := range all {
		f.Fault, _, _ = strings.Cut(f.Fault, "@")
		f.Fault, _, _ = strings.Cut(f.Fault, "=")
		i := slices.IndexFunc(out, func(o lab.FaultStats) bool { return o.Fault == f.Fault })
		if i < 0 {
			out = append(out, f)
			continue
		}
		out[i].Answered, out[i].Dangerous = out[i].Answered+f.Answered, out[i].Dangerous+f.Dangerous
	}
	return out
}

// candidates returns all names of a world.
func (w *world) candidates(t *testing.T) (names []vacant.Name) {
	t.Helper()
	gen, err := generator.New(generator.Config{Patterns: w.patterns, TLDs: w.tlds, Suffixes: vacant.NewSuffixes(w.tlds...)})
	if err != nil {
		t.Fatal(err)
	}
	out, failed := make(chan *vacant.Batch), make(chan error, 1)
	go func() { defer close(out); failed <- gen.Run(t.Context(), out) }()
	for b := range out {
		for i := range b.Len() {
			names = append(names, vacant.Name(b.Name(i)))
		}
		b.Release()
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return names
}
