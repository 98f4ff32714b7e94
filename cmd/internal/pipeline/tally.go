package pipeline

import (
	"context"
	"sync"

	"vacant"
	"vacant/dnsstage"
	"vacant/generator"
)

// tally counts where every name of a run went, and stops the run when a step fails.
type tally struct {
	stop context.CancelCauseFunc // stops the intake; the first cause stays

	mu sync.Mutex
	// sums and noRegistry are guarded by mu.
	sums       vacant.Counts
	noRegistry uint64
}

func (t *tally) add(f func(c *vacant.Counts)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.sums)
}

// unasked counts a batch that nobody will ask about any more.
func (t *tally) unasked(b *vacant.Batch) {
	n := uint64(b.Len())
	b.Release()
	t.add(func(c *vacant.Counts) { c.Unasked += n })
}

// trimmed counts names that were made and are not asked, for want of time.
func (t *tally) trimmed(n uint64) {
	if n > 0 {
		t.add(func(c *vacant.Counts) { c.Unasked += n })
	}
}

// answered says where each name of a batch that stage one gave back went.
func (t *tally) answered(b *vacant.Batch) {
	var n vacant.Counts
	for _, a := range b.Answers {
		switch {
		case a.Status.ForStageTwo():
			n.Queued++
		case a.Status == vacant.StatusDelegated:
			n.Delegated++
		case a.Status == vacant.StatusUnasked:
			n.Unasked++
		default:
			n.UndeterminedDNS++
		}
	}
	t.add(func(c *vacant.Counts) {
		c.Queued += n.Queued
		c.Delegated += n.Delegated
		c.Unasked += n.Unasked
		c.UndeterminedDNS += n.UndeterminedDNS
	})
}

// ask runs stage one and counts what it was never given.
func (t *tally) ask(ctx context.Context, dns *dnsstage.Stage, in <-chan *vacant.Batch, out chan<- *vacant.Batch) error {
	err := dns.Run(ctx, in, out)
	if err != nil {
		t.drain(err, in)
	}
	return err
}

// drain stops the run because of err and counts the rest of in: whoever fails
// must neither block those before it nor lose count of what they send.
func (t *tally) drain(err error, in <-chan *vacant.Batch) {
	t.stop(err)
	for b := range in {
		t.unasked(b)
	}
}

// counts returns the sums with what the generator counted itself.
func (t *tally) counts(g generator.Counts) vacant.Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.sums
	c.Generated, c.Invalid = g.Generated, g.Invalid
	c.Duplicate += g.Duplicate
	c.Known += g.KnownChunks
	return c
}
