package dnsstage

import (
	"slices"
	"time"

	"vacant"
)

// zoneState says whether a zone can be asked.
type zoneState uint8

const (
	zoneNew zoneState = iota
	zoneFinding
	zoneReady
	zoneFailed
)

// zone is where the names of one suffix are asked: the servers of the zone that
// holds them, or recursive resolvers.
type zone struct {
	suffix   string // of the names: what follows their first dot
	origin   string // the zone that holds them: the suffix or an ancestor
	resolver bool   // its members are recursive resolvers
	wildcard bool
	state    zoneState
	failed   vacant.Status // how its names end in zoneFailed
	failedAt time.Duration
	fault    error         // why it failed last; says nothing in zoneReady
	sought   time.Duration // when its resolvers' first controls began
	cuts     int           // learned from replies about names

	refinding   bool          // it is being searched anew
	refindAt    time.Duration // not before then again
	refindEvery time.Duration

	deadSince time.Duration // all usable members were found in quarantine then, 0 = not so

	members  []*member
	byServer map[uint16]*member // of resolvers: members by the index that answers name them by
	turn     int                // where the search for the next server starts
	fresh    list
	again    list          // to be asked again, first
	stream   list          // to be asked again over TCP: slow, and in nobody's way
	open     int           // tasks that are not settled, held ones among them
	fed      time.Duration // when a name was last taken in
	listed   bool          // in the loop's list of zones with work
	samples  []sample
	denial   *denial // what is proven of names that were not asked; nil = nothing is to be concluded
	known    string  // a sample that an honest proxy has confirmed; it convicts those that deny it
}

// maxMembers is what a task's tried mask has bits for; the largest TLD name server sets have 26 addresses.
const maxMembers = 32

// maxCuts bounds the zone cuts learned from replies about one suffix's names.
const maxCuts = 3

// member is a server in its part for one zone.
type member struct {
	*server
	bit  uint32 // in a task's tried mask; of more than maxMembers resolvers several share one
	lame int    // useless replies in a row for this zone
	gone bool   // the zone has found other servers since
	soa  string // a resolver's: the SOA owner of its NXDOMAINs for this suffix

	// Of resolvers only.
	trust    trust
	checking bool
	weak     bool          // trusted although it has shown no registered name: nobody has
	checked  time.Duration // the last control that held
	used     uint64        // askings since then
	holding  list          // answers since the running control began, or the last one
	closing  list          // answers that the running control decides on
	kin      uint32        // the bits of those of its network, its own too
	right    uint64        // answers that another resolver bore out
	disputed int           // names about which another one says otherwise, not yet decided
	wrong    uint64        // answers that two others contradicted
}

// maxResolvers is how many recursive resolvers are used at most: a list of all
// open ones would take longer to put to the test than to work through.
const maxResolvers = 4096

// believed reports whether a resolver's answer counts: not of one that has lost
// its trust while the question was on its way. In a zone without NXDOMAIN only
// delegated names can be told.
func (m *member) believed(status vacant.Status) bool {
	return m.trust == trustGood || m.trust == trustWild && status == vacant.StatusDelegated
}

// lameLimit is how many useless replies in a row take a server out of a zone that has others.
const lameLimit = 8

// sample is a name seen delegated, for registered controls. Only what a second
// resolver has said too convicts one that denies it: a liar may have brought it.
type sample struct {
	name string
	by   *server
	also *server // nil until somebody else said so
}

func newMember(s *server, i int) *member {
	return &member{server: s, bit: 1 << (i % maxMembers), holding: newList(), closing: newList()}
}

// usable reports whether names may be put to m at all.
func (z *zone) usable(m *member) bool {
	if z.resolver {
		return m.trust == trustGood || z.wildcard && m.trust == trustWild
	}
	return m.lame < lameLimit
}

// pick chooses the server for the next query among those not in tried: of the
// first two with room, counted from where the last search ended, the faster one.
func (z *zone) pick(tried uint32, now time.Duration, stream bool) *member {
	var best *member
	n := len(z.members)
	for k := range n {
		m := z.members[(z.turn+k)%n]
		if m.bit&tried != 0 || !z.usable(m) || m.room(now, stream) == 0 {
			continue
		}
		if best == nil {
			best = m
			continue
		}
		if m.pace.srtt < best.pace.srtt {
			best = m
		}
		break
	}
	z.turn++
	return best
}

// all returns the mask of the members that could be asked now or later, those
// in quarantine left out unless there are no others.
func (z *zone) all() uint32 {
	var up, every uint32
	for _, m := range z.members {
		if !z.usable(m) {
			continue
		}
		every |= m.bit
		if m.bench == 0 {
			up |= m.bit
		}
	}
	if up != 0 {
		return up
	}
	return every
}

// dead reports whether every usable member is in quarantine.
func (z *zone) dead() bool {
	for _, m := range z.members {
		if z.usable(m) && m.bench == 0 {
			return false
		}
	}
	return true
}

// learn keeps a few delegated names for controls.
func (z *zone) learn(name []byte, by *server) {
	if len(z.samples) < maxSamples {
		z.samples = append(z.samples, sample{name: string(name), by: by})
	}
}

// bearOut notes that s called a sample delegated too.
func (z *zone) bearOut(name string, s *server) {
	for i := range z.samples {
		if x := &z.samples[i]; x.name == name && x.also == nil && x.by != s {
			x.also = s
		}
	}
}

// forget drops the samples that rest on the word of s.
func (z *zone) forget(s *server) {
	z.samples = slices.DeleteFunc(z.samples, func(x sample) bool { return x.by == s || x.also == s })
}

const maxSamples = 8

// forgive takes lame marks back when nobody is left, better a lame server than
// none, and reports that it had to.
func (z *zone) forgive() bool {
	for _, m := range z.members {
		if m.lame < lameLimit {
			return false
		}
	}
	for _, m := range z.members {
		m.lame = lameLimit - 2
	}
	return true
}
