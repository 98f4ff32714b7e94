package store

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// Query selects results. The zero value selects all.
type Query struct {
	Verdicts             []vacant.Verdict
	TLDs                 []string // suffixes: "uk" does not select names under co.uk
	MinAge, MaxAge       time.Duration
	MinLength, MaxLength int    // of the label, in octets
	Pattern              string // RE2 on the whole name
	Run                  string
	Lifecycles           []vacant.Lifecycle
	Reasons              []vacant.Reason
	// ExpiresAfter and ExpiresBefore bound the expiry, both ends included; a zero
	// one bounds nothing. With either, a name whose expiry is not known is not selected.
	ExpiresAfter, ExpiresBefore time.Time
	// Lean leaves the evidence out of the results, for formats that do not show it.
	Lean  bool
	Scope func(suffix string) string // as RunInfo.Scope; nil selects names nobody named an endpoint for
	Match func(vacant.Name) bool     // nil = all; called in a read transaction, so it must not wait for a commit
}

// How many results are read, and how many records looked at, in one transaction
// at most: a long one would hold up a commit that has to grow the file.
const (
	resultsPerTx = 256
	recordsPerTx = 1 << 14
)

// Results yields the results that q selects, sorted by name, in constant memory.
// The caller may write to the store meanwhile; what is written behind the
// current name is not seen. After an error nothing more comes.
func (s *Store) Results(q Query) iter.Seq2[vacant.Result, error] {
	return func(yield func(vacant.Result, error) bool) {
		sel, err := s.selection(q)
		if err != nil {
			yield(vacant.Result{}, err)
			return
		}
		found := make([]vacant.Result, 0, resultsPerTx)
		for after, more := []byte(nil), true; more; {
			found, after, more, err = s.results(sel, after, found[:0])
			for _, r := range found {
				if !yield(r, nil) {
					return
				}
			}
			if err != nil {
				yield(vacant.Result{}, fmt.Errorf("read results: %w", err))
				return
			}
		}
	}
}

// results appends the next results after a key to found; more is false at the end.
func (s *Store) results(sel *selection, after []byte, found []vacant.Result) (_ []vacant.Result, last []byte, more bool, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketResults).Cursor()
		k, v := c.Seek(after)
		if after != nil && string(k) == string(after) {
			k, v = c.Next()
		}
		for looked := 0; k != nil; k, v = c.Next() {
			r, ok, err := sel.take(k, v)
			if err != nil {
				return fmt.Errorf("result of %q: %w", k, err)
			}
			if ok {
				found = append(found, r)
			}
			if looked++; len(found) == resultsPerTx || looked >= recordsPerTx {
				last, more = slices.Clone(k), true
				return nil
			}
		}
		return nil
	})
	return found, last, more, err
}

// selection is a compiled query.
type selection struct {
	Query
	reader   reader
	pattern  *regexp.Regexp
	scopes   scopeMemo
	now      time.Time
	verdicts [vacant.Premium + 1]bool
}

func (s *Store) selection(q Query) (*selection, error) {
	sel := &selection{Query: q, now: s.now(), reader: reader{lean: q.Lean}}
	if sel.Scope == nil {
		sel.Scope = func(string) string { return "" }
	}
	sel.scopes.of = sel.Scope
	for v := range sel.verdicts {
		sel.verdicts[v] = len(q.Verdicts) == 0 || slices.Contains(q.Verdicts, vacant.Verdict(v))
	}
	if q.Pattern == "" {
		return sel, nil
	}
	re, err := regexp.Compile(q.Pattern)
	if err != nil {
		return nil, fmt.Errorf("pattern of the query: %w", err)
	}
	sel.pattern = re
	return sel, nil
}

// take decodes a record if it is selected. What its key and verdict rule out is
// never decoded.
func (q *selection) take(k, v []byte) (r vacant.Result, ok bool, err error) {
	name, scope := splitKey(k)
	verdict, err := verdictOf(k, v)
	if err != nil || !q.verdicts[verdict] || !q.takesName(name, scope) {
		return r, false, err
	}
	if r, err = q.reader.decode(k, v, verdict); err != nil {
		return r, false, err
	}
	return r, q.takesResult(&r), nil
}

func (q *selection) takesName(name []byte, scope string) bool {
	suffix := suffixOf(name)
	length := len(name) - len(suffix) - 1
	switch {
	case q.scopes.get(suffix).id != scope:
		return false
	case len(q.TLDs) > 0 && !slices.Contains(q.TLDs, string(suffix)):
		return false
	case length < q.MinLength || (q.MaxLength > 0 && length > q.MaxLength):
		return false
	case q.pattern != nil && !q.pattern.Match(name):
		return false
	}
	return q.Match == nil || q.Match(vacant.Name(name))
}

func (q *selection) takesResult(r *vacant.Result) bool {
	age := q.now.Sub(r.CheckedAt)
	switch {
	case q.Run != "" && r.RunID != q.Run:
		return false
	case q.MinAge > 0 && age < q.MinAge:
		return false
	case len(q.Lifecycles) > 0 && !slices.Contains(q.Lifecycles, r.Lifecycle):
		return false
	case len(q.Reasons) > 0 && !slices.Contains(q.Reasons, r.Reason()):
		return false
	case !q.takesExpiry(r.ExpiresAt):
		return false
	}
	return q.MaxAge <= 0 || age <= q.MaxAge
}

func (q *selection) takesExpiry(at time.Time) bool {
	switch {
	case q.ExpiresAfter.IsZero() && q.ExpiresBefore.IsZero():
		return true
	case at.IsZero(), at.Before(q.ExpiresAfter):
		return false
	}
	return q.ExpiresBefore.IsZero() || !at.After(q.ExpiresBefore)
}

// Get returns the result of one name, ok false if there is none. scope is the
// fingerprint that RunInfo.Scope would give for the name's suffix.
func (s *Store) Get(scope string, name vacant.Name) (r vacant.Result, ok bool, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		key := nameKey(string(name), scopeID(scope))
		v := tx.Bucket(bucketResults).Get(key)
		if v == nil {
			return nil
		}
		ok = true
		r, err = readResult(key, v)
		return err
	})
	return r, ok && err == nil, err
}

// Unconfirmed returns the inquiry of a name that waits for stage two, ok false
// if it does not. scope is as in [Store.Get].
func (s *Store) Unconfirmed(scope string, name vacant.Name) (i vacant.Inquiry, ok bool, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		key := nameKey(string(name), scopeID(scope))
		st, found, err := readState(key, tx.Bucket(bucketState).Get(key))
		if err != nil || !found || st.kind != kindWaiting {
			return err
		}
		seq := u64Key(uint64(st.aux))
		q, err := readQueued(seq, tx.Bucket(bucketQueue).Get(seq))
		i, ok = vacant.Inquiry{Name: name, DNS: q.proof, Source: q.source}, err == nil
		return err
	})
	return i, ok, err
}
