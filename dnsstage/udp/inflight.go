package udp

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"

	"vacant/dnsstage/wire"
)

// maxOdd is how many mismatching replies from its server's address a query
// takes before it is better asked over TCP: a few are late duplicates, this many are a forger.
const maxOdd = 16

// maxChain bounds the search for the query a stray reply is about: a forger's
// packets are not worth more.
const maxChain = 32

// none is no slot.
const none = int32(-1)

// errFull says that there is no room for a query now.
var errFull = errors.New("too many queries in flight")

// slot is one query in flight.
type slot struct {
	packet         wire.Packet
	server         netip.AddrPort
	token          uint64
	sent, deadline int64 // nanoseconds since the engine's start
	next, prev     int32 // in its bucket of the wheel; next also in the list of free slots
	after, before  int32 // slots whose question has the same hash
	sock           int32
	hash           uint32
	odd            uint8 // mismatching replies that came for it
	live           bool
}

// table holds the queries in flight, in slots that are made once. Ids are
// unique per socket, so that one never stands for two queries, whatever their
// servers, and a reply is found by one index.
type table struct {
	slots  []slot
	live   int
	free   int32      // first of the freed slots
	fresh  int32      // first slot never used
	flying []int32    // live slots of each socket
	ids    [][]uint16 // slot+1 of each id of each socket, 0 is none
	taken  [][]uint64 // a bit for each id of each socket in use: small enough to stay in the cache
	byHash []int32    // first slot of each chain; a power of two
}

func newTable(size, sockets int) table {
	t := table{slots: make([]slot, size), free: none, flying: make([]int32, sockets), ids: make([][]uint16, sockets), taken: make([][]uint64, sockets)}
	buckets := 1
	for buckets < size {
		buckets <<= 1
	}
	t.byHash = make([]int32, buckets) // slot+1, 0 is none
	for i := range t.ids {
		t.ids[i] = make([]uint16, 1<<16)
		t.taken[i] = make([]uint64, 1<<16/64)
	}
	return t
}

// insert takes a free slot and builds the query in it under a random id that is
// free on the socket.
func (t *table) insert(q *wire.Query, server netip.AddrPort, sock int, rng *rand.ChaCha8) (int32, error) {
	i := t.unused()
	if i == none {
		return none, errFull
	}
	s := &t.slots[i]
	id := t.freeID(sock, rng)
	if err := s.packet.Build(q, id, rng); err != nil {
		t.giveBack(i)
		return none, err
	}
	s.server, s.token, s.sock, s.odd, s.live = server, q.Token, int32(sock), 0, true
	t.ids[sock][id] = uint16(i + 1)
	t.taken[sock][id/64] |= 1 << (id % 64)
	s.hash = hashQuestion(s.packet.Question()) & uint32(len(t.byHash)-1)
	t.chain(i)
	t.live++
	t.flying[sock]++
	return i, nil
}

func (t *table) unused() int32 {
	if i := t.free; i != none {
		t.free = t.slots[i].next
		return i
	}
	if int(t.fresh) == len(t.slots) {
		return none
	}
	t.fresh++
	return t.fresh - 1
}

func (t *table) giveBack(i int32) {
	t.slots[i].live = false
	t.slots[i].next, t.free = t.free, i
}

// freeID draws ids until one is free. The engine keeps half of them free on the average.
func (t *table) freeID(sock int, rng *rand.ChaCha8) uint16 {
	taken := t.taken[sock]
	for {
		for bits := rng.Uint64(); bits != 0; bits >>= 16 {
			if id := uint16(bits); taken[id/64]&(1<<(id%64)) == 0 {
				return id
			}
		}
	}
}

// remove frees a slot, its id and its place in the chain.
func (t *table) remove(i int32) {
	s := &t.slots[i]
	id := wire.ID(s.packet.Bytes())
	t.ids[s.sock][id] = 0
	t.taken[s.sock][id/64] &^= 1 << (id % 64)
	t.unchain(i)
	t.live--
	t.flying[s.sock]--
	t.giveBack(i)
}

func (t *table) chain(i int32) {
	s, head := &t.slots[i], &t.byHash[t.slots[i].hash]
	s.before, s.after = none, *head-1
	if s.after != none {
		t.slots[s.after].before = i
	}
	*head = i + 1
}

func (t *table) unchain(i int32) {
	s := &t.slots[i]
	if s.after != none {
		t.slots[s.after].before = s.before
	}
	if s.before != none {
		t.slots[s.before].after = s.after
		return
	}
	t.byHash[s.hash] = s.after + 1
}

// match finds the query that msg, come from there to that socket, answers. With
// NoMatch the slot is the one whose id msg bears, if any.
func (t *table) match(sock int, from netip.AddrPort, msg []byte) (int32, wire.Match) {
	i := int32(t.ids[sock][wire.ID(msg)]) - 1
	if i == none || t.slots[i].server != from {
		return none, wire.NoMatch
	}
	return i, t.slots[i].packet.Check(msg)
}

// charge counts a mismatching packet against the query it seems to be about:
// the one with its id, else the one with its question. It returns that query's
// slot once it has taken too many, none before.
func (t *table) charge(i int32, sock int, from netip.AddrPort, msg []byte) (flooded int32) {
	if i == none {
		i = t.sameQuestion(sock, from, msg)
	}
	if i == none {
		return none
	}
	t.slots[i].odd++
	if t.slots[i].odd < maxOdd {
		return none
	}
	return i
}

// sameQuestion finds the query of that socket to that server which asks what msg shows.
func (t *table) sameQuestion(sock int, from netip.AddrPort, msg []byte) int32 {
	q := wire.QuestionOf(msg)
	if q == nil {
		return none
	}
	i := t.byHash[hashQuestion(q)&uint32(len(t.byHash)-1)] - 1
	for range maxChain {
		if i == none {
			break
		}
		s := &t.slots[i]
		if int(s.sock) == sock && s.server == from && wire.SameQuestion(q, s.packet.Question()) {
			return i
		}
		i = s.after
	}
	return none
}

// hashQuestion mixes the first and the last letters of the name, folded. Names
// that collide only share a chain.
func hashQuestion(q []byte) uint32 {
	const fold = 0x2020202020202020 // what else this folds only makes a chain longer
	if len(q) < 8 {
		return uint32(len(q)) // the root, or a TLD of two letters
	}
	first := binary.LittleEndian.Uint64(q) | fold
	last := binary.LittleEndian.Uint64(q[min(8, len(q)-8):]) | fold
	return uint32((first*0x9e3779b97f4a7c15 ^ last*0xc2b2ae3d27d4eb4f) >> 32)
}
