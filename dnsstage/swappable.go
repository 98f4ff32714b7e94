package dnsstage

import (
	"sync"
	"time"

	"vacant/dnsstage/wire"
)

// swappable is a transport that can be replaced while others read its counters.
type swappable struct {
	mu sync.Mutex
	// now and past are guarded by mu: the transport in use, and the counters of those before.
	now  wire.Transport
	past wire.Stats
}

func (s *swappable) get() wire.Transport {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// swap puts t in place and returns what was there.
func (s *swappable) swap(t wire.Transport) wire.Transport {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.now
	st := old.Stats()
	s.past.Sent += st.Sent
	s.past.Mismatched += st.Mismatched
	s.past.LostByUs += st.LostByUs
	s.now = t
	return old
}

// Submit implements [wire.Transport].
func (s *swappable) Submit(qs []wire.Query) (int, error) { return s.get().Submit(qs) }

// Poll implements [wire.Transport].
func (s *swappable) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	return s.get().Poll(dst, wait)
}

// Stats implements [wire.Transport]; of the counters only those that stage one reports add up.
func (s *swappable) Stats() wire.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.now.Stats()
	st.Sent += s.past.Sent
	st.Mismatched += s.past.Mismatched
	st.LostByUs += s.past.LostByUs
	return st
}

// Close implements [wire.Transport].
func (s *swappable) Close() error { return s.get().Close() }
