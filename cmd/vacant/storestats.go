package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func newStore(a *app) *cobra.Command {
	cmd := group(&cobra.Command{Use: "store", Short: "Look after the store file"})
	cmd.AddCommand(newStoreStats(a), newStoreVerify(a), newStoreCompact(a), newStoreRecover(a), newStoreMerge(a), newStoreInspect(a))
	return cmd
}

func newStoreStats(a *app) *cobra.Command {
	from, asJSON := &reading{}, false
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Print what the store holds, and its runs",
		Long: `Stats prints the store's world and size, how many names have each verdict and
when they were checked, how many wait for stage two and under which suffixes, what
is known of spaces by index and of lists, each bucket's share of the file, and the
runs. Of the names known one that is known in two ways (a record and a list) counts
twice. Verify looks whether all that is sound.`,
		Example: "  vacant store stats\n  vacant store stats --db other.db --json",
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
			if asJSON {
				return ioFailure(printJSON(a.stdout, &stats))
			}
			return ioFailure(printStats(a.stdout, &stats))
		},
	}
	from.AddFlags(cmd.Flags())
	cmd.Flags().BoolVarP(&asJSON, "json", "j", false, "print one JSON object")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO, exitInterrupted)
}
