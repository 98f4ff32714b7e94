package socks

import (
	"net/netip"
	"time"
)

// server is one address that queries go to, with the workers that are its own
// for now. All of it is guarded by the desk's lock.
type server struct {
	addr   netip.AddrPort
	depth  depth
	ready  list    // workers with room, those ready for the longest time first
	bound  int     // workers in all
	joined int     // of those, the ones that are connected
	idle   int     // of the ready ones, those without a query
	relief *worker // taken from another server; comes free when its queries have ended
	wanted time.Duration
}

// next returns a worker with room, nil if there is none. It stays the next until
// it is full, so that its queries leave in one write.
func (s *server) next(now time.Duration) *worker {
	for s.ready.head != nil {
		w := s.ready.head
		if w.room(now) > 0 {
			return w
		}
		s.withdraw(w) // the depth has fallen since
	}
	return nil
}

// place puts w where it belongs after its load or its connection has changed.
func (s *server) place(w *worker, now time.Duration) {
	ready := w.room(now) > 0
	switch {
	case !ready:
		s.withdraw(w)
	case w.in == nil:
		s.ready.push(w)
	}
	if idle := ready && w.table.load() == 0; idle != w.idle {
		s.countIdle(w, idle)
		w.rested(now)
	}
}

func (s *server) withdraw(w *worker) {
	s.ready.remove(w)
	if w.idle {
		s.countIdle(w, false)
	}
}

func (s *server) countIdle(w *worker, idle bool) {
	w.idle = idle
	if idle {
		s.idle++
	} else {
		s.idle--
	}
}

// spare returns an idle worker that another server may have.
func (s *server) spare() *worker {
	for w := s.ready.head; w != nil; w = w.next {
		if w.idle {
			return w
		}
	}
	return nil
}

// lightest returns the worker with the fewest queries among all that are bound to s.
func (s *server) lightest(all []*worker) *worker {
	var best *worker
	for _, w := range all {
		if w.server == s && !w.draining && (best == nil || w.table.load() < best.table.load()) {
			best = w
		}
	}
	return best
}
