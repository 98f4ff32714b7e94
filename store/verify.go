package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"vacant"
)

// Report is what Verify found out about a store file.
type Report struct {
	Path      string     `json:"path"`
	World     string     `json:"world,omitempty"`
	Schema    uint32     `json:"schema,omitempty"`
	FileBytes int64      `json:"file_bytes"`
	Pages     PageCounts `json:"pages"`
	Checked   []Checked  `json:"checked"`  // what was looked at, and how much of it
	Problems  []string   `json:"problems"` // the first maxProblems contradictions; none means that all is well
	Further   int        `json:"further"`  // how many more there are
}

// Checked counts one kind of what was looked at.
type Checked struct {
	What  string `json:"what"`
	Count uint64 `json:"count"`
}

// maxProblems is how many contradictions a report spells out.
const maxProblems = 20

// problem notes a contradiction.
func (r *Report) problem(format string, args ...any) {
	if len(r.Problems) >= maxProblems {
		r.Further++
		return
	}
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

func (r *Report) checked(what string, n uint64) {
	r.Checked = append(r.Checked, Checked{what, n})
}

// Verify reads the whole file at path, under a shared lock: every page, every
// record, and whether they agree. What is wrong with the file is in the report;
// the error is for what kept it from looking: a lock, a world, the disk. It may
// be given a file damaged in any way, and yet a caller who wants to be sure to
// get an answer runs it in a process of its own, with a time limit.
func Verify(path string, opt Options) (Report, error) {
	r := Report{Path: path, Problems: []string{}}
	in, err := openInspector(path)
	if err != nil {
		return r, fmt.Errorf("verify store: %w", noStore(err))
	}
	defer func() { _ = in.f.Close() }()
	if in.size == 0 { // bbolt would make it a file of its own
		r.problem("%v", errEmpty)
		return r, nil
	}
	db, err := openBolt(path, true, opt.LockWait) // for its lock
	if err != nil && !errors.Is(err, ErrDamaged) {
		return r, err
	}
	if db != nil {
		defer func() { _ = closeDB(db) }()
	}
	if err := in.again(path); err != nil {
		return r, fmt.Errorf("verify store: %w", noStore(err))
	}
	r.FileBytes = in.size
	sound := verifyPages(in, &r)
	if db == nil || !sound {
		if len(r.Problems) == 0 {
			r.problem("%v", whyDamaged(err))
		}
		return r, nil
	}
	s := &Store{path: path, db: db, readOnly: true}
	if err := s.adopt(opt.World); err != nil {
		if errors.Is(err, ErrDamaged) {
			r.problem("%v", whyDamaged(err))
			return r, nil
		}
		return r, err
	}
	r.World, r.Schema = s.world, s.schema
	if err := s.view(func(tx *bbolt.Tx) error { verifyTables(tx, &r); return nil }); err != nil {
		r.problem("reading it: %v", err)
	}
	return r, nil
}

// verifyPages walks all pages; it reports whether bbolt may be let at them.
func verifyPages(in *inspector, r *Report) bool {
	if err := in.start(); err != nil {
		r.problem("%v", err)
		return false
	}
	if in.headers < 2 {
		r.problem("one of the two headers is damaged: the file may stand as it was one commit ago")
	}
	w := newWalker(in)
	sound := true
	w.problem = func(text string) bool { r.problem("%s", text); sound = false; return true }
	records := uint64(0)
	w.entry = func(string, []byte, []byte) { records++ }
	w.run()
	r.Pages = w.count
	r.checked("pages", in.meta.high)
	r.checked("records", records)
	return sound
}

// Check looks at the whole file: the structure of its pages, and that what its
// tables say of each name agrees. It returns the first contradiction, wrapped in
// [ErrDamaged].
func (s *Store) Check() error {
	return s.view(func(tx *bbolt.Tx) error {
		var first error
		for err := range tx.Check() { // to its end: bbolt reads on in a goroutine of its own
			first = firstError(first, err)
		}
		if first != nil {
			return damaged(s.path, first)
		}
		var r Report
		verifyTables(tx, &r)
		if len(r.Problems) > 0 {
			return damaged(s.path, errors.New(r.Problems[0]))
		}
		return nil
	})
}

// verifyTables holds the records of all tables against each other.
func verifyTables(tx *bbolt.Tx, r *Report) {
	for _, check := range []func(*bbolt.Tx, *Report){verifyRuns, verifyNames, verifyQueue, verifyProgress, verifySteps, verifyLists, verifyChanges, verifyShares} {
		check(tx, r)
	}
}

// verifyRuns demands that every manifest can be read, that those of runs that
// ended balance, and that no number will be given twice.
func verifyRuns(tx *bbolt.Tx, r *Report) {
	b := tx.Bucket(bucketRuns)
	n := uint64(0)
	last := uint32(0)
	_ = b.ForEach(func(k, v []byte) error {
		n++
		var m manifest
		if err := json.Unmarshal(v, &m); err != nil || len(k) != 4 {
			r.problem("the manifest of run %x cannot be read", k)
			return nil
		}
		last = binary.BigEndian.Uint32(k)
		if err := m.Counts.Balance(); err != nil && m.End != endFailed {
			r.problem("run %s: %v", m.ID, err)
		}
		return nil
	})
	if uint64(last) > b.Sequence() {
		r.problem("runs reach number %d, beyond their counter %d", last, b.Sequence())
	}
	r.checked("runs", n)
}

// endFailed is the end of a run that an error stopped: what was in flight then
// is not counted, so its equations need not hold.
const endFailed = "failed"

// verifyNames goes through states and results side by side: every verdict has
// its result, every result its state, every waiting name its place in the queue.
func verifyNames(tx *bbolt.Tx, r *Report) {
	states, results, queue := tx.Bucket(bucketState).Cursor(), tx.Bucket(bucketResults).Cursor(), tx.Bucket(bucketQueue)
	sk, sv := states.First()
	rk, rv := results.First()
	nstates, nresults := uint64(0), uint64(0)
	for sk != nil || rk != nil {
		switch order := compareKeys(sk, rk); {
		case order > 0:
			r.problem("%q has a result and no state", rk)
			nresults++
			rk, rv = results.Next()
		case order < 0:
			verifyState(queue, sk, sv, nil, r)
			nstates++
			sk, sv = states.Next()
		default:
			verifyState(queue, sk, sv, rv, r)
			nstates++
			nresults++
			sk, sv = states.Next()
			rk, rv = results.Next()
		}
	}
	r.checked("states", nstates)
	r.checked("results", nresults)
}

// compareKeys orders keys; nil, the end of a table, comes last.
func compareKeys(a, b []byte) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return bytes.Compare(a, b)
}

// verifyState holds the state of key against its result (nil for none) and the queue.
func verifyState(queue *bbolt.Bucket, key, value, result []byte, r *Report) {
	st, _, err := readState(key, value)
	if err != nil {
		r.problem("the state of %q cannot be read", key)
		return
	}
	switch {
	case result == nil && st.verdict != noVerdict:
		r.problem("%q has state %s and no result", key, vacant.Verdict(st.verdict))
	case result != nil && st.verdict == noVerdict:
		r.problem("%q has a result that its state does not know", key)
	case result != nil:
		verifyResult(key, result, st, r)
	}
	if st.kind == kindWaiting {
		place := u64Key(uint64(st.aux))
		q, err := readQueued(place, queue.Get(place))
		if err != nil || string(nameKey(q.name, q.scope)) != string(key) {
			r.problem("%q waits but is not in its place %d of the queue", key, st.aux)
		}
	}
}

func verifyResult(key, value []byte, st state, r *Report) {
	res, err := readResult(key, value)
	switch {
	case err != nil:
		r.problem("the result of %q cannot be read: %v", key, err)
	case uint8(res.Verdict()) != st.verdict:
		r.problem("%q has state %s and result %s", key, vacant.Verdict(st.verdict), res.Verdict())
	}
}

// verifyQueue demands that everyone in the queue waits at that place, and that
// no place will be given twice.
func verifyQueue(tx *bbolt.Tx, r *Report) {
	states, queue := tx.Bucket(bucketState), tx.Bucket(bucketQueue)
	n := uint64(0)
	last := uint64(0)
	_ = queue.ForEach(func(k, v []byte) error {
		n++
		q, err := readQueued(k, v)
		if err != nil || len(k) != 8 {
			r.problem("the place %x of the queue cannot be read", k)
			return nil
		}
		last = binary.BigEndian.Uint64(k)
		key := nameKey(q.name, q.scope)
		st, ok, err := readState(key, states.Get(key))
		if err != nil || !ok || st.kind != kindWaiting || uint64(st.aux) != last {
			r.problem("place %d of the queue is %q, which does not wait there", last, q.name)
		}
		return nil
	})
	if last > queue.Sequence() {
		r.problem("the queue reaches place %d, beyond its counter %d", last, queue.Sequence())
	}
	r.checked("waiting names", n)
}

// verifyProgress demands that every chunk can be read and no index is in two of
// its layers.
func verifyProgress(tx *bbolt.Tx, r *Report) {
	chunks, known := uint64(0), uint64(0)
	_ = tx.Bucket(bucketProgress).ForEach(func(k, v []byte) error {
		chunks++
		c, err := readChunk(k, v)
		if err != nil || len(k) != chunkKeyLen {
			r.problem("the progress of chunk %x cannot be read", k)
			return nil
		}
		n, disjoint := c.count()
		if !disjoint {
			r.problem("the progress of chunk %x has an index in two layers", k)
		}
		known += n
		return nil
	})
	r.checked("chunks of progress", chunks)
	r.checked("names in them", known)
}

// verifySteps demands that every step of progress can be read.
func verifySteps(tx *bbolt.Tx, r *Report) { verifyRecords(tx, bucketSteps, "steps of progress", r) }

// verifyChanges demands that every change can be read.
func verifyChanges(tx *bbolt.Tx, r *Report) { verifyRecords(tx, bucketChanges, "changes", r) }

// verifyShares demands that every share can be read.
func verifyShares(tx *bbolt.Tx, r *Report) { verifyRecords(tx, bucketShares, "shares", r) }

// verifyRecords demands that every record of a table, which older files do not
// have, can be read.
func verifyRecords(tx *bbolt.Tx, table []byte, what string, r *Report) {
	b := tx.Bucket(table)
	if b == nil {
		return
	}
	n := uint64(0)
	_ = b.ForEach(func(k, v []byte) error {
		n++
		if err := checkRecord(table, k, v); err != nil {
			r.problem("%v", err)
		}
		return nil
	})
	r.checked(what, n)
}

// verifyLists demands that every table of names of lists is what it says it is.
func verifyLists(tx *bbolt.Tx, r *Report) {
	r.checked("names of lists", checkLists(tx, func(err error) { r.problem("%v", err) }))
}
