package wire

import (
	"sync"
	"time"
)

// Handover passes ended queries from the goroutines that end them to the one
// that polls, together with the memory their bytes live in. Replies are filled
// into one of two rounds while the other is being read, so the bytes of a reply
// stay as they are until the poller comes back, and in the steady state nothing
// is allocated. The poller is woken once, not once per reply.
type Handover struct {
	mu sync.Mutex
	// fill takes new replies, read is being handed out from next on, and
	// waiting says that the poller sleeps; all are guarded by mu.
	fill, read round
	next       int
	waiting    bool
	stats      Stats

	wake  chan struct{}
	timer *time.Timer // the poller's alone
}

// round is the replies of one filling and the octets that they show.
type round struct {
	replies []Reply
	slab    []byte
}

// maxIdleSlab bounds the memory a round keeps for the next one, in octets: a
// flood of large replies is not remembered for ever.
const maxIdleSlab = 8 << 20

// NewHandover returns an empty one with room for about size replies.
func NewHandover(size int) *Handover {
	return &Handover{
		fill: round{replies: make([]Reply, 0, size), slab: make([]byte, 0, 128*size)},
		read: round{replies: make([]Reply, 0, size), slab: make([]byte, 0, 128*size)},
		wake: make(chan struct{}, 1),
	}
}

// Put ends a query. raw, if any, is copied and parsed into the reply; what it
// says can turn the outcome Replied into Truncated or Malformed.
func (h *Handover) Put(r *Reply, raw []byte) {
	h.mu.Lock()
	h.fill.add(r, raw)
	h.stats.Count(h.fill.replies[len(h.fill.replies)-1].Outcome)
	wake := h.waiting
	h.waiting = false
	h.mu.Unlock()
	if wake {
		h.Wake()
	}
}

func (b *round) add(r *Reply, raw []byte) {
	b.replies = append(b.replies, *r)
	if raw == nil {
		return
	}
	from := len(b.slab)
	b.slab = append(b.slab, raw...)
	own := &b.replies[len(b.replies)-1]
	b.slab = own.Read(b.slab[from:len(b.slab):len(b.slab)], b.slab)
}

// PutAll ends queries whose replies have been read already. What they show is
// copied, so that it may live in memory that is used again at once.
func (h *Handover) PutAll(rs []Reply) {
	if len(rs) == 0 {
		return
	}
	h.mu.Lock()
	for i := range rs {
		h.stats.Count(rs[i].Outcome)
		h.fill.copy(&rs[i])
	}
	wake := h.waiting
	h.waiting = false
	h.mu.Unlock()
	if wake {
		h.Wake()
	}
}

func (b *round) copy(r *Reply) {
	b.replies = append(b.replies, *r)
	own := &b.replies[len(b.replies)-1]
	own.Raw, own.NSOwner, own.SOAOwner = b.own(r.Raw), b.own(r.NSOwner), b.own(r.SOAOwner)
}

// own returns a copy of octets in the round's memory. An empty name, the root,
// stays apart from none.
func (b *round) own(octets []byte) []byte {
	if octets == nil {
		return nil
	}
	from := len(b.slab)
	b.slab = append(b.slab, octets...)
	return b.slab[from:len(b.slab):len(b.slab)]
}

// Take fills dst with ended queries and returns how many, without waiting. The
// bytes of replies taken before are good no longer.
func (h *Handover) Take(dst []Reply) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.next == len(h.read.replies) {
		h.read.reset()
		h.fill, h.read, h.next = h.read, h.fill, 0
	}
	n := copy(dst, h.read.replies[h.next:])
	h.next += n
	return n
}

func (b *round) reset() {
	clear(b.replies)
	b.replies, b.slab = b.replies[:0], b.slab[:0]
	if cap(b.slab) > maxIdleSlab {
		b.slab = nil
	}
}

// Wait sleeps until a query has ended, [Handover.Wake] is called or d has
// passed. It may return early.
func (h *Handover) Wait(d time.Duration) {
	h.mu.Lock()
	h.waiting = len(h.fill.replies) == 0 && h.next == len(h.read.replies)
	waiting := h.waiting
	h.mu.Unlock()
	if !waiting {
		return
	}
	if h.timer == nil {
		h.timer = time.NewTimer(d)
	} else {
		h.timer.Reset(d)
	}
	select {
	case <-h.wake:
	case <-h.timer.C:
	}
	h.timer.Stop()
}

// Wake ends a Wait, now or the next one; any goroutine may call it.
func (h *Handover) Wake() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Len returns how many ended queries wait to be taken.
func (h *Handover) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.fill.replies) + len(h.read.replies) - h.next
}

// Stats returns how the queries ended so far; the other counters are the transport's.
func (h *Handover) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stats
}
