package dnsstage

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"vacant"
	"vacant/dnsstage/wire"
)

// ServerStats are the counters of one server, in queries. At any time
// Sent = Answered + TimedOut + Failed + Inflight.
type ServerStats struct {
	Server   string // address and port
	Sent     uint64
	Answered uint64 // with anything that passed the reply checker
	TimedOut uint64 // no answer in time, whoever lost it
	Failed   uint64 // no way there, a proxy's failure, or taken back under way
	Resent   uint64 // of Sent: askings of names that had been asked before
	Inflight uint64

	RTT    time.Duration // smoothed
	Rate   float64       // current limit in queries/s, 0 = none
	Window int           // current limit of queries in flight
	State  string        // "ok", "quarantined", "liar"
}

// Stats are stage one's counters, in queries where nothing else is said. At any
// time Asked = Answered + TimedOut + Failed + Inflight, and
// TimedOut = LostByUs + LostByNetwork.
type Stats struct {
	Asked    uint64 // queries that were sent
	Answered uint64 // with anything that passed the reply checker
	TimedOut uint64 // no answer in time
	Failed   uint64 // no way there, a proxy's failure, or taken back under way
	Resent   uint64 // of Asked: askings of names that had been asked before
	Inflight uint64

	LostByUs      uint64 // of TimedOut: as many as our own socket buffers are known to have dropped replies
	LostByNetwork uint64 // of TimedOut: the rest, lost on the way or by the server
	Sent          uint64 // messages that the transports sent
	Mismatched    uint64 // replies that failed the checker, ignored
	ByStatus      map[vacant.Status]uint64
	Servers       []ServerStats // in the order in which they were met

	Synthesised          uint64 // names settled without a query, by a range that their zone denies (RFC 8198)
	SynthesisedDelegated uint64 // of Synthesised: delegated; the others are absent
	DenialRanges         int    // ranges held now

	Unreached []Unreached // suffixes about which nobody can be asked, sorted; their names end as timeouts or errors
}

// Unreached is a suffix about which nobody can be asked.
type Unreached struct {
	Suffix string
	Why    string
}

// Stats returns the counters, at most a tenth of a second old; those of a run
// that has returned are exact. Safe at any time, from any goroutine.
func (s *Stage) Stats() Stats {
	st := *s.loop.stats.Load()
	var dropped uint64
	for _, t := range s.transports {
		ts := t.Stats()
		st.Sent += ts.Sent
		st.Mismatched += ts.Mismatched
		dropped += ts.LostByUs
	}
	// A full buffer also drops replies that were late, forged or sent twice:
	// they are no loss, so never more is put down to us than was lost at all.
	st.LostByUs = min(dropped, st.TimedOut)
	st.LostByNetwork = st.TimedOut - st.LostByUs
	return st
}

// count counts the end of one query, for its server and in all.
func (l *loop) count(s *server, o wire.Outcome) {
	switch o {
	case wire.Replied, wire.Truncated, wire.Malformed:
		l.answered++
		s.answered++
	case wire.TimedOut:
		l.timedOut++
		s.timedOut++
	default:
		l.failed++
		s.failed++
	}
}

// neverEnded counts queries in flight that will not be heard of any more.
func (l *loop) neverEnded(s *server, n int) {
	l.failed += uint64(n)
	s.failed += uint64(n)
}

// publish makes a copy of the counters for whoever asks. What it points to is never written again.
func (l *loop) publish() {
	st := &Stats{
		Asked: l.asked, Answered: l.answered, TimedOut: l.timedOut, Failed: l.failed, Resent: l.resent,
		Inflight:    uint64(max(l.flyingUDP+l.flyingTCP, 0)),
		Synthesised: l.book.settled, SynthesisedDelegated: l.book.delegated, DenialRanges: l.book.spans.n,
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
			Failed: s.failed, Resent: s.resent, Inflight: uint64(max(s.pace.flight.n+s.pace.open, 0)),
			RTT: s.pace.srtt, Rate: s.pace.rate, Window: int(s.pace.window.size), State: s.state(),
		})
	}
	st.Unreached = l.unreached()
	l.stats.Store(st)
}

// unreached lists the suffixes whose zones could not be found, and are not by now.
func (l *loop) unreached() (list []Unreached) {
	for _, z := range l.zones {
		if z.fault == nil || z.state == zoneReady {
			continue
		}
		why := z.fault.Error()
		var e *findError
		if errors.As(z.fault, &e) {
			why = e.why // without the suffix, which is named already
		}
		list = append(list, Unreached{z.suffix, why})
	}
	slices.SortFunc(list, func(a, b Unreached) int { return cmp.Compare(a.Suffix, b.Suffix) })
	return list
}
