package dnsstage

import (
	"context"
	"errors"
	"slices"
	"time"

	"vacant"
)

// ErrAllProxiesDead ends a run whose proxies have all been unable to carry a query for a while.
var ErrAllProxiesDead = errors.New("no proxy carries queries any more")

// proxiesDeadAfter is how long all queries through proxies may fail before the run ends.
const proxiesDeadAfter = 10 * time.Second

// run is one call of Stage.Run as the loop sees it.
type run struct {
	ctx      context.Context
	in       <-chan *vacant.Batch
	out      chan<- *vacant.Batch
	open     []*job // batches in work
	feeding  *job   // the one whose names are getting slots, nil between batches
	finished []*vacant.Batch
	closed   bool // in is closed, or nothing more is taken
	ended    bool // err says why; what is held is on its way out
	err      error
	done     chan<- error
}

// maxFinished is how many answered batches may wait for out before no new one
// is taken: the reader is slow, and it is for him to set the pace.
const maxFinished = 8

// maxOpen is how many batches may be in work. Full ones come to 64 before the
// table is full; this bounds those of a feeder who sends few names at a time.
const maxOpen = 1024

func (r *run) stopped() <-chan struct{} {
	if r.ended {
		return nil
	}
	return r.ctx.Done()
}

func (r *run) intake() <-chan *vacant.Batch {
	if r.closed || r.feeding != nil || len(r.finished) >= maxFinished || len(r.open)+len(r.finished) >= maxOpen {
		return nil
	}
	return r.in
}

// next returns out and the batch to be sent there, nils if there is none.
func (r *run) next() (chan<- *vacant.Batch, *vacant.Batch) {
	if len(r.finished) == 0 {
		return nil, nil
	}
	return r.out, r.finished[0]
}

func (r *run) sent() { r.finished = slices.Delete(r.finished, 0, 1) }

// intake takes batches while there are free slots and gives each name one.
func (l *loop) intake() {
	l.placeSingles()
	r := l.run
	if r == nil {
		return
	}
	switch {
	case r.ended:
	case r.ctx.Err() != nil:
		l.abort(r.ctx.Err())
	case l.dead != nil:
		l.abort(l.dead)
	}
	for l.feed() {
		select {
		case b, ok := <-r.intake():
			l.accept(b, ok)
		default:
			return
		}
	}
}

// accept takes a batch, or the end of them, into the run.
func (l *loop) accept(b *vacant.Batch, ok bool) {
	r := l.run
	if !ok {
		r.closed = true
		return
	}
	b.Servers = l.names
	if b.Len() == 0 {
		r.finished = append(r.finished, b)
		return
	}
	if len(r.open) == 0 {
		l.aliveAt, l.failing = l.now, 0 // silence counts from here
	}
	j := &job{batch: b, open: b.Len(), run: r}
	r.open = append(r.open, j)
	r.feeding = j
}

// placeSingles gives slots to the names of Ask, before those of a run.
func (l *loop) placeSingles() {
	for len(l.singles) > 0 && l.table.free.n > 0 {
		j := l.singles[0]
		l.singles = slices.Delete(l.singles, 0, 1)
		l.place(j)
	}
}

// forget drops a name of Ask that nobody waits for any more.
func (l *loop) forget(j *job) {
	if at := slices.Index(l.singles, j); at >= 0 {
		l.singles = slices.Delete(l.singles, at, at+1)
		return
	}
	l.drop(func(t *task) bool { return t.job == j })
}

// feed gives slots to names of the batch being fed and reports whether there is
// room for another batch.
func (l *loop) feed() bool {
	j := l.run.feeding
	if j == nil {
		return l.hasRoom()
	}
	l.place(j)
	if j.cursor < j.batch.Len() {
		return false
	}
	l.run.feeding = nil
	return l.hasRoom()
}

// hasRoom reports whether more names are worth taking in.
func (l *loop) hasRoom() bool {
	return l.table.free.n > 0 && l.book.parked < maxParked && (l.waiting < plenty || l.starving)
}

// plenty of new names wait with this many: more than leave in a turn, and few
// enough for their slots to stay in the processor's cache. Names that wait for
// slow servers can come to as many while other zones run dry: then more are taken.
const plenty = 2 * vacant.BatchSize

// lookForDry finds out whether a zone that was asked a moment ago has no names left. Once a tick.
func (l *loop) lookForDry() {
	l.starving = false
	for _, z := range l.zones {
		if z.open == 0 && z.state == zoneReady && l.now-z.fed < time.Second {
			l.starving = true
			return
		}
	}
}

// place gives slots to names of a job until there is none left.
func (l *loop) place(j *job) {
	n := j.batch.Len()
	for j.cursor < n {
		k := j.cursor
		z := l.zoneOf(j.batch.Name(k))
		switch {
		case z == nil || l.dead != nil:
			l.record(j, k, l.noWay())
		case z.denies() && j.run != nil: // a single name is asked itself
			if !l.park(z, j, k) {
				return
			}
		case l.table.free.n == 0:
			return
		default:
			l.admit(z, j, k)
		}
		j.cursor++
	}
}

// admit gives a slot to a name that is to be asked itself.
func (l *loop) admit(z *zone, j *job, k int) {
	i := l.table.take(j, k, z, l.now)
	z.open++
	z.fed = l.now
	l.waiting++
	l.table.push(&z.fresh, i)
	l.enlist(z)
	if z.state != zoneReady {
		l.seek(z)
	}
}

// closeJob hands on a batch whose last name is settled.
func (l *loop) closeJob(j *job) {
	if j.run == nil {
		j.done <- j.batch
		return
	}
	r := j.run
	r.finished = append(r.finished, j.batch)
	if at := slices.Index(r.open, j); at >= 0 {
		r.open = slices.Delete(r.open, at, at+1)
	}
	if r.feeding == j {
		r.feeding = nil
	}
}

// handOver sends what is finished as far as out takes it, and ends the run
// when nothing is left of it.
func (l *loop) handOver() {
	r := l.run
	if r == nil {
		return
	}
	for len(r.finished) > 0 {
		select {
		case r.out <- r.finished[0]:
			r.sent()
			continue
		default:
		}
		break
	}
	if r.closed && len(r.open) == 0 && len(r.finished) == 0 {
		l.run = nil
		l.publish()
		r.done <- r.err
	}
}

// abort stops the run: nothing more is taken or asked, names without an answer
// stay unasked, and every batch goes out as it is.
func (l *loop) abort(err error) {
	r := l.run
	r.ended, r.closed, r.err, r.feeding = true, true, err, nil
	l.drop(func(t *task) bool { return t.job.run == r })
	l.dropLines(r)
	for _, j := range r.open {
		r.finished = append(r.finished, j.batch)
	}
	r.open = nil
}

// drop frees the slots of the tasks that gone says nobody waits for; those in
// flight are freed when their queries end.
func (l *loop) drop(gone func(*task) bool) {
	for k := range l.table.tasks {
		if t := l.table.at(slot(k)); t.job != nil && gone(t) {
			t.zone.open--
			if t.place > 0 {
				l.landed(t.zone, t.place-1)
				t.place = 0
			}
			t.job = nil
			l.abandoned++
		}
	}
	for _, z := range l.allZones() {
		l.sweep(&z.fresh)
		l.sweep(&z.again)
		l.sweep(&z.stream)
		for _, m := range z.members {
			l.sweep(&m.holding)
			l.sweep(&m.closing)
		}
	}
	l.sweep(&l.watch.holding)
	l.sweep(&l.watch.closing)
	for class := range l.delayed {
		l.sweep(&l.delayed[class])
	}
}

// sweep releases the abandoned tasks of a list.
func (l *loop) sweep(q *list) {
	kept := newList()
	for q.n > 0 {
		i := l.table.pop(q)
		if l.table.at(i).job != nil {
			l.table.push(&kept, i)
			continue
		}
		l.abandoned--
		l.table.release(i)
	}
	*q = kept
}

// checkAlive ends a run whose proxies have all been dead for a while.
func (l *loop) checkAlive() {
	if l.run == nil || l.run.ended || l.udp != nil {
		return
	}
	if l.failing >= minFailing && l.now-l.aliveAt >= proxiesDeadAfter {
		l.cfg.Log.Error("all proxies are dead", "for", l.now-l.aliveAt)
		l.abort(ErrAllProxiesDead)
	}
}

// minFailing is how many queries in a row must have failed before silence is the proxies' fault.
const minFailing = 20
