package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/generator"
)

type generate struct {
	*app
	candidates candidates
	two        stageTwo
	count      bool
}

func newGenerate(a *app) *cobra.Command {
	g := &generate{app: a}
	cmd := &cobra.Command{
		Use:   "generate [NAME...]",
		Short: "Print candidates, or count them",
		Long: `Generate prints the candidates that a hunt with the same flags would ask about,
one a line, and asks nobody. With --count it prints their number alone, at once
for the largest patterns too; "<= N" where a filter can only be applied name by
name. Names from lists are not counted before they are read.`,
		Example: `  vacant generate -p '(get|my){word}' -w words.txt -t com,io
  vacant generate --count -p '[a-z]{8}' -t com,net`,
		RunE: func(cmd *cobra.Command, args []string) error { return g.run(cmd.Context(), args) },
	}
	g.candidates.AddFlags(cmd.Flags())
	g.two.AddEndpoints(cmd.Flags())
	cmd.Flags().BoolVar(&g.count, "count", false, "print how many there are instead")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitIO, exitInterrupted)
}

func (g *generate) run(ctx context.Context, args []string) error {
	if g.candidates.listPresets {
		return printPresets(g.stdout)
	}
	gen, err := g.generator(ctx, args)
	if err != nil {
		return err
	}
	if g.count {
		return g.printCount(gen)
	}
	err = g.print(ctx, gen)
	g.sayBad(gen.Counts())
	return err
}

func (g *generate) generator(ctx context.Context, args []string) (*generator.Generator, error) {
	w := &ways{}
	if err := g.two.fillEndpoints(&w.rdap); err != nil {
		return nil, err
	}
	if err := w.knowSuffixes(ctx); err != nil {
		g.say("suffixes of the bootstrap are not known: %v", err) // a lab that is gone; candidates need no server
	}
	cfg := generator.Config{Suffixes: w.suffixes, DedupLists: true}
	if err := g.candidates.fill(g.app, args, &cfg); err != nil {
		return nil, err
	}
	gen, err := generator.New(cfg)
	return gen, usage(err, "")
}

func (g *generate) printCount(gen *generator.Generator) error {
	n, exact := gen.Count()
	mark := ""
	if !exact {
		mark = "<= "
	}
	_, err := fmt.Fprintf(g.stdout, "%s%d\n", mark, n)
	return ioFailure(err)
}

// batches is how many batches the generator may be ahead of the printing.
const batches = 4

func (g *generate) print(ctx context.Context, gen *generator.Generator) error {
	made := make(chan *vacant.Batch, batches)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { defer close(made); return gen.Run(ctx, made) })
	work.Go(func() error { return printNames(g.stdout, made) })
	return work.Wait()
}

func printNames(w io.Writer, in <-chan *vacant.Batch) error {
	out := bufio.NewWriterSize(w, 1<<16)
	for b := range in {
		for i := range b.Len() {
			_, _ = out.Write(b.Name(i))
			if err := out.WriteByte('\n'); err != nil {
				return ioFailure(err)
			}
		}
		b.Release()
		if len(in) == 0 { // nothing more is ready: let the reader see what there is
			if err := out.Flush(); err != nil {
				return ioFailure(err)
			}
		}
	}
	return ioFailure(out.Flush())
}

// sayBad says how many lines were no candidates.
func (a *app) sayBad(c generator.Counts) {
	if c.Invalid > 0 {
		a.say("%d of %d lines are no candidates", c.Invalid, c.Generated)
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
