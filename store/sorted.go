package store

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"go.etcd.io/bbolt"

	"vacant"
)

// rankedInMemory is how many names are sorted in memory at a time, 50 MB of
// them; more go to a temporary file, a sorted stretch each.
const rankedInMemory = 1 << 19

// ResultsBy is Results in the order of rank, least first, and by name where that
// is equal. Memory is bounded: names beyond the first half million wait in a
// temporary file, some 30 octets each, and results are read again one by one.
func (s *Store) ResultsBy(q Query, rank func(*vacant.Result) uint64) iter.Seq2[vacant.Result, error] {
	return func(yield func(vacant.Result, error) bool) {
		err := s.resultsBy(q, rank, rankedInMemory, yield)
		if err != nil && !errors.Is(err, errEnough) {
			yield(vacant.Result{}, fmt.Errorf("sort results: %w", err))
		}
	}
}

// errEnough says that the caller wants no more.
var errEnough = errors.New("enough")

func (s *Store) resultsBy(q Query, rank func(*vacant.Result) uint64, room int, yield func(vacant.Result, error) bool) (err error) {
	sorter := &sorter{room: room}
	defer func() { err = firstError(err, sorter.close()) }()
	scopes, err := s.selection(q)
	if err != nil {
		return err
	}
	lean := q
	lean.Lean = true
	for r, err := range s.Results(lean) {
		if err != nil {
			return err
		}
		suffix := suffixOf([]byte(r.Name))
		if err := sorter.add(ranked{rank(&r), appendKey(nil, []byte(r.Name), scopes.scopes.get(suffix).id)}); err != nil {
			return err
		}
	}
	return sorter.each(func(key []byte) error {
		r, ok, err := s.byKey(key, &scopes.reader)
		if err != nil || !ok {
			return err // one that is gone meanwhile is passed over
		}
		if !yield(r, nil) {
			return errEnough
		}
		return nil
	})
}

func (s *Store) byKey(key []byte, d *reader) (r vacant.Result, ok bool, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucketResults).Get(key)
		if ok = v != nil; ok {
			r, err = d.result(key, v)
		}
		return err
	})
	return r, ok, err
}

// ranked is a name key with its place in an order.
type ranked struct {
	rank uint64
	key  []byte
}

func compareRanked(a, b ranked) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), bytes.Compare(a.key, b.key))
}

// sorter sorts more names than fit into memory.
type sorter struct {
	room  int
	names []ranked
	file  *os.File // nil while all fit
	ends  []int64  // of the stretches in file
}

func (s *sorter) add(r ranked) error {
	if len(s.names) >= s.room {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.names = append(s.names, r)
	return nil
}

// spill writes what is in memory as one sorted stretch.
func (s *sorter) spill() (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "vacant-sort-*"); err != nil {
			return err
		}
	}
	slices.SortFunc(s.names, compareRanked)
	w := bufio.NewWriterSize(s.file, 1<<16)
	end := int64(0)
	if n := len(s.ends); n > 0 {
		end = s.ends[n-1]
	}
	var buf []byte
	for _, r := range s.names {
		buf = binary.AppendUvarint(binary.BigEndian.AppendUint64(buf[:0], r.rank), uint64(len(r.key)))
		buf = append(buf, r.key...)
		n, err := w.Write(buf)
		if end += int64(n); err != nil {
			return err
		}
	}
	s.ends = append(s.ends, end)
	s.names = s.names[:0]
	return w.Flush()
}

// each calls fn with the key of every name in order.
func (s *sorter) each(fn func(key []byte) error) error {
	slices.SortFunc(s.names, compareRanked)
	stretches, err := s.open()
	if err != nil {
		return err
	}
	for len(stretches) > 0 {
		next := stretches[0]
		if err := fn(next.head.key); err != nil {
			return err
		}
		more, err := next.advance()
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(&stretches, 0)
		default:
			heap.Pop(&stretches)
		}
	}
	return nil
}

// open begins every stretch, that in memory too.
func (s *sorter) open() (stretches, error) {
	all := stretches{{names: s.names}}
	start := int64(0)
	for _, end := range s.ends {
		all = append(all, &stretch{file: bufio.NewReaderSize(io.NewSectionReader(s.file, start, end-start), 1<<15)})
		start = end
	}
	var err error
	all = slices.DeleteFunc(all, func(st *stretch) bool {
		more, failed := st.advance()
		err = firstError(err, failed)
		return !more
	})
	heap.Init(&all)
	return all, err
}

// close removes the temporary file.
func (s *sorter) close() error {
	if s.file == nil {
		return nil
	}
	return firstError(s.file.Close(), os.Remove(s.file.Name()))
}

// stretch is a sorted part of the names, in memory or in a file.
type stretch struct {
	names []ranked
	file  *bufio.Reader
	head  ranked
}

// advance makes the next name the head; more is false at the end.
func (s *stretch) advance() (more bool, err error) {
	if s.file == nil {
		if len(s.names) == 0 {
			return false, nil
		}
		s.head, s.names = s.names[0], s.names[1:]
		return true, nil
	}
	var rank [8]byte
	if _, err := io.ReadFull(s.file, rank[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	n, err := binary.ReadUvarint(s.file)
	if err != nil || n > maxKeyLen {
		return false, fmt.Errorf("read what was sorted: %w", errors.Join(err, errRecord))
	}
	s.head = ranked{binary.BigEndian.Uint64(rank[:]), make([]byte, n)}
	_, err = io.ReadFull(s.file, s.head.key)
	return err == nil, err
}

// maxKeyLen is that of the longest name key.
const maxKeyLen = vacant.MaxNameLen + 1 + scopeLen

// stretches is a heap by head.
type stretches []*stretch

func (h stretches) Len() int           { return len(h) }
func (h stretches) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h stretches) Less(i, j int) bool { return compareRanked(h[i].head, h[j].head) < 0 }
func (h *stretches) Push(x any)        { *h = append(*h, x.(*stretch)) }
func (h *stretches) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
