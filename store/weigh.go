package store

import (
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// Weights are how many octets of the file things take here, the room within its
// pages that stays empty among them. A zero field means that there is none of it to measure.
type Weights struct {
	Settled float64 // a name with a result, and what a run noted of its change
	Chunk   float64 // the progress of 65,536 indexes
	File    int64   // the file as it is
}

const (
	weighed = 2048 // records looked at, half from each end of a table
	// pageSlack is by how much pages outweigh what is in them: those of names that
	// came in order are nearly full, others between half and wholly.
	pageSlack = 1.3
	// elementOctets is the header of an entry within a page of bbolt.
	elementOctets = 16
)

// Weigh measures a sample of the records.
func (s *Store) Weigh() (w Weights, err error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return w, fmt.Errorf("weigh store: %w", err)
	}
	w.File = info.Size()
	err = s.view(func(tx *bbolt.Tx) error {
		if mean := meanOctets(tx.Bucket(bucketResults)); mean > 0 {
			state := meanOctets(tx.Bucket(bucketState))
			w.Settled = (mean + state + meanOctets(tx.Bucket(bucketChanges))) * pageSlack
		}
		page := float64(tx.DB().Info().PageSize)
		if mean := meanOctets(tx.Bucket(bucketProgress)); mean > page/2 {
			w.Chunk = float64(int((mean+page)/page)) * page // overflow pages: whole ones
		} else {
			w.Chunk = mean * pageSlack
		}
		return nil
	})
	return w, err
}

// meanOctets is the mean size of a bucket's entries, 0 when it has none, as a
// table that a file of an older version lacks.
func meanOctets(b *bbolt.Bucket) float64 {
	if b == nil {
		return 0
	}
	n, sum := 0, 0
	count := func(k, v []byte) {
		n++
		sum += len(k) + len(v) + elementOctets
	}
	c := b.Cursor()
	for k, v := c.First(); k != nil && n < weighed/2; k, v = c.Next() {
		count(k, v)
	}
	for k, v := c.Last(); k != nil && n < weighed; k, v = c.Prev() {
		count(k, v)
	}
	return float64(sum) / float64(max(n, 1))
}
