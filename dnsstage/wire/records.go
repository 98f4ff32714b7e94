package wire

import "net/netip"

// NS is one name server record: who is delegated, and to which host.
type NS struct{ Owner, Target string }

// Address is one A or AAAA record.
type Address struct {
	Owner string
	Addr  netip.Addr
}

// Alias is one CNAME record.
type Alias struct{ Owner, Target string }

const typeCNAME = 5

// The readers below are for the rare reply whose records matter: referrals to
// learn, name servers to find. They allocate, and what they return outlives
// the next Poll. Names are canonical, as [Message.NSOwner]. Records that make no
// sense are left out. A message with TC set has none.

// NSTargets returns the NS records of a section: Authority for a referral, Answer for an answer.
func (m *Message) NSTargets(s Section) []NS {
	var all []NS
	m.each(s, func(r record) {
		if target, ok := m.target(r, TypeNS); ok {
			all = append(all, NS{Owner: m.text(r.owner), Target: target})
		}
	})
	return all
}

// Aliases returns the CNAME records of the answer section.
func (m *Message) Aliases() []Alias {
	var all []Alias
	m.each(Answer, func(r record) {
		if target, ok := m.target(r, typeCNAME); ok {
			all = append(all, Alias{Owner: m.text(r.owner), Target: target})
		}
	})
	return all
}

// Addresses returns the A and AAAA records of a section: Additional for glue, Answer for answers.
func (m *Message) Addresses(s Section) []Address {
	var all []Address
	m.each(s, func(r record) {
		if r.kind != TypeA && r.kind != TypeAAAA {
			return
		}
		addr, ok := netip.AddrFromSlice(m.Raw[r.data:r.end])
		if ok && addr.Is4() == (r.kind == TypeA) {
			all = append(all, Address{Owner: m.text(r.owner), Addr: addr})
		}
	})
	return all
}

// Glue returns the addresses in the additional section.
func (m *Message) Glue() []Address { return m.Addresses(Additional) }

// each calls f for every record of class IN in section s.
func (m *Message) each(s Section, f func(record)) {
	raw := m.Raw
	if m.TC || len(raw) < headerLen {
		return
	}
	off, ok := plainNameEnd(raw, headerLen)
	if !ok {
		return
	}
	off += questionEnd
	for at := Answer; at <= s; at++ {
		for range count(raw, at) {
			r, next, err := readRecord(raw, off)
			if err != nil {
				return
			}
			off = next
			if at == s && r.class == classIN {
				f(r)
			}
		}
	}
}

// target reads the name that is the data of a record of the given type.
func (m *Message) target(r record, kind uint16) (string, bool) {
	if r.kind != kind {
		return "", false
	}
	end, err := nameEnd(m.Raw, r.data)
	if err != nil || end != r.end {
		return "", false
	}
	return m.text(r.data), true
}

func (m *Message) text(off int) string { return string(appendName(nil, m.Raw, off)) }
