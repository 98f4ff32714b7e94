package rdapstage

import (
	"slices"
	"time"

	"vacant"
	"vacant/rdapstage/ask"
)

// pool is what controls tell of one host and protocol, whatever suffixes it
// serves. One server may stand behind its address or several, of which one may
// say "not found" to everything: a control finds that one only when it comes to
// it. Guarded by Stage.mu.
type pool struct {
	key    string // of what is remembered of it
	timing *Timing
	few    bool // a few names are checked while somebody waits
	kept   bool // connections are kept, so that questions can be put to one of them
	lanes  []*lane
	before []*lane // those that are asked first about names which may come to the pool
	lines  []*line
	probe  *line     // one whose connections are not kept
	held   []*answer // every "no" whose proof is not complete
	newest int64     // event of the latest of them
	asked  int       // names asked in this run
	flying int       // controls on their way
	passed stamps    // when the controls that held had left
	drawn  stamps    // ... of them those over a connection opened for them
	unrest int       // how much it contradicted itself of late
	lost   int64     // when the latest "no" came over a connection that was lost untried
	total  int       // controls that held in this run
	tried  time.Time // when a control last left
	latest int64     // when any question did

	bad     time.Time // quarantined until then: it contradicted itself
	watched time.Time // when it last did; remembered over runs
	failed  int64     // the event at which it did
	active  *lane     // one that had names to ask when last looked
}

// newPool returns the pool of an endpoint's host.
func (s *Stage) newPool(e *endpoint) *pool {
	p := &pool{key: s.key("host/" + e.server()), timing: &s.cfg.Timing, few: s.cfg.MaxPause > 0, kept: e.kind == vacant.KindRDAP}
	p.lines = []*line{p.newLine()}
	p.probe = &line{n: ask.MaxConns, left: p.distance(0), conn: &conn{}}
	return p
}

// server names who answers an endpoint's questions.
func (e *endpoint) server() string {
	if e.url != nil {
		return string(e.kind) + "/" + e.url.Host
	}
	return string(e.kind) + "/" + e.base
}

// reset forgets what a run left behind; what is known of the host stays.
func (p *pool) reset() {
	p.held, p.flying, p.asked, p.total, p.passed, p.drawn = nil, 0, 0, 0, nil, nil
	p.probe.busy = false
	for _, ln := range p.lines {
		ln.busy = false
		ln.renew()
	}
	p.lost, p.unrest = 0, 0
}

// idle reports whether no name waits to be asked of the host, or is on its way.
func (p *pool) idle() bool {
	if p.active != nil && p.active.busy() {
		return false
	}
	i := slices.IndexFunc(p.lanes, (*lane).busy)
	if i < 0 {
		return true
	}
	p.active = p.lanes[i]
	return false
}

// fed reports whether names are on their way to another source that may come to
// this one. Where that rests, nothing waits for it.
func (p *pool) fed(now time.Time) bool {
	return slices.ContainsFunc(p.before, func(l *lane) bool { return l.busy() && !l.restsLocked().After(now) })
}

// needs returns how many controls must hold after an answer. A quarter of a
// pool that lies passes each with probability 3/4: 32 of them with 0.01 %. Where
// only some names are at stake it may be fewer; who failed lately needs more.
func (p *pool) needs(now time.Time) int {
	most := p.timing.Proof
	switch {
	case p.few:
		return min(1+p.asked/fewNames, most)
	case watching(p.watched, now):
		return 2 * most
	}
	return min(leastProof+p.asked, most)
}

const (
	// leastProof and a control for each name is asked for the first names.
	leastProof = 8
	// fewNames are checked between two controls, and close with one.
	fewNames = 16
)

// missing returns how many controls are still to hold until all is proven.
func (p *pool) missing(now time.Time) int {
	if len(p.held) == 0 {
		return 0
	}
	return max(p.unpassed(now), p.undrawn(now))
}

// unpassed returns how many of those may come over any connection.
func (p *pool) unpassed(now time.Time) int {
	untried := 0
	for _, ln := range p.lines {
		if ln.conn.untried() {
			untried++
		}
	}
	return max(p.needs(now)-p.passed.after(p.newest), untried)
}

// lacks reports whether one more control than is on its way would prove
// something. Those over connections of their own are put one after the other:
// what is asked over others beside them proves nothing more.
func (p *pool) lacks(now time.Time) bool {
	return len(p.held) > 0 && (p.flying < p.unpassed(now) || !p.probe.busy && p.undrawn(now) > 0)
}

// undrawn returns how many controls over connections of their own are still to
// hold: where a connection decides who answers, nothing else tells of those that
// were lost before a control came over them.
func (p *pool) undrawn(now time.Time) int {
	if !p.kept || p.lost == 0 {
		return 0
	}
	return max(p.needs(now)-p.drawn.after(p.lost), 0)
}

// watching reports whether who failed a control then is still to be doubted.
func watching(failed, now time.Time) bool {
	return !failed.IsZero() && !now.Before(failed) && now.Sub(failed) < watchFor
}

// failPoolLocked quarantines a host that contradicted itself: it answered about
// a name in two ways. Every suffix it serves may have been answered by whoever
// was wrong, so what it said and is not yet proven is as if it had not been said.
func (s *Stage) failPoolLocked(now time.Time, p *pool, ev vacant.Evidence) {
	p.bad, p.watched, p.failed = now.Add(p.timing.Quarantine), now, s.tickLocked()
	p.passed, p.drawn, p.lost = nil, nil, 0
	s.rememberPoolLocked(p)
	for _, l := range p.lanes {
		s.failLocked(now, l, ev)
	}
}
