package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/store"
)

type diff struct {
	*app
	from reading
	out  output
	what nameSelection
}

func newDiff(a *app) *cobra.Command {
	d := &diff{app: a}
	cmd := &cobra.Command{
		Use:   "diff [RUN RUN]",
		Short: "Print what changed between two runs: newly available, newly taken, dropping",
		Long: `Diff prints what became of names between two runs: those that are available now
and were not, those that are registered now and were known to be something else,
those that entered redemption or pending-delete, and all else that changed about
names that were known. What runs and checks in between found counts too. Without
arguments it is the last two runs that came to an end.

A RUN is an id or the beginning of one, "last", "prev" (or "last-1"), "last-2"
and so on, or a day (UTC), which means the last run that began on it. With the
later run first, it is what would turn the present back.

Names of which nothing was known before are left out unless they are available
or dropping; --all or --status prints them too. --status is about what a name is
now. CSV and JSONL are sorted by name, with the kind of change as a column:
available, taken, pending-delete, other, new.

What a server named by hand said (--authority, --roots, --rdap-bootstrap,
--rdap-server, --whois-server) is printed only when the same servers are named
here.`,
		Example: `  vacant diff
  vacant diff 2027-01-01 last --tlds com,io -o january.csv
  vacant diff prev last --status available -j`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return usage(errors.New("vacant diff wants two runs, or none for the last two"), "for instance vacant diff prev last")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return d.start(args) },
	}
	fs := cmd.Flags()
	d.from.AddFlags(fs)
	d.out.AddFlags(fs)
	fs.Lookup("output").Usage = "write to `FILE`, whole; - is stdout"
	fs.Lookup("status").Usage = "only names with these verdicts now"
	fs.Lookup("all").Usage = "also names of which nothing was known before"
	fs.Lookup("stable").Usage = "leave out checked_at, from_run and to_run"
	d.what.AddFlags(fs)
	fs.SetNormalizeFunc(exportAliases)
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO, exitInterrupted)
}

func (d *diff) start(words []string) error {
	form, err := d.out.form()
	if err != nil {
		return err
	}
	var query store.Query
	if query.Verdicts, err = d.out.verdicts(); err != nil {
		return err
	}
	if d.out.all {
		query.Verdicts = nil
	}
	if err := d.what.fill(&query); err != nil {
		return err
	}
	s, scope, err := d.from.open(d.app)
	if err != nil {
		return err
	}
	query.Scope = scope
	return errors.Join(d.print(s, words, query, form), s.Close())
}

func (d *diff) print(s *store.Store, words []string, query store.Query, form store.Format) error {
	runs, err := s.Runs()
	if err != nil {
		return err
	}
	from, to, err := pickRuns(runs, words)
	if err != nil {
		return err
	}
	if err := changesKept(runs, from, to); err != nil {
		return err
	}
	page, err := d.out.createPlain(d.stdout)
	if err != nil {
		return err
	}
	defer page.abort()
	d.say("from %s (began %s) to %s (began %s)", from.ID, stamp(from.Started), to.ID, stamp(to.Started))
	b := store.Between{From: from.Number, To: to.Number, Query: query}
	if form == store.Text {
		err = d.groups(s, b, page.buffer)
	} else {
		err = d.records(s, b, page.buffer, form, from.ID, to.ID)
	}
	if err != nil {
		return err
	}
	return page.finishPlain()
}

// shown reports whether changes of a kind are printed.
func (d *diff) shown(k store.Kind) bool {
	return k != store.NowKnown || d.out.all || len(d.out.statuses) > 0
}

// records prints changes as CSV or JSONL.
func (d *diff) records(s *store.Store, b store.Between, w *bufio.Writer, form store.Format, from, to string) error {
	enc, err := store.NewChangeEncoder(w, form, d.out.stable, from, to)
	if err != nil {
		return err
	}
	counts := make(map[store.Kind]uint64)
	for c, err := range s.Changes(b) {
		if err != nil {
			return err
		}
		counts[c.Kind()]++
		if !d.shown(c.Kind()) {
			continue
		}
		if err := enc.Encode(&c); err != nil {
			return ioFailure(err)
		}
	}
	d.sayRest(counts)
	return ioFailure(enc.Close())
}

// headings are the groups of the text format.
var headings = map[store.Kind]string{
	store.NowAvailable: "newly available",
	store.NowTaken:     "newly taken",
	store.NowDropping:  "entered redemption or pending-delete",
	store.NowOther:     "other changes",
	store.NowKnown:     "not known before",
}

// groups prints changes kind by kind. It goes through them once to count and
// once for each kind that there is, so that none need be kept.
func (d *diff) groups(s *store.Store, b store.Between, w *bufio.Writer) error {
	counts := make(map[store.Kind]uint64)
	for c, err := range s.Changes(b) {
		if err != nil {
			return err
		}
		counts[c.Kind()]++
	}
	first := true
	for _, kind := range store.Kinds() {
		if counts[kind] == 0 || !d.shown(kind) {
			continue
		}
		if !first {
			_ = w.WriteByte('\n') // a bufio.Writer keeps its error for Flush
		}
		first = false
		_, _ = fmt.Fprintf(w, "%s (%d)\n", headings[kind], counts[kind])
		if err := oneGroup(s, b, w, kind); err != nil {
			return err
		}
	}
	d.sayRest(counts)
	return nil
}

// sayRest tells of what was not printed.
func (d *diff) sayRest(counts map[store.Kind]uint64) {
	printed := uint64(0)
	for kind, n := range counts {
		if d.shown(kind) {
			printed += n
		}
	}
	if printed == 0 {
		d.say("nothing changed")
	}
	if n := counts[store.NowKnown]; n > 0 && !d.shown(store.NowKnown) {
		d.say("%d more were not known before and are neither available nor dropping; --all prints them", n)
	}
}

func oneGroup(s *store.Store, b store.Between, w *bufio.Writer, kind store.Kind) error {
	for c, err := range s.Changes(b) {
		if err != nil {
			return err
		}
		if c.Kind() != kind {
			continue
		}
		if _, err := fmt.Fprintf(w, "  %-30s %s\n", vacant.SafeText(string(c.Name)), vacant.SafeText(becameWhat(&c))); err != nil {
			return ioFailure(err)
		}
	}
	return nil
}

// becameWhat says what a group's heading does not.
func becameWhat(c *store.Change) string {
	was := "was " + c.Before.String()
	if !c.Before.Known {
		was = "not known before"
	}
	switch kind := c.Kind(); {
	case kind == store.NowKnown:
		return c.After.String()
	case slices.Contains([]store.Kind{store.NowDropping, store.NowOther}, kind) || c.After.Lifecycle != "":
		return c.After.String() + ", " + was
	}
	return was
}
