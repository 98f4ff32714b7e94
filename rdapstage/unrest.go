package rdapstage

import (
	"time"

	"vacant"
)

// Bounds of a host's unrest: three contradictions close together are more than
// hiccups, one in unrestCosts replies for as long as the run goes on is not.
const (
	unrestCosts = 8
	mostUnrest  = 3 * unrestCosts
)

// restlessLocked weighs a reply for the calm of its host. A host that says
// nonsense about a name and sense about the same name another time changes
// under our eyes, perhaps faster than controls come: one that lies for a moment between
// two of them would pass. So it counts as one that failed a control: what it
// said and is not yet proven does not count, and for a while its no is not enough alone.
//
// Nonsense about one name each time may be how it speaks of that name. Silence,
// limits and breakdowns say nothing.
func (s *Stage) restlessLocked(now time.Time, q *question, r *reply) {
	p, changed := q.lane.pool, false
	nonsense := r.Verdict == vacant.Undetermined
	switch {
	case r.silent || r.limited || r.barred || r.empty || r.misshapen || q.kind == askFree || nonsense && r.Reason != vacant.ReasonBadReply:
		return
	case q.kind == askControl:
		changed = nonsense && q.lane.control.held[q.name]
	case nonsense:
		q.job.odd = q.lane
	default:
		changed = q.job.odd == q.lane
	}
	if !changed {
		p.unrest = max(p.unrest-1, 0)
		return
	}
	if p.unrest += unrestCosts; p.unrest >= mostUnrest {
		p.unrest = 0
		s.failPoolLocked(now, p, r.ev)
	}
}
