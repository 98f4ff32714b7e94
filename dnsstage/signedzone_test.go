package dnsstage

import (
	"bytes"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"vacant"
	"vacant/dnsstage/wire"
)

// signedZone is a zone that proves its denials, written from RFC 1034 section
// 4.3.2, RFC 4035 section 3.1 and RFC 5155 section 7 with miekg/dns and nothing
// of what it judges. Names are canonical without a final dot.
type signedZone struct {
	origin     string
	sets       map[string][]uint16 // types by owner; a cut has NS
	nsec3      bool
	optOut     bool // cuts without DS have no NSEC3
	iterations uint16
	salt       string
	chain      []string // owners, once they are fixed
}

// fix says that nothing more is added, so that the chain is made only once.
func (z *signedZone) fix() { z.chain = z.owners() }

func newSignedZone(origin string) *signedZone {
	return &signedZone{origin: origin, sets: map[string][]uint16{origin: {dns.TypeNS, dns.TypeSOA}}}
}

func (z *signedZone) add(name string, types ...uint16) { z.sets[name] = append(z.sets[name], types...) }

func (z *signedZone) isCut(name string) bool {
	return name != z.origin && slices.Contains(z.sets[name], dns.TypeNS)
}

// exists reports whether a name is there, if only because something lies below it.
func (z *signedZone) exists(name string) bool {
	for owner := range z.sets {
		if within(owner, name) {
			return true
		}
	}
	return false
}

// cutAbove returns the highest cut at or above name, or a DNAME strictly above it.
func (z *signedZone) cutAbove(name string) (cut, dname string) {
	labels := strings.Split(strings.TrimSuffix(name, "."+z.origin), ".")
	for i := len(labels) - 1; i >= 0; i-- {
		owner := strings.Join(labels[i:], ".") + "." + z.origin
		if z.isCut(owner) {
			return owner, ""
		}
		if i > 0 && slices.Contains(z.sets[owner], dns.TypeDNAME) {
			return "", owner
		}
	}
	return "", ""
}

// status is the truth about a candidate.
func (z *signedZone) status(name string) vacant.Status {
	switch cut, dname := z.cutAbove(name); {
	case cut == name:
		return vacant.StatusDelegated
	case cut != "" || dname != "":
		return vacant.StatusNodata
	case z.exists(name), z.sets["*."+z.encloser(name)] != nil:
		return vacant.StatusNodata
	}
	return vacant.StatusNXDomain
}

// encloser is the longest ancestor of name that exists.
func (z *signedZone) encloser(name string) string {
	for !z.exists(name) {
		_, name, _ = strings.Cut(name, ".")
	}
	return name
}

// answer fills in what an authoritative server says to a question of type NS.
func (z *signedZone) answer(q *wire.Query, m *dns.Msg) {
	name := string(q.Name)
	m.Answer, m.Ns, m.Extra, m.Rcode, m.Authoritative = nil, nil, nil, dns.RcodeSuccess, true
	cut, dname := z.cutAbove(name)
	switch {
	case name == z.origin:
		m.Answer = nsRecords(name, []string{"ns.self.example"})
	case cut != "":
		m.Authoritative = false
		m.Ns = nsRecords(cut, []string{"ns.hoster.example"})
		if q.DO && !slices.Contains(z.sets[cut], dns.TypeDS) && z.listed(cut) {
			m.Ns = append(m.Ns, z.record(cut))
		}
	case dname != "":
		m.Answer = []dns.RR{&dns.CNAME{Hdr: header(name, dns.TypeCNAME), Target: "elsewhere.example."}}
	case z.exists(name):
		m.Ns = []dns.RR{soa(z.origin)}
		if q.DO {
			m.Ns = append(m.Ns, z.proofs(name)...)
		}
	case z.sets["*."+z.encloser(name)] != nil:
		m.Ns = []dns.RR{soa(z.origin)}
		if q.DO {
			m.Ns = append(m.Ns, z.proofs(name, "*."+z.encloser(name))...)
		}
	default:
		nx(m, z.origin)
		if q.DO {
			m.Ns = append(m.Ns, z.proofs(name, "*."+z.encloser(name))...)
		}
	}
}

// proofs are the records that match or cover the names given; with NSEC3 those
// of the closest encloser and of the next closer name (RFC 5155 section 7.2.1).
func (z *signedZone) proofs(names ...string) []dns.RR {
	if z.nsec3 && !z.exists(names[0]) {
		e := z.encloser(names[0])
		labels := strings.Split(strings.TrimSuffix(names[0], "."+e), ".")
		names = append([]string{e, labels[len(labels)-1] + "." + e}, names[1:]...)
	}
	var all []dns.RR
	for _, name := range names {
		rr := z.record(name)
		if !slices.ContainsFunc(all, func(o dns.RR) bool { return o.String() == rr.String() }) {
			all = append(all, rr)
		}
	}
	return all
}

// owners are the names that the chain is made of.
func (z *signedZone) owners() []string {
	if z.chain != nil {
		return z.chain
	}
	set := make(map[string]bool)
	for owner := range z.sets {
		if cut, dname := z.cutAbove(owner); cut != "" && cut != owner || dname != "" {
			continue // below a cut: not the zone's own
		}
		if z.optOut && z.isCut(owner) && !slices.Contains(z.sets[owner], dns.TypeDS) {
			continue
		}
		set[owner] = true
		for up := owner; z.nsec3 && up != z.origin; _, up, _ = strings.Cut(up, ".") {
			set[up] = true // empty non-terminals have a record too
		}
	}
	var all []string
	for owner := range set {
		all = append(all, owner)
	}
	slices.SortFunc(all, func(a, b string) int { return bytes.Compare(z.place(a), z.place(b)) })
	return all
}

func (z *signedZone) listed(name string) bool { return slices.Contains(z.owners(), name) }

// place is where a name stands in the chain: octets that sort as the chain does.
func (z *signedZone) place(name string) []byte {
	if z.nsec3 {
		return []byte(z.hash(name))
	}
	labels := strings.Split(name, ".")
	slices.Reverse(labels)
	return []byte(strings.Join(labels, "\x00")) // no label of the tests has an octet of 0
}

func (z *signedZone) hash(name string) string {
	return dns.HashName(dns.Fqdn(name), dns.SHA1, z.iterations, z.salt)
}

// record returns the chain's record that matches name or covers it.
func (z *signedZone) record(name string) dns.RR {
	owners := z.owners()
	at, found := slices.BinarySearchFunc(owners, z.place(name), func(o string, p []byte) int { return bytes.Compare(z.place(o), p) })
	if !found {
		at = (at - 1 + len(owners)) % len(owners)
	}
	owner, next := owners[at], owners[(at+1)%len(owners)]
	types := slices.Clone(z.sets[owner])
	slices.Sort(types)
	if !z.nsec3 {
		return &dns.NSEC{Hdr: header(owner, dns.TypeNSEC), NextDomain: dns.Fqdn(next), TypeBitMap: append(types, dns.TypeRRSIG, dns.TypeNSEC)}
	}
	flags := uint8(0)
	if z.optOut {
		flags = 1
	}
	return &dns.NSEC3{
		Hdr: header(z.hash(owner)+"."+z.origin, dns.TypeNSEC3), Hash: dns.SHA1, Flags: flags, Iterations: z.iterations,
		SaltLength: uint8(len(z.salt) / 2), Salt: z.salt, HashLength: 20, NextDomain: z.hash(next), TypeBitMap: types,
	}
}

// serveSigned puts the zone on a server of the fake internet, pinned in the Config returned.
func (n *fakeNet) serveSigned(z *signedZone) (*fakeServer, Config) {
	s := n.serve("192.0.2.1", n.zone(z.origin))
	s.mangle = z.answer
	return s, Config{Authority: pin(z.origin, "192.0.2.1"), RateLimit: -1, RatePerServer: -1}
}

func (z *signedZone) String() string {
	return fmt.Sprintf("%s nsec3=%v optout=%v salt=%q %v", z.origin, z.nsec3, z.optOut, z.salt, z.sets)
}

// rawHash is a base32hex hash as octets.
func rawHash(text string) []byte {
	raw, err := base32.HexEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return raw
}
