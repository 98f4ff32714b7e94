package dnsstage

import (
	"slices"

	"vacant"
)

// Where a zone denies ranges, its names are asked by gap: they wait in a line,
// in the order of the zone's proofs, the line is cut into segments, and each
// segment has one query in flight. An answer proves a range, and all that wait
// in it are settled. So there are about as many queries as the zone has names,
// however many candidates there are.
//
//	batch -> judge: in a range that is known? -> settled
//	           | no
//	           v
//	         news --realign, in order--> line: ....|....|....|....   segments of about segmentRanges ranges
//	                                           ^ asked   | reply
//	                                           |         v
//	                                     table, server   learn -> settle the line's names in the range
type gaps struct {
	line     []waiting // in order
	news     []waiting // not in line yet
	jumbled  bool      // news came out of order
	spare    []waiting // memory for the next line
	open     int       // names in line that are not answered
	segments []segment
	stride   int     // names in a segment
	ready    []int32 // segments that may ask, the first at head
	head     int
	width    float64 // names in line that a range holds, a moving average
	samples  int     // ranges that went into it
}

// waiting is a name that may be settled by the answer about another.
type waiting struct {
	at   key
	job  *job
	name int32 // in the job's batch
	slot slot  // of its task when it is asked itself; noSlot, or answered
}

// answered marks a name in line that waits for nothing any more.
const answered slot = -2

// segment is a stretch of the line, by index.
type segment struct {
	next, to int32 // names before next are answered
	passed   bool  // the name behind next was asked in its stead
}

const (
	// maxParked is how many names wait in the lines of all zones together: at a
	// server 50 ms away a line of 65,536 is worked off within half a second, and
	// their batches are 3 MB.
	maxParked = tableSize
	// segmentRanges is how many ranges a segment is to hold. Two neighbours may
	// ask within one range, so shorter segments ask more; longer ones take more round trips.
	segmentRanges = 4
	minStride     = 8
	widthShare    = 16 // of the moving average
	// A zone whose replies spare fewer queries than one in paysShare, out of
	// paysSample, is asked as if it were unsigned: larger replies for nothing.
	paysSample = 4096
	paysShare  = 50
	// cutShortLimit is how many replies in a row may be truncated before it is their size.
	cutShortLimit = 8
)

// denies reports whether names of z may be settled by what is known of others.
func (z *zone) denies() bool { return z.denial != nil && !z.denial.off }

// park settles name n of a run's batch by what is known, or has it wait in
// line; false means that there is no room now.
func (l *loop) park(z *zone, j *job, n int) bool {
	k := z.denial.key(labelOf(j.batch.Name(n)))
	if status, s := z.denial.judge(k, j, n, l.unix); s != nil {
		l.synthesise(z.denial, j, n, status, s)
		return true
	}
	if l.book.parked >= maxParked {
		return false
	}
	l.stand(z, waiting{at: k, job: j, name: int32(n), slot: noSlot})
	z.open++
	return true
}

// stand puts a name behind the line.
func (l *loop) stand(z *zone, w waiting) {
	g := &z.denial.gaps
	g.jumbled = g.jumbled || len(g.news) > 0 && w.at.less(g.news[len(g.news)-1].at)
	g.news = append(g.news, w)
	l.book.parked++
	l.enlist(z)
}

// synthesise settles a name without a query.
func (l *loop) synthesise(d *denial, j *job, n int, status vacant.Status, s *span) {
	d.spared++
	l.book.settled++
	if status == vacant.StatusDelegated {
		l.book.delegated++
	}
	l.record(j, n, synthetic(status, s, l.unix))
}

// leave takes a name out of the line; its answer is the caller's to write.
func (l *loop) leave(z *zone, w *waiting) {
	w.slot = answered
	z.denial.gaps.open--
	l.book.parked--
}

// spareQuery settles a waiting name by what has been proven since it came.
func (l *loop) spareQuery(z *zone, w *waiting) bool {
	status, s := z.denial.judge(w.at, w.job, int(w.name), l.unix)
	if s == nil {
		return false
	}
	l.leave(z, w)
	z.open--
	l.synthesise(z.denial, w.job, int(w.name), status, s)
	return true
}

// sweepLine settles the waiting names from one key to another.
func (l *loop) sweepLine(z *zone, from, to key) {
	line := z.denial.gaps.line
	for at := z.denial.gaps.search(from); at < len(line) && line[at].at.less(to); at++ {
		if w := &line[at]; w.slot == noSlot {
			l.spareQuery(z, w)
		}
	}
}

// search returns the first place in line at or behind k.
func (g *gaps) search(k key) int {
	at, _ := slices.BinarySearchFunc(g.line, k, func(w waiting, k key) int { return w.at.compare(k) })
	return at
}

// sample takes the width of a range that was not known before into the mean.
// Names that an earlier range has settled count as well: they would have taken it.
func (g *gaps) sample(s span) {
	if len(g.line) == 0 || !s.from.less(s.to) {
		return
	}
	width := float64(g.search(s.to) - g.search(s.from))
	g.samples++
	g.width += (width - g.width) / float64(min(g.samples, widthShare))
}

// landed takes note that a name which was asked itself is settled: its segment may ask again.
func (l *loop) landed(z *zone, at int32) {
	g := &z.denial.gaps
	l.leave(z, &g.line[at])
	g.line[at].job = nil
	g.ready = append(g.ready, at/int32(g.stride))
	l.enlist(z)
}

// waits reports whether names in line could be asked if there were room.
func (g *gaps) waits() bool { return g.head < len(g.ready) || g.due() }

// due reports whether it is time to align those that came since with the line:
// when they are many against it, so that a name is not moved often, or when segments have turned out too long.
func (g *gaps) due() bool {
	return len(g.news) > 0 && 4*len(g.news) >= g.open || g.head == len(g.ready) && g.open > 0 && g.stride > 4*g.want()
}

// want is how long segments should be. As long as little is known of the zone
// there are few: two more with each range.
func (g *gaps) want() int {
	return max(minStride, int(segmentRanges*g.width), len(g.line)/(1+2*g.samples))
}

// realign merges news into the line, leaves out what is settled, and cuts it anew.
func (l *loop) realign(z *zone) {
	g := &z.denial.gaps
	if g.jumbled {
		slices.SortFunc(g.news, func(a, b waiting) int { return a.at.compare(b.at) })
	}
	old, news, line := g.line, g.news, g.spare[:0]
	g.open += len(news)
	for len(old) > 0 || len(news) > 0 {
		var w waiting
		if len(news) == 0 || len(old) > 0 && !news[0].at.less(old[0].at) {
			w, old = old[0], old[1:]
		} else {
			w, news = news[0], news[1:]
			if w.slot == noSlot && !z.denial.off {
				l.spareQuery(z, &w)
			}
		}
		if w.slot == answered {
			continue
		}
		if line = append(line, w); w.slot >= 0 {
			l.table.at(w.slot).place = int32(len(line))
		}
	}
	clear(g.line) // no batch is kept alive by what has gone
	clear(g.news)
	g.line, g.spare, g.news, g.jumbled = line, g.line, g.news[:0], false
	g.cut(z.denial.off)
}

// cut divides the line into segments, all of them ready. Those with a query in
// flight find that out when their turn comes.
func (g *gaps) cut(single bool) {
	g.stride = g.want()
	if single {
		g.stride = 1
	}
	g.segments, g.ready, g.head = g.segments[:0], g.ready[:0], 0
	for at := 0; at < len(g.line); at += g.stride {
		g.ready = append(g.ready, int32(len(g.segments)))
		g.segments = append(g.segments, segment{next: int32(at), to: int32(min(at+g.stride, len(g.line)))})
	}
}

// nextInLine returns the place in line of the next name to be asked, -1 if
// every segment has a query in flight or is done.
func (l *loop) nextInLine(z *zone) int32 {
	g := &z.denial.gaps
	if g.due() {
		l.realign(z)
	}
	for g.head < len(g.ready) {
		s := &g.segments[g.ready[g.head]]
		g.head++
		if at := l.nextOf(z, s); at >= 0 {
			return at
		}
	}
	return -1
}

// nextOf returns the first name of a segment that still has to be asked. Where
// it is the one that the last range ends at, the name behind it tells as much
// about it, and proves a range besides.
func (l *loop) nextOf(z *zone, s *segment) int32 {
	at := l.unsettled(z, s, s.next)
	if at != s.next {
		s.next, s.passed = at, false
	}
	switch {
	case at == s.to || z.denial.gaps.line[at].slot >= 0:
		return -1
	case s.passed || z.denial.off || !z.denial.spans.ends(z.denial.gaps.line[at].at):
		return at
	}
	s.passed = true
	behind := l.unsettled(z, s, at+1)
	if behind == s.to {
		return at
	}
	if z.denial.gaps.line[behind].slot >= 0 {
		return -1
	}
	return behind
}

// unsettled returns the first place from at on, within s, whose name is neither
// answered nor settled by what is known now; s.to if there is none.
func (l *loop) unsettled(z *zone, s *segment, at int32) int32 {
	line := z.denial.gaps.line
	for ; at < s.to; at++ {
		w := &line[at]
		if w.slot == answered || w.slot == noSlot && !z.denial.off && l.spareQuery(z, w) {
			continue
		}
		return at
	}
	return at
}

// sendGaps queues names in line for one server and returns how many.
func (l *loop) sendGaps(z *zone) int {
	box := l.box(false)
	if z.denial == nil || !z.denial.gaps.waits() || box.full() || l.table.free.n == 0 {
		return 0
	}
	m := z.pick(0, l.now, false)
	if m == nil {
		return 0
	}
	room := min(m.room(l.now, false), runLength, box.left(), l.table.free.n)
	if l.metered(m.server) {
		room = min(room, l.total.room(l.now))
	}
	for n := range room {
		at := l.nextInLine(z)
		if at < 0 {
			return n
		}
		w := &z.denial.gaps.line[at]
		w.slot = l.table.take(w.job, int(w.name), z, l.now)
		l.table.at(w.slot).place = at + 1
		l.launch(w.slot, m, box)
	}
	return room
}
