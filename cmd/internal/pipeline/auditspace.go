package pipeline

import (
	"encoding/hex"
	"fmt"
	"slices"

	"vacant"
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

// KnownDelegated is what a store knows of a delegated name that has no record.
type KnownDelegated struct {
	store.Mark
	Run string // the last run over the space that knows it, "" for a name of a list
}

// Delegated looks a name up among those that a store knows as delegated and
// keeps no record of: in lists, and in the spaces whose recipe a run kept. blind
// counts the spaces that may have it and cannot be made again.
func Delegated(s *store.Store, scope func(string) string, name vacant.Name) (known KnownDelegated, ok bool, blind int, err error) {
	runs, err := s.Runs()
	if err != nil {
		return known, false, 0, err
	}
	made := remakeSpaces(runs, scope)
	for id := range made.why {
		if !slices.ContainsFunc(made.made, func(m store.SampleSpace) bool { return hex.EncodeToString(m.ID[:]) == id }) {
			blind++
		}
	}
	if known.Mark, ok, err = s.Delegated(scope(name.Parent()), name, made.made); err != nil {
		return known, false, blind, err
	}
	for _, r := range runs {
		if known.Space != "" && r.Space == known.Space {
			known.Run = r.ID
		}
	}
	return known, ok, blind, nil
}
