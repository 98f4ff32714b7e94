package rdapstage

import (
	"context"

	"vacant"
	"vacant/rdapstage/facts"
)

const (
	// maxPending bounds the names a run holds: at about 300 bytes each, 30 MB. A
	// registry that answers one a second must not keep the others from theirs.
	maxPending = 100_000
	// maxOutbox bounds the results that wait to be taken: beyond it nothing more is
	// asked. They are lost with the process, and their registries asked again, so it
	// is no more than a commit of some milliseconds needs to have company.
	maxOutbox = 256
)

// Run judges the inquiries that come in and sends results in groups; every
// inquiry ends in exactly one result, "undetermined" with a reason where nothing is proven,
// unless ctx ends first: then those not settled get none (they still wait in
// the store) and Run returns ctx.Err(). It returns nil when in is closed and all is settled. It
// does not close out.
//
// One goroutine takes names in, one an operator asks, one a question waits for
// its reply, and Run itself sends results; all have ended when it returns.
func (s *Stage) Run(ctx context.Context, in <-chan []vacant.Inquiry, out chan<- []vacant.Result) error {
	inner, cancel := context.WithCancel(ctx)
	defer s.end()
	defer cancel()
	s.begin(inner)
	s.tasks.Go(func() { s.intake(inner, in) })
	s.tasks.Go(func() { s.refreshBootstrap(inner) })
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.nudged:
		}
		results, settled := s.take()
		if len(results) > 0 {
			select {
			case out <- results:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if settled {
			return nil
		}
	}
}

// begin forgets what an earlier run that was stopped left unsettled.
func (s *Stage) begin(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ctx, s.closing, s.winding, s.pending, s.outbox = ctx, false, false, 0, nil
	s.stats.Inflight = 0
	for _, o := range s.operators {
		o.running, o.inflight = false, 0
		for _, l := range o.lanes {
			l.reset()
		}
	}
	for _, p := range s.pools {
		p.reset()
	}
}

// end waits for all that the run started and writes down what it learned.
func (s *Stage) end() {
	s.tasks.Wait()
	s.take()
	s.idle()
}

// take returns the results that wait, writes what is to be remembered, and
// reports whether there is nothing more to come.
func (s *Stage) take() (results []vacant.Result, settled bool) {
	s.mu.Lock()
	results, s.outbox = s.outbox, nil
	memos := s.memos
	s.memos = make(map[string]any)
	settled = s.closing && s.pending == 0
	for _, o := range s.operators {
		if len(results) >= maxOutbox {
			o.poke()
		}
	}
	s.mu.Unlock()
	s.writeMemos(memos)
	select {
	case s.room <- struct{}{}:
	default:
	}
	return results, settled
}

// nudge wakes the sender of results.
func (s *Stage) nudge() {
	select {
	case s.nudged <- struct{}{}:
	default:
	}
}

// intake reads names until in is closed.
func (s *Stage) intake(ctx context.Context, in <-chan []vacant.Inquiry) {
	for {
		select {
		case <-ctx.Done():
			return
		case group, ok := <-in:
			if !ok {
				s.noMore()
				return
			}
			for _, inq := range group {
				s.admit(inq)
			}
		}
		if !s.waitForRoom(ctx) {
			return
		}
	}
}

// noMore says that no further names come, so that what is held closes at once.
func (s *Stage) noMore() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for _, o := range s.operators {
		o.poke()
	}
	s.nudge()
}

func (s *Stage) waitForRoom(ctx context.Context) bool {
	for {
		s.mu.Lock()
		full := s.pending >= maxPending
		s.mu.Unlock()
		if !full {
			return true
		}
		select {
		case <-s.room:
		case <-ctx.Done():
			return false
		}
	}
}

// admit starts one name on its way.
func (s *Stage) admit(inq vacant.Inquiry) {
	p := s.planFor(inq.Name.Parent())
	j := &job{inq: inq, plan: p, withheld: facts.Withheld(p.suffix, inq.Name.Label())}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.pending++
	if j.withheld == vacant.ReasonClosedTLD {
		s.outLocked(now, j, vacant.NewReserved(inq.Name, vacant.ReasonClosedTLD))
		return
	}
	s.enqueueLocked(now, j)
}

// planFor returns how names under suffix are judged. Only the intake calls it.
func (s *Stage) planFor(suffix string) *plan {
	if p := s.plans[suffix]; p != nil {
		return p
	}
	f := facts.For(suffix)
	p := &plan{suffix: suffix, wildcard: f.Wildcard && s.embeddedWorld()}
	for _, e := range s.endpoints(suffix, f) {
		l := &lane{endpoint: e, suffix: suffix, timing: &s.cfg.Timing}
		l.control.held = make(map[vacant.Name]bool)
		s.recall(l)
		s.join(l)
		p.lanes = append(p.lanes, l)
	}
	s.plans[suffix] = p
	s.inOrder(p.lanes)
	return p
}

// inOrder notes from which sources names come to those behind them.
func (s *Stage) inOrder(lanes []*lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range lanes {
		l.behind = lanes[i+1:]
		l.pool.before = append(l.pool.before, lanes[:i]...)
	}
}

// passedOnLocked lets those look again that wait for whether names come from this one.
func (l *lane) passedOnLocked() {
	if len(l.behind) == 0 || l.busy() {
		return
	}
	for _, b := range l.behind {
		b.op.poke()
	}
}

// join puts a lane under its operator.
func (s *Stage) join(l *lane) {
	name := s.budgetOf(&l.endpoint)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.operators[name]
	if o == nil {
		limit := s.limitFor(name, &l.endpoint)
		o = &operator{name: name, stage: s, limit: limit, left: plenty, signal: make(chan struct{}, 1)}
		s.operators[name] = o
	}
	l.op, l.service = o, o.service(&l.endpoint)
	o.lanes = append(o.lanes, l)
	if l.pool == nil {
		l.pool = s.newPool(&l.endpoint)
	}
	if p := s.pools[l.pool.key]; p != nil {
		l.pool = p
	}
	s.pools[l.pool.key] = l.pool
	l.pool.lanes = append(l.pool.lanes, l)
}

// startLocked starts an operator's goroutine with its first name.
func (s *Stage) startLocked(o *operator) {
	if !o.running {
		o.running = true
		s.tasks.Go(func() { o.run(s.ctx) })
	}
}
