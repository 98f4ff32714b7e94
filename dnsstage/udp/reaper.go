package udp

import (
	"math"
	"time"

	"vacant/dnsstage/wire"
)

// The wheel's turn, buckets x tick, is longer than any usual timeout; a longer
// one only stays in its bucket for another turn. A tick is how much later than
// its timeout a query may end.
const (
	tick    = int64(4 * time.Millisecond)
	buckets = 4096
)

// wheel is a ring of buckets of slots by deadline. It is turned by whoever
// polls: there is no timer. Slots are linked in both directions, so that an
// answered query leaves at once.
type wheel struct {
	first []int32 // first slot of each bucket, +1; 0 is none
	at    int64   // the last tick reaped
}

func newWheel() wheel { return wheel{first: make([]int32, buckets)} }

// bucketOf is the first tick at which the deadline has surely passed.
func bucketOf(deadline int64) int { return int((deadline/tick + 1) % buckets) }

func (w *wheel) add(slots []slot, i int32) {
	s, head := &slots[i], &w.first[bucketOf(slots[i].deadline)]
	s.prev, s.next = none, *head-1
	if s.next != none {
		slots[s.next].prev = i
	}
	*head = i + 1
}

func (w *wheel) remove(slots []slot, i int32) {
	s := &slots[i]
	if s.next != none {
		slots[s.next].prev = s.prev
	}
	if s.prev != none {
		slots[s.prev].next = s.next
		return
	}
	w.first[bucketOf(s.deadline)] = s.next + 1
}

// turn calls end for every slot whose deadline has passed. end may take the
// slot it is given out of the wheel, and no other.
func (w *wheel) turn(slots []slot, now int64, end func(int32)) {
	last := now / tick
	for from := max(w.at+1, last-buckets+1); from <= last; from++ {
		for i := w.first[from%buckets] - 1; i != none; {
			next := slots[i].next
			if slots[i].deadline <= now {
				end(i)
			}
			i = next
		}
	}
	w.at = max(w.at, last)
}

// due is when the next bucket that holds something comes up.
func (w *wheel) due() int64 {
	for t := w.at + 1; t <= w.at+buckets; t++ {
		if w.first[t%buckets] != 0 {
			return t * tick
		}
	}
	return math.MaxInt64
}

// reap ends the queries whose time was over by now.
func (s *shard) reap(now int64) {
	if now/tick > s.wheel.at {
		s.wheel.turn(s.table.slots, now, s.timedOut)
	}
}

// due is when reap may next have something to do.
func (s *shard) due() int64 {
	if s.table.live == 0 {
		return math.MaxInt64
	}
	return s.wheel.due()
}

func (s *shard) timedOut(slot int32) {
	own := &s.table.slots[slot]
	s.end(wire.Reply{Token: own.token, Server: own.server, Outcome: wire.TimedOut, RTT: time.Duration(s.now() - own.sent)})
	s.remove(slot)
}
