package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"strconv"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/generator"
)

// batches is how many batches the generator may be ahead of the printing.
const batches = 4

// errEnough ends a generator of which the first names were wanted only.
var errEnough = errors.New("enough names")

func (g *generate) print(ctx context.Context, gen *generator.Generator) error {
	made := make(chan *vacant.Batch, batches)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { defer close(made); return gen.Run(ctx, made) })
	p := &namePrinter{out: bufio.NewWriterSize(g.stdout, 1<<16), scores: g.scores, limit: g.limit}
	work.Go(func() error { return p.all(made) })
	if err := work.Wait(); !errors.Is(err, errEnough) {
		return err
	}
	return nil
}

// namePrinter prints names, one a line.
type namePrinter struct {
	out    *bufio.Writer
	scores bool
	limit  int // 0 = all
	n      int
}

func (p *namePrinter) all(in <-chan *vacant.Batch) error {
	for b := range in {
		err := p.batch(b)
		b.Release()
		if len(in) == 0 || err != nil { // nothing more is ready: let the reader see what there is
			err = errors.Join(err, ioFailure(p.out.Flush()))
		}
		if err != nil {
			return err
		}
	}
	return ioFailure(p.out.Flush())
}

// batch prints the names of b; errEnough says that no more are wanted.
func (p *namePrinter) batch(b *vacant.Batch) error {
	for i := range b.Len() {
		p.name(b.Name(i))
		if err := p.out.WriteByte('\n'); err != nil {
			return ioFailure(err)
		}
		if p.n++; p.n == p.limit {
			return errEnough
		}
	}
	return nil
}

func (p *namePrinter) name(name []byte) {
	_, _ = p.out.Write(name)
	if !p.scores {
		return
	}
	_ = p.out.WriteByte('\t')
	score := generator.Score(name[:bytes.IndexByte(name, '.')])
	_, _ = p.out.Write(strconv.AppendInt(p.out.AvailableBuffer(), int64(score), 10))
}
