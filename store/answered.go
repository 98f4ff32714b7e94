package store

import (
	"vacant"
)

// pending is what waits for the next commit of a group.
type pending struct {
	lists     *recent
	tails     tails    // of the names of lists, a snapshot
	saved     int      // tails that are in the file
	spill     bool     // names of lists are written though they have no answer yet
	delegated []uint64 // indexes
	gone      []uint64 // indexes that are not, or no longer, delegated
	at        int64    // the earliest answer among delegated, 0 = none
	records   []record // in the order of the answers
	shares    tally
	names     int // that a commit has to write
}

// record is an answer that concerns a name's state.
type record struct {
	key    string // of state and results
	name   int    // its first octets are the name
	scope  string
	proof  vacant.DNSProof
	source string
	index  uint64
	was    bool // at its last asking it was delegated, which progress or a list knows; of most names set when they are committed
	unseen bool // a name of a list of which only the file can tell that
	fresh  bool // the filter did not know the key: there is no older state
}

func newPending() *pending { return &pending{lists: new(recent)} }

// Answered records stage one's answers: progress, NXDOMAIN and NODATA as
// waiting for stage two, the rest as undetermined. Unasked names leave no trace.
// A name that had a result and is delegated now is registered from here on.
// It groups batches into commits of its own; Flush waits for them. It does not
// keep b. It waits only when commits fall far behind.
func (r *Run) Answered(b *vacant.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.roomLocked(); err != nil {
		return err
	}
	for i := range b.Len() {
		if b.Answers[i].Status != vacant.StatusUnasked {
			r.answeredLocked(b, i)
		}
	}
	r.kickLocked()
	return nil
}

// full reports whether the group holds at least n names, or so many that wait for
// their answers or were named before that memory, not time, asks for a commit.
func (p *pending) full(n int) bool {
	return p.names >= n || p.lists.asked >= maxAsked+n || len(p.lists.names) >= maxRecent+n
}

// due reports whether a commit has anything to do: to write names, or to make room.
func (p *pending) due() bool {
	return p.names > 0 || p.lists.asked >= maxAsked || len(p.lists.names) >= maxRecent
}

// roomLocked waits until the group may grow.
func (r *Run) roomLocked() error {
	for r.cur.full(maxPending) && r.err == nil && !r.over {
		r.swapped.Wait()
	}
	if r.err == nil && r.over {
		return ErrRunOver
	}
	return r.err
}

// kickLocked tells the committing goroutine when a group is full.
func (r *Run) kickLocked() {
	if !r.cur.full(groupNames) {
		return
	}
	select {
	case r.full <- struct{}{}:
	default: // it has been told
	}
}

func (r *Run) answeredLocked(b *vacant.Batch, i int) {
	p, index, a := r.cur, b.Index[i], b.Answers[i]
	p.names++
	name := b.Name(i)
	suffix := suffixOf(name)
	sc := r.scopes.get(suffix)
	delegated := a.Status == vacant.StatusDelegated
	was, unseen := false, false
	p.shares.count(suffix, sc.id, len(name)-len(suffix)-1, a.Status)
	switch {
	case index == vacant.NoIndex:
		was, unseen = r.listAnsweredLocked(name, sc, delegated, int64(a.At))
	case delegated:
		p.delegated = append(p.delegated, index)
		if p.at == 0 || int64(a.At) < p.at {
			p.at = int64(a.At)
		}
	default:
		p.gone = append(p.gone, index)
	}
	h := sc.hash(name)
	known := r.filter.has(h)
	if delegated && !known {
		return // nothing to correct: nine names in ten end here
	}
	if !known {
		r.filter.add(h)
	}
	p.records = append(p.records, record{key: string(appendKey(r.key[:0], name, sc.id)), name: len(name), scope: sc.id,
		proof: b.Proof(i), source: r.info.Source(index), index: index, fresh: !known, was: was, unseen: unseen})
}

// listAnsweredLocked notes the answer about a name of a list, and returns whether
// it was delegated before, unless that is only in the file: unseen.
func (r *Run) listAnsweredLocked(name []byte, sc scope, delegated bool, at int64) (was, unseen bool) {
	text, tail, hash := r.lists.place(name, sc.id)
	l := r.cur.lists
	i := l.find(hash, text, tail)
	if unseen = i < 0; unseen {
		i = l.add(hash, text, tail)
	}
	e := &l.names[i]
	was = e.delegated
	e.run, e.delegated, e.at = r.seq, delegated, timeUnits(at)
	l.set(i, needWrite)
	return was, unseen
}
