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
	Path      string            `json:"path"`
	World     string            `json:"world"`
	Schema    int               `json:"schema"`
	FileBytes int64             `json:"file_bytes"`
	Free      int64             `json:"free_bytes"` // of the file, that later records will use
	Verdicts  map[string]uint64 `json:"verdicts"`   // names with a result, by verdict word
	Waiting   uint64            `json:"waiting"`    // for stage two, of every scope
	WaitingBy map[string]uint64 `json:"waiting_by"` // the same by suffix, at most maxSuffixes of them
	Oldest    time.Time         `json:"oldest,omitzero"`
	Newest    time.Time         `json:"newest,omitzero"` // checks among the results
	Spaces    []SpaceStats      `json:"spaces"`          // by how much is known of them
	Tables    []TableStats      `json:"tables"`          // of names of lists, the youngest first
	Names     uint64            `json:"names"`           // that anything is known of; one that is known in two ways counts twice
	Buckets   []BucketStats     `json:"buckets"`
	Runs      []RunSummary      `json:"runs"` // newest last
}

// BytesPerName is how many octets of the file that are in use a name takes, 0
// for a store of no names.
func (st *Stats) BytesPerName() float64 {
	if st.Names == 0 {
		return 0
	}
	return float64(st.FileBytes-st.Free) / float64(st.Names)
}

// BucketStats is one table's share of the file.
type BucketStats struct {
	Name      string `json:"name"`
	Keys      int64  `json:"keys"`
	Bytes     int64  `json:"bytes"`      // in use
	PageBytes int64  `json:"page_bytes"` // of its pages
	Branch    int64  `json:"branch"`     // pages
	Leaf      int64  `json:"leaf"`
	Overflow  int64  `json:"overflow"`
}

// Fill is which part of the table's pages is in use, 1 for a table without pages of its own.
func (b *BucketStats) Fill() float64 {
	if b.PageBytes == 0 {
		return 1
	}
	return float64(b.Bytes) / float64(b.PageBytes)
}

// SpaceStats is what is known of a space of names by index.
type SpaceStats struct {
	ID        string `json:"id"`
	Delegated uint64 `json:"delegated"`      // names known as delegated
	Size      uint64 `json:"size,omitempty"` // of the space, by the last run in it; 0 = no run remembers it
	Run       string `json:"run,omitempty"`  // that run
}

// TableStats is one table of names of lists.
type TableStats struct {
	Number  uint32 `json:"number"`
	Names   uint64 `json:"names"`
	Bytes   uint64 `json:"bytes"`
	Merging bool   `json:"merging"` // it is being merged with others, or the outcome of that
}

// RunSummary is one run as the store remembers it. A run that was killed has no End.
type RunSummary struct {
	Number    uint32        `json:"number"` // greater than that of any run before; see Between
	ID        string        `json:"id"`
	Command   string        `json:"command"`
	End       string        `json:"end,omitempty"`
	Started   time.Time     `json:"started"`
	Ended     time.Time     `json:"ended,omitzero"`
	Space     string        `json:"space,omitempty"`      // its id in hex, "" = the run had none
	SpaceSize uint64        `json:"space_size,omitempty"` // 0 = the run had no space
	Fresh     bool          `json:"fresh,omitempty"`
	Details   RunDetails    `json:"details,omitzero"`
	Freshness Freshness     `json:"freshness,omitzero"`  // zero for runs of schema 1
	Asking    time.Duration `json:"asking_ns,omitempty"` // how long stage one took; 0 = not known
	Counts    vacant.Counts `json:"counts"`
}

// Took returns how long the run took, 0 if it was killed.
func (r *RunSummary) Took() time.Duration {
	if r.Ended.IsZero() {
		return 0
	}
	return r.Ended.Sub(r.Started)
}

// KeptChanges reports whether the run wrote down what it changed. Those of
// version 1 did not, whatever the file has become since.
func (r *RunSummary) KeptChanges() bool { return r.Freshness != Freshness{} }

// Stats counts.
func (s *Store) Stats() (Stats, error) {
	st := Stats{Path: s.path, World: s.world, Schema: int(s.schema), Verdicts: make(map[string]uint64), WaitingBy: make(map[string]uint64)}
	info, err := os.Stat(s.path)
	if err != nil {
		return st, fmt.Errorf("store stats: %w", err)
	}
	st.FileBytes = info.Size()
	err = s.view(func(tx *bbolt.Tx) error {
		st.countBuckets(tx, bucketsOf(s.schema))
		return firstFailed(
			func() error { return st.countFree(s.path) },
			func() error { return st.countStates(tx) },
			func() error { return st.countSpaces(tx) },
			func() error { return st.countTables(tx) },
			func() error { return st.readRuns(tx) })
	})
	if err != nil {
		return st, fmt.Errorf("store stats: %w", err)
	}
	return st, nil
}

func (st *Stats) readRuns(tx *bbolt.Tx) error {
	return tx.Bucket(bucketRuns).ForEach(func(k, v []byte) error {
		var m manifest
		if err := json.Unmarshal(v, &m); err != nil || len(k) != 4 {
			return fmt.Errorf("run %x: %w", k, errors.Join(err, errRecord))
		}
		st.Runs = append(st.Runs, RunSummary{Number: binary.BigEndian.Uint32(k), ID: m.ID, Command: m.Command, End: m.End, Started: m.Started,
			Ended: m.Ended, Space: m.Space, SpaceSize: m.SpaceSize, Fresh: m.Fresh, Details: m.Details, Freshness: m.Freshness, Asking: m.Asking, Counts: m.Counts})
		return nil
	})
}

// Runs returns the manifests of all runs, newest last.
func (s *Store) Runs() ([]RunSummary, error) {
	var st Stats
	err := s.view(st.readRuns)
	return st.Runs, err
}
