//go:build linux

package campaign

import (
	"sync"
	"time"

	"vacant/cmd/internal/lab"
)

// ledger is what the lab was asked about the names of a hunt, session by session.
// A session is one process; a name that two sessions ask about was asked again.
type ledger struct {
	mu sync.Mutex
	// all that follows is guarded by mu.
	index    map[string]int
	control  []bool // by name: it is delegated, so registries are asked about it as a control only
	dns      []asking
	registry []asking
	session  int // the running one's number, from 1
	ends     []time.Time
	lost     []loss // by session: what later ones had to ask again
	seen     activity
	goal     goal
	reached  chan struct{} // closed when goal is reached
}

// asking is the last question about a name. Session 0 is none.
type asking struct {
	session int
	at      time.Time
}

// loss is what a session asked that later ones asked again, and how long before
// the session's end the oldest of those askings was.
type loss struct {
	dns, registry int
	oldest        time.Duration
}

// activity is what one session did so far.
type activity struct {
	questions     int // of any kind
	dns, registry int // different names
	lastDNS       time.Time
	lastRegistry  time.Time
}

// goal is when a session has gone far enough: so many different names asked of
// DNS, or of registries. Zero is never.
type goal struct{ dns, registry int }

func newLedger(names []string, world *lab.World) *ledger {
	l := &ledger{index: make(map[string]int, len(names)), control: make([]bool, len(names)),
		dns: make([]asking, len(names)), registry: make([]asking, len(names)), ends: make([]time.Time, 1), lost: make([]loss, 1)}
	for i, name := range names {
		l.index[name] = i
		l.control[i] = world.Delegated(name)
	}
	return l
}

// asked is the lab's watch.
func (l *ledger) asked(by lab.Teller, name []byte) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen.questions++
	i, ok := l.index[string(name)]
	switch {
	case !ok:
		return
	case by == lab.TellerDNS:
		l.seen.lastDNS = now
		if l.note(l.dns, i, now, func(s *loss) *int { return &s.dns }) {
			l.seen.dns++
		}
	case !l.control[i]:
		l.seen.lastRegistry = now
		if l.note(l.registry, i, now, func(s *loss) *int { return &s.registry }) {
			l.seen.registry++
		}
	}
	l.look()
}

// note enters a question, and reports whether it is the session's first about the name.
func (l *ledger) note(book []asking, i int, now time.Time, count func(*loss) *int) bool {
	before := book[i]
	book[i] = asking{l.session, now}
	if before.session == l.session {
		return false
	}
	if before.session > 0 {
		s := &l.lost[before.session]
		*count(s)++
		if age := l.ends[before.session].Sub(before.at); count(s) == &s.dns {
			s.oldest = max(s.oldest, age)
		}
	}
	return true
}

// look closes reached when the goal is.
func (l *ledger) look() {
	g := l.goal
	if (g.dns > 0 && l.seen.dns >= g.dns) || (g.registry > 0 && l.seen.registry >= g.registry) {
		l.goal = goal{}
		close(l.reached)
	}
}

// begin begins a session and returns what is closed when it reaches its goal.
func (l *ledger) begin(g goal) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session++
	l.ends, l.lost = append(l.ends, time.Time{}), append(l.lost, loss{})
	l.seen, l.goal, l.reached = activity{}, g, make(chan struct{})
	return l.reached
}

// end ends the running session and says what it had done.
func (l *ledger) end() (session int, seen activity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends[l.session], l.goal = time.Now(), goal{}
	return l.session, l.seen
}

// losses returns what each session lost so far.
func (l *ledger) losses() []loss {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]loss(nil), l.lost...)
}

// missing counts the names that DNS was never asked about.
func (l *ledger) missing() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.dns {
		if a.session == 0 {
			n++
		}
	}
	return n
}
