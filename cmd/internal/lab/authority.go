package lab

// responder writes the answer to a question: begin, and all records, not finish.
type responder interface {
	respond(r *reply, q *question, buf []byte)
}

var (
	_ responder = (*authority)(nil)
	_ responder = (*recursive)(nil)
	_ responder = (*hosting)(nil)
	_ responder = (*liar)(nil)
)

// authority answers for zones of its own, and for nothing else.
type authority struct {
	world    *World
	zones    map[string]*zone
	hosting  [4]byte // where delegated names live
	combined bool    // the one server of a machine with one loopback address
	wildcard *zone   // by fault: a zone without NXDOMAIN
}

func (a *authority) respond(r *reply, q *question, buf []byte) {
	z, apex := deepest(a.zones, q, a.combined && q.qtype != typeSOA)
	if z == nil {
		r.begin(q, buf, 0, rcodeRefused)
		return
	}
	out := z.look(a.world, q, apex)
	switch out.found {
	case foundCut, foundDelegated:
		a.referral(r, q, buf, out)
	case foundNothing:
		a.nothing(r, q, buf, z, apex)
	default:
		r.begin(q, buf, bitAA, rcodeOK)
		z.records(r, q, out)
	}
}

func (a *authority) nothing(r *reply, q *question, buf []byte, z *zone, apex int) {
	if z.wild {
		z.wildcard(r, q, buf, bitAA, apex)
		return
	}
	rcode := rcodeNXDomain
	if z == a.wildcard {
		rcode = rcodeOK
	}
	r.begin(q, buf, bitAA, rcode)
	r.soa(authoritySection, apex)
}

// wildcard answers about a name that does not exist in a zone with an address for all of those.
func (z *zone) wildcard(r *reply, q *question, buf []byte, flags uint16, apex int) {
	r.begin(q, buf, flags, rcodeOK)
	if q.qtype == typeA {
		r.address(0, [4]byte{192, 0, 2, 70})
		return
	}
	r.soa(authoritySection, apex)
}

// referral points to the servers of the cut; a question for DS at the cut itself is the parent's to answer.
func (a *authority) referral(r *reply, q *question, buf []byte, out outcome) {
	if q.qtype == typeDS && out.owner == 0 {
		r.begin(q, buf, bitAA, rcodeOK)
		r.soa(authoritySection, out.apex)
		return
	}
	r.begin(q, buf, 0, rcodeOK)
	if out.found == foundCut {
		out.child.delegate(r, authoritySection, out.owner)
		return
	}
	delegateName(r, authoritySection, out, a.hosting)
}

// delegate adds the name servers of z, whose name begins at owner, with their addresses.
func (z *zone) delegate(r *reply, section, owner int) {
	first := r.ns(section, owner, hostFirst, owner)
	second := r.ns(section, owner, hostSecond, owner)
	r.glue(first, z.servers[0])
	r.glue(second, z.servers[1])
}

// delegateName adds the name servers of a delegated name: in three of four
// cases those that its suffix shares, else its own.
func delegateName(r *reply, section int, out outcome, hosting [4]byte) {
	first, second, base := hostShared1, hostShared2, out.above
	if ownServers(r.q.name[out.owner:], out.hash) {
		first, second, base = hostOwn1, hostOwn2, out.owner
	}
	firstAt := r.ns(section, out.owner, first, base)
	secondAt := r.ns(section, out.owner, second, base)
	r.glue(firstAt, hosting)
	r.glue(secondAt, hosting)
}

func (q *question) labelIs(at int, label string) bool {
	name := q.name[at:]
	return len(name) > len(label) && string(name[:len(label)]) == label && name[len(label)] == '.'
}

// records adds what z has at a name that exists in it, the SOA alone where
// there is nothing of the type asked.
func (z *zone) records(r *reply, q *question, out outcome) {
	switch {
	case out.found == foundApex && q.qtype == typeSOA:
		r.soa(answerSection, out.apex)
	case out.found == foundApex && q.qtype == typeNS:
		z.delegate(r, answerSection, out.apex)
	case out.found == foundHost && q.qtype == typeA:
		r.address(0, out.addr)
	case out.found == foundText && q.qtype == typeTXT:
		r.text(0, "this name has no name servers")
	default:
		r.soa(authoritySection, out.apex)
	}
}

// hosting answers for the delegated names themselves: they all have an address.
type hosting struct {
	world *World
	zones map[string]*zone
	addr  [4]byte
}

func (h *hosting) respond(r *reply, q *question, buf []byte) {
	z, apex := deepest(h.zones, q, false)
	out := z.look(h.world, q, apex)
	if out.found != foundDelegated {
		r.begin(q, buf, 0, rcodeRefused)
		return
	}
	r.begin(q, buf, bitAA, rcodeOK)
	delegatedRecords(r, q, out, h.addr)
}

// delegatedRecords answers as a delegated name's own servers do.
func delegatedRecords(r *reply, q *question, out outcome, hosting [4]byte) {
	top := out.owner == 0
	host := q.labelIs(0, "ns1") || q.labelIs(0, "ns2")
	switch {
	case q.qtype == typeNS && top:
		delegateName(r, answerSection, out, hosting)
	case q.qtype == typeSOA && top:
		r.soa(answerSection, out.owner)
	case q.qtype == typeA && host:
		r.address(0, hosting)
	case q.qtype == typeA:
		r.address(0, siteOf(out.hash))
	default:
		r.soa(authoritySection, out.owner)
	}
}

// siteOf returns the address of a name's site, out of TEST-NET-1 (RFC 5737): nothing of it is ever asked.
func siteOf(h uint64) [4]byte {
	return [4]byte{192, 0, 2, byte(mix(h ^ saltAddress))}
}
