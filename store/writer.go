package store

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// writer changes states, queue and results within one transaction. States and
// results are gathered and written in key order by flush; the queue grows at its
// end in the order of the answers.
type writer struct {
	states, queue, results, changes, runs *bbolt.Bucket

	run       uint32
	runID     string
	changeRun uint32 // under which changes are recorded; 0 until there are some outside a run
	put       map[string]write
	joined    int      // names that wait now and did not
	left      []string // keys of those that waited and do not
	reader    reader
}

// write is what becomes of one name in a commit.
type write struct {
	state    state
	result   []byte // nil = keep what there is
	standing Standing
	at       time.Time // of the check
	had      bool      // a result is in the file
	was      bool      // there is none, and it was delegated
}

// newWriter returns a writer for what run (a number, 0 = none) found.
func newWriter(tx *bbolt.Tx, run uint32, runID string) *writer {
	return &writer{states: tx.Bucket(bucketState), queue: tx.Bucket(bucketQueue), results: tx.Bucket(bucketResults),
		changes: tx.Bucket(bucketChanges), runs: tx.Bucket(bucketRuns), run: run, runID: runID, changeRun: run,
		put: make(map[string]write), reader: reader{lean: true}}
}

// old returns the state of key as it will be after what was gathered.
func (w *writer) old(key string) (state, bool, error) {
	if c, ok := w.put[key]; ok {
		return c.state, true, nil
	}
	st, ok, err := readState([]byte(key), w.states.Get([]byte(key)))
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
	result := leanDNSResult(name, rec.proof, rec.source, w.runID)
	w.settled(rec.key, &result, appendDNSResult(nil, []byte(rec.key), name, rec.proof, rec.source, w.runID), st, found, rec.was)
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
	next := state{kind: kindWaiting, verdict: noVerdict, run: w.run, at: unix(rec.proof.At), aux: int64(seq)}
	if found {
		next.verdict = st.verdict
	}
	if rec.was || found && st.wasDelegated() {
		next.class = classDelegated
	}
	gathered := w.put[rec.key]
	gathered.state = next
	w.put[rec.key] = gathered
	q := queued{name: rec.key[:rec.name], scope: rec.scope, source: rec.source, proof: rec.proof}
	place := u64Key(seq)
	return w.queue.Put(place, q.append(nil, place))
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
	w.settled(key, r, appendResult(nil, []byte(key), r), st, found, false)
	return nil
}

// settled gathers a result with all that its change needs of the state before it.
func (w *writer) settled(key string, r *vacant.Result, value []byte, st state, found, was bool) {
	c := write{state: settledState(r, w.run), result: value, standing: standingOf(r), at: r.CheckedAt.UTC().Truncate(time.Second)}
	if earlier, ok := w.put[key]; ok && earlier.result != nil { // two results of one commit: what matters is the file
		c.had, c.was = earlier.had, earlier.was
	} else {
		c.had = found && st.verdict != noVerdict
		c.was = !c.had && (was || found && st.wasDelegated())
	}
	w.put[key] = c
}

// flush writes what was gathered.
func (w *writer) flush() error {
	keys := slices.Sorted(maps.Keys(w.put))
	if len(keys) > 0 {
		first := []byte(keys[0])
		fillFor(w.states, first)
		fillFor(w.results, first)
		fillFor(w.changes, changeKey(w.changeRun, first))
	}
	for _, name := range keys {
		c, key := w.put[name], []byte(name)
		if err := w.states.Put(key, c.state.append(nil, key)); err != nil {
			return err
		}
		if c.result == nil {
			continue
		}
		if err := firstFailed(func() error { return w.note(key, &c) }, func() error { return w.results.Put(key, c.result) }); err != nil {
			return err
		}
	}
	return nil
}
