package rdapstage

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/reading"
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

// fail notes what is wrong; detail may be empty.
func (p *patient) fail(fault Fault, detail string) {
	p.f.Fault, p.f.Detail = fault, strings.Join(strings.Fields(detail), " ")
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
	r, ok := p.put(ctx, askFree, p.s.randomName(p.lane.suffix))
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

// says is a reply in one line.
func says(r *reply) string {
	words := r.Matched
	if words == "" {
		words = reading.Clip(string(r.text))
	}
	if r.ev.Code == "" || strings.Contains(words, r.ev.Code) {
		return words
	}
	return strings.TrimSpace("HTTP " + r.ev.Code + " " + words)
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
			p.fail(FaultUnasked, "")
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

// restsLong reports whether the operator is to be left alone for longer than we wait.
func (p *patient) restsLong() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.lane.restsLocked().Sub(p.s.now()) > examinePause
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
	l.learnedLocked(name, &r)
	p.f.Controls = append(p.f.Controls, r.ev)
	return r
}

// date holds the server's clock against ours. Its header counts whole seconds,
// and was written some time between the question and the answer.
func (p *patient) date(r *reply, sent, got time.Time) {
	at, err := http.ParseTime(r.date)
	if err != nil {
		return
	}
	p.f.Dated, p.f.Skew = true, 0
	switch {
	case at.Before(sent.Add(-time.Second)):
		p.f.Skew = at.Sub(sent)
	case at.After(got):
		p.f.Skew = at.Sub(got)
	}
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
			p.fail(FaultUnasked, "")
			return false
		}
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

// diagnose notes why no answer came.
func (p *patient) diagnose(r *reply) {
	p.f.Reason = r.Reason
	switch {
	case r.limited && !r.barred:
		p.limited(r)
	case r.barred:
		p.fail(FaultBroken, says(r))
	case p.tr.lookupError() != nil:
		p.fail(FaultLookup, p.tr.lookupError().Error())
	case p.tr.tlsError() != nil:
		p.fail(FaultTLS, p.tr.tlsError().Error())
	case !p.tr.connected() && refusedAddress(r):
		p.fail(FaultAddress, r.Matched)
	case !p.tr.connected() && p.f.Proxy != "":
		p.fail(FaultProxy, p.tr.why(r))
	case !p.tr.connected():
		p.fail(FaultConnect, p.tr.why(r))
	case r.Matched == "empty reply":
		p.fail(FaultSilent, "it closes the connection without a word")
	case p.f.Answer >= p.s.cfg.Timing.Query*9/10:
		p.fail(FaultSilent, fmt.Sprintf("connected, then nothing whole within %s", p.f.Answer.Round(100*time.Millisecond)))
	default:
		p.fail(FaultSilent, "connected, then "+r.Matched[strings.LastIndex(r.Matched, ": ")+1:])
	}
}

// refusedAddress reports whether the guard of addresses stopped the dial.
func refusedAddress(r *reply) bool {
	return strings.Contains(r.Matched, ask.ErrForbiddenAddress.Error())
}

func (p *patient) limited(r *reply) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	p.f.Until = p.op.until
	fault := FaultLimited
	if p.lane.reasonLocked(s.now()) == vacant.ReasonLockedOut {
		fault = FaultLockedOut
	}
	p.fail(fault, says(r))
	p.f.Reason = reasons[fault]
}

// proxyOf returns the host of the proxy through which e is asked, "" for none.
func (s *Stage) proxyOf(e *endpoint) string {
	if e.url != nil {
		via, err := s.asker.Via(e.url)
		if err != nil {
			return fmt.Sprint(err)
		}
		if via != nil {
			return via.Host
		}
		return ""
	}
	if s.cfg.Proxy != nil {
		return s.cfg.Proxy.Host
	}
	return ""
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

// Proxies returns, each once and sorted, the proxies through which endpoints
// would be asked: --registry-proxy or those of the environment.
func Proxies(list []Finding) []string {
	var hosts []string
	for i := range list {
		if h := list[i].Proxy; h != "" && !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	slices.Sort(hosts)
	return hosts
}
