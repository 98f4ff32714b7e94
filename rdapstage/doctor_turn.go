package rdapstage

import (
	"context"
	"errors"
	"time"

	"vacant"
)

// restsLong reports whether the operator is to be left alone for longer than we wait.
func (p *patient) restsLong() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.lane.restsLocked().Sub(p.s.now()) > examinePause
}

// turn waits until the operator may be asked. It is false, and the reason noted,
// where that is not soon enough.
func (p *patient) turn(ctx context.Context) bool {
	for {
		at, ok := p.when(ctx)
		if ok {
			return true
		}
		if p.f.Fault != FaultNone {
			return false
		}
		deadline, _ := ctx.Deadline()
		if wait := at.Sub(p.s.now()); time.Until(deadline) < wait || !sleep(ctx, wait) {
			p.unasked(ctx)
			return false
		}
	}
}

// unasked notes that the examination ended before the endpoint's.
func (p *patient) unasked(ctx context.Context) {
	p.fail(FaultUnasked, "")
	if errors.Is(ctx.Err(), context.Canceled) {
		p.f.Detail = DetailStopped
	}
}

// when takes the right to ask one question, or says when to try again.
func (p *patient) when(ctx context.Context) (at time.Time, ok bool) {
	s, o := p.s, p.op
	now := s.now()
	s.mu.Lock()
	rate := o.rateLocked(now)
	slow, rests := o.cut > 0, p.restsLocked(now)
	s.mu.Unlock()
	if rests.After(now) {
		return rests, false
	}
	if at, ok = o.token(ctx, now, rate, slow); ok {
		return at, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.restsLocked(s.now())
	return at, false
}

// restsLocked returns until when the operator rests, and notes a rest that is too long.
func (p *patient) restsLocked(now time.Time) time.Time {
	l, until := p.lane, p.lane.restsLocked()
	silent := l.service.until.After(p.op.until) && l.service.why == vacant.ReasonUnreachable
	switch {
	case silent && p.f.Asked == 0:
		return p.op.until // it was silent about another suffix
	case until.Sub(now) <= examinePause:
		return until
	}
	p.f.Until = until
	switch {
	case silent:
		p.fail(FaultSilent, "the server has just not answered")
	case l.reasonLocked(now) == vacant.ReasonLockedOut:
		p.fail(FaultLockedOut, "")
	case p.f.Asked == 0:
		p.fail(FaultQuota, "")
	default:
		p.fail(FaultLimited, "")
	}
	return until
}

// sleep waits for d, or returns false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
