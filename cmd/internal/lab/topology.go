package lab

import (
	"net/netip"
	"slices"
	"strings"
)

// topology is which zones there are and which servers hold them.
type topology struct {
	zones  map[string]*zone
	groups []*group // the first is the root's
}

// group is a set of zones on the same two server addresses.
type group struct {
	zones map[string]*zone
	addrs []netip.Addr
}

func newGroup(zones ...*zone) *group {
	g := &group{zones: make(map[string]*zone)}
	for _, z := range zones {
		g.zones[z.apex] = z
	}
	return g
}

// newTopology builds the zones of a world whose TLDs are spread over so many operators.
func newTopology(w *World, operators int) *topology {
	root := newZone("")
	t := &topology{zones: map[string]*zone{"": root}, groups: []*group{newGroup(root)}}
	home := make(map[string]*group)
	byOperator := make([]*group, operators)
	for i, tld := range w.tops() {
		g := byOperator[i%operators]
		if g == nil {
			g = newGroup()
			byOperator[i%operators], t.groups = g, append(t.groups, g)
		}
		t.add(root, tld, g, home)
	}
	for _, name := range w.deep() {
		t.place(name, home)
	}
	return t
}

// add makes the zone of apex, a cut of above, on the servers of g.
func (t *topology) add(above *zone, apex string, g *group, home map[string]*group) {
	z := newZone(apex)
	z.wild = registryOf(topLabel(apex)).wildcard
	t.zones[apex], above.cuts[apex], g.zones[apex], home[apex] = z, z, z, g
}

// place finds room for a suffix below a TLD, in the three ways the real ones
// have: a zone of its own on the servers of the zone above (com.au), one delegated elsewhere
// (co.za), or no zone at all (co.uk). The last letter decides, so that a suffix
// is the same in each lab.
func (t *topology) place(name string, home map[string]*group) {
	above := t.zones[topLabel(name)]
	for up := parent(name); up != ""; up = parent(up) {
		if z := t.zones[up]; z != nil {
			above = z
			break
		}
	}
	for up := parent(name); up != above.apex; up = parent(up) {
		above.empty[up] = true
	}
	switch name[len(name)-1] % 3 {
	case 0:
		t.add(above, name, home[above.apex], home)
	case 1:
		g := newGroup()
		t.groups = append(t.groups, g)
		t.add(above, name, g, home)
	default:
		above.empty[name] = true
	}
}

// tops returns the TLDs of the world's suffixes, sorted.
func (w *World) tops() []string {
	var tops []string
	for _, name := range w.names {
		tops = append(tops, topLabel(name))
	}
	slices.Sort(tops)
	return slices.Compact(tops)
}

// deep returns the suffixes of more than one label, those with fewer first.
func (w *World) deep() []string {
	var deep []string
	for _, name := range w.names {
		if strings.Contains(name, ".") {
			deep = append(deep, name)
		}
	}
	slices.SortStableFunc(deep, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	return deep
}

// rootAddrs is where the root lives. In the lab's network the last octet of a
// group's first address is odd.
func rootAddrs() []netip.Addr { return labAddrs(0, 1) }

var (
	hostingAddr = netip.AddrFrom4([4]byte{127, 53, 0, 3})
	loopback    = netip.AddrFrom4([4]byte{127, 0, 0, 1})
)

// groupsPerNet is how many groups share a third octet.
const groupsPerNet = 100

func labAddrs(third, last byte) []netip.Addr {
	return []netip.Addr{
		netip.AddrFrom4([4]byte{127, 53, third, last}),
		netip.AddrFrom4([4]byte{127, 53, third, last + 1}),
	}
}

// address gives every group its addresses; with single all share the one that there is.
func (t *topology) address(single bool) {
	for i, g := range t.groups {
		switch {
		case single:
			g.addrs = []netip.Addr{loopback}
		case i == 0:
			g.addrs = rootAddrs()
		default:
			g.addrs = labAddrs(byte(1+i/groupsPerNet), byte(1+2*(i%groupsPerNet)))
		}
		for _, z := range g.zones {
			z.servers = [2][4]byte{g.addrs[0].As4(), g.addrs[len(g.addrs)-1].As4()}
		}
	}
}
