package udp

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"vacant/dnsstage/wire"
)

// crew is several shards at work at once, each in a goroutine of its own. What
// passes between them and the engine's user is batches: parcels of queries one
// way, rounds of replies the other.
type crew struct {
	hands   []*hand
	turn    int
	max     int // queries in flight at most
	flying  int // taken by Submit and not handed out by Poll yet; their goroutine's alone
	free    chan *parcel
	ends    *wire.Handover
	running sync.WaitGroup
	closing atomic.Bool
}

// hand is a shard and its goroutine.
type hand struct {
	*shard
	in     chan *parcel
	asleep atomic.Bool // in the link's receive, or about to be: new work has to wake it
}

// parcel is queries for one shard, with memory for their names.
type parcel struct {
	queries []wire.Query
	names   []byte
	done    int // queries that the shard has taken
}

// parcels is how many parcels a shard may have waiting: enough to never run
// dry while the engine's user looks at replies, few enough to stay in the cache.
const parcels = 8

// napLimit bounds the sleep of a shard that nobody wakes.
const napLimit = 100 * time.Millisecond

func newCrew(shards []*shard, inflight int) *crew {
	c := &crew{max: inflight, free: make(chan *parcel, parcels*len(shards)), ends: wire.NewHandover(min(inflight, 4096))}
	for range cap(c.free) {
		c.free <- &parcel{queries: make([]wire.Query, 0, burstSize)}
	}
	for _, s := range shards {
		h := &hand{shard: s, in: make(chan *parcel, cap(c.free))}
		c.hands = append(c.hands, h)
		c.running.Go(func() { h.work(c) })
	}
	return c
}

// submit deals queries out to the shards in parcels, as far as there are
// parcels and room. They are taken when dealt out.
func (c *crew) submit(qs []wire.Query) (n int) {
	for n < len(qs) && c.flying < c.max {
		var p *parcel
		select {
		case p = <-c.free:
		default:
			return n
		}
		k := min(len(qs)-n, burstSize, c.max-c.flying)
		p.fill(qs[n : n+k])
		n += k
		c.flying += k
		c.turn++
		c.hands[c.turn%len(c.hands)].give(p)
	}
	return n
}

func (p *parcel) fill(qs []wire.Query) {
	p.queries, p.names, p.done = append(p.queries[:0], qs...), p.names[:0], 0
	for i := range p.queries {
		q := &p.queries[i]
		from := len(p.names)
		p.names = append(p.names, q.Name...)
		q.Name = p.names[from:len(p.names):len(p.names)]
	}
}

// give hands a parcel over and wakes the shard if it sleeps.
func (h *hand) give(p *parcel) {
	h.in <- p // has room for every parcel there is
	if h.asleep.Swap(false) {
		h.link.wake()
	}
}

// work is a shard's life: send what was given, read what has come, and sleep
// only when there is neither.
func (h *hand) work(c *crew) {
	replies := make([]wire.Reply, 2*burstSize)
	var open *parcel // with queries that there was no room for
	for !c.closing.Load() {
		h.asleep.Store(true)
		open = h.takeIn(c, open)
		n, err := h.poll(replies, h.nap(open))
		h.asleep.Store(false)
		if err != nil {
			return
		}
		c.ends.PutAll(replies[:n])
	}
}

// takeIn submits what waits and returns a parcel that there was not room for.
func (h *hand) takeIn(c *crew, open *parcel) *parcel {
	for {
		if open == nil {
			select {
			case open = <-h.in:
			default:
				return nil
			}
		}
		open.done += h.submit(open.queries[open.done:])
		if open.done < len(open.queries) {
			return open
		}
		c.free <- open
		open = nil
	}
}

// nap is how long the shard may sleep: not at all while something is given to it.
func (h *hand) nap(open *parcel) time.Duration {
	switch {
	case open != nil:
		return time.Millisecond // the socket's buffer is full: it empties soon
	case len(h.in) > 0:
		return 0
	}
	return napLimit
}

// poll hands out what the shards have ended.
func (c *crew) poll(dst []wire.Reply, wait time.Duration) (int, error) {
	until := time.Now().Add(wait)
	for !c.closing.Load() {
		n := c.ends.Take(dst)
		c.flying -= n
		left := time.Until(until)
		if n > 0 || len(dst) == 0 || left <= 0 {
			return n, nil
		}
		c.ends.Wait(left)
	}
	return 0, net.ErrClosed
}

// close ends the goroutines; the links are the engine's to close.
func (c *crew) close() {
	c.closing.Store(true)
	for _, h := range c.hands {
		h.link.wake()
	}
	c.running.Wait()
	c.ends.Wake()
}
