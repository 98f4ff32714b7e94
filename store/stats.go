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
	Number           uint32 // greater than that of any run before; see Between
	ID, Command, End string
	Started, Ended   time.Time
	SpaceSize        uint64 // 0 = the run had no space
	Fresh            bool
	Details          RunDetails
	Freshness        Freshness     // zero for runs of schema 1
	Asking           time.Duration // how long stage one took; 0 = not known
	Counts           vacant.Counts
}

// Took returns how long the run took, 0 if it was killed.
func (r *RunSummary) Took() time.Duration {
	if r.Ended.IsZero() {
		return 0
	}
	return r.Ended.Sub(r.Started)
}

// Stats counts.
func (s *Store) Stats() (Stats, error) {
	st := Stats{Path: s.path, World: s.world, Schema: int(s.schema), Verdicts: make(map[string]uint64)}
	info, err := os.Stat(s.path)
	if err != nil {
		return st, fmt.Errorf("store stats: %w", err)
	}
	st.FileBytes = info.Size()
	err = s.view(func(tx *bbolt.Tx) error {
		for _, name := range bucketsOf(s.schema) {
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
		st.Runs = append(st.Runs, RunSummary{Number: binary.BigEndian.Uint32(k), ID: m.ID, Command: m.Command, End: m.End, Started: m.Started,
			Ended: m.Ended, SpaceSize: m.SpaceSize, Fresh: m.Fresh, Details: m.Details, Freshness: m.Freshness, Asking: m.Asking, Counts: m.Counts})
		return nil
	})
}

// Runs returns the manifests of all runs, newest last.
func (s *Store) Runs() ([]RunSummary, error) {
	var st Stats
	err := s.view(st.readRuns)
	return st.Runs, err
}
