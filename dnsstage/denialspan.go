package dnsstage

import (
	"encoding/binary"
	"slices"
)

// key places a name on the line on which a zone denies: its label's first 16
// octets in canonical order (RFC 4034 section 6.1), or those of its NSEC3 hash.
// Two keys that differ order their names; names with equal keys may differ, so
// that nothing is ever concluded from equal keys alone but where the label is known to be whole.
type key struct{ hi, lo uint64 }

// keyLen is how many octets a key holds.
const keyLen = 16

// lastKey lies behind every name: no label begins with octet 255 that we ask about.
var lastKey = key{^uint64(0), ^uint64(0)}

func (k key) less(o key) bool { return k.hi < o.hi || k.hi == o.hi && k.lo < o.lo }

func (k key) compare(o key) int {
	switch {
	case k == o:
		return 0
	case k.less(o):
		return -1
	}
	return 1
}

// keyOf returns the key of a lower-case label or of a hash.
func keyOf(octets []byte) key {
	if len(octets) < keyLen {
		var padded [keyLen]byte
		copy(padded[:], octets)
		return key{binary.BigEndian.Uint64(padded[:]), binary.BigEndian.Uint64(padded[8:])}
	}
	return key{binary.BigEndian.Uint64(octets), binary.BigEndian.Uint64(octets[8:])}
}

// span is a proven range: no name lies strictly between from and to.
type span struct {
	from, to key
	until    uint32 // Unix seconds; not used from then on
	server   uint16 // who said so, in the stage's vacant.Servers
	cut      bool   // the name at from is whole in its key, and delegated
}

func (s *span) covers(k key) bool { return s.from.less(k) && k.less(s.to) }

// maxSpans bounds the ranges of all zones together: about 16 MB with the room
// that half-filled pages leave.
const maxSpans = 1 << 18

// pageSize is how many spans a page holds: inserting one moves half of them, 2.5 KB.
const pageSize = 128

// page holds spans in order.
type page struct {
	spans []span
	used  uint64 // the budget's clock when a name last fell into it
}

// spanBudget bounds what all zones hold together.
type spanBudget struct {
	n, max int
	clock  uint64
	sets   []*spanSet
}

// shrink makes room by forgetting the pages that were of no use for longest.
// What is forgotten can only be asked again.
func (b *spanBudget) shrink() {
	for b.n > b.max {
		var from *spanSet
		at := 0
		for _, s := range b.sets {
			for i, p := range s.pages {
				if from == nil || p.used < from.pages[at].used {
					from, at = s, i
				}
			}
		}
		b.n -= len(from.pages[at].spans)
		from.pages = slices.Delete(from.pages, at, at+1)
		from.firsts = slices.Delete(from.firsts, at, at+1)
		from.page, from.at = 0, 0
	}
}

// spanSet is the proven ranges of one zone in the order of their beginnings:
// pages of spans, and the beginning of each page apart, so that a search
// touches two small arrays. A look-up begins where the last one ended.
type spanSet struct {
	budget   *spanBudget
	firsts   []key // of each page
	pages    []*page
	page, at int // of the last look-up
}

func newSpanSet(b *spanBudget) *spanSet {
	s := &spanSet{budget: b}
	b.sets = append(b.sets, s)
	return s
}

// find returns the span that covers k or begins at it, nil if none is known.
func (s *spanSet) find(k key) *span {
	if len(s.pages) == 0 {
		return nil
	}
	spans := s.pages[s.page].spans
	if p := &spans[s.at]; !k.less(p.from) {
		if k.less(p.to) {
			return p
		}
		// Names in order: the next span, or a little further.
		if next := s.at + 1; next < len(spans) && k.less(spans[next].to) {
			if k.less(spans[next].from) {
				return nil
			}
			s.at = next
			return &spans[next]
		}
	}
	return s.search(k)
}

func (s *spanSet) search(k key) *span {
	s.page = max(0, after(s.firsts, k)-1)
	p := s.pages[s.page]
	s.at = max(0, afterSpan(p.spans, k)-1)
	p.used = s.budget.clock
	if hit := &p.spans[s.at]; !k.less(hit.from) && k.less(hit.to) {
		return hit
	}
	return nil
}

// after returns the index of the first key above k.
func after(keys []key, k key) int {
	lo, hi := 0, len(keys)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); k.less(keys[mid]) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// afterSpan returns the index of the first span that begins above k.
func afterSpan(spans []span, k key) int {
	lo, hi := 0, len(spans)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); k.less(spans[mid].from) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// ends reports whether k is where a known span ends: the name next to a denial,
// of which nothing more is known yet.
func (s *spanSet) ends(k key) bool {
	if len(s.pages) == 0 {
		return false
	}
	i := after(s.firsts, k) - 1
	if i < 0 {
		return false
	}
	p := s.pages[i]
	at := afterSpan(p.spans, k) - 1
	if at > 0 && p.spans[at].from == k {
		at--
	}
	if p.spans[at].to == k {
		return true
	}
	return at == 0 && p.spans[0].from == k && i > 0 && s.pages[i-1].last().to == k
}

func (p *page) last() *span { return &p.spans[len(p.spans)-1] }

// add keeps a span; one with the same beginning is replaced.
func (s *spanSet) add(n span) {
	s.budget.clock++
	if len(s.pages) == 0 {
		s.pages = append(s.pages, &page{spans: make([]span, 0, pageSize)})
		s.firsts = append(s.firsts, n.from)
	}
	i := max(0, after(s.firsts, n.from)-1)
	p := s.pages[i]
	p.used = s.budget.clock
	at := afterSpan(p.spans, n.from)
	if at > 0 && p.spans[at-1].from == n.from {
		p.spans[at-1] = n
		return
	}
	if len(p.spans) == pageSize {
		s.split(i)
		s.add(n)
		return
	}
	p.spans = slices.Insert(p.spans, at, n)
	s.firsts[i] = p.spans[0].from
	s.page, s.at = i, at
	s.budget.n++
	s.budget.shrink()
}

// split halves a full page.
func (s *spanSet) split(i int) {
	p := s.pages[i]
	half := pageSize / 2
	upper := &page{spans: append(make([]span, 0, pageSize), p.spans[half:]...), used: p.used}
	p.spans = p.spans[:half]
	s.pages = slices.Insert(s.pages, i+1, upper)
	s.firsts = slices.Insert(s.firsts, i+1, upper.spans[0].from)
	s.page, s.at = 0, 0
}

// free forgets all spans.
func (s *spanSet) free() {
	for _, p := range s.pages {
		s.budget.n -= len(p.spans)
	}
	s.pages, s.firsts, s.page, s.at = nil, nil, 0, 0
	if at := slices.Index(s.budget.sets, s); at >= 0 {
		s.budget.sets = slices.Delete(s.budget.sets, at, at+1)
	}
}
