package dnsstage

import (
	"vacant"
)

// Controls find the resolver that lies about every name. One that lies about
// some, or has begun to lie since its last control, is found out by the others:
// whatever a resolver does not call delegated is put to a second one, and so is
// now and then a name that it does. Where the two disagree a third
// decides, and who is contradicted too often is believed no more.

const (
	// spotCheck is how many answers of a resolver come to one that is checked
	// though nothing asks for it: one query in 64 finds within a few hundred names
	// a resolver that lies about one in ten.
	spotCheck = 64
	// wrongLimit and wrongShare are how many contradicted answers, and which share
	// of those that were checked, a resolver's own cache may explain: a name sold
	// or dropped a moment ago.
	wrongLimit = 3
	wrongShare = 20 // one in so many
)

// counsel weighs what a trusted resolver answered against what others did. ok
// means that a is the answer; else the name is on its way to another resolver.
func (l *loop) counsel(i slot, t *task, a vacant.Answer) (answer vacant.Answer, ok bool) {
	z, m := t.zone, t.member
	switch {
	case t.first.At == 0:
		if !doubtful(a, m) || !z.trustedBeside(m) {
			return a, true
		}
		t.first = a
	case a.Server == t.first.Server || t.second.At != 0 && a.Server == t.second.Server:
		return t.safer(a), true // there is nobody else to ask
	case t.second.At == 0 && a.Status == t.first.Status:
		l.right(z, t.first)
		return a, true
	case t.second.At == 0 && z.trustedBeyond(t, m):
		t.second = a
	case t.second.At == 0:
		return t.safer(a), true // two say two things, and there is no third
	default:
		return l.third(i, t, a)
	}
	t.tried |= m.bit
	l.requeue(i, t)
	return a, false
}

// third decides between two resolvers that disagree.
func (l *loop) third(i slot, t *task, a vacant.Answer) (answer vacant.Answer, ok bool) {
	z := t.zone
	switch a.Status {
	case t.first.Status:
		l.right(z, t.first)
		l.wrong(z, t.second)
	case t.second.Status:
		l.right(z, t.second)
		l.wrong(z, t.first)
	default:
		l.askAfresh(i, t.tried) // three say three things
		return a, false
	}
	return a, true
}

// doubtful reports whether an answer of m is to be put to another resolver: one
// that a registry would be asked about, or a spot check.
func doubtful(a vacant.Answer, m *member) bool {
	return a.Status != vacant.StatusDelegated || m.answered%spotCheck == 0
}

// safer is the answer where no more can be asked: that a name is taken, if
// anybody said so.
func (t *task) safer(a vacant.Answer) vacant.Answer {
	for _, b := range []vacant.Answer{t.first, t.second} {
		if b.Status == vacant.StatusDelegated {
			return b
		}
	}
	return a
}

// trustedBeyond reports whether there is a trusted resolver besides m and the
// one that spoke first.
func (z *zone) trustedBeyond(t *task, m *member) bool {
	for _, o := range z.members {
		if o != m && o.id != t.first.Server && o.trust == trustGood && o.bench == 0 {
			return true
		}
	}
	return false
}

// speaker returns who gave an answer, nil if it is in the zone no more.
func (z *zone) speaker(a vacant.Answer) *member {
	for _, m := range z.members {
		if m.id == a.Server {
			return m
		}
	}
	return nil
}

func (l *loop) right(z *zone, a vacant.Answer) {
	if m := z.speaker(a); m != nil {
		m.right++
	}
}

// wrong counts an answer that two others contradicted; too many convict.
func (l *loop) wrong(z *zone, a vacant.Answer) {
	m := z.speaker(a)
	if m == nil {
		return
	}
	m.wrong++
	if m.trust != trustGood || m.wrong < wrongLimit || m.wrong*wrongShare < m.right {
		return
	}
	l.convict(z, m)
	l.settleResolvers(z, finding{trust: trustLiar})
}

// onlyOpinion returns what there is to say of a name that others could not be
// asked about: the one trusted answer, or the safer of two.
func (t *task) onlyOpinion() (a vacant.Answer, ok bool) {
	m := t.zone.speaker(t.first)
	switch {
	case t.first.At == 0 || m == nil || m.trust != trustGood:
		return a, false
	case t.second.At == 0:
		return t.first, true
	}
	a = t.safer(t.second)
	return a, a.Status == vacant.StatusDelegated
}
