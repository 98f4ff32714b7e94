package main

import (
	"strings"
	"testing"
	"time"

	"vacant/store"
)

func someRuns() []store.RunSummary {
	at := func(text string) time.Time { t, _ := time.Parse(time.RFC3339, text); return t }
	run := func(n uint32, id, started string) store.RunSummary {
		return store.RunSummary{Number: n, ID: id, Started: at(started), Ended: at(started).Add(time.Hour)}
	}
	killed := run(4, "20260303T010000Z-dddddddd", "2026-03-03T01:00:00Z")
	killed.Ended = time.Time{}
	return []store.RunSummary{run(1, "20260301T010000Z-aaaaaaaa", "2026-03-01T01:00:00Z"), run(2, "20260302T010000Z-bbbbbbbb", "2026-03-02T01:00:00Z"),
		run(3, "20260302T230000Z-cccccccc", "2026-03-02T23:00:00Z"), killed, run(7, "20260304T010000Z-eeeeeeee", "2026-03-04T01:00:00Z")}
}

func TestRunsAreFoundByWhatPeopleCallThem(t *testing.T) {
	for word, want := range map[string]uint32{
		"last": 7, "prev": 3, "last-0": 7, "last-1": 3, "last-3": 1, "2026-03-02": 3, "2026-03-04": 7,
		"20260302T010000Z-bbbbbbbb": 2, "20260303": 4, "20260302T23": 3,
	} {
		if got, err := pickRun(someRuns(), word); err != nil || got.Number != want {
			t.Errorf("%s: run %d, %v, want %d", word, got.Number, err, want)
		}
	}
	for word, want := range map[string]string{
		"last-4":                    "last-4: the store knows 4 runs with an end",
		"20260302":                  `2 runs begin with "20260302": 20260302T010000Z-bbbbbbbb, 20260302T230000Z-cccccccc`,
		"2026-03-03":                "no run that has an end began on 2026-03-03; the nearest: 20260302T230000Z-cccccccc, 20260302T010000Z-bbbbbbbb, 20260304T010000Z-eeeeeeee, ...",
		"20260304T010000Z-eeeeeeef": `no run "20260304T010000Z-eeeeeeef"; the nearest: 20260304T010000Z-eeeeeeee, 20260301T010000Z-aaaaaaaa, 20260302T010000Z-bbbbbbbb, ...`,
		"":                          `no run ""; the nearest`,
	} {
		if _, err := pickRun(someRuns(), word); err == nil || !strings.HasPrefix(err.Error(), want) || exitCode(err) != exitUsage {
			t.Errorf("%q: %v, want %s", word, err, want)
		}
	}
	if _, err := pickRun(nil, "x"); err == nil || err.Error() != `no run "x": the store knows none` {
		t.Errorf("%v", err)
	}
}

func TestPairsOfRuns(t *testing.T) {
	for _, tt := range []struct {
		words    []string
		from, to uint32
		fails    bool
	}{
		{nil, 3, 7, false}, {[]string{"2026-03-01", "last"}, 1, 7, false}, {[]string{"last", "prev"}, 7, 3, false},
		{[]string{"last", "last"}, 0, 0, true}, {[]string{"no", "such"}, 0, 0, true},
	} {
		from, to, err := pickRuns(someRuns(), tt.words)
		if (err != nil) != tt.fails || !tt.fails && (from.Number != tt.from || to.Number != tt.to) {
			t.Errorf("%v: %d, %d, %v", tt.words, from.Number, to.Number, err)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: more than one line: %q", tt.words, err)
		}
	}
	if _, _, err := pickRuns(someRuns()[:1], nil); exitCode(err) != exitFailed {
		t.Errorf("one run: %v", err)
	}
}

// A diff across a run that kept no changes would say that nothing changed.
func TestRunsThatKeptNoChangesAreNotCompared(t *testing.T) {
	runs := someRuns()
	for i := 2; i < len(runs); i++ {
		runs[i].Freshness = store.DefaultFreshness()
	}
	for _, tt := range []struct {
		from, to int
		ok       bool
	}{{1, 2, true}, {2, 4, true}, {4, 1, true}, {0, 1, false}, {4, 0, false}} {
		if err := changesKept(runs, runs[tt.from], runs[tt.to]); (err == nil) != tt.ok || exitCode(err) > exitFailed {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
