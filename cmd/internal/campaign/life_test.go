//go:build linux

package campaign

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	root "vacant"
	"vacant/cmd/internal/lab"
	"vacant/store"
	"vacant/store/storetest"
)

// mode is a way to make the candidates of a life.
type mode struct {
	name string
	// flags returns the sources; dir is where lists can be written.
	flags func(t *testing.T, rng *rand.Rand, dir, last string) []string
}

// A life's labels are {C}{V}{C} and one letter out of a to last, 2,205 for each
// of them, in two suffixes.
const (
	lifeTLDs  = "com,io"
	slowLast  = "c"
	quickLast = "j" // where nothing limits the rate
)

func labels(from, to string) string { return "{C}{V}{C}[" + from + "-" + to + "]" }

var modes = []mode{
	{"pattern", func(_ *testing.T, _ *rand.Rand, _, last string) []string { return []string{"-p", labels("a", last)} }},
	{"list", func(t *testing.T, rng *rand.Rand, dir, last string) []string {
		return []string{"-l", shuffled(t, rng, dir, labels("a", last))}
	}},
	{"random", func(_ *testing.T, rng *rand.Rand, _, last string) []string {
		return []string{"-p", labels("a", last), "--order", "random", "--seed", strconv.Itoa(rng.IntN(1000))}
	}},
	{"mixed", func(t *testing.T, rng *rand.Rand, dir, last string) []string {
		return []string{"-p", labels("a", "c"), "-l", shuffled(t, rng, dir, labels("b", last)), "--order", "random"}
	}},
}

// shuffled writes the names of a pattern in a random order and returns the file.
func shuffled(t *testing.T, rng *rand.Rand, dir, pattern string) string {
	t.Helper()
	names := generate(t, "-p", pattern, "-t", lifeTLDs)
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	file := filepath.Join(dir, "names.txt")
	if err := os.WriteFile(file, []byte(strings.Join(names, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

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

	young  int               // so many kills come while the store is made
	late   int               // and so many, next, when most names are asked: several commits later
	kept   map[string]string // the last export: verdict by name
	killed []killed          // the sessions that were
	paused []int             // and of those that were stopped
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

func (l *life) wantExit(e *ended, want int) {
	l.t.Helper()
	if e.exit != want {
		l.t.Errorf("exit %d, want %d\n%s", e.exit, want, e.stderr)
	}
}

// balance holds both equations, and the names said to wait against those that do.
func (l *life) balance(sum *summary) {
	l.t.Helper()
	if sum == nil {
		return
	}
	if err := sum.Counts.Balance(); err != nil {
		l.table.unbalanced++
		l.t.Error(err)
	}
	s, err := store.Open(l.db, store.Options{ReadOnly: true})
	if err != nil {
		l.t.Error(err)
		return
	}
	defer func() { _ = s.Close() }()
	st, err := s.Stats()
	if err != nil || st.Waiting != sum.Counts.Waiting {
		l.table.unbalanced++
		l.t.Errorf("the summary says %d wait, the store has %d (%v)", sum.Counts.Waiting, st.Waiting, err)
	}
}

// check holds the file against what was known of it: it is consistent, nothing
// that an export showed is gone or another, and all that was printed is in it.
func (l *life) check(e *ended, printed []string) {
	l.t.Helper()
	if _, err := os.Stat(l.db); errors.Is(err, fs.ErrNotExist) {
		l.table.unborn++
		if len(printed)+len(l.kept) > 0 {
			l.table.lost += len(l.kept)
			l.t.Errorf("the store is gone; %d verdicts were in it, %d names printed", len(l.kept), len(printed))
		}
		return
	}
	now, ok := l.export(e)
	if !ok {
		return
	}
	if err := storetest.Check(l.db); err != nil {
		l.table.inconsistent++
		l.t.Errorf("after a session with exit %d: %v", e.exit, err)
	}
	for name, verdict := range l.kept {
		if now[name] != verdict && verdict != "undetermined" {
			l.table.lost++
			l.t.Errorf("LOST: %s was %s, is %q", name, verdict, now[name])
		}
	}
	for _, name := range printed {
		l.table.printed++
		if now[name] != "available" {
			l.table.notHeld++
			l.t.Errorf("PRINTED, NOT HELD: %s is %q in the file", name, now[name])
		}
	}
	l.kept = now
}

// export returns the verdict of every name that the store has a record of. A
// file that was killed while it was made has none.
func (l *life) export(e *ended) (map[string]string, bool) {
	l.t.Helper()
	out := l.w.run(l.t, session{args: []string{"export", "--db", l.db, "--all", "-f", "csv", "-q"}})
	if out.exit != 0 {
		if len(l.kept) == 0 && e.seen.questions == 0 {
			l.table.unborn++
			return nil, false
		}
		l.t.Errorf("export: exit %d\n%s", out.exit, out.stderr)
		return nil, false
	}
	return verdicts(l.t, out.stdout), true
}

func verdicts(t *testing.T, text []byte) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	domain, verdict := slices.Index(rows[0], "domain"), slices.Index(rows[0], "verdict")
	got := make(map[string]string, len(rows))
	for _, row := range rows[1:] {
		got[row[domain]] = row[verdict]
	}
	return got
}

// printedText returns the whole lines of text.
func printedText(stdout []byte) []string {
	text := string(stdout)
	return strings.Fields(text[:strings.LastIndexByte(text, '\n')+1])
}

// summary is the last record of a hunt with --json.
type summary struct {
	End    string      `json:"end"`
	Counts root.Counts `json:"counts"`
}

// printedJSON returns the names of the records, and the summary where there is one.
func printedJSON(t *testing.T, stdout []byte) (names []string, sum *summary) {
	t.Helper()
	for line := range strings.Lines(string(stdout)) {
		var r struct {
			Domain  string
			Summary *summary
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		if sum = r.Summary; sum == nil {
			names = append(names, r.Domain)
		}
	}
	return names, sum
}

// killExport kills an export that writes a file, which must then be whole: the old one or the new.
func (l *life) killExport() {
	file := l.w.path("export.csv")
	old, _ := os.ReadFile(file)
	args := []string{"export", "--db", l.db, "--all", "-o", file, "-q"}
	l.w.run(l.t, session{args: args, signal: syscall.SIGKILL, after: time.Duration(1 + l.rng.IntN(60e6))})
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
	e := l.w.run(l.t, session{args: []string{"store", "compact", "--db", l.db, "-q"}, signal: syscall.SIGKILL, after: time.Duration(1 + l.rng.IntN(80e6))})
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

// account holds what was asked again against what a kill may cost: what was in
// flight and what the last commit had not taken yet.
func (l *life) account() {
	losses := l.w.ledger.losses()
	for _, k := range l.killed {
		lost := losses[k.number]
		l.table.again(k, lost)
		if most := l.most(); lost.dns > most {
			l.t.Errorf("ASKED AGAIN: %d of %d names that a killed session asked DNS about, at most %d may be", lost.dns, k.seen.dns, most)
		}
		if lost.oldest > batchTime {
			l.t.Errorf("ASKED AGAIN: %d names that a killed session asked DNS about, the oldest of them %s before the kill", lost.dns, lost.oldest)
		}
		if most := l.mostRegistry(k.sink); lost.registry > most {
			l.t.Errorf("ASKED AGAIN: %d of %d names that a killed session asked registries about, at most %d may be (%s)",
				lost.registry, k.seen.registry, most, k.sink)
		}
	}
	for _, n := range l.paused {
		l.table.againAfterStop(losses[n])
		if losses[n].dns > l.inflight {
			l.t.Errorf("ASKED AGAIN: %d names of a stopped session with %d in flight", losses[n].dns, l.inflight)
		}
	}
}

// What may be asked again after a kill of DNS: what was in flight, and a batch. An
// answer is in the file within a second and the time of a commit, for which
// another one is allowed: a busy machine's disk.
const (
	batchNames = 50_000
	batchTime  = 2 * time.Second
)

func (l *life) most() int {
	if l.rate == 0 {
		return l.inflight + batchNames
	}
	return l.inflight + min(batchNames, int(float64(l.rate)*batchTime.Seconds()))
}

// What may be asked again of registries: the names between two controls, 64 under
// each suffix, and those whose group was being committed, or waited for that. A
// commit may take its second. While nobody reads stdout no group is committed, and
// what stage two may hold by then is all there is to it.
const (
	betweenControls = 64
	commitTime      = time.Second
	settledAtOnce   = 2048
	groupsWaiting   = 34
	groupMost       = 256 + 2*betweenControls
)

func (l *life) mostRegistry(stdout sink) int {
	suffixes := len(l.w.tlds)
	held := settledAtOnce + groupsWaiting*groupMost
	if stdout == sinkReads {
		held = min(held, int(float64(suffixes*l.rdap)*commitTime.Seconds()))
	}
	return suffixes*betweenControls + held
}

// generate returns the candidates of some flags.
func generate(t *testing.T, flags ...string) []string {
	t.Helper()
	w := &world{dir: t.TempDir()}
	if err := os.WriteFile(w.path("config.toml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := w.run(t, session{args: append([]string{"generate"}, flags...)})
	if e.exit != 0 {
		t.Fatalf("generate: exit %d\n%s", e.exit, e.stderr)
	}
	return strings.Fields(string(e.stdout))
}

// except returns what of a is not in b, and what is in a twice.
func except(a, b []string) []string {
	left := make(map[string]int, len(b))
	for _, s := range b {
		left[s]++
	}
	var out []string
	for _, s := range a {
		if left[s]--; left[s] < 0 {
			out = append(out, s)
		}
	}
	return out
}
