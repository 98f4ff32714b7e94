package rdapstage

import (
	"cmp"
	"context"
	"strings"
	"time"

	"vacant"
)

const (
	examineNames  = 3                // delegated names tried: some have no record
	examineTries  = 3                // askings of one control that is answered with nothing
	examineMost   = 5                // ... of all registered controls of one endpoint
	examinePause  = 10 * time.Second // a rest that is waited out
	silencesTried = 2                // silences that are believed: one may be a lost packet
)

// patient is one endpoint being examined.
type patient struct {
	s    *Stage
	lane *lane
	op   *operator
	f    Finding
	left int // questions that may still be put for this control
	bad  int // questions that brought nothing since the last that did
	tr   trace
}

// examine asks both controls.
func (p *patient) examine(ctx context.Context) Finding {
	s, l := p.s, p.lane
	p.f.Endpoint, p.f.watched = s.describe(l.suffix, l.endpoint), l.watching(s.now())
	p.f.Proxy = s.proxyOf(&l.endpoint)
	known := p.registered(ctx)
	if p.f.Good() {
		p.free(ctx)
	}
	if p.f.Good() && !known {
		p.fail(FaultNoControl, "")
	}
	if until := p.f.Known.Quarantined; p.f.Good() && !until.IsZero() {
		p.fail(FaultQuarantined, "")
		p.f.Until = until
	}
	if p.f.Reason == vacant.ReasonNone {
		p.f.Reason = reasons[p.f.Fault]
	}
	if p.f.Good() {
		p.f.Failed += p.bad
	}
	p.tr.tell(&p.f)
	return p.f
}

// registered asks about names that DNS shows to be delegated, until one is
// there; known is false where no such name is known.
func (p *patient) registered(ctx context.Context) (known bool) {
	var names []vacant.Name
	if c := p.s.cfg.Controls; c != nil {
		names = c.Registered(ctx, p.lane.suffix, examineNames)
	}
	var denied []string
	p.left = examineMost
	for _, name := range names {
		r, ok := p.put(ctx, askControl, name)
		switch {
		case !ok || r.Verdict == vacant.Registered:
			return true
		case r.Verdict == vacant.Undetermined && !r.empty:
			p.fail(FaultUnreadable, says(&r))
			p.f.Reason = r.Reason
			return true
		}
		words := string(name)
		if r.Verdict != vacant.Available && !r.empty {
			words += " is " + r.Verdict.String()
		}
		denied = append(denied, words)
	}
	if len(denied) > 0 {
		p.fail(FaultDenies, strings.Join(denied, ", "))
	}
	return len(names) > 0
}

// free asks about a random label.
func (p *patient) free(ctx context.Context) {
	p.left = examineTries
	r, ok := p.put(ctx, askFree, RandomName(p.lane.suffix))
	switch {
	case !ok, r.Verdict == vacant.Available:
	case r.Verdict == vacant.Registered:
		p.fail(FaultFreeRegistered, says(&r))
	case r.Reason == vacant.ReasonTemplateLearning, p.teaches(&r):
		p.fail(FaultLearning, says(&r))
	default:
		p.fail(FaultFreeUnreadable, says(&r))
		p.f.Reason = cmp.Or(r.Reason, vacant.ReasonBadReply)
	}
}

// teaches reports whether a hunt would try to learn from an unreadable reply.
func (p *patient) teaches(r *reply) bool {
	l := p.lane
	return l.kind == vacant.KindWHOIS && r.Reason == vacant.ReasonBadReply && l.ours() &&
		learnable(r.text, maskText(r.text, vacant.Name(r.ev.Asked)))
}

// put asks one question until its answer says something. ok is false when there
// is none; then what is wrong has been noted.
func (p *patient) put(ctx context.Context, kind questionKind, name vacant.Name) (r reply, ok bool) {
	for try := 1; p.left > 0; try++ {
		if !p.turn(ctx) {
			if p.f.Fault == FaultSilent && try > 1 {
				p.diagnose(&r) // that is why it is left alone
			}
			return r, false
		}
		p.left--
		r = p.ask(ctx, kind, name)
		if ctx.Err() != nil {
			p.unasked(ctx)
			return r, false
		}
		if !p.nothing(&r) {
			p.f.Failed += p.bad
			p.bad = 0
			return r, true
		}
		p.bad++
		if r.limited && p.restsLong() || try >= examineTries || r.silent && try >= silencesTried || p.turnedDown(&r) {
			break
		}
	}
	if !r.silent && !r.barred && !r.limited && p.tr.connected() && p.tr.tlsError() == nil {
		return r, true // it is its way of answering
	}
	p.diagnose(&r)
	return r, false
}

// nothing reports whether a reply may be a hiccup.
func (p *patient) nothing(r *reply) bool {
	return r.silent || r.barred || r.limited || r.Verdict == vacant.Undetermined && r.Reason == vacant.ReasonBadReply && !r.empty && !p.teaches(r)
}

// turnedDown reports whether we refused what came: asking again would bring the same.
func (p *patient) turnedDown(r *reply) bool {
	return p.lane.kind == vacant.KindRDAP && !r.silent && r.ev.Code == ""
}

// ask puts one question as a hunt does, and lets the operator feel the answer.
func (p *patient) ask(ctx context.Context, kind questionKind, name vacant.Name) reply {
	s, l := p.s, p.lane
	q := question{lane: l, kind: kind, name: name, sentAt: s.now(), emptyOK: l.free.empty}
	s.mu.Lock()
	q.lease = p.op.leased
	p.op.asked++
	s.stats.Controls++
	s.mu.Unlock()
	p.f.Asked++
	r := s.exchange(p.tr.watch(ctx), &q)
	now := s.now()
	p.f.Answer = max(p.f.Answer, now.Sub(q.sentAt))
	p.date(&r, q.sentAt, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.op.arrivedLocked(now, &q, r.silent)
	if ctx.Err() == nil {
		s.healthLocked(now, &q, &r)
	}
	l.learnedLocked(now, name, &r)
	p.f.Controls = append(p.f.Controls, r.ev)
	return r
}
