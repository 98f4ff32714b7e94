package generator

import (
	"math/bits"

	"vacant"
)

// block is how many names are made at a time in random order: their indexes
// are permuted together, and as no look-up waits for the one before it, the
// processor has several of them under way.
const block = 256

// runRandom goes through the shard in the order of a keyed permutation. It
// begins at the order's begin also where an earlier run was broken off: what was
// asked then is dropped by who knows it, chunk by chunk here, else name by name.
func (g *Generator) runRandom(e *emitter) error {
	n := g.hi - g.lo
	order := newPermutation(n, g.cfg.Seed)
	s, known := newScatter(g.space), newKnownChunks(g)
	var indexes [block]uint64
	for i := uint64(0); i < n; {
		b := e.current()
		now := indexes[:min(block, n-i, uint64(b.Free()))]
		order.fill(now, i)
		i += uint64(len(now))
		if known != nil {
			now = known.drop(now)
		}
		s.append(b, now, g.lo)
		if b.Full() {
			if err := e.flush(); err != nil {
				return err
			}
		} else if err := e.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// scatter makes names in any order.
type scatter struct {
	space *space
	jumps []*jumps // by part; nil where its labels are no dfa
	per   []uint64 // by part: the reciprocal of the number of its suffixes
	room  int      // the longest name, with what is scribbled behind its label
	buf   []byte   // for a label that may be none
}

func newScatter(s *space) *scatter {
	t := &scatter{space: s, room: vacant.MaxNameLen + jumpText}
	for i := range s.parts {
		p := &s.parts[i]
		var j *jumps
		if m, ok := p.labels.(*dfa); ok {
			j = newJumps(m, int(maxJumpNodes*(float64(p.size())/float64(s.size))))
		}
		t.jumps = append(t.jumps, j)
		t.per = append(t.per, ^uint64(0)/max(1, uint64(len(p.tlds))))
	}
	return t
}

// append adds the names of lo+indexes to b; no name where an index is empty.
func (t *scatter) append(b *vacant.Batch, indexes []uint64, lo uint64) {
	for _, i := range indexes {
		index := lo + i
		k := 0
		if len(t.jumps) > 1 {
			k = t.space.partAt(index)
		}
		p := &t.space.parts[k]
		label, tld := divide(index-p.first, uint64(len(p.tlds)), t.per[k])
		if j := t.jumps[k]; j != nil {
			buf := b.Room(t.room)
			n := j.write(buf, label)
			n += copy(buf[n:], p.tlds[tld])
			b.Take(n, index)
			continue
		}
		var ok bool
		if t.buf, ok = p.labels.unrank(t.buf[:0], label); ok {
			t.buf = append(t.buf, p.tlds[tld]...)
			b.Append(t.buf, index)
		}
	}
}

// divide returns i/n and i%n for i below [maxNames] without a division; per is
// 2^64-1 over n. The estimate is never above the quotient and at most 1 below.
func divide(i, n, per uint64) (quotient, rest uint64) {
	q, _ := bits.Mul64(i, per)
	r := i - q*n
	if r >= n {
		return q + 1, r - n
	}
	return q, r
}
