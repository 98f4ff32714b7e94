package lab

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// hostileKind is one way in which an RDAP or WHOIS server does not answer as a
// registry does. Its player answers a request and returns true, or leaves it to
// the next fault and in the end to the honest server.
type hostileKind struct {
	FaultKind
	parse func(h *hostile, arg string) error // of what stands after "="; nil = a scope
	rdap  func(c *rdapCase) bool
	whois func(c *whoisCase) bool
}

// hostile is one fault of RDAP or WHOIS at work.
type hostile struct {
	hostileKind
	word     string // as it was given
	spell    spell
	share    float64 // of the requests that it spoils
	tld      string  // "" = of every one
	hidden   bool    // only questions about dangerous names
	number   int
	pause    time.Duration
	rotation *rotation // of the fault that is another one each turn

	answered, dangerous atomic.Uint64
}

// FaultStats counts what one fault did.
type FaultStats struct {
	Fault     string // as it was given; of random, each kind that had a turn
	Answered  uint64 // requests that it answered
	Dangerous uint64 // those about a name that is not delegated and not available either
}

// stats are the counters of a fault, and of those it stands for.
func (h *hostile) stats() []FaultStats {
	if h.rotation == nil {
		return []FaultStats{{h.word, h.answered.Load(), h.dangerous.Load()}}
	}
	var all []FaultStats
	for _, turn := range slices.Concat(h.rotation.rdap, h.rotation.whois) {
		all = append(all, turn.stats()...)
	}
	return all
}

// hostileKinds returns all of them.
func hostileKinds() []hostileKind {
	return slices.Concat(rdapStatusKinds(), rdapNoKinds(), rdapBodyKinds(), rdapRouteKinds(), rdapWireKinds(), rdapTurnKinds(),
		whoisLimitKinds(), whoisTextKinds(), whoisWireKinds(), randomKinds())
}

// findHostile returns the kind of a name.
func findHostile(name string) (hostileKind, bool) {
	kinds := hostileKinds()
	i := slices.IndexFunc(kinds, func(k hostileKind) bool { return k.Name == name })
	if i < 0 {
		return hostileKind{}, false
	}
	return kinds[i], true
}

// newHostile makes the fault of a word: KIND, KIND=ARG, each with @WHEN behind it or without.
func newHostile(kind hostileKind, word string) (*hostile, error) {
	h := &hostile{hostileKind: kind, word: word, share: 1}
	word, when, switched := strings.Cut(word, "@")
	if err := h.schedule(when, switched); err != nil {
		return nil, fmt.Errorf("fault %q: %w", kind.Name, err)
	}
	_, arg, given := strings.Cut(word, "=")
	if err := h.take(arg, given); err != nil {
		return nil, fmt.Errorf("fault %q is written %s: %w", kind.Name, kind.usage(), err)
	}
	return h, nil
}

// schedule reads what stands after "@".
func (h *hostile) schedule(when string, given bool) (err error) {
	switch {
	case h.Name == kindRandom:
		h.rotation = new(rotation)
		if duration(&h.rotation.period, when) != nil || h.rotation.period == 0 {
			err = errNoTurn
		}
	case given:
		h.spell, err = parseSpell(when)
	}
	return err
}

// take reads the argument.
func (h *hostile) take(arg string, given bool) error {
	switch {
	case h.parse != nil:
		return h.parse(h, arg)
	case !given:
		return nil
	}
	return h.scope(arg)
}

// scopeHidden limits a fault to dangerous names: all controls are answered well.
const scopeHidden = "hidden"

// scope reads a share from 0 to 1, a TLD, the word hidden, or more of them with commas.
func (h *hostile) scope(arg string) error {
	for _, part := range strings.Split(arg, ",") {
		if part == scopeHidden {
			h.hidden = true
			continue
		}
		if _, err := strconv.ParseFloat(part, 64); err == nil {
			if err := share(&h.share, part); err != nil {
				return err
			}
			continue
		}
		if h.tld = strings.ToLower(strings.Trim(part, ".")); !validTLD.MatchString(h.tld) {
			return fmt.Errorf("%q is no share from 0 to 1 and no TLD", part)
		}
	}
	return nil
}

var errNoTurn = errors.New("say how long each turn takes, such as random@2s")

// hits reports whether the fault is on and spoils this request.
func (h *hostile) hits(since time.Duration, tld string, dangerous bool, hash uint64) bool {
	return h.spell.at(since) && (h.tld == "" || h.tld == tld) && (dangerous || !h.hidden) && draw(hash, saltHostile) < h.share
}

// saltHostile is of the draw that says which requests a fault spoils.
const saltHostile uint64 = 400

// count notes a request that the fault answered.
func (h *hostile) count(dangerous bool) {
	h.answered.Add(1)
	if dangerous {
		h.dangerous.Add(1)
	}
}

// dangerous reports whether a server that calls name free makes a mistake that
// DNS does not show: it is registered without a delegation, or not for sale.
func (w *World) dangerous(name string) bool {
	s := w.sold([]byte(name))
	if s == nil {
		return false
	}
	st := w.state([]byte(name), s)
	return st.verdict != verdictAvailable && st.dns != dnsDelegated
}

// madeUp returns the record that name would have if it were registered.
func (w *World) madeUp(name string) record {
	s := w.sold([]byte(name))
	if s == nil {
		s = &suffix{name: parent(name)}
	}
	return w.recordOf(name, s, state{verdict: verdictRegistered, life: lifeActive, dns: dnsDelegated, hash: sip(w.key, []byte(name))})
}
