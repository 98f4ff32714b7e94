package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage"
	"vacant/generator"
)

// DNSConfig of [OpenDNS].
type DNSConfig struct {
	Generator generator.Config
	DNS       dnsstage.Config
	Notice    func(line string)
}

// DNSRun is one run of stage one alone.
type DNSRun struct {
	cfg     DNSConfig
	gen     *generator.Generator
	dns     *dnsstage.Stage
	started time.Time
	via     dnsstage.Via
	tally
}

// OpenDNS makes the stage; nothing is asked yet.
func OpenDNS(cfg DNSConfig) (*DNSRun, error) {
	if cfg.DNS.Lookup == nil {
		cfg.DNS.Lookup = vacant.NewLookup(nil)
	}
	if cfg.Notice == nil {
		cfg.Notice = func(string) {}
	}
	gen, err := generator.New(cfg.Generator)
	if err != nil {
		return nil, err
	}
	dns, err := dnsstage.New(cfg.DNS)
	if err != nil {
		return nil, err
	}
	return &DNSRun{cfg: cfg, gen: gen, dns: dns, started: time.Now()}, nil
}

// Run gives every candidate's batch to emit once it is answered, from one
// goroutine; emit does not keep it. Where ctx ends early, the counts say how
// many names were left unasked and the error is ctx's. It can be called once.
func (r *DNSRun) Run(ctx context.Context, emit func(*vacant.Batch) error) (Summary, error) {
	report, err := r.dns.Preflight(ctx, r.gen.Suffixes())
	switch {
	case err != nil && ctx.Err() == nil:
		return r.summary(EndFailed), fmt.Errorf("%w: %w", ErrNoWay, err)
	case err != nil:
		return r.summary(EndSignal), err
	case report.Notice != "":
		r.cfg.Notice(report.Notice)
	}
	r.via = report.Via
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.stop = stop
	err = r.run(ctx, emit)
	end := endOf(ctx, err)
	if errors.Is(err, context.Canceled) {
		end = EndSignal
		err = context.Cause(ctx)
	}
	return r.summary(end), err
}

func (r *DNSRun) run(ctx context.Context, emit func(*vacant.Batch) error) error {
	candidates := make(chan *vacant.Batch, candidatesCap)
	answered := make(chan *vacant.Batch, answeredCap)
	var g errgroup.Group
	g.Go(func() error {
		defer close(candidates)
		err := r.gen.Run(ctx, candidates)
		if err != nil {
			r.stop(err)
		}
		return err
	})
	g.Go(func() error { defer close(answered); return r.ask(ctx, r.dns, candidates, answered) })
	g.Go(func() error { return r.give(answered, emit) })
	return g.Wait()
}

// Progress may be called from any goroutine between [OpenDNS] and Close.
func (r *DNSRun) Progress() Progress {
	total, exact := r.gen.Count()
	if r.gen.HasLists() {
		total, exact = r.gen.Estimate(), false
	}
	return Progress{Counts: r.counts(r.gen.Counts()), Total: total, TotalExact: exact, Elapsed: time.Since(r.started), DNS: r.dns.Stats()}
}

func (r *DNSRun) summary(end string) Summary {
	return Summary{
		Started: r.started, Elapsed: time.Since(r.started), End: end,
		Counts: r.counts(r.gen.Counts()), Via: r.via, DNS: r.dns.Stats(),
	}
}

// Close closes the stage. It may be called more than once.
func (r *DNSRun) Close() error { return r.dns.Close() }

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
