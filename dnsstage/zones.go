package dnsstage

import (
	"bytes"
	"context"
	"errors"
	"time"

	"vacant"
	"vacant/dnsstage/wire"
)

// retryZoneAfter is how long a zone that could not be found stays failed.
const retryZoneAfter = 10 * time.Second

// zoneOf returns the zone of a name's suffix, nil if the name has none. Names
// of one suffix come in runs, so the last zone is looked at before the table.
func (l *loop) zoneOf(name []byte) *zone {
	dot := bytes.IndexByte(name, '.')
	if dot <= 0 || dot == len(name)-1 {
		return nil
	}
	suffix := name[dot+1:]
	if l.lastZone != nil && string(suffix) == l.lastZone.suffix {
		return l.lastZone
	}
	z := l.zones[string(suffix)]
	if z == nil {
		z = newZone(string(suffix), l.viaResolvers(string(suffix)))
		l.zones[z.suffix] = z
	}
	l.lastZone = z
	return z
}

func newZone(suffix string, resolver bool) *zone {
	return &zone{suffix: suffix, resolver: resolver, fresh: newList(), again: newList(), stream: newList()}
}

// viaResolvers reports whether a suffix is put to resolvers: in that mode all
// are but those pinned by hand.
func (l *loop) viaResolvers(suffix string) bool {
	via, _ := l.mode.Load().(Via)
	return via == ViaResolvers && !l.finder.pinned(suffix)
}

// zoneBeneath returns the authority zone behind a resolver zone.
func (l *loop) zoneBeneath(suffix string) *zone {
	z := l.beneath[suffix]
	if z == nil {
		z = newZone(suffix, false)
		l.beneath[suffix] = z
	}
	return z
}

func (l *loop) allZones() []*zone {
	all := make([]*zone, 0, len(l.zones)+len(l.beneath))
	for _, z := range l.zones {
		all = append(all, z)
	}
	for _, z := range l.beneath {
		all = append(all, z)
	}
	return all
}

// seek sees to it that a zone is being found, unless it is known or has failed a moment ago.
func (l *loop) seek(z *zone) {
	switch {
	case z.state == zoneNew:
	case z.state == zoneFailed && l.now-z.failedAt > retryZoneAfter:
	default:
		return
	}
	z.state = zoneFinding
	if z.resolver {
		l.seekResolvers(z)
		return
	}
	denial := l.wantsDenial(z)
	l.start(func(ctx context.Context) {
		f, err := l.finder.find(ctx, z.suffix, denial)
		_ = l.post(ctx, func() { l.adopt(z, f, err) })
	})
}

// adopt takes over what was found of a zone.
func (l *loop) adopt(z *zone, f found, err error) {
	if err != nil {
		l.failZone(z, statusOf(err), err)
		return
	}
	for _, m := range z.members {
		m.gone = true
	}
	z.members = nil
	for i, addr := range f.servers[:min(len(f.servers), maxMembers)] {
		z.members = append(z.members, newMember(l.server(addr, false), i))
	}
	z.origin, z.wildcard, z.state = f.origin, f.wildcard, zoneReady
	l.forgetTried(z)
	l.useDenial(z, f.proof)
	l.cfg.Log.Debug("zone found", "suffix", z.suffix, "origin", z.origin, "servers", len(z.members), "wildcard", z.wildcard, "proof", f.proof.kind.String())
}

// forgetTried clears the marks of whom waiting names have tried: the bits mean others now.
func (l *loop) forgetTried(z *zone) {
	for _, q := range []*list{&z.again, &z.stream} {
		for i := q.head; q.n > 0 && i != noSlot; i = l.table.at(i).next {
			l.table.at(i).tried = 0
		}
	}
}

func (l *loop) failZone(z *zone, status vacant.Status, err error) {
	z.state, z.failed, z.failedAt = zoneFailed, status, l.now
	if l.ctx.Err() == nil {
		z.fault = err
		l.cfg.Log.Warn("no way to ask about a suffix", "suffix", z.suffix, "status", status.String(), "err", err)
	}
}

// statusOf is how the names of a suffix end whose zone could not be found.
func statusOf(err error) vacant.Status {
	var e *findError
	if errors.As(err, &e) {
		return e.met.status()
	}
	return vacant.StatusError
}

// belowCut handles a referral that is owned by a shorter name than the one
// asked: the suffix lies below another cut. Its servers are found once for all
// its names; when that fails, the server that sent us there is lame.
func (l *loop) belowCut(i slot, t *task, r *wire.Reply) {
	z, m := t.zone, t.member
	if z.state == zoneReady && z.cuts >= maxCuts {
		l.useless(i, t, causeNonsense, r.Outcome)
		return
	}
	t.tried, t.askings = 0, t.askings-1
	l.requeue(i, t)
	if z.state != zoneReady {
		return
	}
	z.cuts++
	z.state = zoneFinding
	msg := keep(r).Message
	from := m.addr
	l.start(func(ctx context.Context) {
		f, err := l.finder.follow(ctx, z.suffix, from, &msg)
		_ = l.post(ctx, func() {
			if err == nil {
				l.adopt(z, f, nil)
				return
			}
			l.cfg.Log.Warn("a referral leads nowhere", "suffix", z.suffix, "server", from, "err", err)
			z.state = zoneReady
			m.lame = lameLimit
			z.forgive()
		})
	})
}
