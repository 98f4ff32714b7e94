package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/store"
)

func newStoreRecover(a *app) *cobra.Command {
	from, asJSON := &reading{}, false
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Save what can still be read of a damaged store",
		Long: `Recover writes a damaged store anew from every record in it that can still be
read and passes its sum. The damaged file stays beside the new one, under a name
that ends in .corrupt- and the time. What is lost is asked again by the next hunt
that names it. A store that nothing is wrong with is left alone.`,
		Example: "  vacant store recover\n  vacant store recover --db other.db",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			path, err := from.path(a)
			if err != nil {
				return err
			}
			world, err := from.world(a)
			if err != nil {
				return err
			}
			done, err := store.Recover(path, store.Options{World: world, LockWait: from.store.lockWait, Now: time.Now})
			if err != nil {
				return err
			}
			if done.Given && done.Aside != "" {
				a.warn("the file does not tell its world any more; %q is taken for it (--lab and its flags name another)", done.World)
			}
			show := printRecovered
			if asJSON {
				show = printJSON[store.Recovered]
			}
			return ioFailure(show(a.stdout, &done))
		},
	}
	from.AddFlags(cmd.Flags())
	cmd.Flags().BoolVarP(&asJSON, "json", "j", false, "print one JSON object")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO, exitInterrupted)
}

func printRecovered(out io.Writer, r *store.Recovered) error {
	if r.Aside == "" {
		_, err := fmt.Fprintf(out, "%s: nothing is wrong with it; nothing was done\n", vacant.SafeText(r.Path))
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) } // Flush has the error
	row("store\t%s", vacant.SafeText(r.Path))
	row("world\t%s", vacant.SafeText(r.World))
	row("damaged file\t%s", vacant.SafeText(r.Aside))
	if r.Earlier {
		row("as it was\tone commit ago")
	}
	row("pages lost\t%d", r.Pages)
	row("records mended\t%d", r.Mended)
	row("")
	row("TABLE\tSAVED\tUNREADABLE")
	for _, t := range r.Tables {
		if t.Kept+t.Lost > 0 {
			row("%s\t%d\t%d", t.Table, t.Kept, t.Lost)
		}
	}
	return w.Flush()
}
