package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"vacant"
)

// Waiting returns the number of names that wait for stage two: committed, of a
// scope that this run may see, handed out or not.
func (r *Run) Waiting() (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting, r.err
}

// Next returns up to n names that wait for stage two and were not returned by
// this Run before, oldest first; only committed ones, so fewer than n means that
// no more wait now. Those of earlier runs come first. It does not wait, and
// gives a name whatever the age of its DNS proof.
func (r *Run) Next(ctx context.Context, n int) ([]vacant.Inquiry, error) {
	r.next.Lock()
	defer r.next.Unlock()
	if err := ctx.Err(); err != nil || n <= 0 {
		return nil, err
	}
	scopes := scopeMemo{of: r.info.Scope}
	var out []vacant.Inquiry
	cursor := r.cursor
	err := r.s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketQueue).Cursor()
		for k, v := c.Seek(u64Key(cursor + 1)); k != nil && len(out) < n; k, v = c.Next() {
			q, err := readQueued(k, v)
			if err != nil || len(k) != 8 {
				return fmt.Errorf("queue: %w", errors.Join(err, errRecord))
			}
			cursor = binary.BigEndian.Uint64(k)
			if scopes.get(suffixOf([]byte(q.name))).id != q.scope {
				continue
			}
			out = append(out, vacant.Inquiry{Name: vacant.Name(q.name), DNS: q.proof, Source: q.source})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.cursor = cursor
	return out, nil
}

// Settle commits results; when it returns nil they are in the file and may be
// shown. Names with a result of any verdict no longer wait. A result without a
// RunID gets this run's, in the slice too.
func (r *Run) Settle(results []vacant.Result) error {
	r.mu.Lock()
	over := r.over
	r.mu.Unlock()
	if over {
		return ErrRunOver
	}
	return r.s.settle(r, r.info.Scope, r.seq, r.info.ID, results)
}

// Put records results outside a hunt (check, rdap), and commits. scope is as in
// RunInfo; nil is for endpoints nobody named.
func (s *Store) Put(scope func(suffix string) string, results []vacant.Result) error {
	s.mu.Lock()
	run := s.run
	s.mu.Unlock()
	if scope == nil {
		scope = func(string) string { return "" }
	}
	return s.settle(run, scope, 0, "", results)
}

// settle puts results and tells run, if there is one, what that changed for it.
func (s *Store) settle(run *Run, of func(string) string, seq uint32, runID string, results []vacant.Result) error {
	if len(results) == 0 {
		return nil
	}
	scopes := scopeMemo{of: of}
	keys := make([]string, len(results))
	for i := range results {
		name := []byte(results[i].Name)
		if len(name) == 0 {
			return errors.New("settle: a result without a name")
		}
		keys[i] = string(appendKey(nil, name, scopes.get(suffixOf(name)).id))
	}
	var left []string
	err := s.update(func(tx *bbolt.Tx) error {
		w := newWriter(tx, seq, runID)
		if run != nil {
			w.changeRun = run.seq
		}
		for i := range results {
			if err := w.settle(keys[i], &results[i]); err != nil {
				return err
			}
		}
		left = w.left
		return w.flush()
	})
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	if run != nil {
		run.settled(keys, left)
	}
	return nil
}

// settled takes note of committed results, and of the names that left the queue.
func (r *Run) settled(keys, left []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range keys {
		h := hashKey(splitKey([]byte(key)))
		if !r.filter.has(h) {
			r.filter.add(h)
		}
	}
	for _, key := range left {
		if name, id := splitKey([]byte(key)); r.scopes.get(suffixOf(name)).id == id {
			r.waiting--
		}
	}
}
