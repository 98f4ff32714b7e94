package store

import (
	"vacant"
)

// pending is what waits for the next commit of a group.
type pending struct {
	marks     map[string]mark // of names of lists, by key
	delegated []uint64        // indexes
	gone      []uint64        // indexes that are not, or no longer, delegated
	at        int64           // the earliest answer among delegated, 0 = none
	records   []record        // in the order of the answers
	shares    tally
	names     int
}

// record is an answer that concerns a name's state.
type record struct {
	key    string // of state and results
	name   int    // its first octets are the name
	scope  string
	proof  vacant.DNSProof
	source string
	index  uint64
	was    bool // at its last asking it was delegated, which progress or a list knows; set when it is committed
	fresh  bool // the filter did not know the key: there is no older state
}

func newPending() *pending { return &pending{marks: make(map[string]mark)} }

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

// roomLocked waits until the group may grow.
func (r *Run) roomLocked() error {
	for r.cur.names >= maxPending && r.err == nil && !r.over {
		r.swapped.Wait()
	}
	if r.err == nil && r.over {
		return ErrRunOver
	}
	return r.err
}

// kickLocked tells the committing goroutine when a group is full.
func (r *Run) kickLocked() {
	if r.cur.names < groupNames {
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
	p.shares.count(suffix, sc.id, len(name)-len(suffix)-1, a.Status)
	switch {
	case index == vacant.NoIndex:
		r.key = appendKey(r.key[:0], name, sc.id)
		p.marks[string(r.key)] = mark{run: r.seq, delegated: delegated, at: int64(a.At)}
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
		proof: b.Proof(i), source: r.info.Source(index), index: index, fresh: !known})
}
