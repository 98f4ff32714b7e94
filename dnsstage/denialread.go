package dnsstage

import (
	"vacant"
	"vacant/dnsstage/wire"
)

// denialBook is what the loop keeps for the denials of all zones.
type denialBook struct {
	settled, delegated uint64 // names settled without a query, and those of them that are delegated
	before             uint64 // settled, as of the last turn
	parked             int    // names that wait in line
	spans              spanBudget
	records            wire.Denials
	found              []wire.Denial // in the reply being read
}

// useDenial has a zone's names asked by gap from now on, those among them that
// waited for the zone to be found.
func (l *loop) useDenial(z *zone, p proofOfZone) {
	if z.denial != nil { // its servers have changed under way: what waits is asked, and no more is concluded
		l.stopDenial(z, "the zone has moved")
		return
	}
	if l.udp == nil || l.zones[z.suffix] != z {
		return
	}
	d, err := newDenial(z.suffix, z.origin, p, &l.book.spans)
	if d == nil || err != nil {
		return
	}
	z.denial = d
	kept := newList()
	for z.fresh.n > 0 {
		i := l.table.pop(&z.fresh)
		t := l.table.at(i)
		if t.job == nil || t.job.run == nil || t.askings > 0 { // a single name is asked itself
			l.table.push(&kept, i)
			continue
		}
		j, n := t.job, t.name
		l.table.release(i)
		l.stand(z, waiting{at: d.key(labelOf(j.batch.Name(int(n)))), job: j, name: n, slot: noSlot})
	}
	z.fresh = kept
}

// stopDenial ends the use of denials in a zone; what waits in line is asked name by name, without DO.
func (l *loop) stopDenial(z *zone, why string) {
	d := z.denial
	if d.off {
		return
	}
	d.off = true
	d.spans.free()
	l.realign(z)
	l.enlist(z)
	l.cfg.Log.Debug("denials are not used", "suffix", z.suffix, "why", why)
}

// wantsDO reports whether a task's next asking is to bring proofs along: not
// for a single name, not when servers had trouble with it, nor over TCP beside UDP, where it is asked for size.
func (t *task) wantsDO(direct bool) bool {
	return t.job.run != nil && t.askings < 2 && t.met&^causeTimeout == 0 && (!t.tcp || !direct)
}

// wantsDenial reports whether a zone's proofs are of interest. Through proxies
// and from resolvers every name is asked: what they say holds only between controls.
func (l *loop) wantsDenial(z *zone) bool {
	via, _ := l.mode.Load().(Via)
	return !l.cfg.NoDenial && l.udp != nil && via != ViaResolvers && !z.resolver && l.zones[z.suffix] == z
}

// readDenials takes the ranges of a reply that settled its own name. Only what
// the zone's servers say with authority, under the zone's own SOA, counts.
func (l *loop) readDenials(z *zone, server uint16, r *wire.Reply) {
	d := z.denial
	if !r.AA || r.Answers > 0 || string(r.SOAOwner) != z.origin {
		return
	}
	d.cutShort = 0
	l.book.found = l.book.records.Read(&r.Message)
	for i := range l.book.found {
		e := &l.book.found[i]
		n, ok := d.project(e, l.unix)
		if !ok {
			continue
		}
		n.server = server
		if known := d.spans.find(n.from); known == nil || known.from != n.from || known.to != n.to {
			d.gaps.sample(n.span)
		}
		d.add(n)
		l.sweepRange(z, n.span)
	}
}

// sweepRange settles what waits in a range, which may wrap around.
func (l *loop) sweepRange(z *zone, s span) {
	if s.from.less(s.to) {
		l.sweepLine(z, s.from, s.to)
		return
	}
	l.sweepLine(z, s.from, lastKey)
	l.sweepLine(z, key{}, s.to)
}

// weigh gives denials up where they spare next to nothing.
func (l *loop) weigh(z *zone) {
	d := z.denial
	if d.replies++; d.replies < paysSample {
		return
	}
	if d.spared < d.replies/paysShare {
		l.stopDenial(z, "they spare next to no query")
	}
	d.replies, d.spared = 0, 0
}

// contradicted gives denials up where a zone delegates a name that a range of
// its own denies: its proofs, or our reading of them, cannot be relied on.
func (l *loop) contradicted(z *zone, t *task) {
	d := z.denial
	k := d.key(labelOf(t.job.batch.Name(int(t.name))))
	if s := d.spans.find(k); s != nil && l.unix < s.until && s.covers(k) {
		l.cfg.Log.Warn("a zone delegates a name that it denies", "suffix", z.suffix, "server", t.member.addr)
		l.stopDenial(z, "they contradict a delegation")
	}
}

// tooLarge reports whether a truncated reply was cut off for the size of its
// signatures, and gives denials up if so. Response rate limiting truncates to
// nothing, now and then; a body that was cut, or truncation every time, is size.
func (l *loop) tooLarge(z *zone, t *task, r *wire.Reply) bool {
	if !t.do || !z.denies() || r.Outcome != wire.Truncated {
		return false
	}
	if z.denial.cutShort++; z.denial.cutShort < cutShortLimit && !r.HasBody() {
		return false
	}
	l.stopDenial(z, "signed denials do not fit a datagram")
	return true
}

// failLine ends all that waits in line for a zone that cannot be asked.
func (l *loop) failLine(z *zone, a vacant.Answer) {
	if z.denial == nil {
		return
	}
	l.realign(z)
	line := z.denial.gaps.line
	for i := range line {
		if w := &line[i]; w.slot == noSlot {
			l.leave(z, w)
			z.open--
			l.record(w.job, int(w.name), a)
		}
	}
}

// dropLines forgets what waits in line for a run that has ended.
func (l *loop) dropLines(r *run) {
	for _, z := range l.zones {
		if z.denial == nil {
			continue
		}
		g := &z.denial.gaps
		l.realign(z)
		for i := range g.line {
			if w := &g.line[i]; w.slot == noSlot && w.job.run == r {
				l.leave(z, w)
				z.open--
			}
		}
	}
}
