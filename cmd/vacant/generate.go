package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/generator"
)

type generate struct {
	*app
	candidates candidates
	one        stageOne // their endpoints only: they name suffixes
	two        stageTwo
	count      bool
	scores     bool
	limit      int // names to print; 0 = all
}

func newGenerate(a *app) *cobra.Command {
	g := &generate{app: a}
	cmd := &cobra.Command{
		Use:   "generate [NAME...]",
		Short: "Print candidates, or count them",
		Long: `Generate prints the candidates that a hunt with the same flags would ask about,
one a line, and asks nobody. With --count it prints their number alone, at once
for the largest patterns too; "<= N" where a filter can only be applied name by
name. Lists are read to be counted.

With --sort score the best names come first, and --score prints each one's score
behind it: short names, names that are easily said, and letters rather than
digits and hyphens have more of 100. What a name means is not judged, nor its TLD.`,
		Example: `  vacant generate -p '(get|my){word}' -w words.txt -t com,io
  vacant generate --count -p '[a-z]{8}' -t com,net
  vacant generate -w words.txt --blend --max-length 8
  vacant generate word --prefix @startup --suffix ,@tech -t com,io
  vacant generate --typos example.com --typo-kinds -bitsquatting
  vacant generate -p '{C}{V}{C}{C}{V}' --sort score --score -n 20`,
		RunE: func(cmd *cobra.Command, args []string) error { return g.run(cmd.Context(), args) },
	}
	g.candidates.AddFlags(cmd.Flags())
	g.one.AddEndpoints(cmd.Flags())
	g.two.AddEndpoints(cmd.Flags())
	cmd.Flags().BoolVar(&g.count, "count", false, "print how many there are instead")
	cmd.Flags().BoolVar(&g.scores, "score", false, "print each name's score behind it, 0 to 100, parted by a tab")
	cmd.Flags().IntVarP(&g.limit, "limit", "n", 0, "print the first `N` only")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitIO, exitInterrupted)
}

func (g *generate) run(ctx context.Context, args []string) error {
	if done, err := g.candidates.printLists(g.stdout); done {
		return err
	}
	if g.limit < 0 {
		return usagef("--limit cannot be negative")
	}
	cfg, err := g.config(ctx, args)
	if err != nil {
		return err
	}
	gen, err := generator.New(cfg)
	if err != nil {
		return usage(err, "")
	}
	if g.count {
		return g.printCount(ctx, gen, cfg)
	}
	err = g.print(ctx, gen)
	c := gen.Counts()
	g.sayBad(c)
	if c.Generated == 0 && err == nil {
		g.say("these flags make no name")
	}
	return err
}

func (g *generate) config(ctx context.Context, args []string) (generator.Config, error) {
	w := &ways{}
	if err := errors.Join(g.one.fillEndpoints(&w.dns), g.two.fillEndpoints(&w.rdap)); err != nil {
		return generator.Config{}, err
	}
	if err := w.knowSuffixes(ctx); err != nil {
		g.say("suffixes of the bootstrap are not known: %v", err) // a lab that is gone; candidates need no server
	}
	cfg := generator.Config{Suffixes: w.suffixes, DedupLists: true}
	return cfg, g.candidates.fill(g.app, args, &cfg)
}

func (g *generate) printCount(ctx context.Context, gen *generator.Generator, cfg generator.Config) error {
	n, exact := gen.Count()
	if gen.HasLists() {
		listed, err := g.countListed(ctx, gen, cfg)
		if err != nil {
			return err
		}
		n += listed
	}
	mark := ""
	if !exact {
		mark = "<= "
	}
	if g.limit > 0 && n > uint64(g.limit) {
		n = uint64(g.limit)
	}
	_, err := fmt.Fprintf(g.stdout, "%s%d\n", mark, n)
	return ioFailure(err)
}

// countListed reads the lists and counts their names, without those that the
// patterns and words of gen make too.
func (g *generate) countListed(ctx context.Context, gen *generator.Generator, cfg generator.Config) (n uint64, err error) {
	lists, err := generator.New(cfg.ListsOnly())
	if err != nil {
		return 0, usage(err, "")
	}
	made := make(chan *vacant.Batch, batches)
	var work errgroup.Group
	work.Go(func() error { defer close(made); return lists.Run(ctx, made) })
	for b := range made {
		for i := range b.Len() {
			if !gen.Contains(b.Name(i)) {
				n++
			}
		}
		b.Release()
	}
	g.sayBad(lists.Counts())
	return n, work.Wait()
}

// sayBad says how many candidates were no names.
func (a *app) sayBad(c generator.Counts) {
	if c.Invalid > 0 {
		what := "are no names"
		if c.Invalid == 1 {
			what = "is no name"
		}
		a.say("%d of %d candidates %s", c.Invalid, c.Generated, what)
	}
}

// plainReason returns why a text is no name, without the text itself, which is
// shown beside it.
func plainReason(err error) string {
	var bad *vacant.NameError
	if errors.As(err, &bad) {
		return bad.Err.Error()
	}
	return err.Error()
}
