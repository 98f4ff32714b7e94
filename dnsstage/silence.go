package dnsstage

import (
	"math"

	"vacant"
	"vacant/dnsstage/wire"
)

// What silence is taken for: the line's loss, rate limiting of responses, or a
// server that is gone. It decides how a name is asked next and how often.

const (
	lostWorth   = 1e-6 // chance that the line alone swallowed every asking of a name: the name is given up then
	mostAskings = 24   // of one name
	lineOdds    = 0.01 // chance of so much silence in a row from which TCP is tried
)

// mayAsk is how often a name may be asked: as often as the user says, and on a
// line that loses its share as often as it takes to know that it was not the line.
func (l *loop) mayAsk(t *task, m *member) int {
	n := l.cfg.Retries + 1
	if int(t.askings)+1 < n || n == 1 || m.pace.line < doubtWorth || t.met&^causeTimeout != 0 {
		return n
	}
	return max(n, min(mostAskings, int(math.Log(lostWorth)/math.Log(m.pace.line))+1))
}

// silenced notes that a name met silence, and whether the pace of its server is
// to be told now: not where it is likely that the name is absent, and rate
// limiting of responses has swallowed the answer.
func (t *task) silenced(f fate, r *wire.Reply) fate {
	s := t.member.server
	if r.Outcome != wire.TimedOut {
		return f
	}
	if t.tcp {
		t.confess()
		return f
	}
	t.victim, t.cut = s, false
	if s.class.limits && !t.owed {
		t.owed = true
		return wasUnclear
	}
	return f
}

// confess tells the pace of a silence that rate limiting of responses does not explain.
func (t *task) confess() {
	if t.owed {
		t.owed = false
		t.victim.pace.belated()
	}
}

// tellClass counts an answer that settles a name, for the server that gave it
// and the one that did not.
func (t *task) tellClass(status vacant.Status) {
	absent := status == vacant.StatusNXDomain
	t.member.class.answer(absent)
	switch {
	case t.victim == nil:
	case !t.cut:
		t.victim.class.lost(absent)
		if !absent {
			t.confess()
		}
	case absent:
		t.victim.class.cutShort()
	}
}

// afterSilence chooses how to ask next. A name goes to TCP once UDP has been
// silent to it more often than the line explains: at once where the server is
// known to limit responses, for what is silent there is nearly always an
// NXDOMAIN, else after two silences or more.
func (l *loop) afterSilence(t *task, c cause) {
	wasTCP := t.tcp
	t.tcp = false
	if c != causeTimeout || wasTCP || l.udp == nil {
		return
	}
	t.silent++
	s := t.member.server
	switch {
	case s.class.limits:
		t.tcp = true
	case t.silent >= 2 && !t.beenTCP:
		t.tcp = math.Pow(s.pace.line, float64(t.silent)) < lineOdds
	}
	t.beenTCP = t.beenTCP || t.tcp
}
