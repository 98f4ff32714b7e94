package rdapstage

import (
	"context"
	"sync"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
)

// freeLike is a label that nothing withholds in an open suffix.
const freeLike = "a-free-label"

// Examination is how the sources for one suffix stand right now.
type Examination struct {
	Description
	Findings []Finding // one for each endpoint, in the order in which they are asked
	// Reason is why no name there could be confirmed, ReasonNone when names can
	// be; ReasonClosedTLD where nobody may register and nothing was asked.
	Reason vacant.Reason
	// Uses is how many of the sources, from the first, a name needs until it is
	// confirmed or given up; those behind them only stand by.
	Uses int
}

// examineFor bounds what one operator's endpoints are examined for, waits for
// its pace included: the slowest published one gives three questions in it.
const examineFor = time.Minute

// Examine asks the endpoints of each suffix about a name known to be registered
// and about a random label, as a hunt would: the same questions, read by the
// same rules, at the operators' pace and out of their budgets. It learns nothing
// for later runs but lock-outs. done is called once for each suffix, as soon as
// that is settled, by one goroutine at a time. wildcard says of a suffix that
// DNS showed its zone to have no NXDOMAIN; nil is no.
//
// The operators are asked at the same time, each for a minute at most: what is
// not reached by then is reported as [FaultUnasked]. An error is ctx's; suffixes
// not settled by then are reported all the same. No Run may be under way.
func (s *Stage) Examine(ctx context.Context, suffixes []string, wildcard func(suffix string) bool, done func(Examination)) error {
	s.begin(ctx)
	x := &examiner{s: s, wildcard: wildcard, done: done}
	byOperator := make(map[*operator][]*visit)
	for _, suffix := range suffixes {
		for _, v := range x.plan(suffix) {
			byOperator[v.lane.op] = append(byOperator[v.lane.op], v)
		}
	}
	var wg sync.WaitGroup
	for o, visits := range byOperator {
		wg.Go(func() { x.operator(ctx, o, visits) })
	}
	wg.Wait()
	s.asker.Idle()
	return ctx.Err()
}

// Closed reports whether nobody may register under suffix, so that every name
// there is reserved without a question.
func Closed(suffix string) bool { return facts.Withheld(suffix, freeLike) == vacant.ReasonClosedTLD }

// examiner examines the endpoints of some suffixes.
type examiner struct {
	s        *Stage
	wildcard func(suffix string) bool
	done     func(Examination)
	mu       sync.Mutex // guards every examined, and is held while done is called
}

// examined is a suffix under examination.
type examined struct {
	*plan
	list []Finding
	left int // endpoints not yet examined
}

// visit is one endpoint to be examined for one suffix.
type visit struct {
	lane  *lane
	of    *examined
	index int
}

// plan returns the visits that a suffix needs; one that needs none is done at once.
func (x *examiner) plan(suffix string) (visits []*visit) {
	of := &examined{plan: x.s.planFor(suffix)}
	if Closed(suffix) || len(of.lanes) == 0 {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.settleLocked(of)
		return nil
	}
	of.list, of.left = make([]Finding, len(of.lanes)), len(of.lanes)
	for i, l := range of.lanes {
		visits = append(visits, &visit{lane: l, of: of, index: i})
	}
	return visits
}

// operator makes all visits to one operator, one after the other.
func (x *examiner) operator(ctx context.Context, o *operator, visits []*visit) {
	ctx, cancel := context.WithTimeout(ctx, examineFor)
	defer cancel()
	defer o.writeLockOut()
	defer o.giveBack()
	for _, v := range visits {
		f := (&patient{s: x.s, lane: v.lane, op: o}).examine(ctx)
		x.mu.Lock()
		v.of.list[v.index] = f
		if v.of.left--; v.of.left == 0 {
			x.settleLocked(v.of)
		}
		x.mu.Unlock()
	}
}

// settleLocked reports a suffix.
func (x *examiner) settleLocked(of *examined) {
	e := Examination{Description: x.s.Describe(of.suffix), Findings: of.list}
	t := x.s.demandsOf(of.suffix, facts.For(of.suffix))
	t.wildcard = t.wildcard || x.wildcard != nil && x.wildcard(of.suffix)
	if e.Reason = t.withheld; e.Reason != vacant.ReasonClosedTLD {
		e.Reason, e.Uses = outlook(of.list, t)
	}
	x.done(e)
}

// outlook says what would become of a free name whose sources stand as found:
// by the rules that judge every name. uses is how many of them it takes.
func outlook(list []Finding, t demands) (why vacant.Reason, uses int) {
	var answers []said
	for i := range list {
		answers = append(answers, list[i].said())
		out := combine(answers, i+1 < len(list), t)
		switch {
		case out.verdict == vacant.Available:
			return vacant.ReasonNone, i + 1
		case !out.next:
			return out.reason, i + 1
		}
	}
	return vacant.ReasonNoRegistry, len(list)
}
