package socks

import "time"

// depth is how many queries one server takes at once on a connection. It starts
// at one. A single connection tries two; that both are answered is the proof, and
// from then on the depth doubles whenever a full pipeline is. Where a connection is closed on it, or only the first is
// answered, it falls: to what was answered, or to one, and stays there for a
// while that doubles with each new failure. It knows no clock: times are passed in.
type depth struct {
	most   int           // never more
	shaky  bool          // there are proxies: a connection that is closed may be their doing
	now    int           // 1 = nothing is proven, or something is disproven
	limit  int           // what a failure has shown; growth stops there
	until  time.Duration // when the limit is forgotten
	hold   time.Duration // for how long the last failure counted
	proven bool          // a pipelined query was answered, ever
	trial  *conn         // the connection that tries two
	missed int           // pipelined queries that timed out since one was answered
}

const (
	// holdRefuted is how long a server that has never answered a pipelined query
	// and closed a connection on one is left in peace at first.
	holdRefuted = time.Minute
	// holdDoubtful is the same where it did answer one, or only was silent, as with
	// a slow name, or where it was the first time and may have been a proxy's doing.
	holdDoubtful = time.Second
	longestHold  = 10 * time.Minute
	// missedLimit is how many pipelined queries must at least go unanswered in a
	// row to count against a server that has answered others.
	missedLimit = 8
	// slack is queueing that is no reason to stop growing.
	slack = 5 * time.Millisecond
)

func newDepth(most int, shaky bool) depth {
	return depth{most: most, now: 1, limit: most, shaky: shaky}
}

// grant returns how many queries c may carry, and makes it the one that tries
// two where that is due.
func (d *depth) grant(c *conn, at time.Duration) int {
	if d.limit < d.most && at >= d.until {
		d.limit = d.most
	}
	switch {
	case d.now > 1:
		return min(d.now, d.limit)
	case d.limit == 1:
		return 1
	case d.trial == nil:
		d.trial = c
	}
	if d.trial == c {
		return 2
	}
	return 1
}

// answered takes note of an answer on c. So many queries were on their way when
// its query was written (place, itself included), and so many have been answered
// of those that were on their way with it (together): only these prove that the
// server takes more than one. Growth stops where queries only queue longer.
func (d *depth) answered(c *conn, place, together int, rtt time.Duration) {
	if place < 2 && (c.base == 0 || rtt < c.base) {
		c.base = rtt
	}
	if together > 1 {
		d.missed, d.proven = 0, true
		c.piped++
		if d.now == 1 && d.limit > 1 {
			d.now, d.trial = 2, nil
		}
	}
	if d.now == 1 || max(place, together) < d.now || rtt > 2*c.base+slack {
		return
	}
	if d.now = min(2*d.now, d.limit); d.now == d.most {
		d.hold = 0
	}
}

// timedOut takes note of a query without an answer.
func (d *depth) timedOut(c *conn, place int, at time.Duration) {
	if place < 2 {
		return
	}
	if d.missed++; c == d.trial || d.missed >= max(d.now, missedLimit) {
		d.fall(1, holdDoubtful, at)
	}
}

// closed takes note of a connection that ended with pipelined queries
// unanswered. One that had answered a pipeline's worth was closed for another reason.
func (d *depth) closed(c *conn, at time.Duration) {
	if c.piped >= d.now && c != d.trial {
		return
	}
	switch {
	case d.proven:
		d.fall(1+c.piped, holdDoubtful, at)
	case d.shaky && d.hold == 0:
		d.fall(1, holdDoubtful, at)
	default:
		d.fall(1, holdRefuted, at)
	}
}

// fall lowers the depth to n. Failures at one time count as one.
func (d *depth) fall(n int, hold, at time.Duration) {
	d.missed, d.trial = 0, nil
	d.now, d.limit = min(d.now, n), min(d.limit, n)
	if at < d.until {
		return
	}
	d.hold = min(max(2*d.hold, hold), longestHold)
	d.until = at + d.hold
}

// gone takes note of a connection that is no more.
func (d *depth) gone(c *conn) {
	if d.trial == c {
		d.trial = nil
	}
}
