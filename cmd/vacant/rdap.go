package main

import (
	"context"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/generator"
)

type rdap struct {
	*app
	asking asking
	out    output
	db     string
	lists  []string
}

func newRDAP(a *app) *cobra.Command {
	r := &rdap{app: a}
	cmd := &cobra.Command{
		Use:   "rdap [NAME...]",
		Short: "Stage two alone: names in, verdicts out",
		Long: `Rdap asks the registries about names, those too that DNS shows to be delegated,
over RDAP and, where that is missing or not enough, WHOIS; it prints a line for
each: the name, the verdict, and the reason or the lifecycle. Names come as
arguments, from lists, or from stdin.`,
		Example: `  vacant rdap example.com
  vacant rdap -l names.txt -o verdicts.csv`,
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd, args) },
	}
	fs := cmd.Flags()
	r.asking.AddFlags(fs)
	r.asking.lab.addWorld(fs)
	r.out.addForm(fs)
	fs.StringArrayVarP(&r.lists, "list", "l", nil, "full names, one a line: `FILE`, - for stdin (repeatable)")
	fs.StringVar(&r.db, "db", "", "record into this store `FILE`")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitInvariant, exitIO, exitInterrupted)
}

func (r *rdap) run(cmd *cobra.Command, args []string) error {
	w, err := r.asking.open(cmd.Context(), r.app, cmd.Flags())
	if err != nil {
		return err
	}
	defer w.close()
	names, err := r.names(cmd.Context(), args, w.suffixes)
	if err == nil {
		err = w.labHas(names...)
	}
	if err != nil {
		return err
	}
	page, err := newVerdicts(r.data(), &r.out, false)
	if err != nil {
		return err
	}
	defer page.abort()
	_, err = r.ask(cmd.Context(), w, names, true, r.db, page)
	return err
}

// names reads all names; stage two is so slow that they fit into memory.
func (r *rdap) names(ctx context.Context, args []string, suffixes *vacant.Suffixes) ([]vacant.Name, error) {
	sources := candidates{lists: r.lists, order: "sequential"}
	cfg := generator.Config{Suffixes: suffixes, DedupLists: true}
	if err := sources.fill(r.app, args, &cfg); err != nil {
		return nil, err
	}
	gen, err := generator.New(cfg)
	if err != nil {
		return nil, usage(err, "")
	}
	names, err := collect(ctx, gen)
	r.sayBad(gen.Counts())
	return names, err
}

func collect(ctx context.Context, gen *generator.Generator) (names []vacant.Name, err error) {
	made := make(chan *vacant.Batch, batches)
	var work errgroup.Group
	work.Go(func() error { defer close(made); return gen.Run(ctx, made) })
	for b := range made {
		for i := range b.Len() {
			names = append(names, vacant.Name(b.Name(i)))
		}
		b.Release()
	}
	return names, work.Wait()
}
