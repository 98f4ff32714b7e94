package store

import (
	"encoding/binary"
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
// held, so a name of a list is either in it or still in cur or flushing.
func (r *Run) fatesLocked(tx *bbolt.Tx, b *vacant.Batch, fates []fate) error {
	states := tx.Bucket(bucketState)
	now := r.s.now()
	r.queries = r.queries[:0]
	for i := range fates {
		name, index := b.Name(i), b.Index[i]
		if index == vacant.NoIndex {
			fates[i] = r.nameLocked(i, name)
			continue
		}
		var err error
		if fates[i], err = r.spaceFateLocked(tx, index, now); err == nil && fates[i] == fateAsk {
			fates[i], err = r.stateFateLocked(states, name, r.scopes.get(suffixOf(name)), now)
		}
		if err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return r.listFatesLocked(tx, b, fates, now)
}

func (r *Run) spaceFateLocked(tx *bbolt.Tx, index uint64, now time.Time) (fate, error) {
	if r.info.Fresh || r.chunks.none {
		return fateAsk, nil
	}
	id := index >> chunkBits
	if c := &r.chunks; r.info.SpaceSize>>chunkBits > cachedChunks && id != c.last && id != c.once {
		c.once = id // a second look in a row is an order that stays in the chunk
		return r.lookOnceLocked(tx, index, now)
	}
	known, err := r.freshChunkLocked(tx, id, now)
	if err != nil || known == nil || !known.has(uint16(index)) {
		return fateAsk, err
	}
	return fateKnown, nil
}

// lookOnceLocked is spaceFateLocked for a space whose chunks do not fit the
// cache, in random order: it looks at one bit where the chunk lies.
func (r *Run) lookOnceLocked(tx *bbolt.Tx, index uint64, now time.Time) (fate, error) {
	r.key = append(r.key[:0], r.info.Space[:]...)
	r.key = binary.BigEndian.AppendUint64(r.key, index>>chunkBits)
	known, err := chunkHas(r.key, tx.Bucket(bucketProgress).Get(r.key), uint16(index), r.info.Freshness.Delegated, now)
	if err != nil || !known {
		return fateAsk, err
	}
	return fateKnown, nil
}

// nameLocked notes name i of a batch as named in this run, and that it must be
// looked up in the file, unless it has been named a moment ago.
func (r *Run) nameLocked(i int, name []byte) fate {
	q := query{name: i}
	q.text, q.tail, q.hash = r.lists.place(name, r.scopes.get(suffixOf(name)).id)
	if r.isRecentLocked(&q) {
		return fateDuplicate
	}
	q.entry = r.cur.lists.add(q.hash, q.text, q.tail)
	r.queries = append(r.queries, q)
	return fateAsk
}

func (r *Run) isRecentLocked(q *query) bool {
	return r.cur.lists.find(q.hash, q.text, q.tail) >= 0 ||
		r.flushing != nil && r.flushing.lists.find(q.hash, q.text, q.tail) >= 0
}

// listFatesLocked decides for the names of lists that nameLocked noted.
func (r *Run) listFatesLocked(tx *bbolt.Tx, b *vacant.Batch, fates []fate, now time.Time) error {
	if len(r.queries) == 0 {
		return nil
	}
	if err := r.lists.find(tx, r.queries); err != nil {
		return err
	}
	states := tx.Bucket(bucketState)
	for i := range r.queries {
		q := &r.queries[i]
		var err error
		if fates[q.name], err = r.listFateLocked(states, q, b.Name(q.name), now); err != nil {
			return fmt.Errorf("%q: %w", b.Name(q.name), err)
		}
	}
	return nil
}

func (r *Run) listFateLocked(states *bbolt.Bucket, q *query, name []byte, now time.Time) (f fate, err error) {
	e := &r.cur.lists.names[q.entry]
	e.run, e.delegated, e.at = r.seq, q.mark.delegated, timeUnits(q.mark.at)
	if q.found && q.mark.run == r.seq {
		return fateDuplicate, nil
	}
	if q.mark.delegated && !r.info.Fresh && fresh(q.mark.at, r.info.Freshness.Delegated, now) {
		f = fateKnown
	} else if f, err = r.stateFateLocked(states, name, r.scopes.get(suffixOf(name)), now); err != nil {
		return f, err
	}
	if f == fateAsk {
		r.cur.lists.set(q.entry, needAnswer)
	} else {
		r.cur.lists.set(q.entry, needWrite)
		r.cur.names++
	}
	return f, nil
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
	var q [1]query
	q[0].text, q[0].tail, q[0].hash = r.lists.place([]byte(name), r.scopes.get([]byte(name.Parent())).id)
	if r.isRecentLocked(&q[0]) {
		return true, nil
	}
	err := r.s.view(func(tx *bbolt.Tx) error { return r.lists.find(tx, q[:]) })
	return q[0].found && q[0].mark.run == r.seq, err
}

// chunkCache holds which indexes of the chunks looked at are known and fresh.
// What the run itself settles is not in it: a space names no name twice.
type chunkCache struct {
	none bool // the space had no progress when the run began
	all  map[uint64]freshBits
	last uint64
	bits freshBits // of last
	once uint64    // looked at last without being kept
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
