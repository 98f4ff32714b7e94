package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"
	"go.etcd.io/bbolt"
)

// A name of a list is kept as its first label and a tail: the dot and what
// follows it, and the scope of the endpoints named by hand. Tails are few and
// names many, so a table of names holds the number of a tail, and the tail's
// text stands once in the file.

// maxTails bounds the dictionary. A name with a tail beyond it is kept whole,
// with tail 0. What is in the dictionary stays there, so a name never has two forms.
const maxTails = 1 << 16

// tailKey is where the text of tail number n stands in the bucket of tables,
// one octet longer than the number of a table.
func tailKey(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{'t'}, n) }

// Forms of a tail in the file: with a sum at its end behind this octet, or the
// text alone, as it was written once; that begins with a dot.
const tailSummed = 0x5C

func appendTail(dst, key []byte, text string) []byte {
	start := len(dst)
	return appendSum(append(append(dst, tailSummed), text...), start, key)
}

func readTail(key, v []byte) (text string, err error) {
	if len(v) > 0 && v[0] == '.' {
		return string(v), nil
	}
	body, ok := cutSum(key, v)
	if !ok || body[0] != tailSummed || len(body) < 2 {
		return "", fmt.Errorf("tail %x of names of lists: %w", key[1:], errRecord)
	}
	return string(body[1:]), nil
}

// tails is the dictionary. It only grows, so a copy of it is a snapshot.
type tails struct {
	texts []string // by number; 0 is the empty text
	mixes []uint64 // hash of each text, its part of a name's hash
}

func loadTails(tx *bbolt.Tx) (t tails, err error) {
	t.add("")
	t.mixes[0] = 0
	c := tx.Bucket(bucketTables).Cursor()
	for k, v := c.Seek(tailKey(0)); len(k) == 5 && k[0] == 't'; k, v = c.Next() {
		text, err := readTail(k, v)
		if err != nil || binary.BigEndian.Uint32(k[1:]) != uint32(len(t.texts)) {
			return t, fmt.Errorf("tail %x of names of lists: %w", k[1:], errRecord)
		}
		t.add(text)
	}
	return t, nil
}

func (t *tails) add(text string) uint32 {
	t.texts, t.mixes = append(t.texts, text), append(t.mixes, xxhash.Sum64String(text))
	return uint32(len(t.texts) - 1)
}

// save writes the tails from number saved on.
func (t *tails) save(tx *bbolt.Tx, saved int) error {
	b := tx.Bucket(bucketTables)
	for n := saved; n < len(t.texts); n++ {
		key := tailKey(uint32(n))
		if err := b.Put(key, appendTail(nil, key, t.texts[n])); err != nil {
			return err
		}
	}
	return nil
}

// appendKey appends the name key of a text with a tail to dst.
func (t *tails) appendKey(dst, text []byte, tail uint32) []byte {
	dst = append(dst, text...)
	return append(dst, t.texts[tail]...)
}

// tailMemo is the dictionary with what finds a tail's number.
type tailMemo struct {
	tails
	saved int // tails that are in the file
	ids   map[string]uint32

	last     []byte // suffix and scope asked for last: names come in runs of one
	lastID   string
	lastTail uint32
	key      []byte // scratch
}

func newTailMemo(t tails) *tailMemo {
	m := &tailMemo{tails: t, saved: len(t.texts), ids: make(map[string]uint32, len(t.texts))}
	for n, text := range t.texts {
		m.ids[text] = uint32(n)
	}
	return m
}

// place splits a name of a scope into what a table holds of it. The text is a
// view of name, or of a new buffer where the name is kept whole.
func (m *tailMemo) place(name []byte, scope string) (text []byte, tail uint32, hash uint64) {
	i := bytes.IndexByte(name, '.')
	if i >= 0 {
		if m.lastTail == 0 || m.lastID != scope || string(m.last) != string(name[i:]) {
			m.look(name[i:], scope)
		}
		tail = m.lastTail
	}
	text = name
	if tail != 0 {
		text = name[:i]
	} else if scope != "" {
		text = appendKey(nil, name, scope)
	}
	return text, tail, xxhash.Sum64(text) ^ m.mixes[tail]
}

// look finds the number of a tail, a new one if there is room, else 0.
func (m *tailMemo) look(suffix []byte, scope string) {
	m.last, m.lastID = append(m.last[:0], suffix...), scope
	m.key = appendKey(m.key[:0], suffix, scope)
	tail, ok := m.ids[string(m.key)]
	if !ok && len(m.texts) < maxTails {
		tail = m.add(string(m.key))
		m.ids[m.texts[tail]] = tail
	}
	m.lastTail = tail
}
