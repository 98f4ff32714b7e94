package pipeline

import (
	"encoding/hex"
	"fmt"
	"slices"

	"vacant/store"
)

// UnnamedSpace is progress of which an audit cannot tell the names, and why.
type UnnamedSpace struct {
	Space     string `json:"space"` // the first octets of its id, as store stats shows them
	Run       string `json:"run,omitempty"`
	Delegated uint64 `json:"delegated"`
	Why       string `json:"why"`
}

// spaces makes the spaces again that the store has progress of, by the recipes
// of its runs, the youngest first. why says of each that cannot be made what is missing.
type spaces struct {
	made []store.SampleSpace
	why  map[string]UnnamedSpace // by the id in hex
}

func remakeSpaces(runs []store.RunSummary, scope func(string) string) spaces {
	s := spaces{why: make(map[string]UnnamedSpace)}
	done := make(map[string]bool)
	for _, r := range slices.Backward(runs) {
		if r.Space == "" || done[r.Space] {
			continue
		}
		space, err := remakeSpace(&r, scope)
		if err != nil {
			if _, told := s.why[r.Space]; !told {
				s.why[r.Space] = UnnamedSpace{Run: r.ID, Why: err.Error()}
			}
			continue // an older run's recipe may serve
		}
		done[r.Space] = true
		s.made = append(s.made, space)
	}
	return s
}

// remakeSpace makes one run's space again. Its id in the store has the scopes of
// its suffixes folded in: with other servers named by hand it is another space.
func remakeSpace(r *store.RunSummary, scope func(string) string) (space store.SampleSpace, err error) {
	gen, err := remake(&r.Details)
	if err != nil {
		return space, err
	}
	id, _ := gen.Space()
	space.ID = scopedSpace(id, r.Details.TLDs, scope)
	if hex.EncodeToString(space.ID[:]) != r.Space {
		return space, fmt.Errorf("it was asked with other servers named by hand")
	}
	in := indexes(gen)
	space.Stretches, space.Rank, space.Name = in.Stretches, in.Rank, gen.AppendName
	return space, nil
}

// unnamed says why each space of a sample could not be drawn from.
func (s *spaces) unnamed(list []store.UnnamedSpace) []UnnamedSpace {
	var out []UnnamedSpace
	for _, u := range list {
		id := hex.EncodeToString(u.ID[:])
		told, ok := s.why[id]
		if !ok {
			told.Why = "no run of it is in the store"
		}
		told.Space, told.Delegated = id[:8], u.Delegated
		out = append(out, told)
	}
	return out
}
