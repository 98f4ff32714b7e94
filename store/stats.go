package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// Stats is what "store stats" shows.
type Stats struct {
	Path, World string
	Schema      int
	FileBytes   int64
	Verdicts    map[string]uint64 // by verdict word
	Waiting     uint64            // for stage two, of every scope
	Buckets     []BucketStats
	Runs        []RunSummary // newest last
}

// BucketStats is one top-level bucket's share of the file.
type BucketStats struct {
	Name                   string
	Keys, Bytes, PageBytes int64
}

// RunSummary is one run as the store remembers it. A run that was killed has no End.
type RunSummary struct {
	ID, Command, End string
	Started, Ended   time.Time
	Counts           vacant.Counts
}

// Stats counts.
func (s *Store) Stats() (Stats, error) {
	st := Stats{Path: s.path, World: s.world, Schema: schemaVersion, Verdicts: make(map[string]uint64)}
	info, err := os.Stat(s.path)
	if err != nil {
		return st, fmt.Errorf("store stats: %w", err)
	}
	st.FileBytes = info.Size()
	err = s.view(func(tx *bbolt.Tx) error {
		for _, name := range allBuckets {
			b := tx.Bucket(name).Stats()
			st.Buckets = append(st.Buckets, BucketStats{Name: string(name), Keys: int64(b.KeyN),
				Bytes: int64(b.LeafInuse + b.BranchInuse), PageBytes: int64(b.LeafAlloc + b.BranchAlloc)})
		}
		return firstError(st.countStates(tx), st.readRuns(tx))
	})
	if err != nil {
		return st, fmt.Errorf("store stats: %w", err)
	}
	return st, nil
}

// countStates counts verdicts, those of names that wait to be asked again too.
func (st *Stats) countStates(tx *bbolt.Tx) error {
	return tx.Bucket(bucketState).ForEach(func(k, v []byte) error {
		name, _, err := readState(k, v)
		if err != nil {
			return err
		}
		if name.kind == kindWaiting {
			st.Waiting++
		}
		if name.verdict != noVerdict {
			st.Verdicts[vacant.Verdict(name.verdict).String()]++
		}
		return nil
	})
}

func (st *Stats) readRuns(tx *bbolt.Tx) error {
	return tx.Bucket(bucketRuns).ForEach(func(k, v []byte) error {
		var m manifest
		if err := json.Unmarshal(v, &m); err != nil || len(k) != 4 {
			return fmt.Errorf("run %x: %w", k, errors.Join(err, errRecord))
		}
		st.Runs = append(st.Runs, RunSummary{ID: m.ID, Command: m.Command, End: m.End, Started: m.Started, Ended: m.Ended, Counts: m.Counts})
		return nil
	})
}

// Runs returns the manifests of all runs, newest last.
func (s *Store) Runs() ([]RunSummary, error) {
	var st Stats
	err := s.view(st.readRuns)
	return st.Runs, err
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
		if first == nil {
			first = checkNames(tx)
		}
		if first != nil {
			return damaged(s.path, first)
		}
		return nil
	})
}

// checkNames holds states against queue and results: every waiting name has its
// one place in the queue, every verdict its result, and nothing is left over.
func checkNames(tx *bbolt.Tx) error {
	queue, results := tx.Bucket(bucketQueue), tx.Bucket(bucketResults)
	waiting, settled := 0, 0
	err := tx.Bucket(bucketState).ForEach(func(k, v []byte) error {
		st, _, err := readState(k, v)
		if err != nil {
			return fmt.Errorf("state of %q: %w", k, err)
		}
		if st.verdict != noVerdict {
			settled++
			if err := checkResult(k, results.Get(k), st); err != nil {
				return err
			}
		}
		if st.kind != kindWaiting {
			return nil
		}
		waiting++
		seq := u64Key(uint64(st.aux))
		q, err := readQueued(seq, queue.Get(seq))
		if err != nil || string(nameKey(q.name, q.scope)) != string(k) {
			return fmt.Errorf("%q waits but is not in its place %d of the queue", k, st.aux)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return firstError(checkCount(queue, "queue", waiting), checkCount(results, "results", settled), checkQueueEnd(queue))
}

func checkResult(k, v []byte, st state) error {
	r, err := readResult(k, v)
	if err != nil {
		return fmt.Errorf("result of %q: %w", k, err)
	}
	if uint8(r.Verdict()) != st.verdict {
		return fmt.Errorf("%q has state %s and result %s", k, vacant.Verdict(st.verdict), r.Verdict())
	}
	return nil
}

func checkCount(b *bbolt.Bucket, table string, want int) error {
	if n := b.Stats().KeyN; n != want {
		return fmt.Errorf("table %s has %d names, the states say %d", table, n, want)
	}
	return nil
}

// checkQueueEnd makes sure that no place of the queue will be given twice.
func checkQueueEnd(queue *bbolt.Bucket) error {
	if k, _ := queue.Cursor().Last(); k != nil && binary.BigEndian.Uint64(k) > queue.Sequence() {
		return fmt.Errorf("queue reaches %x, beyond its counter %x", k, queue.Sequence())
	}
	return nil
}
