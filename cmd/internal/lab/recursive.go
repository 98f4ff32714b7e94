package lab

// recursive answers about everything as an honest recursive resolver does. It
// knows the zones instead of asking for them.
type recursive struct {
	world   *World
	zones   map[string]*zone
	hosting [4]byte
}

func (s *recursive) respond(r *reply, q *question, buf []byte) {
	if !q.rd { // it has no cache that could be looked into
		r.begin(q, buf, bitRA, rcodeRefused)
		return
	}
	z, apex := deepest(s.zones, q, false)
	out := z.look(s.world, q, apex)
	if out.found == foundNothing && z.wild {
		z.wildcard(r, q, buf, bitRA, apex)
		return
	}
	switch out.found {
	case foundNothing:
		r.begin(q, buf, bitRA, rcodeNXDomain)
		r.soa(authoritySection, apex)
	case foundDelegated:
		r.begin(q, buf, bitRA, rcodeOK)
		delegatedAnswer(r, q, out, s.hosting)
	default:
		r.begin(q, buf, bitRA, rcodeOK)
		z.records(r, q, out)
	}
}

// delegatedAnswer is delegatedRecords but for DS, which lives above the cut.
func delegatedAnswer(r *reply, q *question, out outcome, hosting [4]byte) {
	if q.qtype == typeDS && out.owner == 0 {
		r.soa(authoritySection, out.apex)
		return
	}
	delegatedRecords(r, q, out, hosting)
}

// lastLabel returns where the TLD of the question begins.
func (q *question) lastLabel() int {
	if len(q.name) == 0 {
		return 0
	}
	return q.down(len(q.name))
}
