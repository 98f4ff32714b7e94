package store

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// eachListed calls fn with the key of every name of a list and what is known of
// it, once each, in the order of the tables, which is not that of names. Both
// arguments are good until fn returns. What it reads is checked. It reads files of version 1 too.
func eachListed(tx *bbolt.Tx, fn func(key []byte, m mark) error) error {
	if tx.Bucket(bucketTables) == nil {
		return eachListed1(tx, fn)
	}
	tables, err := readTables(tx)
	if err != nil || len(tables) == 0 {
		return err
	}
	tails, err := loadTails(tx)
	if err != nil {
		return err
	}
	m, err := openMerger(tx, tables, &tails, 0)
	if err != nil {
		return err
	}
	most := uint32(1)
	for i := range tables {
		most = max(most, tables[i].blocks)
	}
	var names []listed
	var key []byte
	for n := range most {
		if names, err = m.upTo(lastHash(n, most), names[:0]); err != nil {
			return err
		}
		for i := range names {
			key = tails.appendKey(key[:0], names[i].text, names[i].tail)
			if err := fn(key, names[i].mark); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachListed1 reads the names of lists of version 1, one key each.
func eachListed1(tx *bbolt.Tx, fn func(key []byte, m mark) error) error {
	b := tx.Bucket(bucketLists)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		m, _, err := readMark(v)
		if err != nil {
			return fmt.Errorf("what is known of %q, of a list: %w", k, err)
		}
		return fn(k, m)
	})
}

// listWriter writes names of lists within a transaction, in whatever order they
// come and in bounded memory. They rule over what the file knows of the same
// names, and later ones over earlier ones.
type listWriter struct {
	tx     *bbolt.Tx
	tails  *tailMemo
	names  recent
	sorted []listed
}

// listWriterNames is how many names are gathered for a table.
const listWriterNames = 1 << 18

func newListWriter(tx *bbolt.Tx) (*listWriter, error) {
	t, err := loadTails(tx)
	return &listWriter{tx: tx, tails: newTailMemo(t)}, err
}

// add adds a name by its name key. It does not keep key.
func (w *listWriter) add(key []byte, m mark) error {
	name, scope := splitKey(key)
	text, tail, hash := w.tails.place(name, scope)
	i := w.names.find(hash, text, tail)
	if i < 0 {
		i = w.names.add(hash, text, tail)
	}
	e := &w.names.names[i]
	e.run, e.delegated, e.at, e.need = m.run, m.delegated, timeUnits(m.at), needWrite
	if len(w.names.names) < listWriterNames {
		return nil
	}
	return w.finish()
}

// finish writes what was gathered. More may be added.
func (w *listWriter) finish() error {
	w.sorted = w.names.sorted(w.sorted, false)
	defer w.names.reset()
	if err := w.tails.save(w.tx, w.tails.saved); err != nil {
		return err
	}
	w.tails.saved = len(w.tails.texts)
	return saveListed(w.tx, w.sorted, &w.tails.tails, nil)
}
