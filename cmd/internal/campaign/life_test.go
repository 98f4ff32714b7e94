//go:build linux

package campaign

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vacant/cmd/internal/lab"
)

// life is one store from its first session to its last.
type life struct {
	t     *testing.T
	rng   *rand.Rand
	w     *world
	table *table
	names []string
	args  []string // of the hunt, but for what a session adds
	db    string

	inflight, rate, rdap int

	young   int               // so many kills come while the store is made
	late    int               // and so many, next, when most names are asked: several commits later
	reading time.Duration     // that the last export took
	kept    map[string]string // the last export: verdict by name
	killed  []killed          // the sessions that were
	paused  []int             // and of those that were stopped
}

// killed is a session that was.
type killed struct {
	number int
	sink   sink
	seen   activity
}

// newLife makes a lab and the flags of a hunt in it.
func newLife(t *testing.T, seed uint64, m mode, table *table) *life {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 4))
	l := &life{t: t, rng: rng, table: table, kept: make(map[string]string), young: 1, late: 1}
	l.inflight = []int{100, 1000, 4000}[rng.IntN(3)]
	l.rate = []int{3000, 8000, 0}[rng.IntN(3)]
	last := slowLast
	if l.rate == 0 {
		last = quickLast
	}
	l.names = generate(t, "-p", labels("a", last), "-t", lifeTLDs)
	w := newWorld(t, lab.Config{Seed: seed, TLDs: strings.Split(lifeTLDs, ","), Limit: -1}, l.names)
	l.w, l.db = w, w.path("life.db")
	l.rdap = []int{500, 1500, 100_000}[rng.IntN(3)]
	l.args = slices.Concat([]string{"hunt", "--db", l.db, "-t", lifeTLDs, "--inflight", strconv.Itoa(l.inflight),
		"--rate-limit", strconv.Itoa(l.rate), "--rdap-rate", strconv.Itoa(l.rdap)}, m.flags(t, rng, w.dir, last))
	t.Logf("seed %d: vacant %s", seed, strings.Join(l.args, " "))
	return l
}

// killOnce kills a hunt at a random moment, checks what is left, and goes on
// until a stop at another. It reports whether the hunt had come to its end by itself.
func (l *life) killOnce() (over bool) {
	s := session{args: append(slices.Clone(l.args), "-q"), signal: syscall.SIGKILL, sink: l.someSink()}
	s.goal, s.after = l.moment(6)
	if l.young > 0 {
		l.young--
		s.goal, s.after = goal{}, time.Duration(1+l.rng.IntN(30e6))
	} else if l.late > 0 {
		l.late--
		s.goal, s.after = goal{dns: len(l.names)/2 + l.rng.IntN(len(l.names)/4)}, 10*time.Second
	}
	e := l.w.run(l.t, s)
	if e.exit == -1 {
		l.killed = append(l.killed, killed{e.number, s.sink, e.seen})
		l.table.kill(e)
	} else {
		l.wantExit(&e, 0)
	}
	l.check(&e, printedText(e.stdout))
	switch l.rng.IntN(8) {
	case 0, 1:
		l.killExport()
	case 2, 3:
		l.killCompact()
	}
	return l.stopOnce()
}

// someSink says who reads the session's stdout: mostly somebody who reads.
func (l *life) someSink() sink {
	switch n := l.rng.IntN(10); {
	case n < 7:
		return sinkReads
	case n < 9:
		return sinkBlocks
	}
	return sinkSlow
}

// moment draws when a session is to be hit: while it starts, when it has asked
// DNS about some names, one in so many of all at most, or registries, or at any time.
func (l *life) moment(oneIn int) (goal, time.Duration) {
	switch n := l.rng.IntN(20); {
	case n < 3:
		return goal{}, time.Duration(1 + l.rng.IntN(60e6)) // start-up: within 60 ms
	case n < 11:
		return goal{dns: 1 + l.rng.IntN(len(l.names)/oneIn)}, 1500 * time.Millisecond
	case n < 16:
		return goal{registry: 1 + l.rng.IntN(400)}, 1500 * time.Millisecond
	}
	return goal{}, time.Duration(1 + l.rng.IntN(1200e6))
}

// stopOnce stops a hunt at a random moment, by a signal or its deadline, and
// reports whether it had come to its end by itself.
func (l *life) stopOnce() (over bool) {
	s := session{args: append(slices.Clone(l.args), "-j", "-q")}
	switch l.rng.IntN(3) {
	case 0:
		s.args = append(s.args, "--deadline", time.Duration(20e6+l.rng.IntN(300e6)).String())
	case 1:
		s.signal = syscall.SIGTERM
	default:
		s.signal = syscall.SIGINT
	}
	if s.signal != 0 {
		s.goal, s.after = l.moment(20)
		s.after = max(s.after, 40*time.Millisecond) // before that it does not listen yet
	}
	e := l.w.run(l.t, s)
	l.paused = append(l.paused, e.number)
	printed, sum := printedJSON(l.t, e.stdout)
	switch {
	case e.exit == -1 && e.seen.questions == 0: // it did not listen yet
	case e.exit == -1:
		l.t.Errorf("%s killed the hunt\n%s", s.signal, e.stderr)
	case sum == nil && e.seen.dns == 0:
		l.wantExit(&e, 5) // stopped before it began
	case sum == nil:
		l.t.Errorf("exit %d without a summary\n%s", e.exit, e.stderr)
	case sum.End == "done":
		l.wantExit(&e, 0)
	default:
		l.wantExit(&e, 5)
	}
	l.check(&e, printed)
	l.balance(sum)
	l.table.stop(e, sum)
	return sum != nil && sum.End == "done"
}

// within draws a moment in a little more than so long.
func (l *life) within(d time.Duration) time.Duration {
	return 1 + time.Duration(l.rng.Int64N(int64(d+d/4)+1))
}

// killExport kills an export that writes a file, which must then be whole: the old one or the new.
func (l *life) killExport() {
	file := l.w.path("export.csv")
	old, _ := os.ReadFile(file)
	args := []string{"export", "--db", l.db, "--all", "-o", file, "-q"}
	l.w.run(l.t, session{args: args, signal: syscall.SIGKILL, after: l.within(l.reading)})
	l.table.exports++
	got, _ := os.ReadFile(file)
	whole := l.w.run(l.t, session{args: []string{"export", "--db", l.db, "--all", "-f", "csv", "-q"}})
	if whole.exit == 0 && string(got) != string(old) && string(got) != string(whole.stdout) {
		l.table.torn++
		l.t.Errorf("TORN: %s has %d octets, before %d, whole %d", file, len(got), len(old), len(whole.stdout))
	}
}

// killCompact kills a compaction: the store must be as it was, or compact, and the same in it.
func (l *life) killCompact() {
	e := l.w.run(l.t, session{args: []string{"store", "compact", "--db", l.db, "-q"}, signal: syscall.SIGKILL, after: l.within(2 * l.reading)})
	l.table.compacts++
	l.check(&e, nil)
}

// finish hunts to the end and holds all that is known against the truth.
func (l *life) finish() {
	l.t.Helper()
	out := l.w.path("found.txt")
	e := l.w.run(l.t, session{args: append(slices.Clone(l.args), "-o", out)})
	l.wantExit(&e, 0)
	l.check(&e, nil)
	text, err := os.ReadFile(out)
	if err != nil {
		l.t.Fatal(err)
	}
	want := l.w.available(l.names)
	slices.Sort(want)
	if got := strings.Fields(string(text)); !slices.Equal(got, want) {
		l.t.Errorf("%d available, want %d; false or twice %.10q, missed %.10q", len(got), len(want), except(got, want), except(want, got))
	}
	for name, verdict := range l.kept {
		if truth := l.w.truth.Truth(name).Verdict; verdict != truth {
			l.table.wrong++
			l.t.Errorf("WRONG: %s is %s, the store says %s", name, truth, verdict)
		}
	}
	if n := l.w.ledger.missing(); n > 0 {
		l.t.Errorf("%d names were never asked about", n)
	}
	if e := l.w.run(l.t, session{args: []string{"store", "verify", "--db", l.db}}); e.exit != 0 {
		l.table.inconsistent++
		l.t.Errorf("verify: exit %d\n%s%s", e.exit, e.stdout, e.stderr)
	}
	l.account()
}
