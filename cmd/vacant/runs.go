package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vacant"
	"vacant/store"
)

// pickRun finds the run that word means: an id or the beginning of one, last,
// last-1 (or prev), last-2 ..., or a day, which means the last run that began on
// it (UTC). last and days mean runs that came to an end.
func pickRun(runs []store.RunSummary, word string) (store.RunSummary, error) {
	ended := endedRuns(runs)
	if back, ok := backFromLast(word); ok {
		if back >= len(ended) {
			return store.RunSummary{}, usage(fmt.Errorf("%s: the store knows %d runs with an end", word, len(ended)), "vacant store stats lists them")
		}
		return ended[len(ended)-1-back], nil
	}
	if day, err := time.Parse(time.DateOnly, word); err == nil {
		return runOfDay(ended, day)
	}
	return runByID(runs, word)
}

func endedRuns(runs []store.RunSummary) (ended []store.RunSummary) {
	for _, r := range runs {
		if !r.Ended.IsZero() {
			ended = append(ended, r)
		}
	}
	return ended
}

// backFromLast reads last, prev and last-N.
func backFromLast(word string) (back int, ok bool) {
	switch word {
	case "last":
		return 0, true
	case "prev":
		return 1, true
	}
	number, ok := strings.CutPrefix(word, "last-")
	n, err := strconv.ParseUint(number, 10, 31)
	return int(n), ok && err == nil
}

func runOfDay(ended []store.RunSummary, day time.Time) (store.RunSummary, error) {
	for _, r := range slices.Backward(ended) {
		if began := r.Started.Sub(day); began >= 0 && began < 24*time.Hour {
			return r, nil
		}
	}
	return store.RunSummary{}, usage(fmt.Errorf("no run that has an end began on %s%s", day.Format(time.DateOnly),
		nearestRuns(ended, func(r *store.RunSummary) int64 { return int64(r.Started.Sub(day).Abs()) })), "vacant store stats lists them")
}

func runByID(runs []store.RunSummary, word string) (store.RunSummary, error) {
	var begin []store.RunSummary
	for _, r := range runs {
		if r.ID == word {
			return r, nil
		}
		if word != "" && strings.HasPrefix(r.ID, word) {
			begin = append(begin, r)
		}
	}
	switch len(begin) {
	case 1:
		return begin[0], nil
	case 0:
		return store.RunSummary{}, usage(fmt.Errorf("no run %q%s", word, nearestRuns(runs, func(r *store.RunSummary) int64 { return int64(edits(word, r.ID)) })),
			"a run is an id or the beginning of one, last, prev, last-2 or a day such as 2027-01-31")
	}
	return store.RunSummary{}, usage(fmt.Errorf("%d runs begin with %q: %s", len(begin), word, runIDs(begin)), "write more of the one that is meant")
}

// listedRuns is how many runs an error names.
const listedRuns = 3

// nearestRuns lists those for which far is least, as the end of a sentence.
func nearestRuns(runs []store.RunSummary, far func(*store.RunSummary) int64) string {
	if len(runs) == 0 {
		return ": the store knows none"
	}
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b store.RunSummary) int { return cmp.Compare(far(&a), far(&b)) })
	return "; the nearest: " + runIDs(runs)
}

func runIDs(runs []store.RunSummary) string {
	var ids []string
	for _, r := range runs[:min(len(runs), listedRuns)] {
		ids = append(ids, vacant.SafeText(r.ID))
	}
	text := strings.Join(ids, ", ")
	if len(runs) > listedRuns {
		text += ", ..."
	}
	return text
}

// pickRuns finds the two runs that words mean; none means the last two with an end.
func pickRuns(runs []store.RunSummary, words []string) (from, to store.RunSummary, err error) {
	if len(words) == 0 {
		if n := len(endedRuns(runs)); n < 2 {
			has := [...]string{"none", "one"}[n]
			return from, to, &hinted{fmt.Errorf("a diff is of two runs that came to an end, and the store has %s", has), "hunt again, and diff tells what changed"}
		}
		words = []string{"prev", "last"}
	}
	from, errFrom := pickRun(runs, words[0])
	to, errTo := pickRun(runs, words[1])
	if errFrom == nil && errTo == nil && from.Number == to.Number {
		return from, to, usagef("both are the run %s", from.ID)
	}
	if errFrom != nil {
		errTo = nil // one line is enough
	}
	return from, to, errors.Join(errFrom, errTo)
}

// changesKept refuses to compare runs when one that counts was made by a version
// that did not write down what a run changed: "nothing changed" would be a lie.
func changesKept(runs []store.RunSummary, from, to store.RunSummary) error {
	lo, hi := min(from.Number, to.Number), max(from.Number, to.Number)
	for _, r := range runs {
		if lo < r.Number && r.Number <= hi && !r.KeptChanges() {
			return &hinted{fmt.Errorf("run %s was made by an older version, which did not keep what changed", vacant.SafeText(r.ID)),
				"diff compares what came after it: hunt again first, or name later runs"}
		}
	}
	return nil
}
