package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage"
)

// The way of a name through a hunt, one goroutine an arrow:
//
//	generate -candidates-> admit -asked-> stage one -answered-> record
//	                         |                                    |
//	                     known names                     NXDOMAIN and NODATA
//	                                                              v
//	          emit <- settle <-results- stage two <-inquiries- feed <- store
//
// Stage one never waits for stage two: what it finds is state in the store, and
// feed takes it from there as fast as the registries allow.

// Capacities of the channels between the goroutines, in batches or groups.
const (
	// Enough that neither side waits for the other's scheduling: at 500,000
	// names/s four batches are 8 ms of work.
	candidatesCap = 4
	askedCap      = 4
	answeredCap   = 8
	// Stage two keeps its own queues per operator; more here would only make a stop lose more.
	inquiriesCap = 1
	// What comes while one commit is on its way to the disk goes into the next. It is
	// asked again if the process is killed meanwhile, so there is little of it.
	resultsCap = 4
)

// settleSize is how many results one commit takes at most.
const settleSize = 512

// feedSize is how many names feed takes from the store at a time: stage two's batch of names between two controls.
const feedSize = 64

// feedPause is how long feed waits for stage one to commit something new.
const feedPause = 50 * time.Millisecond

// defaultGrace is how long a stopped hunt may go on to finish what it has in
// flight; with the commit after it a stop takes at most 10 s.
const defaultGrace = 8 * time.Second

// Run hunts until done, ctx is cancelled, the deadline or the limit. A stopped
// run is no error: Summary.End tells. It can be called once.
func (h *Hunt) Run(ctx context.Context) (Summary, error) {
	if err := h.prepare(ctx); err != nil {
		return h.summary(EndFailed), errors.Join(err, h.close(EndFailed, err))
	}
	intake, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	h.stop = stop
	defer h.stopInTime(stop)()
	making, enough := context.WithCancel(intake) // more candidates
	defer enough()
	h.trim.begin(enough)
	confirming, cancel := graceAfter(intake, h.cfg.Grace)
	defer cancel()
	defer context.AfterFunc(intake, h.rdap.WindUp)()

	candidates := make(chan *vacant.Batch, candidatesCap)
	asked := make(chan *vacant.Batch, askedCap)
	answered := make(chan *vacant.Batch, answeredCap)
	inquiries := make(chan []vacant.Inquiry, inquiriesCap)
	results := make(chan []vacant.Result, resultsCap)

	var g errgroup.Group
	step := func(f func() error) {
		g.Go(func() error {
			err := f()
			if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
				stop(err) // the others stop taking in and save what they have
				return err
			}
			return nil
		})
	}
	step(func() error { defer close(candidates); return h.gen.Run(making, candidates) })
	step(func() error { defer close(asked); return h.admit(intake, candidates, asked) })
	step(func() error { defer close(answered); return h.ask(intake, h.dns, asked, answered) })
	step(func() error { defer close(h.recorded); defer h.noteAsking(time.Now()); return h.record(answered) })
	step(func() error { defer close(inquiries); return h.feed(intake, inquiries, results) })
	step(func() error { defer close(results); return h.confirm(confirming, inquiries, results) })
	step(func() error { return h.settle(results) })
	err := g.Wait()
	return h.finish(intake, err)
}

// graceAfter returns a context that ends grace after parent has.
func graceAfter(parent context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	unregister := context.AfterFunc(parent, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(ctx, func() { timer.Stop() })
	})
	return ctx, func() { unregister(); cancel() }
}

// admit drops what needs no asking. After a stop it only counts.
func (h *Hunt) admit(ctx context.Context, in <-chan *vacant.Batch, out chan<- *vacant.Batch) error {
	for b := range in {
		if ctx.Err() != nil {
			h.unasked(b)
			continue
		}
		h.trimmed(h.trim.dropFull(b))
		a, err := h.run.Admit(b)
		if err != nil {
			h.unasked(b)
			h.drain(err, in)
			return err
		}
		h.add(func(c *vacant.Counts) { c.Known += uint64(a.Known); c.Duplicate += uint64(a.Duplicate) })
		h.pass(ctx, b, out)
	}
	return nil
}

// pass sends on what is to be asked of b, in parts where it has to be trimmed.
func (h *Hunt) pass(ctx context.Context, b *vacant.Batch, out chan<- *vacant.Batch) {
	for b != nil {
		part, rest, dropped := h.trim.fit(ctx, b)
		h.trimmed(dropped)
		b = rest
		if part == nil {
			continue
		}
		if part.Len() == 0 {
			part.Release()
			continue
		}
		select {
		case out <- part:
		case <-ctx.Done():
			h.unasked(part)
		}
	}
}

// record stores stage one's answers. "NXDOMAIN only" is
// [vacant.Status.ForStageTwo], in the store: what it says yes to waits there for feed.
func (h *Hunt) record(in <-chan *vacant.Batch) error {
	for b := range in {
		if err := h.recordOne(b); err != nil {
			h.drain(err, in)
			return err
		}
	}
	return h.run.Flush()
}

func (h *Hunt) recordOne(b *vacant.Batch) error {
	h.controls.learn(b)
	if err := h.run.Answered(b); err != nil {
		h.unasked(b)
		return err
	}
	h.answered(b)
	h.trim.answered(b)
	err := h.keepDelegated(b)
	b.Release()
	return err
}

// feed hands what waits in the store to stage two, oldest first, until stage
// one is done and nothing waits any more, or the hunt is stopped.
func (h *Hunt) feed(ctx context.Context, out chan<- []vacant.Inquiry, settled chan<- []vacant.Result) error {
	for ctx.Err() == nil {
		done := isClosed(h.recorded) // before Next: what it committed is then seen
		group, err := h.run.Next(ctx, feedSize)
		if err != nil {
			return err
		}
		if len(group) == 0 {
			if done {
				return nil
			}
			pause(ctx, feedPause, h.recorded)
			continue
		}
		if group, err = h.refresh(ctx, group, settled); err != nil {
			return err
		}
		if len(group) == 0 {
			continue // all were settled by DNS
		}
		select {
		case out <- group:
		case <-ctx.Done():
		}
	}
	return nil
}

// confirm runs stage two.
func (h *Hunt) confirm(ctx context.Context, in <-chan []vacant.Inquiry, out chan<- []vacant.Result) error {
	err := h.rdap.Run(ctx, in, out)
	if err != nil {
		h.stop(err)
	}
	for range in { // they still wait in the store; out must stay open while feed lives
	}
	return err
}

// settle commits results and then shows them, never the other way round.
func (h *Hunt) settle(in <-chan []vacant.Result) error {
	for group := range in {
		group = gather(group, in)
		for i := range group {
			group[i].RunID = h.id
		}
		if err := h.settleGroup(group); err != nil {
			h.stop(err)
			for range in { // not committed: they still wait in the store
			}
			return err
		}
	}
	return nil
}

// gather adds to group the groups that are ready by now: a commit costs the
// disk the same for one as for all of them.
func gather(group []vacant.Result, in <-chan []vacant.Result) []vacant.Result {
	for len(group) < settleSize {
		select {
		case more, ok := <-in:
			if !ok {
				return group
			}
			group = append(group, more...)
		default:
			return group
		}
	}
	return group
}

func (h *Hunt) settleGroup(group []vacant.Result) error {
	if err := h.run.Settle(group); err != nil {
		return err
	}
	h.add(func(c *vacant.Counts) {
		for i := range group {
			c.Count(group[i].Verdict())
			if group[i].Reason() == vacant.ReasonNoRegistry {
				h.noRegistry++
			}
		}
	})
	h.trim.settled(group)
	for i := range group {
		if err := h.emit(group[i]); err != nil {
			return err
		}
	}
	return nil
}

// finish flushes, shows what was known before, checks the equations and closes the run.
func (h *Hunt) finish(intake context.Context, err error) (Summary, error) {
	end := endOf(intake, err)
	if line := h.trim.trimmed(); line != "" && end == EndDone {
		h.cfg.Notice(line)
		end = EndDeadline // the candidates are not all asked
	}
	if err == nil {
		err = h.emitKnown()
	}
	if cerr := h.close(end, err); err == nil {
		err = cerr
	}
	s := h.summary(end)
	if err == nil {
		if berr := s.Counts.Balance(); berr != nil {
			err = fmt.Errorf("%w: %w", ErrInvariant, berr)
		}
	}
	return s, err
}

// close takes the last counts and writes the run's manifest.
func (h *Hunt) close(end string, failed error) error {
	waiting, err := h.run.Waiting()
	if err != nil {
		return err
	}
	h.add(func(c *vacant.Counts) { c.Waiting = waiting })
	if failed != nil {
		end = EndFailed
	}
	return h.run.Finish(h.counts(h.gen.Counts()), end)
}

var (
	errDeadline = errors.New("deadline")
	errLimit    = errors.New("limit")
)

// endOf says why the hunt ended.
func endOf(intake context.Context, err error) string {
	switch cause := context.Cause(intake); {
	case errors.Is(err, dnsstage.ErrAllProxiesDead):
		return EndProxies
	case err != nil:
		return EndFailed
	case cause == nil:
		return EndDone
	case errors.Is(cause, errDeadline):
		return EndDeadline
	case errors.Is(cause, errLimit):
		return EndLimit
	}
	return EndSignal
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// pause waits for d, for ctx or for early, whichever comes first.
func pause(ctx context.Context, d time.Duration, early <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-early:
	}
}
