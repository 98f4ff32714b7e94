package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

func timeOf(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

// joinChanges writes what each run found, under the run's new number.
func (j *join) joinChanges() error {
	for n := range j.runs {
		heads := make([]changeHead, 0, len(j.runs[n].from))
		for _, from := range j.runs[n].from {
			h := changeHead{c: j.in[from.input].tx.Bucket(bucketChanges).Cursor(), prefix: binary.BigEndian.AppendUint32(nil, from.seq)}
			h.take(h.c.Seek(h.prefix))
			heads = append(heads, h)
		}
		if err := j.runChanges(uint32(n+1), heads); err != nil {
			return err
		}
	}
	return nil
}

// changeHead is the next change of a run in an input.
type changeHead struct {
	c      *bbolt.Cursor
	prefix []byte
	key, v []byte // nil at the end
}

func (h *changeHead) take(k, v []byte) {
	h.key, h.v = nil, nil
	if bytes.HasPrefix(k, h.prefix) {
		h.key, h.v = k, v
	}
}

// runChanges writes the changes of one run that several inputs may have.
func (j *join) runChanges(seq uint32, heads []changeHead) error {
	for {
		var least []byte
		for i := range heads {
			if k := heads[i].key; k != nil && compareKeys(k[runKeyLen:], least) < 0 {
				least = k[runKeyLen:]
			}
		}
		if least == nil {
			return nil
		}
		var best turn
		for i := range heads {
			h := &heads[i]
			if h.key == nil || !bytes.Equal(h.key[runKeyLen:], least) {
				continue
			}
			t, _, err := readTurn(h.key, h.v)
			if err != nil {
				return fmt.Errorf("change of %q: %w", least, err)
			}
			if !t.at.Before(best.at) {
				best = t
			}
			h.take(h.c.Next())
		}
		key := changeKey(seq, least)
		if err := j.w.put(bucketChanges, key, best.append(nil, key)); err != nil {
			return err
		}
	}
}

// joinProgress unites the layers of each chunk: of two times at which an index
// was found delegated, the later one stands.
func (j *join) joinProgress() error {
	return j.eachKey(bucketProgress, func(key []byte) error {
		var layers chunk
		var only []byte
		for i := range j.in {
			v := j.in[i].tx.Bucket(bucketProgress).Get(key)
			c, err := readChunk(key, v)
			if err != nil {
				return fmt.Errorf("progress of chunk %x: %w", key, err)
			}
			if v != nil && only == nil && layers == nil {
				only = v
			} else if v != nil {
				only = nil
			}
			layers = append(layers, c...)
		}
		if only == nil {
			only = layers.united().append(nil, key)
		}
		return j.w.put(bucketProgress, key, only)
	})
}

// joinSteps brings what killed runs had found and not yet put into progress there.
func (j *join) joinSteps() error {
	for i := range j.in {
		for from := []byte(nil); ; {
			space, left, err := readSteps(j.in[i].tx, from)
			if err != nil {
				return err
			}
			if left.folding.len() == 0 {
				break
			}
			from = stepKey(space, left.first)
			for left.folding.len() > 0 { // a step may touch more chunks than memory should hold
				if err := firstFailed(func() error { return left.fold(j.w.tx, space, foldChunks) }, j.w.commit); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// united makes the layers of several chunks one chunk's.
func (c chunk) united() (out chunk) {
	slices.SortStableFunc(c, func(a, b layer) int { return int(a.at - b.at) })
	var none bitmap
	for _, l := range c {
		out = out.record(l.at, l.bits, &none)
	}
	return out
}

// joinLists writes the names of all lists.
func (j *join) joinLists() error {
	names, err := newListWriter(j.w.tx)
	if err != nil {
		return err
	}
	for i := range j.in {
		err := eachListed(j.in[i].tx, func(key []byte, m mark) error {
			m, first, err := j.mark(i, key, m)
			if err != nil || !first {
				return err
			}
			j.done.Listed++
			if j.done.Listed%listWriterNames == 0 {
				if err := firstFailed(names.finish, j.w.commit); err != nil {
					return err
				}
				if names, err = newListWriter(j.w.tx); err != nil {
					return err
				}
			}
			return names.add(key, m)
		})
		if err != nil {
			return err
		}
	}
	return firstFailed(names.finish, j.w.commit)
}

// mark returns what is known of a name of a list that input i has: what was
// found out last. first is false if an input before i has the name too.
func (j *join) mark(i int, key []byte, m mark) (best mark, first bool, err error) {
	name, scope := splitKey(key)
	best, at := m, int64(0)
	best.run = j.seq[runOf{i, m.run}]
	if at, err = j.markTime(i, key, m); err != nil {
		return best, false, err
	}
	for k := range j.in {
		if k == i {
			continue
		}
		o, ok, err := j.in[k].listed(name, scope)
		if err != nil || (ok && k < i) {
			return best, false, err
		}
		if !ok {
			continue
		}
		when, err := j.markTime(k, key, o)
		if err != nil {
			return best, false, err
		}
		o.run = max(best.run, j.seq[runOf{k, o.run}])
		if when > at || (when == at && !o.delegated) {
			best, at = o, when
		}
		best.run = o.run
	}
	return best, true, nil
}

// markTime is when a name of a list was asked last: the mark's own time, or that
// of the record that rules where it was found not to be delegated.
func (j *join) markTime(i int, key []byte, m mark) (int64, error) {
	if m.delegated {
		return m.at, nil
	}
	st, ok, err := readState(key, j.in[i].tx.Bucket(bucketState).Get(key))
	if err != nil || !ok {
		return 0, err
	}
	return st.at, nil
}

// joinShares adds what the inputs counted. One whose runs another has too has
// nothing to add: it was joined into that before.
func (j *join) joinShares() error {
	within := make([]bool, len(j.in))
	for i := range j.in {
		within[i] = j.withinAnother(i)
	}
	return j.eachKey(bucketShares, func(key []byte) error {
		var sum Share
		for i := range j.in {
			s, err := readShare(key, j.in[i].tx.Bucket(bucketShares).Get(key))
			if err != nil {
				return fmt.Errorf("share of %q: %w", key, err)
			}
			if s.At.IsZero() || within[i] {
				continue
			}
			now := sum.At
			if s.At.After(now) {
				now = s.At
			}
			s.fade(now)
			if !sum.At.IsZero() {
				sum.fade(now)
			}
			for n, count := range s.counts() {
				*sum.counts()[n] += *count
			}
			sum.At = now
		}
		if sum.At.IsZero() {
			return nil
		}
		return j.w.put(bucketShares, key, sum.append(nil, key))
	})
}

// withinAnother reports whether another input has all runs of input i; of two
// with the same runs the first one counts.
func (j *join) withinAnother(i int) bool {
	for k := range j.in {
		if k != i && j.hasRunsOf(k, i) && (k < i || !j.hasRunsOf(i, k)) {
			return true
		}
	}
	return false
}

// hasRunsOf reports whether input k has all runs of input i.
func (j *join) hasRunsOf(k, i int) bool {
	has := func(from []runOf, input int) bool {
		return slices.ContainsFunc(from, func(r runOf) bool { return r.input == input })
	}
	for n := range j.runs {
		if from := j.runs[n].from; j.runs[n].manifest != nil && has(from, i) && !has(from, k) {
			return false
		}
	}
	return true
}
