package store

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
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
	lists := tx.Bucket(bucketLists)
	for _, key := range slices.Sorted(maps.Keys(p.marks)) { // sorted: each page is touched once
		if err := lists.Put([]byte(key), p.marks[key].append(nil)); err != nil {
			return 0, err
		}
	}
	if err := recordProgress(tx, r.info.Space, p.at, p.delegated, p.gone); err != nil {
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

// writer changes states, queue and results within one transaction. States and
// results are gathered and written in key order by flush; the queue grows at its
// end in the order of the answers.
type writer struct {
	states, queue, results *bbolt.Bucket
	run                    uint32
	runID                  string
	put                    map[string]change
	joined                 int      // names that wait now and did not
	left                   []string // keys of those that waited and do not
}

type change struct {
	state  state
	result []byte // nil = keep what there is
}

func newWriter(tx *bbolt.Tx, run uint32, runID string) *writer {
	return &writer{states: tx.Bucket(bucketState), queue: tx.Bucket(bucketQueue), results: tx.Bucket(bucketResults),
		run: run, runID: runID, put: make(map[string]change)}
}

// old returns the state of key as it will be after what was gathered.
func (w *writer) old(key string) (state, bool, error) {
	if c, ok := w.put[key]; ok {
		return c.state, true, nil
	}
	st, ok, err := readState(w.states.Get([]byte(key)))
	if err != nil {
		err = fmt.Errorf("state of %q: %w", key, err)
	}
	return st, ok, err
}

// record applies one answer of stage one.
func (w *writer) record(rec *record) error {
	var st state
	found := false
	if !rec.fresh {
		var err error
		if st, found, err = w.old(rec.key); err != nil {
			return err
		}
	}
	if rec.proof.Status.ForStageTwo() {
		return w.enqueue(rec, st, found)
	}
	if rec.proof.Status == vacant.StatusDelegated && !found {
		return nil // the filter was wrong: there is nothing to correct
	}
	if err := w.leave(rec.key, st, found); err != nil {
		return err
	}
	name := rec.key[:rec.name]
	result := dnsResult(name, rec.proof, rec.source, w.runID)
	w.put[rec.key] = change{settledState(&result, w.run), appendDNSResult(nil, rec.proof, rec.source, w.runID)}
	return nil
}

// enqueue lets a name wait. One that waits already keeps its place and gets the
// younger proof; an older result stays until there is a new one.
func (w *writer) enqueue(rec *record, st state, found bool) error {
	seq := uint64(st.aux)
	if !found || st.kind != kindWaiting {
		var err error
		if seq, err = w.queue.NextSequence(); err != nil {
			return err
		}
		w.joined++
	}
	verdict := uint8(noVerdict)
	if found {
		verdict = st.verdict
	}
	w.put[rec.key] = change{state: state{kind: kindWaiting, verdict: verdict, run: w.run, at: unix(rec.proof.At), aux: int64(seq)}, result: w.put[rec.key].result}
	q := queued{name: rec.key[:rec.name], scope: rec.scope, source: rec.source, proof: rec.proof}
	return w.queue.Put(u64Key(seq), q.append(nil))
}

// leave takes a name out of the queue if it waits.
func (w *writer) leave(key string, st state, found bool) error {
	if !found || st.kind != kindWaiting {
		return nil
	}
	w.left = append(w.left, key)
	return w.queue.Delete(u64Key(uint64(st.aux)))
}

// settle applies a result of stage two.
func (w *writer) settle(key string, r *vacant.Result) error {
	st, found, err := w.old(key)
	if err != nil {
		return err
	}
	if err := w.leave(key, st, found); err != nil {
		return err
	}
	if r.RunID == "" {
		r.RunID = w.runID
	}
	value, err := appendResult(nil, r)
	if err != nil {
		return err
	}
	w.put[key] = change{settledState(r, w.run), value}
	return nil
}

// flush writes what was gathered.
func (w *writer) flush() error {
	for _, key := range slices.Sorted(maps.Keys(w.put)) {
		c := w.put[key]
		if err := w.states.Put([]byte(key), c.state.append(nil)); err != nil {
			return err
		}
		if c.result == nil {
			continue
		}
		if err := w.results.Put([]byte(key), c.result); err != nil {
			return err
		}
	}
	return nil
}
