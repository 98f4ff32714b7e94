package store

import (
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// Admission says where the names of a batch went when Admit took some out.
type Admission struct{ Known, Duplicate int }

// fate is what Admit does with a name.
type fate uint8

const (
	fateAsk fate = iota
	fateKnown
	fateDuplicate
)

// Admit drops from b every name that needs no asking: known and fresh, queued
// for stage two, or (lists) named before in this run. What stays is to be asked.
// A space names each name once, so its names are not compared with each other,
// nor with lists: whoever has both takes the space's names out of the lists.
func (r *Run) Admit(b *vacant.Batch) (Admission, error) {
	var a Admission
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.roomLocked(); err != nil {
		return a, err
	}
	fates := append(r.fates[:0], make([]fate, b.Len())...)
	r.fates = fates
	err := r.s.view(func(tx *bbolt.Tx) error { return r.fatesLocked(tx, b, fates) })
	if err != nil {
		return a, fmt.Errorf("admit: %w", err)
	}
	r.kickLocked()
	b.Keep(func(i int) bool {
		switch fates[i] {
		case fateKnown:
			a.Known++
		case fateDuplicate:
			a.Duplicate++
		default:
			return true
		}
		return false
	})
	return a, nil
}

// fatesLocked decides for every name of b. The transaction was begun with mu
// held, so a mark is either in it or still in cur or flushing.
func (r *Run) fatesLocked(tx *bbolt.Tx, b *vacant.Batch, fates []fate) error {
	lists, states := tx.Bucket(bucketLists), tx.Bucket(bucketState)
	now := r.s.now()
	for i := range fates {
		name, index := b.Name(i), b.Index[i]
		sc := r.scopes.get(suffixOf(name))
		var err error
		if index == vacant.NoIndex {
			fates[i], err = r.listFateLocked(lists, name, sc, now)
		} else {
			fates[i], err = r.spaceFateLocked(tx, index, now)
		}
		if err == nil && fates[i] == fateAsk {
			fates[i], err = r.stateFateLocked(states, name, sc, now)
		}
		if err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return nil
}

func (r *Run) spaceFateLocked(tx *bbolt.Tx, index uint64, now time.Time) (fate, error) {
	if r.info.Fresh || r.chunks.none {
		return fateAsk, nil
	}
	known, err := r.freshChunkLocked(tx, index>>chunkBits, now)
	if err != nil || known == nil || !known.has(uint16(index)) {
		return fateAsk, err
	}
	return fateKnown, nil
}

// listFateLocked marks a name of a list as named in this run.
func (r *Run) listFateLocked(lists *bbolt.Bucket, name []byte, sc scope, now time.Time) (fate, error) {
	m, ok, err := r.markLocked(lists, name, sc)
	if err != nil {
		return fateAsk, err
	}
	if ok && m.run == r.seq {
		return fateDuplicate, nil
	}
	m.run = r.seq
	r.cur.marks[string(r.key)] = m
	r.cur.names++
	if m.delegated && !r.info.Fresh && fresh(m.at, r.info.Freshness.Delegated, now) {
		return fateKnown, nil
	}
	return fateAsk, nil
}

// markLocked finds the mark of a name of a list, committed or not, and leaves its key in r.key.
func (r *Run) markLocked(lists *bbolt.Bucket, name []byte, sc scope) (m mark, ok bool, err error) {
	r.key = appendKey(r.key[:0], name, sc.id)
	if m, ok := r.cur.marks[string(r.key)]; ok {
		return m, true, nil
	}
	if r.flushing != nil {
		if m, ok := r.flushing.marks[string(r.key)]; ok {
			return m, true, nil
		}
	}
	return readMark(lists.Get(r.key))
}

// stateFateLocked looks whether a record says that name needs no asking. A name
// that waits is never asked again, even by a run with --fresh: it is about to
// be asked of the registry, and one name must not be queued twice.
func (r *Run) stateFateLocked(states *bbolt.Bucket, name []byte, sc scope, now time.Time) (fate, error) {
	if !r.filter.has(sc.hash(name)) {
		return fateAsk, nil
	}
	r.key = appendKey(r.key[:0], name, sc.id)
	st, ok, err := readState(r.key, states.Get(r.key))
	switch {
	case err != nil || !ok:
		return fateAsk, err
	case st.kind == kindWaiting:
		return fateKnown, nil
	case r.info.Fresh && st.run != r.seq:
		return fateAsk, nil
	case r.info.Freshness.holds(st, now):
		return fateKnown, nil
	}
	return fateAsk, nil
}

// KnownChunk reports whether every index in [lo, hi) of the run's space is
// known and fresh, so that none of its names need be made. [lo, hi) lies within
// one chunk of 65,536. Names that have a record of their own are not counted as
// known here; Admit finds them.
func (r *Run) KnownChunk(lo, hi uint64) bool {
	if hi <= lo || lo>>chunkBits != (hi-1)>>chunkBits {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.info.Fresh || r.chunks.none || r.over {
		return false
	}
	covered := false
	err := r.s.view(func(tx *bbolt.Tx) error {
		known, err := r.freshChunkLocked(tx, lo>>chunkBits, r.s.now())
		start := lo &^ (chunkSize - 1)
		covered = err == nil && known != nil && known.covers(int(lo-start), int(hi-start))
		return err
	})
	return err == nil && covered
}

// InLists reports whether name was in this run's lists (not its space).
func (r *Run) InLists(name vacant.Name) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := false
	err := r.s.view(func(tx *bbolt.Tx) error {
		m, ok, err := r.markLocked(tx.Bucket(bucketLists), []byte(name), r.scopes.get([]byte(name.Parent())))
		found = ok && m.run == r.seq
		return err
	})
	return found, err
}

// chunkCache holds which indexes of the chunks looked at are known and fresh.
// What the run itself settles is not in it: a space names no name twice.
type chunkCache struct {
	none bool // the space had no progress when the run began
	all  map[uint64]freshBits
	last uint64
	bits freshBits // of last
}

// cachedChunks bounds the cache, 8 KB each: 32 MB.
const cachedChunks = 4096

// freshChunkLocked returns the fresh indexes of a chunk, nil for none.
func (r *Run) freshChunkLocked(tx *bbolt.Tx, id uint64, now time.Time) (*bitmap, error) {
	c := &r.chunks
	if c.all == nil {
		c.all = make(map[uint64]freshBits)
	} else if c.last == id && c.bits.holds(now) {
		return c.bits.bits, nil
	}
	known, ok := c.all[id]
	if !ok || !known.holds(now) {
		key := chunkKey(r.info.Space, id)
		stored, err := readChunk(key, tx.Bucket(bucketProgress).Get(key))
		if err != nil {
			return nil, fmt.Errorf("progress of chunk %d: %w", id, err)
		}
		known = stored.fresh(r.info.Freshness.Delegated, now)
		c.evict()
		c.all[id] = known
	}
	c.last, c.bits = id, known
	return known.bits, nil
}

// evict makes room by dropping any one chunk: a random order has no favourite,
// a sequential one never comes back.
func (c *chunkCache) evict() {
	if len(c.all) < cachedChunks {
		return
	}
	for id := range c.all {
		delete(c.all, id)
		return
	}
}
