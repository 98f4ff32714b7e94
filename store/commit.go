package store

import (
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// commitLoop commits a group when it is full or due.
func (r *Run) commitLoop() {
	defer close(r.done)
	tick := time.NewTicker(groupTick)
	defer tick.Stop()
	for {
		select {
		case <-r.quit:
			return
		case <-r.full:
		case <-tick.C:
			if !r.due() {
				continue
			}
		}
		_ = r.flush() // kept in r.err, which every later call returns
	}
}

// due reports whether the last commit is long enough ago, measured by how long it took.
func (r *Run) due() bool {
	r.committing.Lock()
	defer r.committing.Unlock()
	return time.Since(r.lastEnd) >= min(commitRest*r.lastTook, groupDelay)
}

// Flush commits what Answered still holds.
func (r *Run) Flush() error { return r.flush() }

func (r *Run) flush() error {
	r.committing.Lock()
	defer r.committing.Unlock()
	r.mu.Lock()
	if !r.cur.due() || r.err != nil {
		defer r.mu.Unlock()
		return r.err
	}
	group := r.swapLocked()
	r.mu.Unlock()

	var delta int
	start := time.Now()
	err := r.s.update(func(tx *bbolt.Tx) (err error) {
		delta, err = r.commit(tx, group)
		return err
	})

	r.lastEnd, r.lastTook = time.Now(), time.Since(start)
	r.timed(group.names, r.lastTook)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flushing = nil
	if err != nil {
		r.err = fmt.Errorf("record answers: %w", err)
		r.swapped.Broadcast()
		return r.err
	}
	r.waiting = addDelta(r.waiting, delta)
	r.lists.saved = len(group.tails.texts)
	group.lists.reset()
	r.spare = group.lists
	return nil
}

// swapLocked begins a new group and returns the old one. Names that wait for
// their answers go over to the new one, if memory allows.
func (r *Run) swapLocked() *pending {
	group, next := r.cur, newPending()
	if r.spare != nil {
		next.lists, r.spare = r.spare, nil
	}
	group.tails, group.saved = r.lists.tails, r.lists.saved
	if group.spill = group.lists.asked >= maxAsked; !group.spill {
		group.lists.carry(next.lists)
	}
	r.cur, r.flushing = next, group
	r.swapped.Broadcast()
	return group
}

func addDelta(n uint64, delta int) uint64 { return uint64(int64(n) + int64(delta)) }

// commit writes a group and returns by how much more names wait.
func (r *Run) commit(tx *bbolt.Tx, p *pending) (delta int, err error) {
	dropped, err := r.commitProgress(tx, p)
	if err != nil {
		return 0, err
	}
	if err := p.recall(tx, dropped); err != nil {
		return 0, err
	}
	if err := r.commitLists(tx, p); err != nil {
		return 0, err
	}
	if err := p.shares.commit(tx, r.s.now()); err != nil {
		return 0, err
	}
	w := newWriter(tx, r.seq, r.info.ID)
	for i := range p.records {
		if err := w.record(&p.records[i]); err != nil {
			return 0, err
		}
	}
	return w.joined - len(w.left), w.flush()
}

// commitLists writes the group's names of lists as a table.
func (r *Run) commitLists(tx *bbolt.Tx, p *pending) error {
	r.sorted = p.lists.sorted(r.sorted, p.spill)
	if err := p.tails.save(tx, p.saved); err != nil {
		return err
	}
	r.mem.reset()
	return saveListed(tx, r.sorted, &p.tails, &r.mem)
}
