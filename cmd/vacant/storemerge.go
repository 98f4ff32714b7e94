package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/store"
)

// storeMerge are the flags of store merge.
type storeMerge struct {
	output   string
	lockWait time.Duration
	json     bool
}

func newStoreMerge(a *app) *cobra.Command {
	m := &storeMerge{}
	cmd := &cobra.Command{
		Use:   "merge FILE FILE... -o FILE",
		Short: "Make one store out of several, as those of shards",
		Long: `Merge makes one new store out of several of one world, and changes none of them.
Of two results for a name the younger one stands; names that wait for their
registry wait, the oldest first; what was asked stays known, so that a hunt of
the whole asks nothing that one of them has asked. Runs, what they found, and the
counts that plan uses are united. The order of the files does not matter.`,
		Example: `  vacant hunt -p '[a-z]{5}' --shard 1/2 --db one.db
  vacant hunt -p '[a-z]{5}' --shard 2/2 --db two.db
  vacant store merge one.db two.db -o whole.db`,
		Args: wantArgs(2, -1, "at least two FILEs"),
		RunE: func(_ *cobra.Command, args []string) error { return m.run(a, args) },
	}
	fs := cmd.Flags()
	fs.StringVarP(&m.output, "output", "o", "", "the new store `FILE`")
	fs.DurationVar(&m.lockWait, "lock-wait", 0, "wait this long for other runs to leave the stores")
	fs.BoolVarP(&m.json, "json", "j", false, "print one JSON object")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO, exitInterrupted)
}

func (m *storeMerge) run(a *app, files []string) error {
	if m.output == "" {
		return usage(errors.New("no file is named to merge into"), "name a new one with -o FILE")
	}
	if m.output == "-" {
		return usage(errors.New("-o -: a store is a file, not a stream"), "name a new one with -o FILE")
	}
	if _, err := os.Stat(filepath.Dir(m.output)); err != nil {
		return ioFailure(fmt.Errorf("-o %s: its folder cannot be used: %w", m.output, err))
	}
	if _, err := os.Lstat(m.output); !errors.Is(err, fs.ErrNotExist) {
		return usage(fmt.Errorf("-o %s: there is a file already", m.output), "name a new one; none is ever replaced")
	}
	done, err := store.Join(m.output, files, store.Options{LockWait: m.lockWait, Command: a.command(), Now: time.Now})
	if err != nil {
		return err
	}
	show := printJoined
	if m.json {
		show = printJSON[store.Joined]
	}
	return ioFailure(show(a.stdout, &done))
}

func printJoined(out io.Writer, j *store.Joined) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(key string, value any) { _, _ = fmt.Fprintf(w, "%s\t%v\n", key, value) } // Flush has the error
	row("store", vacant.SafeText(j.Path))
	row("world", vacant.SafeText(j.World))
	row("merged from", fmt.Sprintf("%d stores", len(j.From)))
	row("runs", j.Runs)
	row("results", j.Results)
	row("waiting", j.Waiting)
	row("names of lists", j.Listed)
	return w.Flush()
}
