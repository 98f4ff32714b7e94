package dnsstage

import (
	"vacant/dnsstage/wire"
)

// outbox gathers queries for one transport, so that one Submit takes many.
type outbox struct {
	queries []wire.Query
	servers []*server
	closed  bool // the transport took less than it was given: no more this turn
	limited bool // it did so lately: room counts what it has given back since
	room    int
	more    int // how many more than that are tried next: twice as many each time they are taken
}

// outboxSize is how many queries one Submit is given at most, and how many
// leave before replies are looked at: a larger burst would only fill socket buffers.
const outboxSize = 256

func (b *outbox) full() bool { return b.left() <= 0 }

// left returns how many more queries it makes sense to gather.
func (b *outbox) left() int {
	switch {
	case b.closed:
		return 0
	case b.limited:
		return min(outboxSize, b.room) - len(b.queries)
	}
	return outboxSize - len(b.queries)
}

// took notes that the transport has taken n of the queries gathered.
func (b *outbox) took(n int) {
	switch {
	case n < len(b.queries):
		b.closed, b.limited, b.room, b.more = true, true, 0, 1
	case n == outboxSize:
		b.limited = false
	case b.limited:
		if b.room -= n; b.room <= 0 {
			b.more = min(2*b.more, outboxSize)
		}
	}
}

// open starts a turn; a few queries more than came back feel for new room.
func (b *outbox) open() {
	b.closed = false
	b.room += max(b.more, 1)
}

func (b *outbox) add(q wire.Query, s *server) { *b.next(s) = q }

// next returns the place of another query to s; every field of it is to be set.
func (b *outbox) next(s *server) *wire.Query {
	b.servers = append(b.servers, s)
	if n := len(b.queries); n < cap(b.queries) {
		b.queries = b.queries[:n+1]
	} else {
		b.queries = append(b.queries, wire.Query{})
	}
	return &b.queries[len(b.queries)-1]
}

func (b *outbox) reset() {
	b.queries, b.servers = b.queries[:0], b.servers[:0]
}
