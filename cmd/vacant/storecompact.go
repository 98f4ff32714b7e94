package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vacant/store"
)

func newStoreCompact(a *app) *cobra.Command {
	from, asJSON := &reading{}, false
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Write the store file anew without its free space",
		Long: `Compact writes the store file anew without the pages that deleted and rewritten
records left free, and puts the new file in the old one's place: whole or not at
all. Nothing that the store knows changes. There must be room for both files
while it works. A file of an older version is converted, and the old one kept.`,
		Example: "  vacant store compact\n  vacant store compact --db other.db --lock-wait 10m",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			path, err := from.existing(a)
			if err != nil {
				return err
			}
			done, err := store.Compact(path, store.Options{LockWait: from.store.lockWait, Command: a.command(), Now: time.Now, Notice: a.notice})
			if err != nil {
				return err
			}
			if asJSON {
				return ioFailure(printJSON(a.stdout, &done))
			}
			_, err = fmt.Fprintf(a.stdout, "%s: %s before, %s after\n", done.Path, byteCount(done.Before), byteCount(done.After))
			return ioFailure(err)
		},
	}
	from.AddFlags(cmd.Flags())
	cmd.Flags().BoolVarP(&asJSON, "json", "j", false, "print one JSON object")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO, exitInterrupted)
}
