package dnsstage

import (
	"time"

	"vacant"
	"vacant/dnsstage/wire"
)

// ServerStats are the counters of one server.
type ServerStats struct {
	Server                   string
	Sent, Answered, TimedOut uint64
	RTT                      time.Duration // smoothed
	Rate                     float64       // current limit in queries/s, 0 = none
	Window                   int           // current limit of queries in flight
	State                    string        // "ok", "quarantined", "liar"
}

// Stats are stage one's counters.
type Stats struct {
	Asked, Answered, Resent, Inflight uint64
	Sent, Mismatched, LostByUs        uint64
	ByStatus                          map[vacant.Status]uint64
	Servers                           []ServerStats
}

// Stats returns the counters, at most a tenth of a second old; those of a run
// that has returned are exact. Safe at any time, from any goroutine.
func (s *Stage) Stats() Stats {
	st := *s.loop.stats.Load()
	for _, t := range s.transports {
		addTransport(&st, t.Stats())
	}
	return st
}

func addTransport(st *Stats, t wire.Stats) {
	st.Sent += t.Sent
	st.Mismatched += t.Mismatched
	st.LostByUs += t.LostByUs
}

// publish makes a copy of the counters for whoever asks. What it points to is never written again.
func (l *loop) publish() {
	st := &Stats{
		Asked: l.asked, Answered: l.answered, Resent: l.resent, Inflight: uint64(max(l.flyingUDP+l.flyingTCP, 0)),
		ByStatus: make(map[vacant.Status]uint64), Servers: make([]ServerStats, 0, len(l.order)),
	}
	for status, n := range l.byStatus {
		if n > 0 {
			st.ByStatus[vacant.Status(status)] = n
		}
	}
	for _, s := range l.order {
		st.Servers = append(st.Servers, ServerStats{
			Server: l.names.Text(s.id), Sent: s.asked, Answered: s.answered, TimedOut: s.timedOut,
			RTT: s.pace.srtt, Rate: s.pace.rate, Window: int(s.pace.window), State: s.state(),
		})
	}
	l.stats.Store(st)
}
