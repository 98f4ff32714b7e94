package main

import (
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/spf13/pflag"

	"vacant"
	"vacant/generator"
	"vacant/store"
)

// sorting are the flags about the order of results and their score.
type sorting struct {
	by       string
	minScore int
}

// AddFlags adds the flags.
func (s *sorting) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&s.by, "sort", "name", "name, score (best first), checked (latest first) or expires (soonest first)")
	fs.IntVar(&s.minScore, "min-score", 0, "only names whose label scores at least this, 0 to 100")
}

var sortWords = []string{"name", "score", "checked", "expires"}

// check finds what is wrong with the flags.
func (s *sorting) check() error {
	if !slices.Contains(sortWords, s.by) {
		return usage(fmt.Errorf("--sort: unknown order %q", s.by), "the orders are name, score, checked and expires")
	}
	if s.minScore < 0 || s.minScore > 100 {
		return usagef("--min-score %d: want 0 to 100", s.minScore)
	}
	return nil
}

// narrow makes q select by score.
func (s *sorting) narrow(q *store.Query) {
	if s.minScore > 0 {
		q.Match = func(n vacant.Name) bool { return generator.Score([]byte(n.Label())) >= s.minScore }
	}
}

// results reads what q selects in the order asked for.
func (s *sorting) results(from *store.Store, q store.Query) iter.Seq2[vacant.Result, error] {
	switch s.by {
	case "score":
		return from.ResultsBy(q, func(r *vacant.Result) uint64 { return uint64(math.MaxInt32 - generator.Score([]byte(r.Name.Label()))) })
	case "checked":
		return from.ResultsBy(q, func(r *vacant.Result) uint64 { return ^uint64(max(r.CheckedAt.Unix(), 0)) })
	case "expires":
		return from.ResultsBy(q, soonest)
	}
	return from.Results(q)
}

// soonest ranks by expiry, those without one last.
func soonest(r *vacant.Result) uint64 {
	if r.ExpiresAt.IsZero() {
		return math.MaxUint64
	}
	return uint64(max(r.ExpiresAt.Unix(), 0))
}
