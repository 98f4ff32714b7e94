package dnsstage

import (
	"time"

	"vacant"
)

// slot is a place in the task table.
type slot int32

const noSlot slot = -1

// tableSize is how many names may be between intake and settled at once: enough
// to keep every zone of a mixed batch busy while one of them is slow.
const tableSize = 1 << 16

// task is one name on its way. Slots are reused; gen tells a late reply from a current one.
type task struct {
	job    *job // nil = nobody waits any more; the slot is freed when the query in flight ends
	zone   *zone
	member *member       // asked last
	victim *server       // over UDP it met silence there, or was cut short
	since  time.Duration // loop time at which the name was taken
	sent   time.Duration // loop time of the last asking
	due    time.Duration // loop time at which a delayed task is to be asked again
	next   slot          // in the list the task stands in
	gen    uint32
	mark   uint32 // of the pace of the server asked last
	owed   uint32 // mark of a silence whose meaning victim's pace waits for, 0 = none
	name   int32  // in the job's batch
	tried  uint32 // members asked since the last full round, a bit each

	askings uint8         // so far, TCP repeats after truncation not counted
	met     cause         // why it is not settled yet
	silent  uint8         // askings over UDP that timed out
	delays  uint8         // how often it has been put off
	rounds  uint8         // how often its answer was not believed after all
	tcp     bool          // to be asked over TCP next
	flying  bool          // a query is in flight
	beenTCP bool          // silence over UDP has sent it to TCP once
	cut     bool          // victim cut its answer short
	moved   bool          // a resolver could not tell; it was put to the zone's own servers
	do      bool          // the last asking had DO set
	place   int32         // in the line of its zone's names, counted from 1; 0 = it does not stand there
	held    vacant.Answer // until the next good control

	// The two answers that resolvers gave about the name, while more are asked.
	first, second vacant.Answer
	lead          int8 // by how many the first was given more often
}

// list is a queue of tasks chained through their next fields.
type list struct {
	head, tail slot
	n          int
}

func newList() list { return list{head: noSlot, tail: noSlot} }

// table holds every task. Nothing in it is allocated after newTable.
type table struct {
	tasks []task
	free  list
}

func newTable(size int) *table {
	t := &table{tasks: make([]task, size), free: newList()}
	for i := range t.tasks {
		t.push(&t.free, slot(i))
	}
	return t
}

func (t *table) at(i slot) *task { return &t.tasks[i] }

func (t *table) push(l *list, i slot) {
	t.tasks[i].next = noSlot
	if l.n == 0 {
		l.head = i
	} else {
		t.tasks[l.tail].next = i
	}
	l.tail = i
	l.n++
}

func (t *table) pushFront(l *list, i slot) {
	t.tasks[i].next = l.head
	if l.n == 0 {
		l.tail = i
	}
	l.head = i
	l.n++
}

// pop takes the first of l, which must not be empty.
func (t *table) pop(l *list) slot {
	i := l.head
	l.head = t.tasks[i].next
	l.n--
	if l.n == 0 {
		l.tail = noSlot
	}
	return i
}

// moveAll appends all of from to l and empties from.
func (t *table) moveAll(l, from *list) {
	for from.n > 0 {
		t.push(l, t.pop(from))
	}
}

// take gives out a free slot for a name; there must be one.
func (t *table) take(j *job, name int, z *zone, now time.Duration) slot {
	i := t.pop(&t.free)
	own := &t.tasks[i] // all but gen is zero
	own.job, own.name, own.zone, own.since, own.next = j, int32(name), z, now, noSlot
	return i
}

// release frees a slot; replies to it are stale from now on.
func (t *table) release(i slot) {
	own := &t.tasks[i]
	gen := (own.gen + 1) & genMask
	*own = task{}
	own.gen = gen
	t.pushFront(&t.free, i) // the one used last is taken first: it is in the cache
}

// A token is gen<<32 | slot; the top bit marks the questions of goroutines.
const (
	genMask  = 1<<31 - 1
	asideBit = uint64(1) << 63
)

func (t *table) token(i slot) uint64 { return uint64(t.tasks[i].gen)<<32 | uint64(uint32(i)) }

// find returns the slot a token means, false if it has been freed since.
func (t *table) find(token uint64) (slot, bool) {
	i := slot(uint32(token))
	if int(i) >= len(t.tasks) || i < 0 || t.tasks[i].gen != uint32(token>>32) {
		return noSlot, false
	}
	return i, true
}

// job is a batch in work: one of Run's, or a single name of Ask's.
type job struct {
	batch  *vacant.Batch
	cursor int // names before it have a slot or are settled
	open   int // names not settled
	run    *run
	done   chan<- *vacant.Batch // Ask's; nil for Run's
}
