package dnsstage

import (
	"vacant/dnsstage/wire"
)

// step is where an answer about a zone's name leads a search.
type step uint8

const (
	stepLame  step = iota
	stepBelow      // a referral: owner is the next cut
	stepHere       // these servers hold it: owner is the zone
	stepNone       // the name does not exist
)

// readZone reads a reply to a question about name put to the servers of c.
func readZone(c *cut, name string, m *wire.Message) (step, string) {
	switch {
	case m.Answers > 0 && m.AA && (m.AnswerNS || m.AnswerType != 0):
		return stepHere, name
	case m.Answers > 0:
		return stepLame, ""
	case !m.AA && m.Rcode == wire.RcodeSuccess && m.SOAOwner == nil && c.leadsTo(m.NSOwner, name),
		m.AA && m.NSOwner != nil && m.SOAOwner == nil && string(m.NSOwner) == name && name != c.origin:
		return stepBelow, string(m.NSOwner)
	case !m.AA || m.SOAOwner == nil || !within(name, m.SOAOwner) || !c.pinned && !within(m.SOAOwner, c.origin):
		return stepLame, ""
	case m.Rcode == wire.RcodeNXDomain:
		return stepNone, string(m.SOAOwner)
	}
	return stepHere, string(m.SOAOwner)
}

// leadsTo reports whether a referral owned by owner leads from c towards name:
// strictly down, so that no chain of them can be a loop.
func (c *cut) leadsTo(owner []byte, name string) bool {
	if owner == nil || !within(name, owner) {
		return false
	}
	if c.pinned && string(owner) == c.origin {
		return true // the server pinned for a zone may be its parent's
	}
	return len(owner) > len(c.origin) && within(owner, c.origin)
}
