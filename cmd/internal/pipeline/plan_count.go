package pipeline

import (
	"context"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/generator"
)

// row gathers what becomes a [SuffixPlan].
type row struct {
	SuffixPlan
	cycle *generator.Cycle // of the space that has the suffix; nil = none has
	turn  int              // the suffix's place in it

	listed, listedKnown uint64      // of Candidates and Known: names of lists
	lengths             [64]float64 // names left, by length of the label
	picked              []vacant.Name
}

// row returns the row of a suffix, a new one if need be.
func (p *planner) row(suffix string) *row {
	r := p.rows[suffix]
	if r == nil {
		r = &row{SuffixPlan: SuffixPlan{Suffix: suffix}}
		p.rows[suffix] = r
	}
	return r
}

// countSpace counts the candidates of patterns and words, suffix by suffix.
func (p *planner) countSpace(context.Context) error {
	_, p.plan.Exact = p.gen.Count()
	cycles := p.gen.Cycles()
	for i := range cycles {
		c := &cycles[i]
		for k, suffix := range c.Suffixes {
			r := p.row(suffix)
			r.cycle, r.turn = c, k
			r.Candidates = c.Count(k)
		}
	}
	for _, suffix := range p.gen.Suffixes() {
		p.row(suffix)
	}
	p.plan.Invalid = p.gen.Counts().Invalid
	return nil
}

// countLists reads the lists and counts their names, each once, without those
// that the space makes too.
func (p *planner) countLists(ctx context.Context) error {
	if !p.gen.HasLists() {
		return nil
	}
	lists, err := generator.New(p.cfg.Generator.ListsOnly())
	if err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(ctx)
	made := make(chan *vacant.Batch, candidatesCap)
	work.Go(func() error { defer close(made); return lists.Run(ctx, made) })
	work.Go(func() (err error) {
		rnd := p.random()
		for b := range made {
			if err == nil {
				err = p.countListed(b, rnd)
			}
			b.Release()
		}
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	c := lists.Counts()
	p.plan.Invalid += c.Invalid
	p.plan.Duplicate += c.Duplicate
	return nil
}

// countListed counts a batch, and picks names at random that a sample may ask about.
func (p *planner) countListed(b *vacant.Batch, rnd *rand.Rand) error {
	before := b.Len()
	b.Keep(func(i int) bool { return !p.gen.Contains(b.Name(i)) })
	p.plan.Duplicate += uint64(before - b.Len())
	known, err := p.known(b)
	if err != nil {
		return err
	}
	for i := range b.Len() {
		name := vacant.Name(b.Name(i))
		r := p.row(name.Parent())
		r.Candidates++
		r.listed++
		if known[i] {
			r.listedKnown++
			continue
		}
		r.lengths[len(name.Label())]++
		r.pick(name, p.cfg.Sample, rnd)
	}
	return nil
}

// pick keeps most names, each with the same chance (a reservoir).
func (r *row) pick(name vacant.Name, most int, rnd *rand.Rand) {
	if len(r.picked) < most {
		r.picked = append(r.picked, name)
	} else if k := rnd.Uint64N(r.listed - r.listedKnown); k < uint64(most) {
		r.picked[k] = name
	}
}

// known says of each name whether the store has it as known.
func (p *planner) known(b *vacant.Batch) ([]bool, error) {
	if p.foreseer == nil {
		return make([]bool, b.Len()), nil
	}
	return p.foreseer.Known(nil, b)
}

// random is the plan's own chance: the same for the same candidates and seed.
func (p *planner) random() *rand.Rand {
	id, _ := p.gen.Space()
	var key uint64
	for _, octet := range id[:8] {
		key = key<<8 | uint64(octet)
	}
	return rand.New(rand.NewPCG(p.cfg.Generator.Seed, key))
}

// foresee counts what the store knows of the space, and who waits.
func (p *planner) foresee(ctx context.Context) error {
	if p.foreseer != nil {
		found, err := p.foreseer.Look(ctx, indexes(p.gen))
		if err != nil {
			return err
		}
		for suffix, n := range found.Known {
			p.row(suffix).Known = n
		}
		for suffix, n := range found.Carried {
			p.row(suffix).Carried = n
		}
	}
	for _, r := range p.rows {
		spaceLeft := r.Candidates - r.listed - min(r.Known, r.Candidates-r.listed)
		r.Known += r.listedKnown
		r.Left = r.Candidates - min(r.Known, r.Candidates)
		p.plan.Candidates += r.Candidates
		p.plan.Known += r.Known
		p.plan.Carried += r.Carried
		r.spreadLengths(p.gen, spaceLeft)
	}
	p.plan.Left = p.plan.Candidates - min(p.plan.Known, p.plan.Candidates)
	return nil
}

// lengthsTried is how many labels of a space are looked at to learn how long they are.
const lengthsTried = 512

// spreadLengths spreads n names of the space over the lengths of its labels.
func (r *row) spreadLengths(gen *generator.Generator, n uint64) {
	if r.cycle == nil || n == 0 {
		return
	}
	count := r.cycle.Count(r.turn)
	tried := min(count, lengthsTried)
	var buf []byte
	seen := make(map[int]float64)
	total := 0.0
	for i := range tried {
		at := uint64((float64(i) + 0.5) * float64(count) / float64(tried))
		name, ok := gen.AppendName(buf[:0], r.cycle.Index(r.turn, min(at, count-1)))
		if ok {
			seen[len(name)-len(r.Suffix)-1]++
			total++
		}
	}
	for length, k := range seen {
		r.lengths[length] += float64(n) * k / total
	}
}
