package udp

import (
	"time"

	"vacant/dnsstage/wire"
)

// poll fills dst with queries that have ended: without a reply first, then by
// replies, then by their timeouts. It waits at most that long, once: with
// nothing to show for it where only rubbish came. What the replies show is good
// until the next poll.
//
// A query is given up only once everything that came before its deadline has
// been read, so that a pause of ours is no loss.
func (s *shard) poll(dst []wire.Reply, wait time.Duration) (n int, err error) {
	defer s.publish()
	s.names = s.names[:0]
	n = s.handOut(dst)
	if len(s.in) == 0 {
		if err = s.receive(n > 0, wait); err != nil {
			return n, err
		}
	}
	n += s.read(dst[n:])
	if len(s.in) == 0 && s.mayReap() {
		s.reap(s.inAt)
		n += s.handOut(dst[n:])
	}
	return n, nil
}

// receive takes what has come from the link; it waits for something only if
// there is nothing else to hand out.
func (s *shard) receive(others bool, wait time.Duration) (err error) {
	wait = min(wait, time.Duration(s.due()-s.now()))
	if others {
		wait = 0
	}
	s.in, s.backlog, err = s.link.receive(wait, s.table.flying)
	s.inAt = s.now()
	if !s.backlog {
		s.caughtUp = s.inAt
	}
	return err
}

// floodLimit is how long timeouts wait for what still has to be read: longer
// than reading all that socket buffers hold, and short enough for a flood of
// rubbish not to hold them up.
const floodLimit = int64(100 * time.Millisecond)

// mayReap reports whether all that had come was read, or a flood makes that impossible.
func (s *shard) mayReap() bool { return !s.backlog || s.inAt-s.caughtUp > floodLimit }

// handOut moves ends without a reply to dst.
func (s *shard) handOut(dst []wire.Reply) int {
	if len(s.ended) == 0 {
		return 0
	}
	n := copy(dst, s.ended)
	left := copy(s.ended, s.ended[n:])
	clear(s.ended[left:])
	s.ended = s.ended[:left]
	return n
}

// read judges datagrams and fills dst with the queries they end.
func (s *shard) read(dst []wire.Reply) (n int) {
	for len(s.in) > 0 && n < len(dst) {
		if s.judge(&s.in[0], &dst[n]) {
			s.stats.Count(dst[n].Outcome)
			n++
		}
		s.in = s.in[1:]
	}
	return n
}

// judge reads one datagram into r and reports whether it ends a query: the one
// that it answers, or one that has now seen too many forgeries.
func (s *shard) judge(d *datagram, r *wire.Reply) bool {
	slot, match := s.table.match(int(d.sock), d.from, d.data)
	if match == wire.NoMatch {
		s.stats.Mismatched++
		if slot = s.table.charge(slot, int(d.sock), d.from, d.data); slot == none {
			return false
		}
	}
	own := &s.table.slots[slot]
	*r = wire.Reply{Token: own.token, Server: own.server, RTT: time.Duration(s.inAt - own.sent)}
	if match == wire.Full {
		s.names = r.Read(d.data, s.names)
	} else {
		r.Outcome, r.CaseLost = wire.Suspicious, match == wire.CaseOnly
	}
	s.remove(slot)
	return true
}
