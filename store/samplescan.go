package store

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"vacant"
)

var classOfVerdict = [...]SampleClass{vacant.Available: SampleAvailable, vacant.Registered: SampleRegistered,
	vacant.Reserved: SampleReserved, vacant.Premium: SamplePremium}

// scanRecords offers every result.
func (p *sampler) scanRecords() error {
	p.reader.lean = true
	c := p.tx.Bucket(bucketResults).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if err := p.breathe(); err != nil {
			return err
		}
		if err := p.offerRecord(k, v); err != nil {
			return fmt.Errorf("result of %q: %w", k, err)
		}
	}
	return nil
}

func (p *sampler) offerRecord(k, v []byte) error {
	name, scope := splitKey(k)
	suffix := suffixOf(name)
	verdict, err := verdictOf(k, v)
	if err != nil || verdict == vacant.Undetermined || p.scopes.get(suffix).id != scope {
		return err
	}
	class := classOfVerdict[verdict]
	if class != SampleRegistered && !p.wants(class, suffix) {
		return nil
	}
	if class == SampleRegistered || p.q.MinAge > 0 || p.q.MaxAge > 0 {
		r, err := p.reader.decode(k, v, verdict)
		if err != nil {
			return err
		}
		if class == SampleRegistered && r.Method == string(vacant.KindDNS) {
			class = SampleDelegated
		}
		if !p.wants(class, suffix) || !p.wantsAge(r.CheckedAt.Unix()) {
			return nil
		}
	}
	if to := p.from(class, suffix, sourceRecords).offer(); to != nil {
		*to = sampled{key: string(k)}
	}
	return nil
}

// scanLists offers the delegated names of lists.
func (p *sampler) scanLists() error {
	return eachListed(p.tx, func(key []byte, m mark) error {
		if err := p.breathe(); err != nil || !m.delegated {
			return err
		}
		name, scope := splitKey(key)
		suffix := suffixOf(name)
		if p.scopes.get(suffix).id != scope || !p.wants(SampleDelegated, suffix) || !p.wantsAge(m.at) {
			return nil
		}
		if to := p.from(SampleDelegated, suffix, sourceLists).offer(); to != nil {
			*to = sampled{key: string(key), at: m.at}
		}
		return nil
	})
}

// scanSpaces offers the delegated names that progress knows by their index, and
// counts those of spaces that cannot be made.
func (p *sampler) scanSpaces() error {
	if len(p.q.Classes) > 0 && !slices.Contains(p.q.Classes, SampleDelegated) {
		return nil
	}
	ids, err := spacesIn(p.tx)
	if err != nil {
		return err
	}
	p.steps = make([]unfolded, len(p.q.Spaces))
	for _, id := range ids {
		left, err := readUnfolded(p.tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(p.q.Spaces, func(s SampleSpace) bool { return s.ID == id })
		if i < 0 {
			err = p.countUnnamed(id, left)
		} else {
			p.steps[i] = left
			err = p.scanSpace(i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *sampler) countUnnamed(id [16]byte, left unfolded) error {
	u := UnnamedSpace{ID: id}
	err := left.eachChunk(p.tx, id, 0, math.MaxUint64>>chunkBits, func(_ uint64, c chunk) error {
		n, _ := c.count()
		u.Delegated += n
		return p.ctx.Err()
	})
	if u.Delegated > 0 {
		p.unnamed = append(p.unnamed, u)
	}
	return err
}

// scanSpace offers the delegated indexes of space i, stretch by stretch.
func (p *sampler) scanSpace(i int) error {
	space := &p.q.Spaces[i]
	for _, st := range space.Stretches {
		if st.Lo >= st.Hi {
			continue
		}
		turns := make([]*reservoir, len(st.Suffixes)) // by suffix; nil is not wanted
		for k, suffix := range st.Suffixes {
			if p.wants(SampleDelegated, []byte(suffix)) {
				turns[k] = p.from(SampleDelegated, []byte(suffix), sourceSpaces+i)
			}
		}
		err := p.steps[i].eachChunk(p.tx, space.ID, st.Lo>>chunkBits, (st.Hi-1)>>chunkBits, func(id uint64, c chunk) error {
			for _, l := range c {
				if p.wantsAge(l.at) {
					offerLayer(l, id, st, turns)
				}
			}
			return p.ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// offerLayer offers the indexes of a layer of chunk id that lie in st to the
// reservoirs of their suffixes. Layers of a chunk are disjoint.
func offerLayer(l layer, id uint64, st Stretch, turns []*reservoir) {
	start, n := id<<chunkBits, uint64(len(turns))
	for w, word := range l.bits {
		for ; word != 0; word &= word - 1 {
			index := start + uint64(w<<6+bits.TrailingZeros64(word))
			if index < st.Lo || index >= st.Hi {
				continue
			}
			to := turns[(index-st.First)%n]
			if to == nil {
				continue
			}
			if slot := to.offer(); slot != nil {
				*slot = sampled{index: index, at: l.at}
			}
		}
	}
}
