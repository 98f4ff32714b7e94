package pipeline

import (
	"context"
	"fmt"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage"
)

// drawsFor is how often a name is drawn, at most, for each that a sample wants:
// most draws are in vain where the store knows nearly all of a space.
const drawsFor = 30

// sample asks DNS, gently, about some names of each suffix that are left to ask.
// The answers are not kept: a plan writes nothing.
func (p *planner) sample(ctx context.Context) error {
	if p.cfg.Sample <= 0 {
		return nil
	}
	batches, err := p.draw()
	if err != nil || len(batches) == 0 {
		return err
	}
	open, asked, err := p.askSample(ctx, batches)
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	for suffix, r := range p.rows {
		if n := asked[suffix]; n > 0 {
			r.Share = shareOf(open[suffix], n, ShareSampled)
		}
	}
	return nil
}

// draw picks the names to ask: as many of each suffix as the sample says, or as there are.
func (p *planner) draw() ([]*vacant.Batch, error) {
	rnd := p.random()
	var names []vacant.Name
	for _, suffix := range sortedKeys(p.rows) {
		r := p.rows[suffix]
		if r.Reason != "" || r.Left == 0 {
			continue // no registry is asked about them, whatever DNS says
		}
		listedLeft := r.listed - r.listedKnown
		fromSpace := int(float64(p.cfg.Sample) * float64(r.Left-min(r.Left, listedLeft)) / float64(r.Left))
		drawn, err := p.drawFromSpace(r, fromSpace, rnd)
		if err != nil {
			return nil, err
		}
		names = append(names, drawn...)
		names = append(names, r.picked[:min(len(r.picked), p.cfg.Sample-fromSpace)]...)
	}
	// Mixed, so that the servers of all suffixes are asked at once.
	rnd.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
	var batches []*vacant.Batch
	for i, name := range names {
		if i%vacant.BatchSize == 0 {
			batches = append(batches, new(vacant.Batch))
		}
		batches[len(batches)-1].AppendName(name, vacant.NoIndex)
	}
	return batches, nil
}

// drawFromSpace draws n names of a row's part of the space that the store does
// not know, none of them twice; fewer where they are hard to find.
func (p *planner) drawFromSpace(r *row, n int, rnd *rand.Rand) ([]vacant.Name, error) {
	if r.cycle == nil || n <= 0 {
		return nil, nil
	}
	count := r.cycle.Count(r.turn)
	tried := make(map[uint64]bool)
	var names []vacant.Name
	for draws := drawsFor * n; draws > 0 && len(names) < n && uint64(len(tried)) < count; {
		b := new(vacant.Batch)
		for ; draws > 0 && b.Len() < n; draws-- {
			index := r.cycle.Index(r.turn, rnd.Uint64N(count))
			if tried[index] {
				continue
			}
			tried[index] = true
			if name, ok := p.gen.AppendName(nil, index); ok {
				b.Append(name, index)
			}
		}
		known, err := p.known(b)
		if err != nil {
			return nil, err
		}
		for i := 0; i < b.Len() && len(names) < n; i++ {
			if !known[i] {
				names = append(names, vacant.Name(b.Name(i)))
			}
		}
	}
	return names, nil
}

// askSample asks DNS about batches and counts, by suffix, the names that it
// settled and those of them that a registry would have to be asked about.
func (p *planner) askSample(ctx context.Context, batches []*vacant.Batch) (open, asked map[string]uint64, err error) {
	cfg := p.cfg.DNS
	cfg.Intensity, cfg.Hold = dnsstage.IntensityPolite, false
	stage, err := dnsstage.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = stage.Close() }() // only asked
	report, err := stage.Preflight(ctx, p.gen.Suffixes())
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoWay, err)
	}
	if report.Notice != "" {
		p.cfg.Notice(report.Notice)
	}
	open, asked = make(map[string]uint64), make(map[string]uint64)
	in, out := make(chan *vacant.Batch, len(batches)), make(chan *vacant.Batch)
	for _, b := range batches {
		in <- b
	}
	close(in)
	var work errgroup.Group
	work.Go(func() error { defer close(out); return stage.Run(ctx, in, out) })
	for b := range out {
		countAnswers(b, open, asked)
	}
	return open, asked, work.Wait()
}

func countAnswers(b *vacant.Batch, open, asked map[string]uint64) {
	for i := range b.Len() {
		status := b.Answers[i].Status
		if !status.Settled() {
			continue
		}
		suffix := vacant.Name(b.Name(i)).Parent()
		asked[suffix]++
		if status.ForStageTwo() {
			open[suffix]++
		}
	}
}
