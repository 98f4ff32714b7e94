package store

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// maxSuffixes bounds the suffixes whose waiting names are counted; those beyond
// it are counted under "".
const maxSuffixes = 1000

func (st *Stats) countBuckets(tx *bbolt.Tx, names [][]byte) {
	for _, name := range names {
		b := tx.Bucket(name).Stats()
		st.Buckets = append(st.Buckets, BucketStats{Name: string(name), Keys: int64(b.KeyN),
			Bytes: int64(b.LeafInuse + b.BranchInuse), PageBytes: int64(b.LeafAlloc + b.BranchAlloc),
			Branch: int64(b.BranchPageN), Leaf: int64(b.LeafPageN), Overflow: int64(b.BranchOverflowN + b.LeafOverflowN)})
	}
}

// countFree counts the pages that later commits will use, and what lies behind the last one.
func (st *Stats) countFree(path string) error {
	in, err := openInspector(path)
	if err != nil {
		return err
	}
	defer func() { _ = in.f.Close() }()
	if err := in.start(); err != nil {
		return damaged(path, err)
	}
	free, err := in.freePages()
	if err != nil {
		return damaged(path, err)
	}
	st.Free = int64(len(free))*in.meta.pageSize + in.size - int64(in.meta.high)*in.meta.pageSize
	return nil
}

// countStates counts verdicts, those of names that wait to be asked again too.
func (st *Stats) countStates(tx *bbolt.Tx) error {
	oldest, newest := int64(0), int64(0)
	err := tx.Bucket(bucketState).ForEach(func(k, v []byte) error {
		name, _, err := readState(k, v)
		if err != nil {
			return fmt.Errorf("state of %q: %w", k, err)
		}
		st.Names++
		if name.kind == kindWaiting {
			st.Waiting++
			st.countWaiting(k)
		} else {
			newest = max(newest, name.at)
			if oldest == 0 || name.at < oldest {
				oldest = name.at
			}
		}
		if name.verdict != noVerdict {
			st.Verdicts[vacant.Verdict(name.verdict).String()]++
		}
		return nil
	})
	if oldest != 0 {
		st.Oldest, st.Newest = time.Unix(oldest, 0).UTC(), time.Unix(newest, 0).UTC()
	}
	return err
}

func (st *Stats) countWaiting(key []byte) {
	name, _ := splitKey(key)
	suffix := suffixOf(name)
	if _, ok := st.WaitingBy[string(suffix)]; !ok && len(st.WaitingBy) >= maxSuffixes {
		suffix = nil
	}
	st.WaitingBy[string(suffix)]++
}

// countSpaces counts the names known by index, and finds the last run in each space.
func (st *Stats) countSpaces(tx *bbolt.Tx) error {
	spaces := map[string]*SpaceStats{}
	ids, err := spacesIn(tx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		space := &SpaceStats{ID: hex.EncodeToString(id[:])}
		spaces[string(id[:])] = space
		left, err := readUnfolded(tx, id)
		if err != nil {
			return err
		}
		err = left.eachChunk(tx, id, 0, math.MaxUint64, func(_ uint64, c chunk) error {
			n, _ := c.count()
			space.Delegated += n
			return nil
		})
		if err != nil {
			return err
		}
		st.Names += space.Delegated
	}
	err = tx.Bucket(bucketRuns).ForEach(func(k, v []byte) error {
		var m manifest
		if err := json.Unmarshal(v, &m); err != nil {
			return fmt.Errorf("run %x: %w", k, errRecord)
		}
		id, err := hex.DecodeString(m.Space)
		if space := spaces[string(id)]; err == nil && space != nil {
			space.Size, space.Run = m.SpaceSize, m.ID
		}
		return nil
	})
	for _, space := range spaces {
		st.Spaces = append(st.Spaces, *space)
	}
	slices.SortFunc(st.Spaces, func(a, b SpaceStats) int {
		return cmp.Or(cmp.Compare(b.Delegated, a.Delegated), cmp.Compare(a.ID, b.ID))
	})
	return err
}

// spacesIn returns the spaces of which anything is known by index.
func spacesIn(tx *bbolt.Tx) (spaces [][16]byte, err error) {
	for _, table := range [][]byte{bucketProgress, bucketSteps} {
		b := tx.Bucket(table)
		if b == nil {
			continue // version 1 has no steps
		}
		c := b.Cursor()
		for k, _ := c.First(); k != nil; {
			if len(k) != chunkKeyLen {
				return nil, fmt.Errorf("table %s, record %x: %w", table, k, errRecord)
			}
			id := [16]byte(k[:16])
			if !slices.Contains(spaces, id) {
				spaces = append(spaces, id)
			}
			k, _ = c.Seek(append(chunkKey(id, math.MaxUint64), 0)) // behind all keys of the space
		}
	}
	return spaces, nil
}

// countTables counts the names of lists by what the tables say of themselves.
func (st *Stats) countTables(tx *bbolt.Tx) error {
	if b := tx.Bucket(bucketLists); b != nil { // version 1
		st.Names += uint64(b.Stats().KeyN)
		return nil
	}
	tables, err := readTables(tx)
	for _, t := range tables {
		st.Tables = append(st.Tables, TableStats{Number: t.number, Names: t.names, Bytes: t.size, Merging: t.into != 0 || !t.whole()})
		if t.whole() {
			st.Names += t.names
		}
	}
	return err
}
