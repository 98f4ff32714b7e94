package lab

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// kindRandom is the fault that is another one each turn.
const kindRandom = "random"

// rotation is the order in which all kinds have their turn: one of RDAP and one
// of WHOIS at a time, and in every third turn none.
type rotation struct {
	period      time.Duration
	only        string // "rdap" or "whois"; "" = both
	rdap, whois []*hostile
}

func randomKinds() []hostileKind {
	return []hostileKind{{
		FaultKind: FaultKind{Name: kindRandom, Arg: "[rdap|whois]@PERIOD", Protocol: protocolBoth,
			Help: "every PERIOD another fault of RDAP and another of WHOIS, or of one of them, in an order and with shares that the seed decides, pools left out; every third time none"},
		parse: func(h *hostile, arg string) error {
			if arg != "" && arg != "rdap" && arg != "whois" {
				return fmt.Errorf("%q is neither rdap nor whois", arg)
			}
			h.rotation.only = arg
			return nil
		},
	}}
}

// rotationShares are the shares that a fault may have in its turn: of a server that fails always,
// and of one that answers in between well enough to be believed.
var rotationShares = []float64{1, 0.5, 0.1}

// ownNo are the kinds that say a registry's own no about names that it has. Only
// controls tell; what lies to some of them, or for less than the distance between
// two, nobody can tell. So in their turn they lie always, and pools have none.
var ownNo = []string{"rdap-404-all", "rdap-404-empty", "rdap-404-typeless", "whois-free-all", "whois-limit-unknown-no"}

// seat puts the kinds in the seed's order.
func (r *rotation) seat(seed uint64) {
	r.rdap, r.whois = nil, nil
	for _, kind := range hostileKinds() {
		h := &hostile{hostileKind: kind, word: kind.Name}
		hash := mix(seed ^ sip(keyOf(seed), []byte(kind.Name)))
		h.share = rotationShares[hash%uint64(len(rotationShares))]
		if slices.Contains(ownNo, kind.Name) {
			h.share = 1
		}
		switch {
		case kind.parse != nil, strings.Contains(kind.Name, "pool"): // it needs to be told more, or longer than a turn
		case kind.rdap != nil && r.only != "whois":
			r.rdap = append(r.rdap, h)
		case kind.whois != nil && r.only != "rdap":
			r.whois = append(r.whois, h)
		}
	}
	shuffle(r.rdap, seed)
	shuffle(r.whois, seed+1)
}

func shuffle(list []*hostile, seed uint64) {
	slices.SortFunc(list, func(a, b *hostile) int {
		if sip(keyOf(seed), []byte(a.Name)) < sip(keyOf(seed), []byte(b.Name)) {
			return -1
		}
		return 1
	})
}

// turn returns the fault whose turn it is, nil for none.
func (r *rotation) turn(list []*hostile, since time.Duration) *hostile {
	n := int(since / r.period)
	if len(list) == 0 || n%3 == 2 {
		return nil
	}
	return list[(n-n/3)%len(list)]
}

// turnRDAP returns the fault itself, or the one of RDAP that it is now; nil for none.
func (h *hostile) turnRDAP(since time.Duration) *hostile {
	if h.rotation == nil {
		return h
	}
	return h.rotation.turn(h.rotation.rdap, since)
}

func (h *hostile) turnWHOIS(since time.Duration) *hostile {
	if h.rotation == nil {
		return h
	}
	return h.rotation.turn(h.rotation.whois, since)
}
