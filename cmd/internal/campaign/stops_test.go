//go:build linux

package campaign

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"vacant/cmd/internal/lab"
)

// stopWithin is how long a hunt may take to end once it is told to.
const stopWithin = 12 * time.Second

// TestStopsWhateverTheReaderDoes: a hunt that is told to end ends, saves all, and
// shows the rest when the command is given again, also where stdout is a full pipe
// that nobody reads, or one whose reader has left.
func TestStopsWhateverTheReaderDoes(t *testing.T) {
	for _, test := range []struct {
		name string
		session
		exit int
	}{
		{"nobody reads, terminated", session{sink: sinkBlocks, signal: syscall.SIGTERM, goal: goal{registry: 800}}, 5},
		{"nobody reads, deadline", session{sink: sinkBlocks, args: []string{"--deadline", "1s"}}, 5},
		{"a slow reader, interrupted", session{sink: sinkSlow, signal: syscall.SIGINT, goal: goal{registry: 800}}, 5},
		{"the reader leaves", session{sink: sinkLeaves}, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			names := generate(t, "-p", labels("a", "b"), "-t", lifeTLDs)
			w := newWorld(t, lab.Config{Seed: 21, Density: 0.5, TLDs: []string{"com", "io"}, Limit: 1000}, names)
			l := &life{t: t, w: w, names: names, table: &table{}, kept: make(map[string]string), db: w.path("v.db"), rdap: 1000,
				args: []string{"hunt", "-q", "--db", w.path("v.db"), "-p", labels("a", "b"), "-t", lifeTLDs}}
			s := test.session
			s.args = slices.Concat(l.args, s.args)
			e := w.run(t, s)
			l.wantExit(&e, test.exit)
			if e.fromSign > stopWithin || s.signal == 0 && e.wall > stopWithin {
				t.Errorf("it took %s to end (%s in all)", e.fromSign, e.wall)
			}
			printed := printedText(e.stdout)
			l.check(&e, printed)
			if free := len(w.available(names)); len(printed) == 0 || len(printed) >= free {
				t.Errorf("%d of %d available names were printed: the test shows nothing", len(printed), free)
			}
			l.finish()
		})
	}
}
