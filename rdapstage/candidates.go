package rdapstage

import (
	"slices"
	"time"

	"vacant"
)

const (
	maxCandidates = 5 // names looked for as registered controls: some delegated ones have no record
	maxAdopted    = 8 // ... and had, with those that the host itself gave a record of
	maxMissed     = 3 // times that a name without a record is asked about: that it has none must be the same each time
	maxFumbles    = 5 // controls in a row without an answer that says anything
	candidateAge  = time.Hour
)

// candidate is a name known to be registered.
type candidate struct {
	name   vacant.Name
	missed int // times it was answered as not found
}

// control is the state of a lane's registered controls.
type control struct {
	looking bool // for candidates
	flying  int  // on their way
	ring    []candidate
	found   time.Time // when
	next    int
	limits  limits
	fumbles int                  // answers in a row that said nothing
	held    map[vacant.Name]bool // names this lane once answered as registered
	without time.Time            // until then there is none, and names are asked without
}

// limits are answers to controls of a kind that were limits, while other
// questions were answered: the operator rests after each, but for how long?
type limits struct {
	count int
	last  time.Time
}

// more counts a limit and reports whether there may be another; those that were
// on their way together count as one.
func (l *limits) more(sentAt, now time.Time) bool {
	if !sentAt.Before(l.last) {
		l.count, l.last = l.count+1, now
	}
	return l.count < maxLimits
}

func (c *control) given(now time.Time) bool { return c.without.After(now) }

// name returns the candidate to ask about, "" if they are to be looked for
// first. Each comes in turn: the answer about one alone might come out of a cache.
// With few names at stake it is one that is known to hold.
func (c *control) name(few bool) vacant.Name {
	for _, holds := range []bool{true, false} {
		if holds && !few {
			continue
		}
		for i := range c.ring {
			if cand := c.ring[(c.next+i)%len(c.ring)]; cand.missed < maxMissed && (!holds || c.held[cand.name]) {
				return cand.name
			}
		}
	}
	return ""
}

// missedAll reports whether no candidate is left that was not answered as not found.
func (c *control) missedAll() bool {
	for _, cand := range c.ring {
		if cand.missed == 0 {
			return false
		}
	}
	return true
}

// index returns where in the ring a name is, -1 if it is not there any more.
func (c *control) index(name vacant.Name) int {
	return slices.IndexFunc(c.ring, func(cand candidate) bool { return cand.name == name })
}

// turn moves on to the candidate behind name, whose turn it was.
func (c *control) turn(name vacant.Name) {
	if i := c.index(name); i >= 0 {
		c.next = (i + 1) % len(c.ring)
	}
}

// adopt makes a name that the host gave a record of a candidate.
func (c *control) adopt(name vacant.Name) {
	if len(c.ring) < maxAdopted && c.index(name) < 0 {
		c.ring = append(c.ring, candidate{name: name})
		c.held[name] = true
	}
}

// fill puts what was found before what holds already.
func (c *control) fill(names []vacant.Name, now time.Time) {
	before := c.ring
	c.ring, c.found, c.next = nil, now, 0
	for _, name := range names {
		if c.index(name) < 0 { // twice in the ring, the second would never count as missed
			c.ring = append(c.ring, candidate{name: name})
		}
	}
	for _, cand := range before {
		if c.held[cand.name] {
			c.adopt(cand.name)
		}
	}
}

// age lets go of candidates that may be gone by now.
func (c *control) age(now time.Time) {
	if now.Sub(c.found) > candidateAge {
		c.ring = nil
	}
}
