package dnsstage

import (
	"errors"
	"math/bits"
	"time"

	"vacant"
)

// seekResolvers makes the resolvers the members of a zone and puts each to the
// test. The zone is ready with the first two that hold, or one if there are no more.
func (l *loop) seekResolvers(z *zone) {
	for _, m := range z.members {
		m.gone = true
	}
	z.members, z.wildcard, z.origin, z.sought = nil, false, "", l.now
	z.byServer = make(map[uint16]*member)
	for i, addr := range l.resolvers[:min(len(l.resolvers), maxResolvers)] {
		m := newMember(l.server(addr, true), i)
		z.members = append(z.members, m)
		z.byServer[m.id] = m
		l.control(z, m)
	}
	masks := kin(z.members)
	for _, m := range z.members {
		m.kin = masks[network(m.addr.Addr())]
	}
	if len(z.members) == 0 {
		l.failZone(z, vacant.StatusError, errNoResolver)
	}
}

// settleResolvers decides, after a control, whether a zone can be asked.
func (l *loop) settleResolvers(z *zone, f finding) {
	l.settleWeak(z)
	good, wild, checking := z.trusted()
	switch {
	case good == 1 && checking && z.state != zoneReady && l.now-z.sought < secondOpinion:
		z.state = zoneFinding
	case good > 0:
		z.state, z.wildcard = zoneReady, false
		z.markHijackers()
	case checking:
		z.state = zoneFinding // its names wait for the others' controls
	case l.udp == nil && (l.watch.checked == 0 || l.watch.suspect || l.watch.checking):
		z.state = zoneFinding // it may be the proxies; their next round tells
	case wild:
		// Nothing is absent here: only delegated names can be told, the rest goes
		// to the authority or stays undetermined.
		if !z.wildcard {
			l.cfg.Log.Warn("resolvers cannot tell which names are absent: none says NXDOMAIN to random labels", "suffix", z.suffix)
		}
		z.state, z.wildcard = zoneReady, true
	case f.trust == trustUnknown && f.met != 0:
		l.failZone(z, f.met.status(), errControlsSilent)
	default:
		l.failZone(z, vacant.StatusError, errControlsFailed)
	}
	l.enlist(z)
}

// secondOpinion is how long the first resolver that holds waits for another to
// hold as well: alone it would be believed whatever it says.
const secondOpinion = 3 * time.Second

// trusted sums up the members' trust; good is how many can check one another.
func (z *zone) trusted() (good int, wild, checking bool) {
	var mask uint32
	for _, m := range z.members {
		if m.trust == trustGood {
			mask |= m.bit
		}
		wild = wild || m.trust == trustWild
		checking = checking || m.checking
	}
	return bits.OnesCount32(mask), wild, checking
}

// settleWeak decides about those that know no name but the zone itself: where
// two others do, they lie; where nobody does once all are tested, that is how it is.
func (l *loop) settleWeak(z *zone) {
	strong, _, checking := z.trusted()
	for _, m := range z.members {
		switch {
		case m.trust != trustWeak:
		case strong >= 2:
			l.convict(z, m)
		case !checking:
			m.trust, m.weak = trustGood, true
			l.believe(m)
		}
	}
}

// markHijackers marks those that have something to say of every name where
// others say NXDOMAIN.
func (z *zone) markHijackers() {
	for _, m := range z.members {
		m.liar = m.liar || m.trust == trustWild
	}
}

// Why the names of a suffix cannot be put to resolvers.
var (
	errNoResolver     = errors.New("there is no resolver to ask")
	errControlsSilent = errors.New("no resolver gave a useful answer to its controls")
	errControlsFailed = errors.New("no resolver passed its controls")
)
