package lab

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// hostility is all that is wrong with a lab's RDAP and WHOIS servers. It may
// change while they answer.
type hostility struct {
	world  *World
	now    atomic.Pointer[faultPhase]
	stray  string // host:port of a server that nobody is to ask
	strays atomic.Uint64

	mu sync.Mutex
	// past is guarded by mu: the faults of earlier phases, for the counters.
	past []*hostile
}

// faultPhase is a set of faults and when it was set.
type faultPhase struct {
	faults []*hostile
	began  time.Time
}

func newHostility(w *World, faults []*hostile) *hostility {
	h := &hostility{world: w}
	h.set(faults)
	return h
}

// set makes these the faults from now on.
func (h *hostility) set(faults []*hostile) {
	for _, f := range faults {
		if f.rotation != nil {
			f.rotation.seat(h.world.seed)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if old := h.now.Load(); old != nil {
		h.past = append(h.past, old.faults...)
	}
	h.now.Store(&faultPhase{faults, time.Now()})
}

// rdap lets the first fault answer that spoils the request, and reports whether one did.
func (h *hostility) rdap(c *rdapCase) bool {
	p := h.now.Load()
	since, dangerous := time.Since(p.began), h.world.dangerous(c.name)
	for i, f := range p.faults {
		f = f.turnRDAP(since)
		if f == nil || f.rdap == nil || !f.hits(since, c.tld, dangerous, h.hash(c.seq, i)) {
			continue
		}
		c.fault = f
		if f.rdap(c) {
			f.count(dangerous)
			return true
		}
	}
	return false
}

// whois is the same for a WHOIS server.
func (h *hostility) whois(c *whoisCase) bool {
	p := h.now.Load()
	since, dangerous := time.Since(p.began), h.world.dangerous(c.name)
	for i, f := range p.faults {
		f = f.turnWHOIS(since)
		if f == nil || f.whois == nil || !f.hits(since, c.tld, dangerous, h.hash(^c.seq, i)) {
			continue
		}
		c.fault = f
		if f.whois(c) {
			f.count(dangerous)
			return true
		}
	}
	return false
}

// hash is what a request's draws come from: of fault i and the server's seq-th request.
func (h *hostility) hash(seq uint64, i int) uint64 {
	return mix(h.world.seed ^ mix(seq<<8|uint64(i)))
}

// stats are the counters of all faults so far.
func (h *hostility) stats() []FaultStats {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []FaultStats
	for _, f := range h.past {
		all = append(all, f.stats()...)
	}
	for _, f := range h.now.Load().faults {
		all = append(all, f.stats()...)
	}
	return all
}

// SetFaults makes these the faults of RDAP and WHOIS from now on, instead of
// those there were, while the servers go on; the times of those that switch count
// from now. Faults that belong to a server's making (those of DNS and of
// proxies, and limits) can only be given to [Start].
func (l *Lab) SetFaults(words ...string) error {
	f, err := parseFaults(words)
	if err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	if len(f.hostile) != len(words) {
		return fmt.Errorf("lab: %q: only faults of RDAP and WHOIS that switch can be set while a lab runs", words)
	}
	l.hostility.set(f.hostile)
	return nil
}

// ServeHTTP is the server that nobody is to ask. It knows no name.
func (h *hostility) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	writeError(w, http.StatusNotFound, "Not Found", "No domain object was found. "+strings.ToUpper(r.URL.Path))
}

// connected counts the connections to it, whatever is spoken over them.
func (h *hostility) connected(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		h.strays.Add(1)
	}
}

// Dangerous reports whether calling name free would be a mistake that DNS does
// not show: it is registered without a delegation, reserved or premium.
func (l *Lab) Dangerous(name string) bool { return l.world.dangerous(strings.ToLower(name)) }
