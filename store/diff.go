package store

import (
	"container/heap"
	"encoding/binary"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"

	"vacant"
)

// Between selects changes: those that runs after From brought, up to and with
// To. Both are numbers of runs (RunSummary.Number). Where From is the later one
// everything is turned round. Of the query the parts that look at a name count
// (TLDs, lengths, Pattern, Scope, Match), and Verdicts, which is what it is now.
type Between struct {
	From, To uint32
	Query    Query
}

// Changes yields what became of each name between two runs, sorted by name, in
// memory that depends on the number of runs between them only. A name that came
// back to where it was is not among them. Of a name of which only the
// progress of another space tells that it was delegated, nothing was known
// before. The caller may write meanwhile. A file of an older version, open for
// reading, has no changes: [ErrOlder].
func (s *Store) Changes(b Between) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		d, err := s.between(b)
		for more := true; more && err == nil; {
			var found []Change
			found, more, err = d.some()
			for _, c := range found {
				if !yield(c, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(Change{}, fmt.Errorf("read changes: %w", err))
		}
	}
}

// differ goes through the changes between two runs.
type differ struct {
	s      *Store
	lo, hi uint32 // runs lo < n <= hi
	turned bool   // from the later to the earlier
	sel    *selection
	memo   memo
	after  []byte // the name key that was looked at last, nil at the start
}

func (s *Store) between(b Between) (*differ, error) {
	if s.schema < schemaVersion {
		return nil, fmt.Errorf("%w: %s has schema %d, which kept no changes", ErrOlder, s.path, s.schema)
	}
	sel, err := s.selection(b.Query)
	d := &differ{s: s, lo: min(b.From, b.To), hi: max(b.From, b.To), turned: b.From > b.To, sel: sel}
	return d, err
}

// some reads the next changes in one transaction; more is false at the end.
func (d *differ) some() (found []Change, more bool, err error) {
	err = d.s.view(func(tx *bbolt.Tx) error {
		lists := d.seek(tx.Bucket(bucketChanges))
		for looked := 0; lists.Len() > 0; looked++ {
			if len(found) == resultsPerTx || looked >= recordsPerTx {
				more = true
				return nil
			}
			c, ok, err := d.next(&lists)
			if err != nil {
				return err
			}
			if ok {
				found = append(found, c)
			}
		}
		return nil
	})
	return found, more, err
}

// seek opens the list of each run between, behind what was looked at.
func (d *differ) seek(b *bbolt.Bucket) byName {
	var lists byName
	c := b.Cursor()
	for run, ok := nextChanged(c, d.lo+1); ok && run <= d.hi; run, ok = nextChanged(c, run+1) {
		l := &changed{run: run, at: b.Cursor()}
		start := append(binary.BigEndian.AppendUint32(nil, run), d.after...)
		k, v := l.at.Seek(start)
		if len(d.after) > 0 && string(k) == string(start) {
			k, v = l.at.Next()
		}
		if l.set(k, v); l.key != nil {
			lists = append(lists, l)
		}
	}
	heap.Init(&lists)
	return lists
}

// next takes all records of the first name off the lists and folds them.
func (d *differ) next(lists *byName) (c Change, ok bool, err error) {
	d.after = append(d.after[:0], (*lists)[0].name()...)
	key := d.after
	var first, last turn
	for n := 0; lists.Len() > 0 && string((*lists)[0].name()) == string(key); n++ {
		l := (*lists)[0]
		t, _, err := d.memo.turn(l.key, l.turn)
		if err != nil {
			return c, false, fmt.Errorf("change of %q in run %d: %w", key, l.run, err)
		}
		if last = t; n == 0 {
			first = t
		}
		if l.set(l.at.Next()); l.key == nil {
			heap.Pop(lists)
		} else {
			heap.Fix(lists, 0)
		}
	}
	name, scope := splitKey(key)
	c = Change{Name: vacant.Name(name), Before: first.before, After: last.after, At: last.at}
	if d.turned {
		c.Before, c.After = c.After, c.Before
	}
	ok = c.Before != c.After && d.sel.takesName(name, scope) && (len(d.sel.Verdicts) == 0 || c.After.Known && d.sel.verdicts[c.After.Verdict])
	return c, ok, nil
}
