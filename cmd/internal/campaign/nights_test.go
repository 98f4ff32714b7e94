//go:build linux

package campaign

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vacant/cmd/internal/lab"
	"vacant/cmd/internal/rig"
)

// TestNights hunts in one night and in the next, over a million names with
// NIGHTS=2 and more, over some ten thousand else, and holds what the second hunt
// saw change against what did.
func TestNights(t *testing.T) {
	cfg := lab.Config{Seed: 3, TLDs: []string{"com", "io"}, Limit: -1}
	pattern := "[a-z]{3}"
	if rig.Number(t, "NIGHTS", 1) > 1 {
		cfg.TLDs, pattern = []string{"com", "dev", "io"}, "[a-s][a-z]{3}"
	}
	tlds := strings.Join(cfg.TLDs, ",")
	for _, source := range []string{"pattern", "list"} {
		t.Run(source, func(t *testing.T) {
			flags := []string{"-p", pattern}
			names := generate(t, "-p", pattern, "-t", tlds)
			if source == "list" {
				flags = shuffle(t, names, 9)
			}
			w := newWorld(t, cfg, names)
			twoNights(t, &sweep{w: w, names: names, db: w.path("v.db"), flags: append(flags, "-t", tlds)})
		})
	}
}

// sweep is one command that is given night after night.
type sweep struct {
	w     *world
	names []string
	flags []string
	db    string
}

// twoNights hunts in night 0, again while its answers hold, and in night 1.
func twoNights(t *testing.T, s *sweep) {
	t.Helper()
	was, first := s.truth(), s.hunt(t, s.db)
	s.hold(t, "the first night", was)
	s.printed(t, &first)

	again := s.hunt(t, s.db)
	if again.sum.Counts.Known != uint64(len(s.names)) || again.seen.dns+again.seen.registry > 0 {
		t.Errorf("while answers hold: %d known, %d names asked of DNS, %d of registries", again.sum.Counts.Known, again.seen.dns, again.seen.registry)
	}
	timer := s.w.path("timer.db")
	clone(t, s.db, timer)

	s.w.turn(1)
	is, second := s.truth(), s.hunt(t, s.db, "--recheck-after", "all=0s")
	s.hold(t, "the second night", is)
	s.printed(t, &second)
	s.changes(t, was, is)
	s.diff(t, was, is)
	s.timer(t, timer, is)
}

// night is a hunt, what it asked, and the names it printed, sorted.
type night struct {
	ended
	sum   *summary
	names []string
}

// hunt gives the command once more.
func (s *sweep) hunt(t *testing.T, db string, more ...string) night {
	t.Helper()
	args := slices.Concat([]string{"hunt", "--db", db, "--rate-limit", "0", "-q", "-j"}, s.flags, more)
	e := s.w.run(t, session{args: args})
	names, sum := printedJSON(t, e.stdout)
	if e.exit != 0 || sum == nil {
		t.Fatalf("exit %d\n%s", e.exit, e.stderr)
	}
	slices.Sort(names)
	t.Logf("night %d, %d names, %q: %s, %.0f names/s; known %d, asked DNS about %d and registries about %d", s.w.truth.Night(), len(s.names), more,
		e.wall.Round(time.Millisecond), float64(len(s.names))/e.wall.Seconds(), sum.Counts.Known, e.seen.dns, e.seen.registry)
	return night{e, sum, names}
}

// printed fails unless a hunt printed just what is available tonight.
func (s *sweep) printed(t *testing.T, n *night) {
	t.Helper()
	want := s.w.available(s.names)
	slices.Sort(want)
	if !slices.Equal(n.names, want) {
		t.Errorf("%d available, want %d; false or twice %.9q, missed %.9q", len(n.names), len(want), except(n.names, want), except(want, n.names))
	}
}

// changes says how many changes there were, and demands that there were some of each kind.
func (s *sweep) changes(t *testing.T, was, is map[string]told) {
	t.Helper()
	kinds := make(map[string]int)
	for _, name := range s.names {
		a, b := was[name], is[name]
		switch {
		case a == b:
		case b.verdict == "available":
			kinds["dropped"]++
		case a.verdict != "registered" && b.verdict == "registered":
			kinds["newly registered"]++
		case b.lifecycle == "redemption":
			kinds["entered redemption"]++
		case b.lifecycle == "pending-delete":
			kinds["entered pending-delete"]++
		default:
			kinds["other"]++
		}
	}
	t.Logf("changed, and all seen: %v", kinds)
	for _, kind := range []string{"dropped", "newly registered", "entered redemption", "entered pending-delete"} {
		if kinds[kind] == 0 {
			t.Errorf("no name %s: the test shows nothing", kind)
		}
	}
}

// timer is what a nightly timer sees that leaves freshness as it is: all but
// the names that only their registry knows, which it asks again after 30 days.
func (s *sweep) timer(t *testing.T, db string, is map[string]told) {
	t.Helper()
	before := s.view(t, db)
	var elapsed []string
	for _, class := range []string{"delegated", "nodata", "redemption", "available"} { // those that hold for 20 h
		elapsed = append(elapsed, "--recheck-after", class+"=0s")
	}
	s.hunt(t, db, elapsed...)
	view, held := s.view(t, db), 0
	for _, name := range s.names {
		got, recorded := view[name]
		if s.agrees(name, got, recorded, is[name]) {
			continue
		}
		old := before[name]
		if old.verdict != "registered" || old.lifecycle == "redemption" || old.lifecycle == "pending-delete" || got != old {
			t.Errorf("by the timer: %s is %v, the store says %v", name, is[name], got)
		}
		held++
	}
	t.Logf("by the timer, freshness as it is: %d names without a delegation changed and are asked again later", held)
}
