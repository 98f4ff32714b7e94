package rdapstage

import (
	"math/rand/v2"
	"time"

	"vacant/rdapstage/ask"
)

// line asks one question at a time over a connection that is kept from question
// to question, so that a control can be put to whoever answered the names. Where
// each question has a connection of its own, one line stands for all. Guarded by
// Stage.mu.
type line struct {
	n    int // which of the stage's askers it belongs to
	busy bool
	left int // names until its next control
	conn *conn
}

// conn is one connection of a line.
type conn struct {
	last int64 // when the latest "no" came over it
	good int64 // when the latest question left over it that a record answered
	lost bool  // it is no more
}

// untried reports whether the connection has not shown a record since it said no.
func (c *conn) untried() bool { return c.last > c.good }

// renew notes that the line has another connection, or none.
func (ln *line) renew() {
	ln.conn.lost = true
	ln.conn = &conn{}
}

func (p *pool) newLine() *line {
	return &line{n: len(p.lines), left: p.distance(0), conn: &conn{}}
}

// distance draws how many names may be asked on a line before its next control.
// Servers that take turns would let a control at a fixed distance meet the same
// one again and again; over a multiple of twelve distances each of 2, 3, 4, 6 or
// 12 servers is met with the same probability, whatever was met before. Where
// many names wait, a run's first controls are close together, so that its first
// names are settled soon.
func (p *pool) distance(waiting int) int {
	near := max(p.timing.Spacing/3, 1)
	if p.total < p.timing.Proof && waiting >= manyNames*p.timing.Proof {
		return 1 + rand.IntN(near)
	}
	return near + rand.IntN(max(p.timing.Spacing-near, 1))
}

// manyNames for each control of a proof make twice as many of them cheap.
const manyNames = 16

// due returns the line that is to be tried before the next name is asked over
// ln: that itself, or one of its own where connections were lost untried.
func (p *pool) due(ln *line, now time.Time) *line {
	if ln.left > 0 && p.probe.left <= 0 && !p.probe.busy && p.undrawn(now) > 0 {
		return p.probe
	}
	if ln.left <= 0 {
		return ln
	}
	return nil
}

// free returns the line for the next question, nil if all are busy.
func (p *pool) free() *line {
	if !p.kept {
		return p.lines[0]
	}
	for _, ln := range p.lines {
		if !ln.busy {
			return ln
		}
	}
	if len(p.lines) >= p.most() {
		return nil
	}
	ln := p.newLine()
	p.lines = append(p.lines, ln)
	return ln
}

// most bounds the lines, each of which takes a control at the end: a few names
// share one, others as many as there are controls anyway, and then some.
func (p *pool) most() int {
	if p.few {
		return min(1+p.asked/fewNames, ask.MaxConns)
	}
	return min(leastProof+p.asked/fewNames, ask.MaxConns)
}

// freeUntried returns the line for the next control: one that has not been
// tried since it said no, else any, or none that is kept if that is missing.
func (p *pool) freeUntried(now time.Time) *line {
	if p.kept {
		for _, ln := range p.lines {
			if !ln.busy && ln.conn.untried() {
				return ln
			}
		}
	}
	if p.undrawn(now) > 0 && !p.probe.busy {
		return p.probe
	}
	return p.free()
}

// kept reports whether the line's connections are used again.
func (ln *line) kept() bool { return ln.n < ask.MaxConns }
