package udp

import (
	"math/rand/v2"
	"sync"
	"time"

	"vacant/dnsstage/wire"
)

// shard is an engine of its own. One goroutine at a time uses it.
type shard struct {
	link   link
	v4, v6 family
	max    int // queries in flight at most
	start  time.Time
	rng    *rand.ChaCha8
	table  table
	wheel  wheel

	out      burst        // queries on their way out
	in       []datagram   // come and not looked at yet
	inAt     int64        // when they were taken from the system
	backlog  bool         // more had come than was taken
	caughtUp int64        // when that was last not so
	ended    []wire.Reply // ended without a reply, to be handed out by poll
	names    []byte       // the names that the replies of the last poll show
	stats    wire.Stats

	shown struct {
		mu    sync.Mutex
		stats wire.Stats // guarded by mu: a copy for any goroutine
	}
}

func newShard(l link, inflight int, seed uint64) *shard {
	s := &shard{link: l, max: inflight, start: time.Now(), rng: wire.NewRand(seed), out: newBurst(), wheel: newWheel()}
	s.v4, s.v6 = l.families()
	s.table = newTable(inflight, s.v4.n+s.v6.n)
	return s
}

// now is the monotonic time since the start, in nanoseconds.
func (s *shard) now() int64 { return int64(time.Since(s.start)) }

// publish copies the counters for whoever asks: once a batch.
func (s *shard) publish() {
	s.shown.mu.Lock()
	defer s.shown.mu.Unlock()
	s.shown.stats = s.stats
}

// counters may be called from any goroutine.
func (s *shard) counters() wire.Stats {
	s.shown.mu.Lock()
	defer s.shown.mu.Unlock()
	stats := s.shown.stats
	stats.LostByUs = s.link.lost()
	return stats
}

// remove takes a query out of flight.
func (s *shard) remove(slot int32) {
	s.wheel.remove(s.table.slots, slot)
	s.table.remove(slot)
}

// end ends a query without a reply.
func (s *shard) end(r wire.Reply) {
	s.stats.Count(r.Outcome)
	s.ended = append(s.ended, r)
}
