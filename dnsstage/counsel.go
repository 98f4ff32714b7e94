package dnsstage

import (
	"net/netip"

	"vacant"
)

// Controls find the resolver that lies about every name. One that lies about
// some, or has begun to lie since its last control, is found out by the others:
// whatever a resolver does not call delegated is put to a second one, and so is
// now and then a name that it does. Where the two disagree more are asked, until
// one answer leads by two, and who is contradicted too often is believed no more.

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

// counsel weighs what a trusted resolver answered against what others did: one
// answer must come twice more often than the other. ok means that answer is the
// one; else the name is on its way to another resolver.
func (l *loop) counsel(i slot, t *task, a vacant.Answer) (answer vacant.Answer, ok bool) {
	z, m := t.zone, t.member
	switch {
	case t.first.At == 0:
		if !doubtful(a, m) || !z.more(m.bit, true) {
			return a, true
		}
		t.first, t.lead = a, 1
	case a.Server == t.first.Server || t.second.At != 0 && a.Server == t.second.Server:
		return l.otherwise(i, t) // the others are in quarantine
	case a.Status == t.first.Status:
		t.lead++
	case t.second.At == 0:
		t.second = a
		t.lead--
		l.dispute(t, +1)
	case a.Status == t.second.Status:
		t.lead--
	} // a third thing decides nothing
	t.tried |= m.bit
	if need := t.enough(); t.lead >= need || -t.lead >= need {
		return l.decided(t, t.verdict()), true
	}
	if !z.more(t.tried, false) {
		return l.otherwise(i, t)
	}
	if z.more(t.tried|m.kin, false) {
		t.tried |= m.kin
	}
	t.askings = 0
	l.requeue(i, t)
	return a, false
}

// otherwise waits for resolvers that are in quarantine or have not answered,
// within the name's time; then what was said has to do.
func (l *loop) otherwise(i slot, t *task) (answer vacant.Answer, ok bool) {
	if spoke := t.spoke(); t.zone.more(spoke, true) && l.patient(t) {
		t.askings, t.tried = 0, spoke
		l.putOff(i, t)
		return answer, false
	}
	return l.decided(t, t.verdict()), true
}

// spoke returns the mask of those whose answers are kept, and of who spoke last.
func (t *task) spoke() uint32 {
	mask := t.member.bit
	for _, said := range []vacant.Answer{t.first, t.second} {
		if m := t.zone.speaker(said); m != nil {
			mask |= m.bit
		}
	}
	return mask
}

// enough is by how many an answer must lead: by one more where who gave it is
// in dispute about another name, so that of two that begin to lie at the same
// moment neither bears out the other.
func (t *task) enough() int8 {
	for _, said := range []vacant.Answer{t.first, t.second} {
		if m := t.zone.speaker(said); said.At != 0 && said.Status != vacant.StatusDelegated && m != nil && m.disputed > 0 {
			return 3
		}
	}
	if t.member.disputed > 0 {
		return 3
	}
	return 2
}

// dispute notes that the two who gave the answers about t disagree, or that it is decided.
func (l *loop) dispute(t *task, by int) {
	for _, said := range []vacant.Answer{t.first, t.second} {
		if m := t.zone.speaker(said); m != nil {
			m.disputed += by
		}
	}
}

// verdict is the answer that was given more often; of as many, the one that makes
// less of a name absent: the statuses are in that order.
func (t *task) verdict() vacant.Answer {
	if t.lead < 0 || t.lead == 0 && t.second.Status < t.first.Status {
		return t.second
	}
	return t.first
}

// decided counts who was right, where more than one spoke.
func (l *loop) decided(t *task, a vacant.Answer) vacant.Answer {
	if t.second.At != 0 {
		l.dispute(t, -1)
	}
	if t.lead == 0 || t.lead == 1 && t.second.At == 0 {
		return a
	}
	for _, said := range []vacant.Answer{t.first, t.second} {
		switch {
		case said.At == 0:
		case said.Status == a.Status:
			l.right(t.zone, said)
		default:
			l.wrong(t.zone, said)
		}
	}
	return a
}

// doubtful reports whether an answer of m is to be put to another resolver: one
// that a registry would be asked about, or a spot check.
func doubtful(a vacant.Answer, m *member) bool {
	return a.Status != vacant.StatusDelegated || m.answered%spotCheck == 0
}

// more reports whether there is a trusted resolver besides those in tried, in
// quarantine or not.
func (z *zone) more(tried uint32, benched bool) bool {
	if len(z.members) < 2 {
		return false
	}
	for _, m := range z.members {
		if m.bit&tried == 0 && m.trust == trustGood && (benched || m.bench == 0) {
			return true
		}
	}
	return false
}

// speaker returns who gave an answer, nil if it is in the zone no more.
func (z *zone) speaker(a vacant.Answer) *member { return z.byServer[a.Server] }

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

// onlyOpinion returns what there is to say of a name that no other resolver
// could be asked about any more.
func (t *task) onlyOpinion() (a vacant.Answer, ok bool) {
	if t.first.At == 0 || !t.zone.resolver {
		return a, false
	}
	a = t.verdict()
	m := t.zone.speaker(a)
	return a, m != nil && m.trust == trustGood
}

// kin returns for each address the mask of those of its network (/24 or /48):
// where resolvers of one operator lie, they lie alike.
func kin(members []*member) map[netip.Prefix]uint32 {
	masks := make(map[netip.Prefix]uint32)
	for _, m := range members {
		masks[network(m.addr.Addr())] |= m.bit
	}
	return masks
}

func network(a netip.Addr) netip.Prefix {
	bits := 48
	if a = a.Unmap(); a.Is4() {
		bits = 24
	}
	p, _ := a.WithZone("").Prefix(bits) // never fails: the lengths fit
	return p
}
