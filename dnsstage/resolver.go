package dnsstage

import (
	"errors"
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
	for i, addr := range l.resolvers[:min(len(l.resolvers), maxResolvers)] {
		m := newMember(l.server(addr, true), i)
		z.members = append(z.members, m)
		l.control(z, m)
	}
	if len(z.members) == 0 {
		l.failZone(z, vacant.StatusError, errNoResolver)
	}
}

// settleResolvers decides, after a control, whether a zone can be asked.
func (l *loop) settleResolvers(z *zone, f finding) {
	good, wild, checking := z.trusted()
	switch {
	case good == 1 && checking && z.state != zoneReady && l.now-z.sought < secondOpinion:
		z.state = zoneFinding
	case good > 0:
		z.state, z.wildcard = zoneReady, false
	case checking:
		z.state = zoneFinding // its names wait for the others' controls
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
const secondOpinion = time.Second

// trusted sums up the members' trust.
func (z *zone) trusted() (good int, wild, checking bool) {
	for _, m := range z.members {
		if m.trust == trustGood {
			good++
		}
		wild = wild || m.trust == trustWild
		checking = checking || m.checking
	}
	return good, wild, checking
}

// Why the names of a suffix cannot be put to resolvers.
var (
	errNoResolver     = errors.New("there is no resolver to ask")
	errControlsSilent = errors.New("no resolver gave a useful answer to its controls")
	errControlsFailed = errors.New("no resolver passed its controls")
)
