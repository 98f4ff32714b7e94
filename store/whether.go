package store

import (
	"encoding/hex"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// Mark is what a store knows of a delegated name without a record.
type Mark struct {
	At    time.Time // of the answer, at the earliest; a space's may be up to an hour later, a list's five minutes
	Space string    // the id in hex of the space whose progress has it, "" for a name of a list
}

// Delegated reports whether lists or the progress of spaces have a name as
// delegated, the youngest answer first. scope is as in [Store.Get].
func (s *Store) Delegated(scope string, name vacant.Name, spaces []SampleSpace) (found Mark, ok bool, err error) {
	p := &sampler{q: SampleQuery{Spaces: spaces}}
	err = s.view(func(tx *bbolt.Tx) (err error) {
		p.tx = tx
		id := scopeID(scope)
		p.key = nameKey(string(name), id)
		m, there, err := p.listed([]byte(name), id)
		if err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
		if there && m.delegated {
			found, ok = Mark{At: time.Unix(m.at, 0).UTC()}, true
		}
		for i := range spaces {
			at, there, err := p.markedIn(&spaces[i], name)
			if err != nil {
				return err
			}
			if there && (!ok || at.After(found.At)) {
				found, ok = Mark{At: at, Space: hex.EncodeToString(spaces[i].ID[:])}, true
			}
		}
		return nil
	})
	return found, ok && err == nil, err
}

// markedIn returns when progress of a space has the name as delegated.
func (p *sampler) markedIn(space *SampleSpace, name vacant.Name) (at time.Time, ok bool, err error) {
	index, ok := space.Rank([]byte(name))
	if !ok {
		return at, false, nil
	}
	left, err := readUnfolded(p.tx, space.ID)
	if err != nil {
		return at, false, err
	}
	l, ok, err := p.layerOf(space.ID, left, index)
	return time.Unix(l.at, 0).UTC(), ok, err
}
