package main

import (
	"errors"
	"iter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vacant"
	"vacant/store"
)

// exportAliases lets a filter be called by the other name that comes to mind.
func exportAliases(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	switch name {
	case "verdict":
		name = "status"
	case "tld":
		name = "tlds"
	case "age":
		name = "max-age"
	}
	return pflag.NormalizedName(name)
}

type export struct {
	*app
	from reading
	out  output
	what selection
	sort sorting
}

func newExport(a *app) *cobra.Command {
	e := &export{app: a}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print what the store knows: CSV, JSONL or text",
		Long: `Export prints the store's results, sorted by name: those that say available,
unless --status or --all says otherwise. It takes the same little memory however
many there are.

Ages and windows are durations such as 90m, 36h, 30d or 2w; dates are days
(2027-01-31, which is its first moment in UTC) or times (2027-01-31T12:00:00Z).
A name whose expiry is not known is in no window of expiry.

Another order than by name needs room in the folder for temporary files when
there are more than half a million names, some 30 octets for each.

What a server named by hand said (--authority, --roots, --rdap-bootstrap,
--rdap-server, --whois-server) is printed only when the same servers are named
here.`,
		Example: `  vacant export -o available.csv
  vacant export --status registered --tld io --match '^[a-z]{4}\.' -j
  vacant export --max-age 24h --all -f csv
  vacant export --status registered --lifecycle pending-delete --expires-before 2027-01-31`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.start() },
	}
	fs := cmd.Flags()
	e.from.AddFlags(fs)
	e.out.AddFlags(fs)
	e.what.AddFlags(fs)
	e.sort.AddFlags(fs)
	fs.SetNormalizeFunc(exportAliases)
	_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(sortWords, cobra.ShellCompDirectiveNoFileComp)) // fails for unknown flags only
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO, exitInterrupted)
}

func (e *export) start() error {
	form, err := e.out.form()
	if err = errors.Join(err, e.sort.check()); err != nil {
		return err
	}
	query, err := e.what.query(&e.out, time.Now())
	if err != nil {
		return err
	}
	query.Lean = form != store.JSONL
	e.sort.narrow(&query)
	s, scope, err := e.from.open(e.app)
	if err != nil {
		return err
	}
	query.Scope = scope
	if err := e.what.pickRun(s, &query); err != nil {
		return errors.Join(err, s.Close())
	}
	page, err := e.out.create(e.stdout, form)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	defer page.abort()
	return errors.Join(writeAll(e.sort.results(s, query), page), s.Close())
}

func writeAll(results iter.Seq2[vacant.Result, error], page *page) error {
	for r, err := range results {
		if err != nil {
			return err
		}
		if err := page.write(r); err != nil {
			return err
		}
	}
	return page.finish(nil)
}
