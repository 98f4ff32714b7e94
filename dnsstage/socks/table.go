package socks

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"vacant/dnsstage/wire"
)

// state says where a query is.
type state uint8

const (
	empty  state = iota // no query
	queued              // built, not written
	flying              // written, not answered
)

// key is what answers are looked up by, kept beside the queries so that a
// search reads next to no memory.
type key struct {
	id     uint16
	state  state
	beside uint8 // other queries that were answered while this one was on its way
}

// flight is one query with its worker. Times are the desk's.
type flight struct {
	packet  wire.Packet
	token   uint64
	timeout time.Duration
	limit   time.Duration // it ends then whatever happens
	due     time.Duration // it times out: limit until it is written
	sent    time.Duration
	place   int // in the pipeline when it was written; 1 = nothing was before it
	losses  int // connections that were closed on it
}

// table holds the queries of one worker. Slots are reused; there come to be as
// many as the worker ever had queries at once.
type table struct {
	keys           []key
	flights        []flight
	queued, flying int
}

func (t *table) load() int { return t.queued + t.flying }

// add builds q into a free slot, under an id that no other query has here and
// that is not in barred.
func (t *table) add(q *wire.Query, now time.Duration, rng *rand.ChaCha8, barred []uint16) error {
	i := slices.IndexFunc(t.keys, func(k key) bool { return k.state == empty })
	if i < 0 {
		i = len(t.keys)
		t.keys, t.flights = append(t.keys, key{}), append(t.flights, flight{})
	}
	id := uint16(rng.Uint64())
	for t.find(id) >= 0 || slices.Contains(barred, id) {
		id = uint16(rng.Uint64())
	}
	f := &t.flights[i]
	if err := f.packet.Build(q, id, rng); err != nil {
		return err
	}
	f.token, f.timeout, f.sent, f.place, f.losses = q.Token, q.Timeout, 0, 0, 0
	f.limit = now + 2*q.Timeout // connecting and answering may take the timeout each
	f.due = f.limit
	t.keys[i] = key{id: id, state: queued}
	t.queued++
	return nil
}

// find returns the slot of the query with an id, -1 if there is none.
func (t *table) find(id uint16) int {
	for i, k := range t.keys {
		if k.id == id && k.state != empty {
			return i
		}
	}
	return -1
}

// fly notes that the query in a slot is being written.
func (t *table) fly(i int, now time.Duration) {
	t.queued--
	t.flying++
	t.keys[i].state, t.keys[i].beside = flying, 0
	f := &t.flights[i]
	f.sent, f.due, f.place = now, min(now+f.timeout, f.limit), t.flying
}

// answered frees the slot of a query that was answered. It returns how many
// queries, this one included, have been shown to be on their way together: a
// pipeline's length as the server took it, not as it was sent.
func (t *table) answered(i int) int {
	together := 1 + int(t.keys[i].beside)
	t.free(i)
	for j := range t.keys {
		if k := &t.keys[j]; k.state == flying && k.beside < math.MaxUint8 {
			k.beside++
		}
	}
	return together
}

// land puts a flying query back among those to be written.
func (t *table) land(i int) {
	t.flying--
	t.queued++
	t.keys[i].state = queued
	f := &t.flights[i]
	f.due = f.limit
	f.losses++
}

// free empties a slot.
func (t *table) free(i int) {
	if t.keys[i].state == flying {
		t.flying--
	} else {
		t.queued--
	}
	t.keys[i].state = empty
}

// due returns when the first query ends for want of an answer, 0 if there is no query.
func (t *table) due() time.Duration {
	var first time.Duration
	for i, k := range t.keys {
		if d := t.flights[i].due; k.state != empty && (first == 0 || d < first) {
			first = d
		}
	}
	return first
}
