package vacant

import (
	"slices"
	"sync"
)

// BatchSize is the number of names a full batch holds. At hundreds of thousands
// of names a second a channel operation per name costs more than the query;
// at 1,024 it is lost in the noise, while a batch (about 40 KB) still fits a core's L2 cache
// and, at the politest rate, fills within seconds.
const BatchSize = 1024

// NoIndex marks a name that comes from a list or stdin, not from a space.
const NoIndex = ^uint64(0)

// Batch is the unit on every channel of stage one: names in one byte buffer, an
// index and an answer per name, no pointer per name. Whoever receives a batch
// owns it until it is sent on or released; nobody keeps a view of its bytes.
type Batch struct {
	Index   []uint64 // of each name in its space, NoIndex for names of lists
	Answers []Answer // of each name; the zero Answer until stage one fills it in
	Servers *Servers // whom the answers' Server indexes mean; set by stage one

	buf  []byte
	ends []uint32 // end of each name in buf
	pool *Pool
}

// Len returns the number of names.
func (b *Batch) Len() int { return len(b.ends) }

// Full reports whether the batch has come to [BatchSize].
func (b *Batch) Full() bool { return len(b.ends) >= BatchSize }

// Append adds a canonical name with its index.
func (b *Batch) Append(name []byte, index uint64) {
	b.buf = append(b.buf, name...)
	b.add(index)
}

// AppendName is [Batch.Append] for a [Name].
func (b *Batch) AppendName(name Name, index uint64) {
	b.buf = append(b.buf, name...)
	b.add(index)
}

// Free returns how many names may still be added before the batch is full.
func (b *Batch) Free() int { return BatchSize - len(b.ends) }

// Room returns n octets of free memory behind the names, into which the next
// name may be written; [Batch.Take] then adds it. What is behind the name does not matter.
func (b *Batch) Room(n int) []byte {
	if cap(b.buf)-len(b.buf) < n {
		b.buf = slices.Grow(b.buf, n)
	}
	return b.buf[len(b.buf):][:n]
}

// Take adds the first n octets of what [Batch.Room] returned, a canonical name, with its index.
func (b *Batch) Take(n int, index uint64) {
	b.buf = b.buf[:len(b.buf)+n]
	b.add(index)
}

func (b *Batch) add(index uint64) {
	b.ends = append(b.ends, uint32(len(b.buf)))
	b.Index = append(b.Index, index)
	b.Answers = append(b.Answers, Answer{})
}

// Name returns the bytes of name i: a view, good until the batch is changed,
// sent or released.
func (b *Batch) Name(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.buf[start:b.ends[i]:b.ends[i]]
}

// Keep drops, in place and in order, every name for which keep says no.
func (b *Batch) Keep(keep func(i int) bool) {
	n, end := 0, uint32(0)
	start := uint32(0)
	for i, stop := range b.ends {
		from := start
		start = stop
		if !keep(i) {
			continue
		}
		end += uint32(copy(b.buf[end:], b.buf[from:stop]))
		b.ends[n], b.Index[n], b.Answers[n] = end, b.Index[i], b.Answers[i]
		n++
	}
	b.buf, b.ends, b.Index, b.Answers = b.buf[:end], b.ends[:n], b.Index[:n], b.Answers[:n]
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.buf, b.ends, b.Index, b.Answers, b.Servers = b.buf[:0], b.ends[:0], b.Index[:0], b.Answers[:0], nil
}

// Release empties the batch and gives it back to the pool it came from. The
// caller must not touch it afterwards.
func (b *Batch) Release() {
	b.Reset()
	if b.pool != nil {
		b.pool.p.Put(b)
	}
}

// Pool hands out empty batches and takes released ones back. Its zero value is
// ready; it is safe for concurrent use.
type Pool struct{ p sync.Pool }

// Get returns an empty batch that [Batch.Release] gives back to p.
func (p *Pool) Get() *Batch {
	if b, ok := p.p.Get().(*Batch); ok {
		return b
	}
	return &Batch{
		Index:   make([]uint64, 0, BatchSize),
		Answers: make([]Answer, 0, BatchSize),
		buf:     make([]byte, 0, 16*BatchSize),
		ends:    make([]uint32, 0, BatchSize),
		pool:    p,
	}
}

// Servers interns the texts by which answers name their servers
// ("192.0.2.1:53"). Index 0 is the empty text. It is safe for concurrent use.
type Servers struct {
	mu sync.RWMutex
	// byText and texts are guarded by mu; texts only grows.
	byText map[string]uint16
	texts  []string
}

// NewServers returns an empty table.
func NewServers() *Servers {
	return &Servers{byText: map[string]uint16{"": 0}, texts: []string{""}}
}

// Intern returns the index of text, adding it if it is new. A table that has
// grown to its 65,535 answers 0, "not named", for further ones.
func (s *Servers) Intern(text string) uint16 {
	s.mu.RLock()
	i, ok := s.byText[text]
	s.mu.RUnlock()
	if ok {
		return i
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := s.byText[text]; ok {
		return i
	}
	if len(s.texts) > int(^uint16(0)) {
		return 0
	}
	i = uint16(len(s.texts))
	s.byText[text], s.texts = i, append(s.texts, text)
	return i
}

// Text returns the text of index i, "" for 0 or an unknown one. A nil table knows none.
func (s *Servers) Text(i uint16) string {
	if s == nil {
		return ""
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if int(i) < len(s.texts) {
		return s.texts[i]
	}
	return ""
}

// All returns a copy of the table in index order.
func (s *Servers) All() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.texts)
}
