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
	lineOdds    = 1e-4 // chance of so much silence in a row from which TCP is tried: a line that loses packets slows TCP down far more
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
func (l *loop) silenced(t *task, f fate, r *wire.Reply) fate {
	s := t.member.server
	if r.Outcome != wire.TimedOut {
		return f
	}
	if t.tcp {
		l.clear(t, wasLost)
		return f
	}
	if t.victim == nil || t.cut {
		t.victim, t.cut = s, false
	}
	if !s.class.limits || t.owed != 0 {
		return f
	}
	t.victim, t.owed = s, t.mark
	return isUnclear
}

// clear tells the pace of a silence that was unclear what it was.
func (l *loop) clear(t *task, f fate) {
	if t.owed != 0 {
		t.victim.pace.cleared(l.now, t.owed, f)
		t.owed = 0
	}
}

// tellClass counts an answer that settles a name, for the server that gave it
// and the one that did not.
func (l *loop) tellClass(t *task, status vacant.Status) {
	absent := status == vacant.StatusNXDomain
	t.member.class.answer(absent)
	if t.victim == nil {
		return
	}
	switch {
	case !t.cut:
		t.victim.class.lost(absent)
	case absent:
		t.victim.class.cutShort()
	}
	t.victim.pace.limited = t.victim.class.limits
	if absent {
		l.clear(t, wasUnclear)
	} else {
		l.clear(t, wasLost)
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
