package store

import (
	"context"
	"fmt"
	"math/bits"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// Indexes describes the part of a space that a run would go through.
type Indexes struct {
	Stretches []Stretch
	// Rank returns the index of a name, ok false where the part does not hold it.
	Rank func(name []byte) (index uint64, ok bool)
}

// Stretch is a run of indexes, Lo to Hi-1, whose names have the suffixes in
// turn: index i is under Suffixes[(i-First)%len(Suffixes)].
type Stretch struct {
	Lo, Hi, First uint64
	Suffixes      []string
}

// Foresight is what a run would find in the store, in names by suffix.
type Foresight struct {
	Known   map[string]uint64 // of its space: need no asking
	Carried map[string]uint64 // of any source: wait for stage two, and this run would see to them
}

// Foreseer tells what a run would find known, as [Run.Admit] would decide now.
// It only reads, and holds at most a few chunks of progress in memory, and what a
// killed run had not yet put there. It is not
// safe for concurrent use.
type Foreseer struct {
	s      *Store
	info   RunInfo
	scopes scopeMemo
	chunks map[uint64]*bitmap
	steps  unfolded // that killed runs left and the run would fold
	has    bool     // steps has been read

	lists   *lists  // nil until a name of a list is looked up
	queries []query // scratch
	key     []byte  // scratch
}

// foreseenChunks bounds the chunks held, 8 KB each. Records come by name, which
// is nearly the order of a space's indexes, so few are in use at a time.
const foreseenChunks = 256

// Foreseer prepares a look at what a run of info would find; no run is begun.
func (s *Store) Foreseer(info RunInfo) *Foreseer {
	info.fill()
	return &Foreseer{s: s, info: info, scopes: scopeMemo{of: info.Scope}, chunks: make(map[uint64]*bitmap)}
}

// Look counts, in one pass over the progress of the space and one over the names
// that have a record.
func (f *Foreseer) Look(ctx context.Context, in Indexes) (Foresight, error) {
	known, carried := make(suffixCount), make(suffixCount)
	err := f.s.view(func(tx *bbolt.Tx) error {
		for _, st := range in.Stretches {
			if err := f.countProgress(ctx, tx, st, known); err != nil {
				return err
			}
		}
		return f.countStates(ctx, tx, in.Rank, known, carried)
	})
	if err != nil {
		return Foresight{}, fmt.Errorf("foresee: %w", err)
	}
	return Foresight{Known: known.counts(), Carried: carried.counts()}, nil
}

// Known appends to dst, for each name of b, whether it needs no asking.
func (f *Foreseer) Known(dst []bool, b *vacant.Batch) ([]bool, error) {
	start := len(dst)
	dst = append(dst, make([]bool, b.Len())...)
	err := f.s.view(func(tx *bbolt.Tx) error {
		now := f.s.now()
		for i := range b.Len() {
			known, err := f.known(tx, b.Name(i), b.Index[i], now)
			if err != nil {
				return fmt.Errorf("%q: %w", b.Name(i), err)
			}
			dst[start+i] = known
		}
		return f.findListed(tx, b, dst[start:], now)
	})
	if err != nil {
		err = fmt.Errorf("foresee: %w", err)
	}
	return dst, err
}

// known looks at the record of a name and at the progress of its index.
func (f *Foreseer) known(tx *bbolt.Tx, name []byte, index uint64, now time.Time) (bool, error) {
	sc := f.scopes.get(suffixOf(name))
	f.key = appendKey(f.key[:0], name, sc.id)
	st, ok, err := readState(f.key, tx.Bucket(bucketState).Get(f.key))
	if err != nil || ok && f.holds(st, now) {
		return err == nil, err
	}
	if f.info.Fresh || index == vacant.NoIndex {
		return false, nil
	}
	return f.delegated(tx, index, now)
}

// findListed looks the names of lists up that are not known otherwise.
func (f *Foreseer) findListed(tx *bbolt.Tx, b *vacant.Batch, known []bool, now time.Time) (err error) {
	if f.info.Fresh {
		return nil
	}
	if tx.Bucket(bucketTables) == nil {
		return f.findListed1(tx, b, known, now)
	}
	f.queries = f.queries[:0]
	for i := range known {
		if known[i] || b.Index[i] != vacant.NoIndex {
			continue
		}
		if f.lists == nil {
			if f.lists, err = openLists(tx); err != nil {
				return err
			}
		}
		q := query{name: i}
		q.text, q.tail, q.hash = f.lists.place(b.Name(i), f.scopes.get(suffixOf(b.Name(i))).id)
		f.queries = append(f.queries, q)
	}
	if len(f.queries) == 0 {
		return nil
	}
	if err := f.lists.find(tx, f.queries); err != nil {
		return err
	}
	for _, q := range f.queries {
		known[q.name] = q.found && q.mark.delegated && fresh(q.mark.at, f.info.Freshness.Delegated, now)
	}
	return nil
}

// findListed1 is findListed for a file of version 1.
func (f *Foreseer) findListed1(tx *bbolt.Tx, b *vacant.Batch, known []bool, now time.Time) error {
	for i := range known {
		if known[i] || b.Index[i] != vacant.NoIndex {
			continue
		}
		f.key = appendKey(f.key[:0], b.Name(i), f.scopes.get(suffixOf(b.Name(i))).id)
		m, ok, err := readMark(tx.Bucket(bucketLists).Get(f.key))
		if err != nil {
			return fmt.Errorf("%q: %w", b.Name(i), err)
		}
		known[i] = ok && m.delegated && fresh(m.at, f.info.Freshness.Delegated, now)
	}
	return nil
}

// holds reports whether a record says that its name needs no asking.
func (f *Foreseer) holds(st state, now time.Time) bool {
	return st.kind == kindWaiting || !f.info.Fresh && f.info.Freshness.holds(st, now)
}

// delegated reports whether the progress of the space has index as known.
func (f *Foreseer) delegated(tx *bbolt.Tx, index uint64, now time.Time) (bool, error) {
	id := index >> chunkBits
	known, ok := f.chunks[id]
	if !ok {
		if err := f.readSteps(tx); err != nil {
			return false, err
		}
		key := chunkKey(f.info.Space, id)
		c, err := readChunk(key, tx.Bucket(bucketProgress).Get(key))
		if err != nil {
			return false, fmt.Errorf("progress of chunk %d: %w", id, err)
		}
		known = f.steps.over(c, id).fresh(f.info.Freshness.Delegated, now).bits
		for old := range f.chunks {
			if len(f.chunks) < foreseenChunks {
				break
			}
			delete(f.chunks, old)
		}
		f.chunks[id] = known
	}
	return known != nil && known.has(uint16(index)), nil
}

func (f *Foreseer) readSteps(tx *bbolt.Tx) (err error) {
	if !f.has {
		f.steps, err = readUnfolded(tx, f.info.Space)
		f.has = err == nil
	}
	return err
}

// countProgress counts the indexes of st that are known to be delegated.
func (f *Foreseer) countProgress(ctx context.Context, tx *bbolt.Tx, st Stretch, known suffixCount) error {
	if f.info.Fresh || st.Lo >= st.Hi {
		return nil
	}
	now := f.s.now()
	counts := make([]uint64, len(st.Suffixes))
	if err := f.readSteps(tx); err != nil {
		return err
	}
	err := f.steps.eachChunk(tx, f.info.Space, st.Lo>>chunkBits, (st.Hi-1)>>chunkBits, func(id uint64, c chunk) error {
		if set := c.fresh(f.info.Freshness.Delegated, now).bits; set != nil {
			start := id << chunkBits
			lo, hi := max(st.Lo, start), min(st.Hi, start+chunkSize)
			n := uint64(len(counts))
			turn := ((lo-st.First)%n + n - (lo-start)%n) % n // of the chunk's first index, which may lie before st.First
			set.countInTurn(int(lo-start), int(hi-start), int(turn), counts)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i, n := range counts {
		known.add([]byte(st.Suffixes[i]), n)
	}
	return nil
}

// countStates counts the names that have a record and are not counted by their index.
func (f *Foreseer) countStates(ctx context.Context, tx *bbolt.Tx, rank func([]byte) (uint64, bool), known, carried suffixCount) error {
	now := f.s.now()
	seen := 0
	return tx.Bucket(bucketState).ForEach(func(k, v []byte) error {
		if seen++; seen%(1<<12) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		st, _, err := readState(k, v)
		if err != nil {
			return fmt.Errorf("state of %q: %w", k, err)
		}
		name, scope := splitKey(k)
		suffix := suffixOf(name)
		if !f.holds(st, now) || f.scopes.get(suffix).id != scope {
			return nil
		}
		if st.kind == kindWaiting {
			carried.add(suffix, 1)
		}
		return f.countRecord(tx, name, suffix, rank, known, now)
	})
}

func (f *Foreseer) countRecord(tx *bbolt.Tx, name, suffix []byte, rank func([]byte) (uint64, bool), known suffixCount, now time.Time) error {
	if rank == nil {
		return nil
	}
	index, ok := rank(name)
	if !ok {
		return nil
	}
	counted := false
	if !f.info.Fresh {
		var err error
		if counted, err = f.delegated(tx, index, now); err != nil {
			return err
		}
	}
	if !counted {
		known.add(suffix, 1)
	}
	return nil
}

// suffixCount counts names by suffix without an allocation a name.
type suffixCount map[string]*uint64

func (c suffixCount) add(suffix []byte, n uint64) {
	if p := c[string(suffix)]; p != nil {
		*p += n
	} else if n > 0 {
		c[string(suffix)] = &n
	}
}

func (c suffixCount) counts() map[string]uint64 {
	out := make(map[string]uint64, len(c))
	for suffix, n := range c {
		out[suffix] = *n
	}
	return out
}

// countInTurn counts the bits that are on from lo to hi-1: bit i for
// counts[(i+turn)%len(counts)].
func (b *bitmap) countInTurn(lo, hi, turn int, counts []uint64) {
	n := uint32(len(counts))
	for w := lo >> 6; w<<6 < hi; w++ {
		word := b[w]
		if from := lo - w<<6; from > 0 {
			word &= ^uint64(0) << from
		}
		if to := hi - w<<6; to < 64 {
			word &= 1<<to - 1
		}
		if n == 1 {
			counts[0] += uint64(bits.OnesCount64(word))
			continue
		}
		for base := uint32(w<<6 + turn); word != 0; word &= word - 1 {
			counts[(base+uint32(bits.TrailingZeros64(word)))%n]++
		}
	}
}
