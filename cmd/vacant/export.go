package main

import (
	"errors"
	"fmt"
	"regexp"
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
}

// selection are the flags that pick results out of a store.
type selection struct {
	tlds []string

	minAge, maxAge       time.Duration
	minLength, maxLength int

	match, run string
}

// AddFlags adds the flags.
func (s *selection) AddFlags(fs *pflag.FlagSet) {
	fs.StringSliceVarP(&s.tlds, "tlds", "t", nil, "only names under these suffixes")
	fs.DurationVar(&s.minAge, "min-age", 0, "only what was checked at least this long ago")
	fs.DurationVar(&s.maxAge, "max-age", 0, "only what was checked at most this long ago")
	fs.IntVar(&s.minLength, "min-length", 0, "shortest label")
	fs.IntVar(&s.maxLength, "max-length", 0, "longest label")
	fs.StringVar(&s.match, "match", "", "only names that match this `RE2` expression")
	fs.StringVar(&s.run, "run", "", "only what the run with this `ID` found")
}

func newExport(a *app) *cobra.Command {
	e := &export{app: a}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print what the store knows: CSV, JSONL or text",
		Long: `Export prints the store's results, sorted by name: those that say available,
unless --status or --all says otherwise.

What a server named by hand said (--authority, --roots, --rdap-bootstrap,
--rdap-server, --whois-server) is printed only when the same servers are named
here.`,
		Example: `  vacant export -o available.csv
  vacant export --status registered --tld io --match '^[a-z]{4}\.' -j
  vacant export --max-age 24h --all -f csv`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.start() },
	}
	fs := cmd.Flags()
	e.from.AddFlags(fs)
	e.out.AddFlags(fs)
	e.what.AddFlags(fs)
	fs.SetNormalizeFunc(exportAliases)
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO, exitInterrupted)
}

func (e *export) start() error {
	form, err := e.out.form()
	if err != nil {
		return err
	}
	query, err := e.what.query(&e.out)
	if err != nil {
		return err
	}
	s, scope, err := e.from.open(e.app)
	if err != nil {
		return err
	}
	query.Scope = scope
	page, err := e.out.create(e.stdout, form)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	defer page.abort()
	return errors.Join(writeAll(s, query, page), s.Close())
}

func writeAll(s *store.Store, query store.Query, page *page) error {
	for r, err := range s.Results(query) {
		if err != nil {
			return err
		}
		if err := page.write(r); err != nil {
			return err
		}
	}
	return page.finish(nil)
}

// query turns the flags into the store's words.
func (s *selection) query(out *output) (q store.Query, err error) {
	if q.Verdicts, err = out.verdicts(vacant.Available); err != nil {
		return q, err
	}
	if s.minAge < 0 || s.maxAge < 0 || s.minLength < 0 || s.maxLength < 0 {
		return q, usagef("--min-age, --max-age, --min-length and --max-length cannot be negative")
	}
	if _, err := regexp.Compile(s.match); err != nil {
		return q, usage(fmt.Errorf("--match: %w", err), "")
	}
	q.TLDs, q.MinAge, q.MaxAge = unique(s.tlds), s.minAge, s.maxAge
	q.MinLength, q.MaxLength, q.Pattern, q.Run = s.minLength, s.maxLength, s.match, s.run
	return q, nil
}
