package pipeline

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage"
	"vacant/generator"
)

// DNSConfig of [DNSOnly].
type DNSConfig struct {
	Generator generator.Config
	DNS       dnsstage.Config
	Notice    func(line string)
}

// DNSOnly runs stage one alone: every candidate's batch is given to emit once
// it is answered, from one goroutine; emit does not keep it. Where ctx ends
// early, the counts say how many names were left unasked and the error is ctx's.
func DNSOnly(ctx context.Context, cfg DNSConfig, emit func(*vacant.Batch) error) (vacant.Counts, error) {
	if cfg.DNS.Lookup == nil {
		cfg.DNS.Lookup = vacant.NewLookup(nil)
	}
	gen, err := generator.New(cfg.Generator)
	if err != nil {
		return vacant.Counts{}, err
	}
	dns, err := dnsstage.New(cfg.DNS)
	if err != nil {
		return vacant.Counts{}, err
	}
	report, err := dns.Preflight(ctx, gen.Suffixes())
	switch {
	case err != nil && ctx.Err() == nil:
		return vacant.Counts{}, errors.Join(fmt.Errorf("%w: %w", ErrNoWay, err), dns.Close())
	case err != nil:
		return vacant.Counts{}, errors.Join(err, dns.Close())
	case report.Notice != "" && cfg.Notice != nil:
		cfg.Notice(report.Notice)
	}
	counts, err := dnsOnly(ctx, gen, dns, emit)
	return counts, errors.Join(err, dns.Close())
}

func dnsOnly(ctx context.Context, gen *generator.Generator, dns *dnsstage.Stage, emit func(*vacant.Batch) error) (vacant.Counts, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	candidates := make(chan *vacant.Batch, candidatesCap)
	answered := make(chan *vacant.Batch, answeredCap)
	t := &tally{stop: stop}
	var g errgroup.Group
	g.Go(func() error {
		defer close(candidates)
		err := gen.Run(ctx, candidates)
		if err != nil {
			stop(err)
		}
		return err
	})
	g.Go(func() error { defer close(answered); return t.ask(ctx, dns, candidates, answered) })
	g.Go(func() error { return t.give(answered, emit) })
	err := g.Wait()
	if cause := context.Cause(ctx); errors.Is(err, context.Canceled) && cause != nil {
		err = cause
	}
	return t.counts(gen.Counts()), err
}

// give hands answered batches to emit.
func (t *tally) give(in <-chan *vacant.Batch, emit func(*vacant.Batch) error) error {
	for b := range in {
		t.answered(b)
		err := emit(b)
		b.Release()
		if err != nil {
			t.drain(err, in)
			return err
		}
	}
	return nil
}
