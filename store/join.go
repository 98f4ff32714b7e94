package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.etcd.io/bbolt"
)

// Joined says what Join wrote.
type Joined struct {
	Path    string   `json:"path"`
	World   string   `json:"world"`
	From    []string `json:"from"`
	Runs    uint64   `json:"runs"`
	Results uint64   `json:"results"`
	Waiting uint64   `json:"waiting"`
	Listed  uint64   `json:"listed"` // names of lists
}

// Join makes one store at path out of several of one world, which it only reads.
// Of two results for a name the younger one stands, and a name waits if that is
// the youngest that is known of it; progress, names of lists, runs with their
// changes, and shares are united. Two runs with one id are one run. The order of
// the inputs does not matter, and to join a file again with one it came from
// changes nothing. There must be no file at path yet.
//
// A name that one file knows as delegated by its index in a space alone does not
// correct another file's older record of it, since an index is no name: stores of
// shards never meet there.
func Join(path string, from []string, opt Options) (done Joined, err error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if _, err := os.Lstat(path); err == nil {
		return done, fmt.Errorf("merge stores: %w", &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist})
	}
	done.Path, done.From = path, from
	j := &join{done: &done}
	defer func() {
		for i := range j.in {
			err = firstError(err, j.in[i].s.Close())
		}
	}()
	for _, name := range from {
		if err := j.open(name, opt); err != nil {
			return done, err
		}
	}
	if j.w, err = newRewriter(path, false); err != nil {
		return done, wrapIO(path, err)
	}
	defer j.w.abort()
	if err := j.view(0, j.write); err != nil {
		return done, fmt.Errorf("merge stores: %w", wrapUnlessRead(path, err))
	}
	return done, wrapIO(path, firstFailed(func() error { return j.w.finish(nil) }, j.w.create))
}

// wrapUnlessRead says which file could not be written, unless another could not be read.
func wrapUnlessRead(path string, err error) error {
	if errors.Is(err, errRecord) {
		return damaged(path, err)
	}
	return wrapIO(path, err)
}

// join is one joining of files.
type join struct {
	done *Joined
	in   []input
	w    *rewriter
	seq  map[runOf]uint32 // the numbers that runs have in the new file
	runs []joinedRun      // by that number less one
}

// input is a file that is joined with others.
type input struct {
	s     *Store
	tx    *bbolt.Tx
	lists *lists
}

func (j *join) open(path string, opt Options) error {
	s, err := Open(path, Options{World: j.done.World, ReadOnly: true, LockWait: opt.LockWait, Now: opt.Now})
	if err != nil {
		return err
	}
	j.in = append(j.in, input{s: s})
	j.done.World = s.World()
	if s.schema != schemaVersion {
		return fmt.Errorf("%w: %s has schema %d", ErrOlder, path, s.schema)
	}
	return nil
}

// view runs fn with a read transaction on every input from n on.
func (j *join) view(n int, fn func() error) error {
	if n == len(j.in) {
		return fn()
	}
	return j.in[n].s.view(func(tx *bbolt.Tx) (err error) {
		j.in[n].tx = tx
		if j.in[n].lists, err = openLists(tx); err != nil {
			return err
		}
		return j.view(n+1, fn)
	})
}

func (j *join) write() error {
	return firstFailed(j.meta, j.joinRuns, j.joinChanges, j.joinQueues, j.joinNames, j.joinProgress, j.joinSteps, j.joinLists, j.joinShares)
}

// meta writes the world, and as the time of making that of the oldest input.
func (j *join) meta() error {
	var made time.Time
	for i := range j.in {
		var t time.Time
		if err := t.UnmarshalText(j.in[i].tx.Bucket(bucketMeta).Get(metaMade)); err == nil && (made.IsZero() || t.Before(made)) {
			made = t
		}
	}
	stamp, err := made.MarshalText()
	b := j.w.bucket(bucketMeta)
	return firstError(err,
		b.Put(metaSchema, binary.BigEndian.AppendUint32(nil, schemaVersion)),
		b.Put(metaWorld, []byte(j.done.World)),
		b.Put(metaMade, stamp))
}

// runOf is a run's number in one of the inputs.
type runOf struct {
	input int
	seq   uint32
}

// joinedRun is a run of the new file. Changes found outside of runs have numbers
// too, without a manifest: they follow the run before them.
type joinedRun struct {
	id       string // of the run, or of the one before and how many after it
	started  time.Time
	after    int
	manifest []byte // nil for none
	from     []runOf
}

// joinRuns numbers the runs of all inputs by when they started.
func (j *join) joinRuns() error {
	byID := map[string]*joinedRun{}
	for i := range j.in {
		if err := j.inputRuns(i, byID); err != nil {
			return err
		}
	}
	j.order(byID)
	b := j.w.bucket(bucketRuns)
	if err := b.SetSequence(uint64(len(j.runs))); err != nil {
		return err
	}
	for n := range j.runs {
		if j.runs[n].manifest == nil {
			continue
		}
		j.done.Runs++
		if err := j.w.put(bucketRuns, binary.BigEndian.AppendUint32(nil, uint32(n+1)), j.runs[n].manifest); err != nil {
			return err
		}
	}
	return nil
}

// inputRuns adds the runs of one input, and the numbers of changes between them.
func (j *join) inputRuns(i int, byID map[string]*joinedRun) error {
	runs, changes := j.in[i].tx.Bucket(bucketRuns).Cursor(), j.in[i].tx.Bucket(bucketChanges).Cursor()
	last := joinedRun{}
	rk, rv := runs.First()
	ck, _ := changes.First()
	for rk != nil || ck != nil {
		var seq uint32
		if rk != nil && (ck == nil || bytes.Compare(rk, ck[:min(len(ck), runKeyLen)]) <= 0) {
			var m manifest
			if err := json.Unmarshal(rv, &m); err != nil || len(rk) != runKeyLen {
				return fmt.Errorf("run %x: %w", rk, errRecord)
			}
			seq = binary.BigEndian.Uint32(rk)
			last = joinedRun{id: m.ID, started: m.Started, manifest: rv}
			rk, rv = runs.Next()
		} else if len(ck) > runKeyLen {
			seq = binary.BigEndian.Uint32(ck)
			last = joinedRun{id: last.id, started: last.started, after: last.after + 1}
		} else {
			return fmt.Errorf("change %x: %w", ck, errRecord)
		}
		if ck != nil && binary.BigEndian.Uint32(ck) == seq {
			ck, _ = changes.Seek(binary.BigEndian.AppendUint32(nil, seq+1))
		}
		last.add(byID, runOf{i, seq})
	}
	return nil
}

// add puts r to the runs known. Of two manifests of one run that of its end stands.
func (r joinedRun) add(byID map[string]*joinedRun, from runOf) {
	key := fmt.Sprintf("%s+%d", r.id, r.after)
	known, ok := byID[key]
	if !ok {
		known = &r
		byID[key] = known
	} else if len(r.manifest) > len(known.manifest) || (len(r.manifest) == len(known.manifest) && bytes.Compare(r.manifest, known.manifest) > 0) {
		known.manifest = r.manifest // one with an end is longer
	}
	known.from = append(known.from, from)
}
