package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// A random order over a large space touches thousands of chunks in every commit,
// a few names in each, and to write 8 KB for each of them would take longer
// than the asking. So such a commit writes one step, the indexes alone. Steps
// are gathered in memory too, and when there are enough of them, they are folded
// into the chunks, some chunks in each of the commits that follow. A run that was killed
// leaves steps in the file; the next one folds them before it begins.
// To fold a step twice does no harm: a run answers an index once.
type steps struct {
	gathered step
	first    uint64 // number of the first step in gathered
	next     uint64 // number of the next step
	folding  step   // what is left to fold of those before first
	started  uint64 // number of the first step of folding
}

// step is what one commit found out, or several.
type step struct {
	at        int64 // the earliest answer among delegated, 0 = none
	delegated []uint64
	gone      []uint64
}

const (
	stepForm     = 1
	sparseChunks = 256       // a commit that touches fewer chunks writes them,
	sparseNames  = 64        // and one that brings more names to each, on average
	foldNames    = 1_500_000 // are gathered before they are folded,
	foldChunks   = 2048      // so many chunks a commit, more if names are gathered faster
	stepKeyLen   = 16 + 8
)

func (s *step) len() int { return len(s.delegated) + len(s.gone) }

func (s *step) add(o *step) {
	if s.at == 0 || (o.at != 0 && o.at < s.at) {
		s.at = o.at
	}
	s.delegated, s.gone = append(s.delegated, o.delegated...), append(s.gone, o.gone...)
}

func stepKey(space [16]byte, n uint64) []byte { return binary.BigEndian.AppendUint64(space[:16:16], n) }

// append encodes s, whose indexes are sorted.
func (s *step) append(dst, key []byte) []byte {
	start := len(dst)
	dst = binary.AppendUvarint(append(dst, stepForm), uint64(s.at))
	for _, indexes := range [2][]uint64{s.delegated, s.gone} {
		dst = binary.AppendUvarint(dst, uint64(len(indexes)))
		last := uint64(0)
		for _, i := range indexes {
			dst = binary.AppendUvarint(dst, i-last)
			last = i
		}
	}
	return appendSum(dst, start, key)
}

func readStep(key, v []byte) (s step, err error) {
	body, ok := cutSum(key, v)
	if !ok || body[0] != stepForm {
		return s, fmt.Errorf("step %x of progress: %w", key, errRecord)
	}
	d := decoder{buf: body[1:]}
	s.at = int64(d.uvarint())
	s.delegated, s.gone = d.indexes(), d.indexes()
	return s, d.err()
}

func (d *decoder) indexes() (out []uint64) {
	last := uint64(0)
	for n := d.uvarint(); n > 0 && !d.bad; n-- {
		last += d.uvarint()
		out = append(out, last)
	}
	return out
}

// chunksOf is how many chunks sorted indexes touch.
func chunksOf(indexes []uint64) (n int) {
	last := ^uint64(0)
	for _, i := range indexes {
		if id := i >> chunkBits; id != last {
			n, last = n+1, id
		}
	}
	return n
}

// sparse reports whether a step is better written as one. Its indexes are sorted.
func (s *step) sparse() bool {
	chunks := chunksOf(s.delegated) + chunksOf(s.gone)
	return chunks >= sparseChunks && s.len() < chunks*sparseNames
}

// commitProgress writes what a group brings to the run's space, and returns
// which of its gone indexes were delegated.
func (r *Run) commitProgress(tx *bbolt.Tx, p *pending) (dropped []uint64, err error) {
	now := step{p.at, p.delegated, p.gone}
	slices.Sort(now.delegated)
	slices.Sort(now.gone)
	if !now.sparse() {
		if dropped, err = recordProgress(tx, r.info.Space, now.at, now.delegated, now.gone); err != nil {
			return nil, err
		}
		return dropped, r.foldSome(tx, now.at)
	}
	if dropped, err = r.dropped(tx, now.gone); err != nil {
		return nil, err
	}
	key := stepKey(r.info.Space, r.steps.next)
	if err := tx.Bucket(bucketSteps).Put(key, now.append(nil, key)); err != nil {
		return nil, err
	}
	r.steps.next++
	r.steps.gathered.add(&now)
	return dropped, r.foldSome(tx, now.at)
}

// dropped returns which of sorted indexes the chunks have as delegated. What
// steps have is from this run, which asks no index twice.
func (r *Run) dropped(tx *bbolt.Tx, gone []uint64) (dropped []uint64, err error) {
	if r.chunks.none {
		return nil, nil
	}
	b := tx.Bucket(bucketProgress)
	for len(gone) > 0 {
		id := gone[0] >> chunkBits
		var off *bitmap
		off, gone = takeChunk(gone, id)
		key := chunkKey(r.info.Space, id)
		c, err := readChunk(key, b.Get(key))
		if err != nil {
			return nil, err
		}
		dropped = c.common(dropped, off, id)
	}
	return dropped, nil
}

// foldSome folds some chunks' worth of steps. at is the time of the last one: what is
// folded together gets one time, so steps that lie far apart are not.
func (r *Run) foldSome(tx *bbolt.Tx, at int64) error {
	s := &r.steps
	if s.folding.len() == 0 {
		if s.gathered.len() < foldNames && (s.gathered.len() == 0 || at-s.gathered.at < layerSpan/2) {
			return nil
		}
		s.beginFold()
	}
	return s.fold(tx, r.info.Space, foldChunks*(1+s.gathered.len()/foldNames))
}

func (s *steps) beginFold() {
	s.folding, s.gathered = s.gathered, step{}
	s.started, s.first = s.first, s.next
	slices.Sort(s.folding.delegated)
	slices.Sort(s.folding.gone)
}

// fold writes up to so many chunks, and removes the steps when all is in them.
func (s *steps) fold(tx *bbolt.Tx, space [16]byte, chunks int) error {
	f := &s.folding
	for ; chunks > 0 && f.len() > 0; chunks-- {
		id := nextChunk(f.delegated, f.gone)
		on, delegated := cutChunk(f.delegated, id)
		off, gone := cutChunk(f.gone, id)
		if _, err := recordProgress(tx, space, f.at, on, off); err != nil {
			return err
		}
		f.delegated, f.gone = delegated, gone
	}
	if f.len() > 0 {
		return nil
	}
	b := tx.Bucket(bucketSteps)
	for ; s.started < s.first; s.started++ {
		if err := b.Delete(stepKey(space, s.started)); err != nil {
			return err
		}
	}
	return nil
}

// cutChunk cuts the indexes of chunk id off the front of sorted.
func cutChunk(sorted []uint64, id uint64) (of, rest []uint64) {
	n := 0
	for n < len(sorted) && sorted[n]>>chunkBits == id {
		n++
	}
	return sorted[:n], sorted[n:]
}

// foldRest folds what the run has gathered, in transactions of bounded size.
func (r *Run) foldRest() error {
	for r.steps.folding.len() > 0 || r.steps.gathered.len() > 0 {
		if r.steps.folding.len() == 0 {
			r.steps.beginFold()
		}
		err := r.s.update(func(tx *bbolt.Tx) error { return r.steps.fold(tx, r.info.Space, foldChunks) })
		if err != nil {
			return err
		}
	}
	return nil
}

// foldSteps folds the steps that runs left that were killed, oldest first.
func (s *Store) foldSteps() error {
	for {
		var left steps
		var space [16]byte
		err := s.view(func(tx *bbolt.Tx) (err error) {
			space, left, err = readSteps(tx, nil)
			return err
		})
		if err != nil || left.folding.len() == 0 {
			return err
		}
		for left.folding.len() > 0 {
			if err := s.update(func(tx *bbolt.Tx) error { return left.fold(tx, space, foldChunks) }); err != nil {
				return err
			}
		}
	}
}

// readSteps reads steps of the first space that has any, from a key on (nil for
// all), ready to be folded, as many as a run gathers and no further than an hour apart.
func readSteps(tx *bbolt.Tx, from []byte) (space [16]byte, left steps, err error) {
	c := tx.Bucket(bucketSteps).Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if len(k) != stepKeyLen {
			return space, left, fmt.Errorf("step %x of progress: %w", k, errRecord)
		}
		s, err := readStep(k, v)
		if err != nil {
			return space, left, err
		}
		f, n := &left.folding, binary.BigEndian.Uint64(k[16:])
		if f.len() == 0 {
			copy(space[:], k)
			left.started = n
		} else if !bytes.Equal(space[:], k[:16]) || f.len() >= foldNames || s.at-f.at > layerSpan {
			break
		}
		f.add(&s)
		left.first = n + 1
	}
	slices.Sort(left.folding.delegated)
	slices.Sort(left.folding.gone)
	return space, left, nil
}
