package generator

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"

	"vacant"
)

// space is all names of the deterministic sources with their indexes. A label's
// names under all its suffixes follow each other, so that a run in order
// spreads over the registries; a domain hack's go suffix by suffix.
type space struct {
	parts []part
	size  uint64
	exact bool
	id    [16]byte
	homes map[string]home // suffix -> where its names are
}

// part is labels x tlds, the tlds innermost.
type part struct {
	labels labels
	tlds   [][]byte // with their leading dot
	first  uint64   // index of the part's first name
}

type home struct{ part, tld int }

func (p *part) size() uint64 { return p.labels.size() * uint64(len(p.tlds)) }

// newSpace joins each set of labels with the TLDs at its position; no TLD may
// have two sets.
func newSpace(sets []labels, tlds [][]string) (*space, error) {
	s := &space{exact: true, homes: make(map[string]home)}
	for i, set := range sets {
		p := part{labels: set, first: s.size}
		for k, tld := range tlds[i] {
			p.tlds = append(p.tlds, []byte("."+tld))
			s.homes[tld] = home{i, k}
		}
		s.size = addNames(s.size, mulNames(set.size(), uint64(len(tlds[i]))))
		if s.size > maxNames {
			return nil, ErrTooMany
		}
		s.exact = s.exact && set.exact()
		s.parts = append(s.parts, p)
	}
	return s, nil
}

// rank returns the index of a canonical name.
func (s *space) rank(name []byte) (index uint64, ok bool) {
	label, tld, _ := bytes.Cut(name, []byte{'.'})
	h, ok := s.homes[string(tld)]
	if !ok {
		return 0, false
	}
	p := &s.parts[h.part]
	i, ok := p.labels.rank(label)
	return p.first + i*uint64(len(p.tlds)) + uint64(h.tld), ok
}

// partOf returns the part that holds index.
func (s *space) partOf(index uint64) *part { return &s.parts[s.partAt(index)] }

// partAt returns the position of that part.
func (s *space) partAt(index uint64) int {
	if len(s.parts) == 1 {
		return 0
	}
	// Empty parts begin where the next one does: the last that begins here is it.
	k, _ := slices.BinarySearchFunc(s.parts, index+1, func(p part, i uint64) int {
		if p.first < i {
			return -1
		}
		return 1
	})
	return k - 1
}

// unrank appends the name of index; ok is false where the index is empty.
func (s *space) unrank(dst []byte, index uint64) (name []byte, ok bool) {
	p := s.partOf(index)
	n := uint64(len(p.tlds))
	at := index - p.first
	dst, ok = p.labels.unrank(dst, at/n)
	return append(dst, p.tlds[at%n]...), ok
}

// identify sets the space's id from all that decides which name has which index.
func (s *space) identify(cfg *Config, src *sources, tlds []string) {
	h := sha256.New()
	put := func(texts ...string) {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(texts)))
		h.Write(n[:])
		for _, t := range texts {
			binary.LittleEndian.PutUint64(n[:], uint64(len(t)))
			h.Write(n[:])
			h.Write([]byte(t))
		}
	}
	put("vacant space 1")
	for _, p := range s.parts {
		_, ways := p.labels.(*derivation)
		put(strconv.FormatBool(ways))
	}
	put(src.patterns...)
	put(src.lex.plain...)
	put(src.lex.idn...)
	put(src.around.before...)
	put(src.around.after...)
	put(tlds...)
	put(cfg.Regex, strconv.Itoa(cfg.MinLength), strconv.Itoa(cfg.MaxLength), strconv.FormatBool(cfg.NoHyphen),
		strconv.FormatBool(cfg.NoDigit), strconv.FormatBool(cfg.Pronounceable), strconv.FormatBool(cfg.Hack))
	if cfg.OnlyLetters || cfg.OnlyDigits {
		put(strconv.FormatBool(cfg.OnlyLetters))
	}
	for i, words := range [][]string{cfg.Starts, cfg.Ends, cfg.Contains, cfg.Exclude} {
		if len(words) > 0 {
			put(append([]string{strconv.Itoa(i)}, words...)...)
		}
	}
	for i, typos := range src.typos {
		put(typos...)
		for _, tld := range s.parts[i].tlds {
			put(string(tld))
		}
	}
	copy(s.id[:], h.Sum(nil))
}

// walker makes the names of a space in order.
type walker struct {
	space *space
	index uint64 // of the next name
	part  *part
	end   uint64 // index behind the part's last name
	label uint64 // index of the label within the part
	tld   int
	cur   cursor // where the part's labels are a dfa
	text  []byte // the label, or nil where its index is empty
	own   []byte // memory of text where there is no cursor
}

// seek goes to index, which must be below the space's size.
func (w *walker) seek(index uint64) {
	w.index, w.part = index, w.space.partOf(index)
	n := uint64(len(w.part.tlds))
	w.end = w.part.first + w.part.size()
	w.label, w.tld = (index-w.part.first)/n, int((index-w.part.first)%n)
	if m, ok := w.part.labels.(*dfa); ok {
		w.cur.m = m
		w.cur.seek(w.label)
		w.text = w.cur.text
		return
	}
	w.cur.m = nil
	w.load()
}

// load writes the label where there is no cursor.
func (w *walker) load() {
	var ok bool
	if w.own, ok = w.part.labels.unrank(w.own[:0], w.label); ok {
		w.text = w.own
	} else {
		w.text = nil
	}
}

// fill appends names to b until it is full or the next index is hi.
func (w *walker) fill(b *vacant.Batch, hi uint64) {
	for w.index < hi && !b.Full() {
		if w.text != nil {
			tld := w.part.tlds[w.tld]
			room := b.Room(len(w.text) + len(tld))
			copy(room[copy(room, w.text):], tld)
			b.Take(len(room), w.index)
		}
		w.index++
		if w.tld++; w.tld == len(w.part.tlds) {
			w.nextLabel()
		}
	}
}

func (w *walker) nextLabel() {
	w.tld = 0
	w.label++
	switch {
	case w.index == w.space.size:
	case w.index == w.end:
		w.seek(w.index)
	case w.cur.m != nil:
		w.cur.next()
		w.text = w.cur.text
	default:
		w.load()
	}
}
