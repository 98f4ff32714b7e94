package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/store"
)

func newStore(a *app) *cobra.Command {
	cmd := group(&cobra.Command{Use: "store", Short: "Look after the store file"})
	cmd.AddCommand(newStoreStats(a), newStoreVerify(a), newStoreCompact(a), newStoreRecover(a), newStoreMerge(a), newStoreInspect(a))
	return cmd
}

func newStoreStats(a *app) *cobra.Command {
	from := &reading{}
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Print what the store holds, and its runs",
		Long: `Stats prints the store's world and size, how many names have each verdict, how
many wait for stage two, each bucket's share of the file, and the runs.`,
		Example: "  vacant store stats\n  vacant store stats --db other.db",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			s, _, err := from.open(a)
			if err != nil {
				return err
			}
			stats, err := s.Stats()
			if err = errors.Join(err, s.Close()); err != nil {
				return err
			}
			return ioFailure(printStats(a.stdout, &stats))
		},
	}
	from.AddFlags(cmd.Flags())
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO, exitInterrupted)
}

func printStats(out io.Writer, s *store.Stats) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(cells ...any) { _, _ = fmt.Fprintln(w, strings.TrimRight(strings.Join(texts(cells), "\t"), "\t")) } // Flush has the error
	row("store", s.Path)
	row("world", s.World)
	row("schema", s.Schema)
	row("file", fmt.Sprintf("%d bytes", s.FileBytes))
	for _, verdict := range slices.Sorted(maps.Keys(s.Verdicts)) {
		row(verdict, s.Verdicts[verdict])
	}
	row("waiting", s.Waiting)
	if len(s.Buckets) > 0 {
		row()
		row("BUCKET", "KEYS", "BYTES", "PAGE BYTES")
	}
	for _, b := range s.Buckets {
		row(b.Name, b.Keys, b.Bytes, b.PageBytes)
	}
	if len(s.Runs) > 0 {
		row()
		row("RUN", "STARTED", "END", "GENERATED", "AVAILABLE", "COMMAND")
	}
	for _, r := range s.Runs {
		row(r.ID, stamp(r.Started), r.End, r.Counts.Generated, r.Counts.Available, vacant.SafeText(r.Command))
	}
	return w.Flush()
}

func texts(cells []any) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = fmt.Sprint(c)
	}
	return out
}
