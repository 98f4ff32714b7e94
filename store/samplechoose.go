package store

import (
	"fmt"
	"math/rand/v2"
	"time"

	"vacant"
)

// choose draws the names of a stratum out of its sources' reservoirs: each time
// from a source with the chance of what is left in it, so that all names of the
// stratum have the same chance. A name that an earlier source has too is passed
// over: it had its chance there. Where a reservoir is empty before its source
// is, choose ends with fewer names rather than with a sample that leans. twice
// is how many names were passed over.
func (p *sampler) choose(st *stratum) (drawn []Drawn, twice uint64, err error) {
	left, total := make([]uint64, len(st.sources)), uint64(0)
	for i, r := range st.sources {
		if r != nil {
			r.shuffle()
			left[i], total = r.seen, total+r.seen
		}
	}
	rnd := newReservoir(0, p.q.Seed, st.class, []byte(st.suffix), -1).rnd
	for len(drawn) < p.q.Per && total > 0 {
		i := pickSource(rnd, left, total)
		r := st.sources[i]
		if len(r.items) == 0 {
			break
		}
		item := r.items[0]
		r.items, left[i], total = r.items[1:], left[i]-1, total-1
		d, ok, err := p.draw(st, i, item)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			twice++
			continue
		}
		drawn = append(drawn, d)
	}
	return drawn, twice, nil
}

func pickSource(rnd *rand.Rand, left []uint64, total uint64) int {
	at := rnd.Uint64N(total)
	for i, n := range left {
		if at < n {
			return i
		}
		at -= n
	}
	return len(left) - 1
}

// draw makes an item of a source the name it is; ok is false for one that
// belongs to another source.
func (p *sampler) draw(st *stratum, source int, item sampled) (d Drawn, ok bool, err error) {
	if source == sourceRecords {
		p.reader.lean = false
		r, err := p.reader.result([]byte(item.key), p.tx.Bucket(bucketResults).Get([]byte(item.key)))
		if err != nil {
			return d, false, fmt.Errorf("result of %q: %w", item.key, err)
		}
		return Drawn{Name: r.Name, At: r.CheckedAt, Result: r, Recorded: true}, true, nil
	}
	var name []byte
	if source == sourceLists {
		name, _ = splitKey([]byte(item.key))
	} else if name, ok = p.q.Spaces[source-sourceSpaces].Name(nil, item.index); !ok || string(suffixOf(name)) != st.suffix {
		return d, false, fmt.Errorf("index %d of space %x is no name under %s", item.index, p.q.Spaces[source-sourceSpaces].ID[:4], st.suffix)
	}
	elsewhere, err := p.elsewhere(name, source)
	if err != nil {
		return d, false, fmt.Errorf("%q: %w", name, err)
	}
	return Drawn{Name: vacant.Name(name), At: time.Unix(item.at, 0).UTC()}, !elsewhere, nil
}

// elsewhere reports whether a source before this one rules over what is known of
// a name: its record, whatever that says; a list; another space.
func (p *sampler) elsewhere(name []byte, source int) (bool, error) {
	scope := p.scopes.get(suffixOf(name)).id
	p.key = appendKey(p.key[:0], name, scope)
	if p.tx.Bucket(bucketState).Get(p.key) != nil {
		return true, nil
	}
	if source == sourceLists {
		return false, nil
	}
	if m, ok, err := p.listed(name, scope); err != nil || ok && m.delegated && p.wantsAge(m.at) {
		return true, err
	}
	for i := range source - sourceSpaces {
		if there, err := p.delegatedIn(i, name); err != nil || there {
			return true, err
		}
	}
	return false, nil
}

// listed looks a name up among those of lists. p.key is its key.
func (p *sampler) listed(name []byte, scope string) (m mark, ok bool, err error) {
	if p.tx.Bucket(bucketTables) == nil {
		return readMark(p.tx.Bucket(bucketLists).Get(p.key))
	}
	if p.lists == nil {
		if p.lists, err = openLists(p.tx); err != nil {
			return m, false, err
		}
	}
	qs := make([]query, 1)
	qs[0].text, qs[0].tail, qs[0].hash = p.lists.place(name, scope)
	err = p.lists.find(p.tx, qs)
	return qs[0].mark, qs[0].found, err
}

// delegatedIn reports whether progress in space i has the name as delegated.
func (p *sampler) delegatedIn(i int, name []byte) (bool, error) {
	space := &p.q.Spaces[i]
	index, ok := space.Rank(name)
	if !ok {
		return false, nil
	}
	l, ok, err := p.layerOf(space.ID, p.steps[i], index)
	return ok && p.wantsAge(l.at), err
}

// layerOf returns the layer of progress that has an index as delegated.
func (p *sampler) layerOf(space [16]byte, left unfolded, index uint64) (l layer, ok bool, err error) {
	key := chunkKey(space, index>>chunkBits)
	c, err := readChunk(key, p.tx.Bucket(bucketProgress).Get(key))
	if err != nil {
		return l, false, fmt.Errorf("progress %x: %w", key, err)
	}
	for _, l := range left.over(c, index>>chunkBits) {
		if l.bits.has(uint16(index)) {
			return l, true, nil
		}
	}
	return l, false, nil
}
