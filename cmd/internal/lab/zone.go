package lab

// zone is a zone of the lab above the names that are sold: the root, a TLD, a
// suffix with a zone of its own.
type zone struct {
	apex    string // "" is the root
	servers [2][4]byte
	cuts    map[string]*zone // child zones, by full name
	wild    bool             // no NXDOMAIN: what is not there has the registry's own address
	empty   map[string]bool  // suffixes held inside this zone, and what lies between them and the apex
}

// newZone returns the zone of apex without anything in it.
func newZone(apex string) *zone {
	return &zone{apex: apex, cuts: make(map[string]*zone), empty: make(map[string]bool)}
}

// What a zone has at the name of a question.
type found uint8

const (
	foundNothing   found = iota // NXDOMAIN
	foundApex                   // the zone's own top
	foundCut                    // at or below the delegation of another zone of the lab
	foundDelegated              // at or below a delegated name
	foundEmpty                  // exists without records
	foundText                   // exists with a TXT record
	foundHost                   // exists with an address
)

// outcome is the place of a question in a zone.
type outcome struct {
	found found
	apex  int     // where in the question the zone's name begins
	owner int     // where the cut, the delegated name or the existing name begins
	above int     // where the suffix of a delegated name begins
	child *zone   // of foundCut
	addr  [4]byte // of foundHost
	hash  uint64  // of foundDelegated
}

// deepest returns the zone that holds the question, and where its name begins.
// With proper it is the deepest above the name, never the zone of the name itself.
func deepest(zones map[string]*zone, q *question, proper bool) (*zone, int) {
	at := 0
	if proper && len(q.name) > 0 {
		at = q.up(0)
	}
	for at < len(q.name) {
		if z := zones[string(q.name[at:])]; z != nil {
			return z, at
		}
		at = q.up(at)
	}
	return zones[""], len(q.name)
}

// look finds the question's place in z, whose name begins at apex in it.
func (z *zone) look(w *World, q *question, apex int) outcome {
	out := outcome{apex: apex}
	if apex == 0 || len(q.name) == 0 {
		out.found = foundApex
		return out
	}
	suffix := apex
	for {
		at := q.down(suffix)
		name := q.name[at:]
		if child := z.cuts[string(name)]; child != nil {
			out.found, out.owner, out.child = foundCut, at, child
			return out
		}
		if !z.empty[string(name)] {
			return z.lookSold(w, q, out, at, suffix)
		}
		if at == 0 {
			out.found = foundEmpty
			return out
		}
		suffix = at
	}
}

// down returns where the label before the one at name[at] begins; at the root's
// place, len(name), that is the last label.
func (q *question) down(at int) int {
	if at < len(q.name) {
		at-- // the dot
	}
	for at > 0 && q.name[at-1] != '.' {
		at--
	}
	return at
}

// lookSold finds the question at or below the name at owner, one label below suffix.
func (z *zone) lookSold(w *World, q *question, out outcome, owner, suffix int) outcome {
	out.owner, out.above = owner, suffix
	if host, ok := z.host(q, out.apex); ok {
		out.found, out.owner, out.addr = foundHost, 0, host
		return out
	}
	sold := w.suffixes[string(q.suffixAt(suffix))]
	if sold == nil {
		if isDNS(q.name[owner:]) && suffix == out.apex && owner == 0 {
			out.found = foundEmpty
		}
		return out
	}
	name := q.name[owner:]
	label := name[:len(name)-len(sold.name)-1]
	if !ldh(label) {
		return out
	}
	st := w.state(name, sold)
	out.hash = st.hash
	out.found = st.shows(q, owner)
	return out
}

// shows says what the question meets at or below a name of this state.
func (st state) shows(q *question, owner int) found {
	switch st.dns {
	case dnsDelegated:
		return foundDelegated
	case dnsText:
		if owner == 0 {
			return foundText
		}
	case dnsEmpty:
		if owner == 0 {
			return foundEmpty
		}
		if string(q.name[:owner]) == "www." { // what makes the name above exist
			return foundText
		}
	}
	return foundNothing
}

// host finds the zone's own name servers, a.dns and b.dns below its apex.
func (z *zone) host(q *question, apex int) (addr [4]byte, ok bool) {
	name := q.name
	if z.apex != "" {
		name = name[:apex-1]
	}
	switch string(name) {
	case "a.dns":
		return z.servers[0], true
	case "b.dns":
		return z.servers[1], true
	}
	return addr, false
}

func isDNS(name []byte) bool {
	return len(name) >= 3 && string(name[:3]) == "dns" && (len(name) == 3 || name[3] == '.')
}
