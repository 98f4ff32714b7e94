package store

import (
	"fmt"
	"maps"
	"slices"
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
	group := r.cur
	if group.names == 0 || r.err != nil {
		defer r.mu.Unlock()
		return r.err
	}
	r.cur, r.flushing = newPending(), group
	r.swapped.Broadcast()
	r.mu.Unlock()

	var delta int
	start := time.Now()
	err := r.s.update(func(tx *bbolt.Tx) (err error) {
		delta, err = r.commit(tx, group)
		return err
	})

	r.lastEnd, r.lastTook = time.Now(), time.Since(start)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flushing = nil
	if err != nil {
		r.err = fmt.Errorf("record answers: %w", err)
		r.swapped.Broadcast()
		return r.err
	}
	r.waiting = addDelta(r.waiting, delta)
	return nil
}

func addDelta(n uint64, delta int) uint64 { return uint64(int64(n) + int64(delta)) }

// commit writes a group and returns by how much more names wait.
func (r *Run) commit(tx *bbolt.Tx, p *pending) (delta int, err error) {
	dropped, err := recordProgress(tx, r.info.Space, p.at, p.delegated, p.gone)
	if err != nil {
		return 0, err
	}
	lists := tx.Bucket(bucketLists)
	if err := p.recall(lists, dropped); err != nil {
		return 0, err
	}
	for _, key := range slices.Sorted(maps.Keys(p.marks)) { // sorted: each page is touched once
		if err := lists.Put([]byte(key), p.marks[key].append(nil)); err != nil {
			return 0, err
		}
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
